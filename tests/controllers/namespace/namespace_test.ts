/** How a namespace that is deleted becomes empty. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Namespace } from "../../../src/api/types/cluster.ts";
import type { ConfigMap } from "../../../src/api/types/core.ts";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { computeNamespaceChanges } from "../../../src/controllers/namespace/namespace.ts";
import { backendOf } from "../../support/services.ts";
import { deploymentOf, momentAt, START_MS } from "../../support/workloads.ts";

const ending: Namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "default", uid: "ns", deletionTimestamp: "2026-01-01T00:00:00Z" },
  spec: { finalizers: ["kubernetes"] },
  status: { phase: "Terminating" },
};
const configMap: ConfigMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m", namespace: "default" },
};
const held = { ...configMap, metadata: { ...configMap.metadata, finalizers: ["a.example/b"] } };
const going = <O extends KubernetesObject>(object: O): O => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:05Z" },
});
const pod = (grace: number, options = {}) =>
  backendOf("p", { ...options, spec: { terminationGracePeriodSeconds: grace } });

/** What is in it, at which second; what is written, and the second of the next look. */
const rows: [name: string, KubernetesObject[], number, string[], number | undefined][] = [
  ["R-NS-3: too early", [configMap], 4, [], 5],
  ["R-NS-3: Pods first", [deploymentOf(), configMap, pod(8)], 5, ["deleteContent p"], 10],
  ["R-NS-3: Pods that end", [configMap, going(pod(8))], 10, [], 15],
  ["R-NS-3: Pods that have ended", [configMap, going(pod(8, { phase: "Succeeded" }))], 10, [], 11],
  ["R-NS-3: no Pod is left", [deploymentOf(), configMap], 15, [
    "deleteContent web",
    "deleteContent m",
  ], 15],
  ["R-NS-3: a finalizer holds one", [held], 15, ["deleteContent m"], 23],
  ["R-NS-3: it is empty", [], 15, ["releaseNamespace default"], undefined],
];
for (const [name, contents, second, written, next] of rows) {
  Deno.test(`computeNamespaceChanges() ${name}`, () => {
    const facts = { namespace: ending, contents, sinceMs: START_MS };
    const { writes, wakeAtMs } = computeNamespaceChanges(facts, momentAt(second));
    deepEqual(writes.map(({ action, object }) => `${action} ${object.metadata.name}`), written);
    deepEqual(wakeAtMs, next === undefined ? undefined : START_MS + next * 1000);
  });
}

Deno.test("computeNamespaceChanges() seconds pass faster with a faster clock", () => {
  const facts = { namespace: ending, contents: [configMap] };
  const { wakeAtMs, memory } = computeNamespaceChanges(facts, { wallMs: START_MS, speed: 10 });
  deepEqual([wakeAtMs, memory], [START_MS + 500, START_MS]);
});

Deno.test("computeNamespaceChanges() leaves alone what is not deleted, or is held by others", () => {
  const { deletionTimestamp: _, ...metadata } = ending.metadata;
  const contents = [configMap];
  for (
    const namespace of [{ ...ending, metadata }, { ...ending, spec: { finalizers: ["a.b/c"] } }]
  ) deepEqual(computeNamespaceChanges({ namespace, contents }, momentAt(9)), { writes: [] });
});

Deno.test("R-NS-3: the last thing to go is the namespace's own finalizer", () => {
  const namespace = { ...ending, spec: { finalizers: ["a.b/c", "kubernetes"] } };
  const facts = { namespace, contents: [], sinceMs: START_MS };
  const { writes } = computeNamespaceChanges(facts, momentAt(9));
  deepEqual(writes[0]!.object, { ...ending, spec: { finalizers: ["a.b/c"] } });
});

Deno.test("R-NS-3: conditions say what is left, and keep the time of their status", () => {
  const facts = {
    namespace: ending,
    contents: [going(held), going(pod(8))],
    sinceMs: START_MS,
  };
  const { published } = computeNamespaceChanges(facts, momentAt(10));
  const conditions = published!.status!.conditions!;
  deepEqual(conditions.filter(({ status }) => status === "True"), [
    {
      type: "NamespaceContentRemaining",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:10Z",
      reason: "SomeResourcesRemain",
      message: "Some resources are remaining: configmaps. has 1 resource instances, " +
        "pods. has 1 resource instances",
    },
    {
      type: "NamespaceFinalizersRemaining",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:10Z",
      reason: "SomeFinalizersRemain",
      message: "Some content in the namespace has finalizers remaining: " +
        "a.example/b in 1 resource instances",
    },
  ]);
  const later = { namespace: published!, contents: [going(held)], sinceMs: START_MS };
  const again = computeNamespaceChanges(later, momentAt(20)).published!.status!.conditions!;
  deepEqual(
    again.map(({ lastTransitionTime }) => lastTransitionTime),
    conditions.map(({ lastTransitionTime }) => lastTransitionTime),
  );
});
