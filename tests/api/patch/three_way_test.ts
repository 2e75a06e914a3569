/** What `kubectl apply` makes of what is there. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { applyManifest } from "../../../src/api/patch/three_way.ts";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";

type Fields = Readonly<Record<string, unknown>>;

const objectOf = (fields: Fields, metadata: Fields = {}) =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", ...metadata },
    ...fields,
  }) as unknown as KubernetesObject;

const container = (name: string, more: Fields = {}) => ({ name, image: "i", ...more });
const inTemplate = (spec: Fields) => ({ spec: { template: { spec } } });
const inPod = (...containers: Fields[]) => inTemplate({ containers });

/** The manifest applied before, the present object, the manifest, and the outcome. */
const rows: readonly [string, Fields, Fields, Fields, Fields][] = [
  ["a field that is given", { spec: {} }, { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, {
    spec: { replicas: 2 },
  }],
  ["a field that others have set", { spec: {} }, { spec: { replicas: 5 } }, { spec: {} }, {
    spec: { replicas: 5 },
  }],
  ["a field that is given no more", { spec: { paused: true } }, { spec: { paused: true } }, {
    spec: {},
  }, { spec: {} }],
  [
    "a container by its name",
    inPod(container("a"), container("b")),
    {
      ...inPod(container("a", { tty: false }), container("b"), container("injected")),
    },
    inPod(container("a", { image: "j" })),
    {
      ...inPod(container("a", { image: "j", tty: false }), container("injected")),
    },
  ],
  [
    "a list without a key",
    inPod(container("a", { args: ["1"] })),
    inPod(container("a", { args: ["1", "2"] })),
    inPod(container("a", { args: ["3"] })),
    inPod(container("a", { args: ["3"] })),
  ],
  [
    "another strategy",
    { spec: {} },
    { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
    { spec: { strategy: { type: "Recreate" } } },
    { spec: { strategy: { type: "Recreate" } } },
  ],
  [
    "another source of a volume",
    inTemplate({ volumes: [{ name: "v", emptyDir: {} }] }),
    inTemplate({ volumes: [{ name: "v", emptyDir: {} }, { name: "token" }] }),
    inTemplate({ volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    inTemplate({ volumes: [{ name: "v", hostPath: { path: "/" } }, { name: "token" }] }),
  ],
  ["a status, which is not a manifest's", {}, { status: { replicas: 3 } }, {
    status: { replicas: 0 },
  }, { status: { replicas: 3 } }],
];
for (const [what, last, present, given, expected] of rows) {
  Deno.test(`applyManifest() ${what}`, () => {
    const applied = applyManifest(objectOf(present), objectOf(given), objectOf(last));
    deepEqual(applied, objectOf(expected));
  });
}

Deno.test("applyManifest() labels and annotations are merged, and the server's metadata stay", () => {
  const present = objectOf({}, {
    uid: "u",
    resourceVersion: "7",
    labels: { a: "1", b: "2" },
    annotations: { revision: "1" },
  });
  const given = objectOf({}, { uid: "other", labels: { a: "3" } });
  const last = objectOf({}, { labels: { a: "1", b: "2" } });
  deepEqual(applyManifest(present, given, last).metadata, {
    name: "web",
    uid: "u",
    resourceVersion: "7",
    labels: { a: "3" },
    annotations: { revision: "1" },
  });
  deepEqual(applyManifest(present, given, undefined).metadata.labels, { a: "3", b: "2" });
});
