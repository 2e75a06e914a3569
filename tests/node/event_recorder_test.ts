import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { EventRecorder } from "../../src/node/event_recorder.ts";
import { podOf } from "../support/simulation.ts";

const said = (at: number, message: string) =>
  ({ at, type: "Warning", reason: "BackOff", message, fieldPath: "spec.containers{a}" }) as const;

Deno.test("R-EVENT-20: EventRecorder counts what is said again", () => {
  const recorded: string[] = [];
  const recorder = new EventRecorder(({ message, count }) => recorded.push(`${message} x${count}`));
  const web = podOf("web", ["a"]);
  const db = podOf("db", ["a"]);
  recorder.record(web, said(1, "no"));
  recorder.record({ ...web, metadata: { ...web.metadata, uid: "u2" } }, said(2, "no"));
  recorder.record(db, said(3, "other"));
  recorder.record(web, said(4, "no"));
  deepEqual(
    recorder.list().map((it) => [it.name, it.uid, it.count, it.firstAt, it.lastAt]),
    [["web", "u2", 1, 2, 2], ["db", "", 1, 3, 3], ["web", "", 2, 1, 4]],
  );
  deepEqual(recorded, ["no x1", "no x1", "other x1", "no x2"]);
});

Deno.test("EventRecorder keeps the latest thousand", () => {
  const recorder = new EventRecorder();
  for (let i = 0; i < 1200; i++) recorder.record(podOf("web", ["a"]), said(i, `${i}`));
  const kept = recorder.list();
  equal(kept.length, 1000);
  equal(kept[0]!.message, "200");
});
