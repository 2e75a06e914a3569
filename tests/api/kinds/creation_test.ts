/** What a create makes of an object, whatever its kind. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { prepareCreate, validateCreate } from "../../../src/api/kinds/creation.ts";
import type { ObjectMeta } from "../../../src/api/types/meta.ts";
import type { PodSpec } from "../../../src/api/types/pod.ts";
import type { ConfigMap } from "../../../src/api/types/core.ts";
import { podOf } from "../../support/simulation.ts";

const stamp = { uid: "new", creationTimestamp: "2026-01-01T00:00:00Z" };

const configMapOf = (metadata: ObjectMeta): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
});

const metadata: readonly (readonly [string, Partial<ObjectMeta>, Partial<ObjectMeta>])[] = [
  ["R-DEFAULT-4: it is in the namespace default", {}, { namespace: "default" }],
  ["R-DEFAULT-4: an empty namespace is none", { namespace: "" }, { namespace: "default" }],
  ["its own namespace is kept", { namespace: "a" }, { namespace: "a" }],
  [
    "the life of the object that a manifest was printed from is over",
    {
      uid: "old",
      creationTimestamp: "2025-01-01T00:00:00Z",
      deletionTimestamp: "2025-01-02T00:00:00Z",
      deletionGracePeriodSeconds: 30,
    },
    { namespace: "default" },
  ],
  ["labels stay", { labels: { a: "b" } }, { labels: { a: "b" }, namespace: "default" }],
];
for (const [what, given, expected] of metadata) {
  Deno.test(`prepareCreate() completes the metadata: ${what}`, () => {
    const { object, errors } = prepareCreate(configMapOf({ name: "c", ...given }), stamp);
    deepEqual(errors, []);
    deepEqual(object.metadata, { name: "c", ...expected, ...stamp });
  });
}

Deno.test("prepareCreate() leaves the given object as it is", () => {
  const given = Object.freeze(configMapOf(Object.freeze({ name: "c" })));
  prepareCreate(given, stamp);
  deepEqual(given, configMapOf({ name: "c" }));
});

Deno.test("prepareCreate() answers with the object and every error, in Kubernetes' order", () => {
  const { object, errors } = prepareCreate(podOf("Web", ["a", "a"]), stamp);
  deepEqual(errors.map(({ field }) => field), ["metadata.name", "spec.containers[1].name"]);
  equal(object.metadata.uid, "new");
  deepEqual(validateCreate(podOf("Web", ["a", "a"])), errors);
});

const gates: readonly (readonly [string, Partial<PodSpec>, readonly string[]])[] = [
  ["with gates", { schedulingGates: [{ name: "a.b/c" }] }, ["PodScheduled=False"]],
  ["without gates", {}, []],
];
for (const [what, spec, expected] of gates) {
  Deno.test(`prepareCreate() R-COND-8: the conditions of a new Pod ${what}`, () => {
    const { status } = prepareCreate(podOf("web", ["a"], spec), stamp).object;
    const conditions = status?.conditions ?? [];
    deepEqual(conditions.map((it) => `${it.type}=${it.status}`), expected);
    for (const it of conditions) equal(it.lastTransitionTime, stamp.creationTimestamp);
  });
}
