/** Kubernetes Events as objects. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { EventObjects } from "../../src/node/event_objects.ts";
import { EventRecorder } from "../../src/node/event_recorder.ts";
import { Registry } from "../../src/store/registry.ts";
import { RegistryClient } from "../../src/store/registry_client.ts";

await loadRules(["Event", "Namespace"]);

function start(namespaces?: readonly string[]) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const registry = new Registry({ clock, newUid: () => "u", ...(namespaces && { namespaces }) });
  const objects = new EventObjects({
    client: new RegistryClient(registry),
    clock,
    nodeName: "n",
    log: lineLogger((line) => log.push(line)),
  });
  const recorder = new EventRecorder((event) => objects.note(event));
  return { clock, log, registry, recorder };
}

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default", uid: "pod-uid" },
  spec: { containers: [] },
};

Deno.test("an Event is written, and a repetition counts", async () => {
  const { clock, log, registry, recorder } = start();
  const event = {
    at: 0,
    type: "Warning",
    reason: "BackOff",
    message: "m",
    fieldPath: "spec.containers{c}",
  } as const;
  recorder.record(pod, event);
  recorder.record(pod, { ...event, at: 5000 });
  recorder.record(pod, { ...event, message: "other", component: "default-scheduler" });
  await clock.advance(0);
  const [first, second, ...more] = registry.list("Event");
  match(first!.metadata.name, /^p\.[0-9a-f]{10,16}$/);
  equal(first!.metadata.name === second!.metadata.name, false);
  deepEqual(more, []);
  const { involvedObject, count, source, reportingComponent, reportingInstance } = first!;
  deepEqual(involvedObject, {
    apiVersion: "v1",
    kind: "Pod",
    name: "p",
    namespace: "default",
    uid: "pod-uid",
    fieldPath: "spec.containers{c}",
  });
  deepEqual([count, source, reportingComponent, reportingInstance], [
    2,
    { component: "kubelet", host: "n" },
    "kubelet",
    "n",
  ]);
  equal(Date.parse(first!.lastTimestamp!) - Date.parse(first!.firstTimestamp!), 5000);
  deepEqual(second!.source, { component: "default-scheduler" });
  deepEqual(log, []);
});

Deno.test("an Event is removed an hour after it was recorded last", async () => {
  const { clock, registry, recorder } = start();
  const event = { type: "Normal", message: "m" } as const;
  recorder.record(pod, { ...event, at: 0, reason: "Old" });
  recorder.record(pod, { ...event, at: 1_800_000, reason: "Newer" });
  recorder.record(pod, { ...event, at: 3_600_000, reason: "Now" });
  await clock.advance(0);
  deepEqual(registry.list("Event").map(({ reason }) => reason), ["Newer", "Now"]);
});

Deno.test("what is in no namespace has its Events in the default one", async () => {
  const { clock, registry, recorder } = start();
  const node = { kind: "Node", metadata: { name: "n", uid: "u" } } as const;
  recorder.record(node, { at: 0, type: "Normal", reason: "R", message: "m" });
  await clock.advance(0);
  const [event] = registry.list("Event");
  deepEqual([event!.metadata.namespace, event!.involvedObject.namespace], ["default", undefined]);
});

Deno.test("an Event of a namespace that is not there is left out", async () => {
  const { clock, log, registry, recorder } = start(["default"]);
  const gone = { ...pod, metadata: { ...pod.metadata, namespace: "gone" } };
  recorder.record(gone, { at: 0, type: "Normal", reason: "R", message: "m" });
  await clock.advance(0);
  deepEqual([registry.list("Event"), log], [[], []]);
});

Deno.test("Events of a process before grow as old as any", async () => {
  const { clock, registry } = start();
  const written = (name: string, lastTimestamp: string) =>
    registry.create({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "default" },
      involvedObject: { kind: "Pod", name: "p", namespace: "default" },
      lastTimestamp,
      source: {},
    });
  written("old", "2025-12-31T22:59:00Z");
  written("younger", "2025-12-31T23:30:00Z");
  const objects = new EventObjects({
    client: new RegistryClient(registry),
    clock,
    nodeName: "n",
    log: lineLogger(() => {}),
  });
  const recorder = new EventRecorder((event) => objects.note(event));
  const names = () => registry.list("Event").map(({ metadata }) => metadata.name.split(".")[0]);
  const record = async () => {
    recorder.record(pod, { at: clock.now(), type: "Normal", reason: "R", message: "m" });
    await clock.advance(0);
  };
  await record();
  deepEqual(names(), ["younger", "p"]);
  await clock.advance(31 * 60_000);
  await record();
  deepEqual(names(), ["p"]);
});
