import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { PodTracker } from "../../src/node/pod_tracker.ts";
import { podOf } from "../support/simulation.ts";

const podAt = (nodeName?: string): Pod => {
  const pod = podOf("web", ["a"], nodeName === undefined ? {} : { nodeName });
  return { ...pod, metadata: { ...pod.metadata, uid: "u-1" } };
};

function setUp() {
  const seen: string[] = [];
  const tracker = new PodTracker({
    nodeName: "node-1",
    onAdded: ({ metadata }) => seen.push(`added ${metadata.name}`),
    onChange: ({ pod, state }) => seen.push(`${state} ${pod.spec.nodeName ?? "unbound"}`),
  });
  return { tracker, seen };
}

for (const isKept of [false, true]) {
  const which = isKept ? "a kept pod" : "a pod";
  Deno.test(`PodTracker forgets ${which} that gets another node, and reports that`, () => {
    const { tracker, seen } = setUp();
    tracker.onPod({ type: "ADDED", object: podAt() });
    if (isKept) tracker.keep("u-1");
    equal(tracker.find("u-1")?.state, "active");
    tracker.onPod({ type: "MODIFIED", object: podAt("node-2") });
    deepEqual(tracker.list(), []);
    tracker.onPod({ type: "DELETED", object: podAt("node-2") });
    deepEqual(seen, ["added web", "done node-2"]);
  });
}

Deno.test("PodTracker keeps a pod that gets this node, until it is done and deleted", () => {
  const { tracker, seen } = setUp();
  tracker.onPod({ type: "ADDED", object: podAt() });
  tracker.onPod({ type: "MODIFIED", object: podAt("node-1") });
  tracker.onProgress({ pod: podAt("node-1"), state: "done" });
  equal(tracker.list().length, 1);
  tracker.onPod({ type: "DELETED", object: podAt("node-1") });
  deepEqual(tracker.list(), []);
  deepEqual(seen, ["added web", "done node-1"]);
});

Deno.test("PodTracker finds the pods of an owner, and those only that it has", () => {
  const { tracker } = setUp();
  const owned = (pod: Pod, uid: string): Pod => {
    const owner = { apiVersion: "batch/v1", kind: "Job", name: "job", uid, controller: true };
    return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
  };
  tracker.onPod({ type: "ADDED", object: owned(podAt(), "job-1") });
  equal(tracker.ownedBy("job-1").length, 1);
  const adopted = owned(podAt("node-1"), "job-2");
  tracker.onPod({ type: "MODIFIED", object: adopted });
  tracker.onProgress({ pod: adopted, state: "done" });
  deepEqual([tracker.ownedBy("job-1"), tracker.ownedBy("job-2")], [[], [adopted]]);
  tracker.onPod({ type: "DELETED", object: adopted });
  deepEqual(tracker.ownedBy("job-2"), []);
});
