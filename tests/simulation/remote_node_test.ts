/**
 * A node does not rely on what it writes being visible at once: it does the same before a slow
 * API server.
 */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import { startRemoteNode } from "../support/remote_node.ts";
import { exits, podOf, scriptOf } from "../support/simulation.ts";

const script = scriptOf({ init: [exits(0, 700)], a: [exits(1), exits(0)], b: [exits(0, 2500)] });

const pod: Pod = podOf("web", ["a", "b"], {
  nodeName: "node-1",
  restartPolicy: "OnFailure",
  initContainers: [{ name: "init", image: "none", command: ["/bin/init"] }],
});

/** Events with their moments from `from` on. */
function fromMoment(events: readonly LogEvent[], from: number): unknown[] {
  return events.map((event) => ({ ...event, at: event.at - from }));
}

const cases: readonly [about: string, lagMs: number, loses?: () => boolean][] = [
  ["answers at once", 0],
  ["is slow", 40],
  ["is slower than the containers", 3000],
  ["loses every other write", 40, everyOther()],
];

function everyOther(): () => boolean {
  let count = 0;
  return () => count++ % 2 === 0;
}

/** What a node does whose client needs no time. */
async function playAtOnce(): Promise<unknown[]> {
  const { clock, registry, logEvents } = startRemoteNode({ script, lagMs: 0 });
  registry.create(pod);
  await clock.runUntilIdle();
  return fromMoment(logEvents, 0);
}

for (const [about, lagMs, loses] of cases) {
  Deno.test(`a node whose API server ${about} does the same, and its last status arrives`, async () => {
    const node = startRemoteNode({ script, lagMs, ...(loses && { loses }) });
    const { clock, registry, logEvents, statuses } = node;
    registry.create(pod);
    await clock.runUntilIdle();
    deepEqual(fromMoment(logEvents, lagMs), await playAtOnce());
    const { metadata, status } = registry.get("Pod", "default", "web")!;
    equal(status?.phase, "Succeeded");
    deepEqual(status, node.progress.get(metadata.uid!)?.pod.status);
    equal(statuses.length, 0);
    equal(node.log.length > 0, loses !== undefined);
  });

  Deno.test(`a node whose API server ${about} deletes the object of a pod once, when it is over (R-DELETE-5)`, async () => {
    const node = startRemoteNode({
      script: scriptOf({ init: [exits(0)] }),
      lagMs,
      ...(loses && { loses }),
    });
    const { clock, registry, runtime } = node;
    const deleted: string[] = [];
    registry.watch("Pod", ({ type, object }) => {
      if (type === "DELETED") deleted.push(object.status!.phase!);
    });
    registry.create(pod);
    await clock.advance(20_000);
    registry.delete("Pod", "default", "web");
    await clock.runUntilIdle();
    deepEqual(deleted, ["Failed"]);
    equal(registry.get("Pod", "default", "web"), undefined);
    equal([...node.progress.values()][0]!.state, "done");
    deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
    await node.kubelet.stop();
  });
}

Deno.test("a pod that is deleted before its last status has arrived goes too (R-DELETE-5)", async () => {
  const { clock, registry, kubelet, progress } = startRemoteNode({ script, lagMs: 3000 });
  registry.create({ ...pod, spec: { ...pod.spec, restartPolicy: "Never" } });
  const isDone = () => progress.get("uid-1")?.state === "done";
  ok(await clock.runUntil(isDone));
  equal(registry.get("Pod", "default", "web")!.status?.phase, "Pending");
  registry.delete("Pod", "default", "web");
  await clock.runUntilIdle();
  equal(registry.get("Pod", "default", "web"), undefined);
  await kubelet.stop();
});

Deno.test("a pod whose name another one has by now does not touch it", async () => {
  const { clock, registry, kubelet, log } = startRemoteNode({ script, lagMs: 500 });
  registry.create(pod);
  await clock.advance(800);
  registry.delete("Pod", "default", "web", { graceSeconds: 0 });
  const { metadata } = registry.create({ ...pod, spec: { ...pod.spec, nodeName: "node-2" } });
  await clock.runUntilIdle();
  const present = registry.get("Pod", "default", "web")!;
  equal(present.metadata.uid, metadata.uid);
  equal(present.status?.phase, "Pending");
  deepEqual(log, []);
  await kubelet.stop();
});
