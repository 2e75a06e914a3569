/** Strategic merge patches of Pods and Deployments. */
import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { applyStrategicMerge } from "../../../src/api/patch/strategic_merge.ts";

const c = (name: string, more: Record<string, unknown> = {}) => ({ name, image: "i", ...more });

/** What it is about, the struct, the object, the patch, the outcome. */
const rows: readonly [string, string, unknown, unknown, unknown][] = [
  ["a field", "PodSpec", { nodeName: "a" }, { hostname: "h" }, { nodeName: "a", hostname: "h" }],
  ["null removes", "PodSpec", { nodeName: "a", hostname: "h" }, { hostname: null }, {
    nodeName: "a",
  }],
  ["a map by its keys", "PodSpec", { nodeSelector: { a: "1", b: "2" } }, {
    nodeSelector: { b: null, c: "3" },
  }, { nodeSelector: { a: "1", c: "3" } }],
  ["a container by its name", "PodSpec", { containers: [c("a"), c("b")] }, {
    containers: [{ name: "b", image: "j" }, c("x")],
  }, { containers: [c("a"), c("b", { image: "j" }), c("x")] }],
  ["a list without a key as a whole", "Container", { args: ["1", "2"] }, { args: ["3"] }, {
    args: ["3"],
  }],
  ["$patch: delete of an item", "PodSpec", { containers: [c("a"), c("b")] }, {
    containers: [{ $patch: "delete", name: "a" }],
  }, { containers: [c("b")] }],
  ["$patch: replace of a list", "PodSpec", { containers: [c("a"), c("b")] }, {
    containers: [{ $patch: "replace" }, c("x")],
  }, { containers: [c("x")] }],
  ["$patch: replace of an object", "PodSpec", { nodeSelector: { a: "1" } }, {
    nodeSelector: { $patch: "replace", b: "2" },
  }, { nodeSelector: { b: "2" } }],
  ["$patch: delete of an object", "Container", { resources: { limits: { cpu: "1" } } }, {
    resources: { $patch: "delete" },
  }, { resources: {} }],
  ["$retainKeys", "DeploymentSpec", { strategy: { type: "RollingUpdate", rollingUpdate: {} } }, {
    strategy: { $retainKeys: ["type"], type: "Recreate" },
  }, { strategy: { type: "Recreate" } }],
  ["$setElementOrder sorts, and the rest stays in its place", "PodSpec", {
    containers: [c("injected"), c("a"), c("b")],
  }, {
    "$setElementOrder/containers": [{ name: "b" }, { name: "a" }, { name: "n" }],
    containers: [c("n")],
  }, { containers: [c("injected"), c("b"), c("a"), c("n")] }],
  ["$setElementOrder without a patch of the list", "PodSpec", { containers: [c("a"), c("b")] }, {
    "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
  }, { containers: [c("b"), c("a")] }],
  ["a set of words", "ObjectMeta", { finalizers: ["a/a", "b/b"] }, {
    "$deleteFromPrimitiveList/finalizers": ["a/a"],
    finalizers: ["c/c"],
  }, { finalizers: ["b/b", "c/c"] }],
  ["ports of a container by number", "Container", { ports: [{ containerPort: 80, name: "h" }] }, {
    ports: [{ containerPort: 80, name: "web" }, { containerPort: 81 }],
  }, { ports: [{ containerPort: 80, name: "web" }, { containerPort: 81 }] }],
  ["nulls of a new object are left out", "PodSpec", {}, {
    securityContext: { runAsUser: 1, runAsGroup: null },
  }, { securityContext: { runAsUser: 1 } }],
  ["conditions by type", "PodStatus", { conditions: [{ type: "A", status: "True" }] }, {
    conditions: [{ type: "B", status: "True" }, { type: "A", status: "False" }],
  }, { conditions: [{ type: "A", status: "False" }, { type: "B", status: "True" }] }],
];
for (const [what, struct, target, patch, expected] of rows) {
  Deno.test(`applyStrategicMerge() ${what}`, () =>
    deepEqual(applyStrategicMerge(target, patch, struct), expected));
}

Deno.test("applyStrategicMerge() refuses what it does not understand", () => {
  const wrong: readonly [unknown, RegExp][] = [
    [[], /a patch is an object/],
    [{ $patch: "shred" }, /unknown patch type: shred/],
    [{ containers: [{ image: "i" }] }, /does not contain declared merge key: name/],
    [{ containers: ["a"] }, /does not contain declared merge key: name/],
    [{ securityContext: { $retainKeys: ["runAsUser"] } }, /\$retainKeys is a list of keys/],
  ];
  for (const [patch, message] of wrong) {
    throws(() => applyStrategicMerge({}, patch, "PodSpec"), { name: "PatchError", message });
  }
});
