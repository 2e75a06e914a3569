import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { withSchedulingDefaults } from "../../src/api/pod_scheduling.ts";
import type { Pod, PodSpec } from "../../src/api/types/pod.ts";

function scheduling(given: Partial<PodSpec>): Partial<PodSpec> {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [], ...given },
  };
  const once = withSchedulingDefaults(pod);
  deepEqual(withSchedulingDefaults(once), once);
  const { containers: _, priorityClassName: _name, ...spec } = once.spec;
  return spec;
}

const within = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 };
const notReady = { key: "node.kubernetes.io/not-ready", ...within };
const unreachable = { key: "node.kubernetes.io/unreachable", ...within };
const preemptionPolicy = "PreemptLowerPriority";

Deno.test("withSchedulingDefaults() gives a Pod priority 0 and the two tolerations", () => {
  deepEqual(scheduling({}), {
    priority: 0,
    preemptionPolicy,
    tolerations: [notReady, unreachable],
  });
});

Deno.test("withSchedulingDefaults() keeps what the Pod says", () => {
  const own = { key: notReady.key, operator: "Exists", tolerationSeconds: 5 };
  const other = { key: "x", operator: "Exists", effect: "NoSchedule" };
  deepEqual(
    scheduling({ priority: 7, preemptionPolicy: "Never", tolerations: [own, other] }),
    { priority: 7, preemptionPolicy: "Never", tolerations: [own, other, unreachable] },
  );
  const all = [{ operator: "Exists" }];
  deepEqual(scheduling({ tolerations: all }).tolerations, all);
  const noSchedule = { ...notReady, effect: "NoSchedule" };
  deepEqual(scheduling({ tolerations: [noSchedule] }).tolerations, [
    noSchedule,
    notReady,
    unreachable,
  ]);
});

Deno.test("withSchedulingDefaults() knows the classes of every cluster, and no number of others", () => {
  const of = (priorityClassName: string) => scheduling({ priorityClassName }).priority;
  deepEqual(["system-node-critical", "system-cluster-critical", "high"].map(of), [
    2_000_001_000,
    2_000_000_000,
    undefined,
  ]);
});
