/** Pods of a node's own files, and what stands for them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  findApiReference,
  isMirror,
  mirrorOf,
  ranUid,
  toStaticPod,
} from "../../../src/api/scheduling/static_pod.ts";
import type { Node } from "../../../src/api/types/cluster.ts";
import type { Pod, PodSpec } from "../../../src/api/types/pod.ts";

const podOf = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", annotations: { mine: "1" }, labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

const origin = { nodeName: "n1", uid: "0123", seen: "2026-01-01T00:00:00Z" };

Deno.test("a Pod of a file is named after its node, bound to it, and tolerates its taints", () => {
  const pod = toStaticPod(podOf({ tolerations: [{ key: "a" }], nodeName: "other" }), origin);
  deepEqual(pod.metadata, {
    name: "web-n1",
    namespace: "default",
    uid: "0123",
    labels: { app: "web" },
    annotations: {
      mine: "1",
      "kubernetes.io/config.hash": "0123",
      "kubernetes.io/config.seen": "2026-01-01T00:00:00Z",
      "kubernetes.io/config.source": "file",
    },
  });
  deepEqual([pod.spec.nodeName, pod.spec.tolerations], [
    "n1",
    [{ key: "a" }, { operator: "Exists", effect: "NoExecute" }],
  ]);
  deepEqual([isMirror(pod), ranUid(pod)], [false, "0123"]);
});

Deno.test("its object has a uid of its own, names what runs, and belongs to the node", () => {
  const node = { metadata: { name: "n1", uid: "node-uid" } } as Node;
  const mirror = mirrorOf(toStaticPod(podOf({}), origin), node);
  equal("uid" in mirror.metadata, false);
  equal(mirror.metadata.annotations?.["kubernetes.io/config.mirror"], "0123");
  deepEqual(mirror.metadata.ownerReferences, [
    { apiVersion: "v1", kind: "Node", name: "n1", uid: "node-uid", controller: true },
  ]);
  const stored = { ...mirror, metadata: { ...mirror.metadata, uid: "other" } };
  deepEqual([isMirror(stored), ranUid(stored)], [true, "0123"]);
});

const container = { name: "c", image: "i" };
const references: readonly [Partial<PodSpec>, ReturnType<typeof findApiReference>][] = [
  [{}, undefined],
  [{ volumes: [{ name: "v", emptyDir: {} }, { name: "h", hostPath: { path: "/" } }] }, undefined],
  [{ volumes: [{ name: "v", projected: { sources: [{ downwardAPI: {} }] } }] }, undefined],
  [{ serviceAccountName: "a" }, ["spec.serviceAccountName", "serviceaccounts"]],
  [{ imagePullSecrets: [{ name: "a" }] }, ["spec.imagePullSecrets", "secrets"]],
  [
    { containers: [container, { ...container, envFrom: [{ configMapRef: { name: "a" } }] }] },
    ["spec.containers[1].envFrom[0]", "configmaps"],
  ],
  [
    {
      initContainers: [{
        ...container,
        env: [
          { name: "A", value: "1" },
          { name: "B", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
        ],
      }],
    },
    ["spec.initContainers[0].env[1].valueFrom", "secrets"],
  ],
  [
    { volumes: [{ name: "v", configMap: { name: "a" } }] },
    ["spec.volumes[0]", "configmaps"],
  ],
  [
    { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "a" } }] },
    ["spec.volumes[0]", "persistentvolumeclaims"],
  ],
  [
    { volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] },
    ["spec.volumes[0].projected.sources[0]", "serviceaccounts"],
  ],
];
for (const [spec, expected] of references) {
  Deno.test(`what of the API a Pod refers to: ${expected?.join(" ") ?? "nothing"}, ${Object.keys(spec)}`, () => {
    deepEqual(findApiReference(podOf(spec)), expected);
  });
}
