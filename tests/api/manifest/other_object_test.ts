/** Objects of other kinds: which are left out, and which are a mistake. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parseManifest } from "../../../src/api/manifest/manifest.ts";
import { formatObject, judgeKind } from "../../../src/api/manifest/other_object.ts";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import { findKind, KINDS } from "../../../src/api/kinds/kinds.ts";
import { GONE_VERSIONS, OTHER_KINDS, POD_TEMPLATES } from "../../../src/api/types/other_kinds.ts";

const APP = "apps/v1";
const rows: [apiVersion: string, kind: string, wrong: string | undefined][] = [
  ["v1", "LimitRange", undefined],
  ["rbac.authorization.k8s.io/v1", "Role", undefined],
  // A custom resource may be called as one of Kubernetes' kinds is, or nearly so.
  ["serving.knative.dev/v1", "Service", undefined],
  ["networking.istio.io/v1", "Gateway", undefined],
  ["example.com/v1", "Pods", undefined],
  ["cert-manager.io/v1", "Certificate", undefined],
  ["kustomize.config.k8s.io/v1beta1", "Kustomization", undefined],
  ["gateway.networking.k8s.io/v1", "HTTPRoute", undefined],
  // Of Kubernetes, and newer than this list.
  ["resource.k8s.io/v1beta2", "DeviceClass", undefined],
  ["scheduling.k8s.io/v1alpha2", "PodGroup", undefined],
  ["v1", "Podd", 'kind: … "Podd" in version "v1" (did you mean "Pod"?)'],
  ["v1", "Servce", 'kind: … "Servce" in version "v1" (did you mean "Service"?)'],
  ["v1", "Foo", 'kind: … "Foo" in version "v1"'],
  [APP, "Deploymnet", 'kind: … "Deploymnet" in version "apps/v1" (did you mean "Deployment"?)'],
  // Names that every JavaScript object has.
  ["valueOf", "Pod", 'apiVersion: … "Pod" in version "valueOf" (did you mean "v1"?)'],
  ["constructor", "toString", 'kind: … "toString" in version "constructor"'],
  [APP, "Something", 'kind: … "Something" in version "apps/v1"'],
  [
    "rbac.authorization.k8s.io/v1",
    "RoleBindings",
    'kind: … "RoleBindings" in version "rbac.authorization.k8s.io/v1" (did you mean "RoleBinding"?)',
  ],
  ["v1", "Deployment", 'apiVersion: … "Deployment" in version "v1" (did you mean "apps/v1"?)'],
  [
    "app/v1",
    "Deployment",
    'apiVersion: … "Deployment" in version "app/v1" (did you mean "apps/v1"?)',
  ],
  [
    "apps/v3",
    "Deployment",
    'apiVersion: … "Deployment" in version "apps/v3" (did you mean "apps/v1"?)',
  ],
  ["apps/v1", "Pod", 'apiVersion: … "Pod" in version "apps/v1" (did you mean "v1"?)'],
  [
    "networking.k8s.oi/v1",
    "Ingress",
    'apiVersion: … "Ingress" in version "networking.k8s.oi/v1" (did you mean "networking.k8s.io/v1"?)',
  ],
  [
    "extensions/v1beta1",
    "Deployment",
    'apiVersion: … "Deployment" in version "extensions/v1beta1": ' +
    "Kubernetes 1.16 removed it, and apps/v1 has it",
  ],
  [
    "policy/v1beta1",
    "PodSecurityPolicy",
    'apiVersion: … "PodSecurityPolicy" in version "policy/v1beta1": ' +
    "Kubernetes 1.25 removed it, and has no successor",
  ],
];
for (const [apiVersion, kind, wrong] of rows) {
  Deno.test(`judgeKind() of ${apiVersion} ${kind}`, () => {
    const error = judgeKind(apiVersion, kind);
    const text = error && formatFieldError(error).replace("no matches for kind", "…");
    equal(text, wrong);
  });
}

Deno.test("judgeKind() leaves out all of Kubernetes' kinds, and none of a version that is gone", () => {
  for (const [apiVersion, kinds] of Object.entries(OTHER_KINDS)) {
    for (const kind of kinds) equal(judgeKind(apiVersion, kind), undefined);
  }
  for (const { apiVersion, kinds, now } of GONE_VERSIONS) {
    for (const kind of kinds) {
      equal(judgeKind(apiVersion, kind)?.field, "apiVersion");
      if (now === undefined) continue;
      const isThere = OTHER_KINDS[now]?.includes(kind) || findKind(now, kind) !== undefined;
      equal(isThere, true, `${now} ${kind}`);
    }
  }
  const native = Object.values(OTHER_KINDS).flat();
  const known = [...native, ...KINDS.map(({ kind }) => kind)];
  for (const kind of Object.keys(POD_TEMPLATES)) deepEqual(known.includes(kind), true);
  for (const { apiVersion, kind } of KINDS) {
    equal(OTHER_KINDS[apiVersion]?.includes(kind) ?? false, false, kind);
  }
});

const objects: [text: string, name: string][] = [
  ["{apiVersion: v1, kind: LimitRange, metadata: {name: a}}", "LimitRange default/a"],
  [
    "{apiVersion: v1, kind: LimitRange, metadata: {name: a, namespace: b}}",
    "LimitRange b/a",
  ],
  ["{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: a}}", "StorageClass a"],
  ["{apiVersion: example.com/v1, kind: Thing, metadata: {generateName: a-}}", "Thing a-"],
  [
    "{apiVersion: example.com/v1, kind: Thing, metadata: {name: a, namespace: b}}",
    "Thing b/a",
  ],
];
for (const [text, name] of objects) {
  Deno.test(`parseManifest() leaves out ${text}`, () => {
    const { documents, others, errors } = parseManifest(text, { file: "f" });
    deepEqual([documents, errors], [[], []]);
    deepEqual(others.map(({ other }) => formatObject(other)), [name]);
  });
}
