import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../../src/api/defaults.ts";
import type { ObjectMeta } from "../../../../src/api/types/meta.ts";
import type { Pod, PodSpec } from "../../../../src/api/types/pod.ts";
import { validatePodUpdate } from "../../../../src/api/validate/pod_update/validate_update.ts";

const OTHERS =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

const web = { name: "web", image: "a" };
const toleration = { key: "a", operator: "Exists", effect: "NoExecute" };

const rows: readonly (readonly [
  what: string,
  old: Partial<PodSpec>,
  changed: Partial<PodSpec>,
  errors: readonly string[],
])[] = [
  ["nothing", {}, {}, []],
  ["an image", {}, { containers: [{ ...web, image: "b:1", imagePullPolicy: "Always" }] }, []],
  ["an image to none", {}, { containers: [{ ...web, image: "", imagePullPolicy: "Always" }] }, [
    "spec.containers[0].image: Required value",
  ]],
  ["an init container's image", { initContainers: [{ name: "i", image: "a" }] }, {
    initContainers: [{ name: "i", image: "b" }],
  }, []],
  ["another container", {}, { containers: [web, { name: "b", image: "b" }] }, [
    "spec.containers: Forbidden: pod updates may not add or remove containers",
  ]],
  ["a deadline", {}, { activeDeadlineSeconds: 5 }, []],
  ["a nearer deadline", { activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 4 }, []],
  ["a later deadline", { activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 6 }, [
    "spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value",
  ]],
  ["no deadline any more", { activeDeadlineSeconds: 5 }, {}, [
    "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
  ]],
  ["one more toleration", { tolerations: [toleration] }, {
    tolerations: [{ ...toleration, tolerationSeconds: 5 }, { operator: "Exists" }],
  }, []],
  ["one toleration less", { tolerations: [toleration] }, {}, [
    "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
  ]],
  ["a scheduling gate less", { schedulingGates: [{ name: "a" }] }, {}, []],
  ["a scheduling gate more", {}, { schedulingGates: [{ name: "a" }] }, [
    "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'",
  ]],
  ["anything else", { nodeName: "n" }, {
    nodeName: "m",
    containers: [{ ...web, command: ["b"] }],
  }, [`${OTHERS}\nspec.containers[0].command: unset -> ["b"]\nspec.nodeName: "n" -> "m"`]],
];

for (const [what, old, changed, expected] of rows) {
  Deno.test(`validatePodUpdate() R-VALID-30: ${what}`, () => {
    deepEqual(linesOf(podOf(changed), podOf(old)), expected);
  });
}

Deno.test("validatePodUpdate() R-VALID-30: a negative grace period becomes 1", () => {
  const pod = podOf({});
  const old = { ...pod, spec: { ...pod.spec, terminationGracePeriodSeconds: -5 } };
  const repaired = { ...pod, spec: { ...pod.spec, terminationGracePeriodSeconds: 1 } };
  deepEqual(linesOf(repaired, old), []);
  deepEqual(linesOf(pod, old), [`${OTHERS}\nspec.terminationGracePeriodSeconds: -5 -> 30`]);
});

const metas: readonly (readonly [string, Partial<ObjectMeta>, Partial<ObjectMeta>, string])[] = [
  [
    "another name",
    {},
    { name: "q" },
    'metadata.name: Invalid value: "q": field is immutable',
  ],
  [
    "a version has to be named",
    {},
    { resourceVersion: "" },
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
  ],
  [
    "the generation goes up",
    { generation: 2 },
    { generation: 1 },
    "metadata.generation: Invalid value: 1: must not be decremented",
  ],
  [
    "no new finalizer once it is being deleted",
    { deletionTimestamp: "2026-01-01T00:00:00Z" },
    { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a.b/c"] },
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/c"}',
  ],
];
for (const [what, old, changed, expected] of metas) {
  Deno.test(`validatePodUpdate() R-VALID-30: ${what}`, () => {
    deepEqual(linesOf(podOf({}, changed), podOf({}, old)), [expected]);
  });
}

function podOf(spec: Partial<PodSpec>, metadata: Partial<ObjectMeta> = {}): Pod {
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", resourceVersion: "1", ...metadata },
    spec: { containers: [web], ...spec },
  });
}

function linesOf(pod: Pod, old: Pod): readonly string[] {
  return validatePodUpdate(pod, old).map((it) => `${it.field}: ${it.message}`);
}
