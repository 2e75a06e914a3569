import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { choosePodsToDelete } from "../../../src/controllers/replica_set/deletion_order.ts";
import { momentAt, podOf } from "../../support/workloads.ts";

const NOW = momentAt(1000);
const cost = (value: string) => ({
  annotations: { "controller.kubernetes.io/pod-deletion-cost": value },
});
const ready = (name: string, readyAt: number, metadata = {}) => podOf(name, { readyAt, metadata });
const restarted = (name: string, restartCount: number) => {
  const pod = podOf(name);
  const status = { name: "c", restartCount, ready: false, image: "", imageID: "" };
  return { ...pod, status: { ...pod.status, containerStatuses: [status] } } as Pod;
};
const created = (name: string, creationTimestamp: string) =>
  podOf(name, { metadata: { creationTimestamp } });

/** Of each row the first goes, and why. */
const rows: readonly [string, Pod, Pod, string][] = [
  ["without a node", podOf("a", { nodeName: "", readyAt: 0 }), podOf("b"), "it has no node"],
  [
    "Pending before Running",
    podOf("a", { status: { phase: "Pending" } }),
    podOf("b"),
    "it does not run yet",
  ],
  [
    "Unknown before Running",
    podOf("a", { status: { phase: "Unknown" }, readyAt: 0 }),
    podOf("b"),
    "it does not run yet",
  ],
  ["not ready", podOf("a"), ready("b", 999), "it is not ready"],
  [
    "a lower deletion cost, however old",
    ready("a", 0, cost("-1")),
    ready("b", 999),
    "its deletion cost is lower",
  ],
  [
    "ready for less time: one second against fifteen",
    ready("b", 999),
    ready("a", 985),
    "it has been ready for less time",
  ],
  [
    "the uid decides between ages of one power of two",
    ready("a", 983),
    ready("b", 985),
    "it has been ready for less time",
  ],
  ["more restarts", restarted("b", 3), restarted("a", 2), "it has restarted more often"],
  [
    "younger",
    created("b", "2026-01-01T00:16:39Z"),
    created("a", "2026-01-01T00:00:00Z"),
    "it is younger",
  ],
];

for (const [name, first, second, because] of rows) {
  Deno.test(`choosePodsToDelete() R-RS-3: ${name}`, () => {
    for (const pods of [[first, second], [second, first]]) {
      const [victim, ...others] = choosePodsToDelete(pods, pods, 1, NOW);
      deepEqual(others, []);
      deepEqual([victim!.pod.metadata.name, victim!.because], [first.metadata.name, because]);
    }
  });
}

Deno.test("choosePodsToDelete() R-RS-3: those that share a node with Pods of the same owner", () => {
  const [a, b] = [podOf("a", { nodeName: "one" }), podOf("b", { nodeName: "two" })];
  const related = [a, b, podOf("c", { nodeName: "two" })];
  const [victim] = choosePodsToDelete([a, b], related, 1, NOW);
  deepEqual(victim!.pod.metadata.name, "b");
  deepEqual(victim!.because, "its node has more of these Pods");
});

Deno.test("choosePodsToDelete() all go without a reason of their own", () => {
  const pods = [podOf("a")];
  deepEqual(choosePodsToDelete(pods, pods, 1, NOW), [{ pod: pods[0]!, because: undefined }]);
});
