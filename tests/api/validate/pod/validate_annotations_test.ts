import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../../src/api/defaults.ts";
import { validatePodUpdate } from "../../../../src/api/validate/pod_update/validate_update.ts";
import { type Fields, podOf, type Row, testRows } from "../errors_of.ts";

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const a = "metadata.annotations";

function annotated(annotations: Fields, spec: Fields = {}): Fields {
  return { metadata: { name: "p", annotations }, spec };
}

function main(securityContext: Fields): Fields {
  return { containers: [{ name: "c", image: "i", securityContext }] };
}

const rows: readonly Row[] = [
  ["R-VALID-74", "a mirror Pod has a node", annotated({ "kubernetes.io/config.mirror": "X" }), [
    `${a}[kubernetes.io/config.mirror]: Invalid value: "X": must set spec.nodeName if mirror pod annotation is set`,
  ]],
  ...["+1", "01", "x", "", "2147483648", "1.5"].map((cost): Row => [
    "R-VALID-74",
    `the cost of a deletion is not ${JSON.stringify(cost)}`,
    annotated({ "controller.kubernetes.io/pod-deletion-cost": cost }),
    [
      `${a}[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "${cost}": must be a 32bit integer`,
    ],
  ]),
  ...["0", "-1", "2147483647"].map((cost): Row => [
    "R-VALID-74",
    `the cost of a deletion may be ${cost}`,
    annotated({ "controller.kubernetes.io/pod-deletion-cost": cost }),
    [],
  ]),
  [
    "R-VALID-74",
    "seccomp profiles",
    annotated({
      [SECCOMP]: "X",
      "container.seccomp.security.alpha.kubernetes.io/c": "localhost//x",
      "container.seccomp.security.alpha.kubernetes.io/d": "docker/default",
    }),
    [
      `${a}.${SECCOMP}: Invalid value: "X": must be a valid seccomp profile`,
      `${a}.container.seccomp.security.alpha.kubernetes.io/c: Invalid value: "/x": must be a relative path`,
    ],
  ],
  [
    "R-VALID-74",
    "AppArmor profiles",
    annotated({ [`${APP_ARMOR}c`]: "X", [`${APP_ARMOR}d`]: "localhost/x" }),
    [
      `${a}[${APP_ARMOR}c]: Invalid value: "X": invalid AppArmor profile name: "X"`,
      `${a}[${APP_ARMOR}d]: Invalid value: "d": container not found`,
    ],
  ],
  [
    "R-VALID-74",
    "annotation and field say the same",
    annotated(
      { [SECCOMP]: "unconfined", [`${APP_ARMOR}c`]: "localhost/x" },
      {
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        ...main({ appArmorProfile: { type: "Localhost", localhostProfile: "y" } }),
      },
    ),
    [
      "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
      "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match",
    ],
  ],
  [
    "R-VALID-74",
    "docker/default is the runtime's default",
    annotated(
      { "container.seccomp.security.alpha.kubernetes.io/c": "docker/default" },
      main({ seccompProfile: { type: "RuntimeDefault" } }),
    ),
    [],
  ],
];

testRows(rows);

const profiles = [
  ["runtime/default", { type: "RuntimeDefault" }],
  ["unconfined", { type: "Unconfined" }],
  ["localhost/x", { type: "Localhost", localhostProfile: "x" }],
  ["localhost/", undefined],
  ["", undefined],
] as const;
for (const [annotation, expected] of profiles) {
  Deno.test(`defaultPod() R-VALID-74: AppArmor ${JSON.stringify(annotation)} is a field`, () => {
    const pod = defaultPod(podOf(annotated({ [`${APP_ARMOR}c`]: annotation })));
    deepEqual(pod.spec.containers[0]?.securityContext?.appArmorProfile, expected);
  });
}

Deno.test("validatePodUpdate() R-VALID-74: an AppArmor annotation stays as it is", () => {
  const old = defaultPod(podOf(annotated({ [`${APP_ARMOR}c`]: "unconfined" })));
  const updated = { ...old, metadata: { ...old.metadata, resourceVersion: "1", annotations: {} } };
  const [removed] = validatePodUpdate(updated, old);
  deepEqual(removed?.message, "Forbidden: may not remove or update AppArmor annotations");
  const [added] = validatePodUpdate(
    { ...old, metadata: { ...old.metadata, resourceVersion: "1" } },
    updated,
  );
  deepEqual(added?.message, "Forbidden: may not add AppArmor annotations");
});
