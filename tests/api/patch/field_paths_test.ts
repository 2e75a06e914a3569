/** The fields of objects as paths. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  flattenFields,
  formatFieldPath,
  formatFieldTree,
  parseFieldTree,
} from "../../../src/api/patch/field_paths.ts";

/** The struct, a value, and its fields as errors name them. */
const rows: readonly [string, unknown, readonly string[]][] = [
  [
    "ConfigMap",
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } },
    [
      ".data.k",
    ],
  ],
  ["PodSpec", { containers: [{ name: "c", image: "i" }] }, [
    '.containers[name="c"]',
    '.containers[name="c"].name',
    '.containers[name="c"].image',
  ]],
  ["Container", { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }] }, [
    '.ports[containerPort=80,protocol="TCP"]',
    '.ports[containerPort=80,protocol="TCP"].containerPort',
    '.ports[containerPort=80,protocol="UDP"]',
    '.ports[containerPort=80,protocol="UDP"].containerPort',
    '.ports[containerPort=80,protocol="UDP"].protocol',
  ]],
  ["Container", { args: ["1"], resources: { limits: { cpu: "1" } } }, [
    ".args",
    ".resources.limits.cpu",
  ]],
  ["PodSpec", { nodeSelector: { a: "1" }, tolerations: [{ key: "a" }] }, [
    ".nodeSelector",
    ".tolerations",
  ]],
  ["DeploymentSpec", { selector: { matchLabels: { a: "b" } } }, [".selector"]],
  ["ObjectMeta", { finalizers: ["a/b"], labels: { "a.b/c": "d" } }, [
    '.finalizers[="a/b"]',
    ".labels.a.b/c",
  ]],
  ["PodSpec", { securityContext: {} }, [".securityContext"]],
  ["PodSpec", { containers: [{ image: "no name" }] }, [".containers"]],
];
for (const [struct, value, expected] of rows) {
  Deno.test(`flattenFields() ${struct} ${JSON.stringify(value)}`, () => {
    const paths = [...flattenFields(value, struct).keys()];
    deepEqual(paths.map(formatFieldPath), expected);
    deepEqual([...parseFieldTree(formatFieldTree(paths))].toSorted(), paths.toSorted());
  });
}

Deno.test("formatFieldTree() is that of managedFields", () => {
  const paths = flattenFields({ containers: [{ name: "c", image: "i" }] }, "PodSpec").keys();
  deepEqual(JSON.parse(JSON.stringify(formatFieldTree(paths))), {
    "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:image": {}, "f:name": {} } },
  });
});

Deno.test("keys that every object has are keys as any other", () => {
  const paths = [
    ...flattenFields({ data: JSON.parse('{"__proto__":"1","constructor":"2"}') }, "ConfigMap")
      .keys(),
  ];
  deepEqual([...parseFieldTree(JSON.parse(JSON.stringify(formatFieldTree(paths))))], paths);
});
