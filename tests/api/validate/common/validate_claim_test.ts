import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { PersistentVolumeClaimSpec } from "../../../../src/api/types/core.ts";
import { defaultPod } from "../../../../src/api/defaults.ts";
import type { EphemeralVolumeSource } from "../../../../src/api/types/pod.ts";
import { validateCreate } from "../../../../src/api/kinds/creation.ts";
import { validatePod } from "../../../../src/api/validate/validate.ts";

const ok: PersistentVolumeClaimSpec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};
const MODES = '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"';

const specs: readonly (readonly [string, PersistentVolumeClaimSpec, readonly string[]])[] = [
  ["nothing wrong", ok, []],
  ["all but its name missing", {}, [
    "accessModes: Required value: at least 1 access mode is required",
    "resources[storage]: Required value",
  ]],
  ["modes are words", { ...ok, accessModes: ["ReadOnly"] }, [
    `accessModes: Unsupported value: "ReadOnly": supported values: ${MODES}`,
  ]],
  [
    "one Pod alone is one Pod alone",
    { ...ok, accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
    [
      "accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    ],
  ],
  ["a size is more than nothing", { ...ok, resources: { requests: { storage: "0" } } }, [
    'resources[storage]: Invalid value: "0": must be greater than zero',
  ]],
  ["classes have names, or an empty one", { ...ok, storageClassName: "" }, []],
  ["volumes have a mode", { ...ok, volumeMode: "Tape" }, [
    'volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
  ]],
];
for (const [what, spec, expected] of specs) {
  Deno.test(`validateCreate() of a claim: ${what}`, () => {
    const metadata = { name: "data" };
    const errors = validateCreate({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata,
      spec,
    });
    deepEqual(errors.map((it) => `${it.field}: ${it.message}`), expected.map((it) => `spec.${it}`));
  });
}

Deno.test("validateCreate() of a claim: a name has to be there, and a class's name its form", () => {
  const errors = validateCreate({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "" },
    spec: { ...ok, storageClassName: "Fast", volumeAttributesClassName: "Gold" },
  });
  deepEqual(errors.map(({ field, reason }) => `${field} ${reason}`), [
    "metadata.name Required",
    "spec.storageClassName Invalid",
    "spec.volumeAttributesClassName Invalid",
  ]);
});

const at = "spec.volumes[0].ephemeral.volumeClaimTemplate";
const templates: readonly (readonly [string, EphemeralVolumeSource, readonly string[]])[] = [
  ["nothing wrong", { volumeClaimTemplate: { spec: ok } }, []],
  ["no template", {}, [`${at}: Required value`]],
  ["labels and annotations alone", {
    volumeClaimTemplate: {
      metadata: { name: "x", labels: { a: "b" }, annotations: { c: "d" }, finalizers: ["e"] },
      spec: ok,
    },
  }, [
    `${at}.metadata.name: Forbidden: cannot be set`,
    `${at}.metadata.finalizers: Forbidden: cannot be set`,
  ]],
  ["a spec as a claim's", { volumeClaimTemplate: { spec: { ...ok, accessModes: [] } } }, [
    `${at}.spec.accessModes: Required value: at least 1 access mode is required`,
  ]],
];
for (const [what, ephemeral, expected] of templates) {
  Deno.test(`validatePod() of an ephemeral volume: ${what}`, () => {
    const errors = validatePod(defaultPod({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { containers: [{ name: "a", image: "i" }], volumes: [{ name: "v", ephemeral }] },
    }));
    deepEqual(errors.map((it) => `${it.field}: ${it.message}`), expected);
  });
}
