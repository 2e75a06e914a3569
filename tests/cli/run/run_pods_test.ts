import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { isIndependent, RunPods } from "../../../src/cli/run/run_pods.ts";
import type { PodProgress } from "../../../src/node/pod_worker.ts";

function progress(uid: string, state: PodProgress["state"] = "active"): PodProgress {
  const metadata = { name: uid, uid };
  return { pod: { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [] } }, state };
}

Deno.test("RunPods: those of the node, then those that the run deleted, as they were last", () => {
  let node = [progress("a"), progress("b"), progress("c")];
  const pods = new RunPods(() => node);
  const list = () => pods.list().map(({ pod, state }) => `${pod.metadata.uid} ${state}`);
  pods.noteDeletion(node[0]!);
  pods.noteDeletion(node[1]!);
  deepEqual(list(), ["a active", "b active", "c active"]);
  pods.noteChange(progress("a", "done"));
  pods.noteChange(progress("c", "done"));
  node = [progress("b", "stuck")];
  deepEqual(list(), ["b stuck", "a done"], "another one that is gone is not the run's");
});

Deno.test("isIndependent(): an owner that controls the Pod decides for it, any other does not", () => {
  const { pod } = progress("a");
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "r" };
  const owned = (controller: boolean): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, ownerReferences: [{ ...owner, controller }] },
  });
  equal(isIndependent(pod), true);
  equal(isIndependent(owned(false)), true);
  equal(isIndependent(owned(true)), false);
});
