/** The namespaces that a run has although no manifest makes them. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { KindName, KubernetesObject } from "../../../src/api/types/kinds.ts";
import { findImplicitNamespaces } from "../../../src/cli/manifest/implicit_namespaces.ts";

const configMap = (namespace?: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m", ...(namespace !== undefined && { namespace }) },
});
const made: KubernetesObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "a" },
  spec: {},
};
const rows: [
  name: string,
  objects: KubernetesObject[],
  deleted: [KindName, string][],
  names: string[],
][] = [
  ["none that is not deleted", [configMap("a")], [], []],
  ["one that is", [configMap("a"), configMap("b"), configMap("a")], [["Namespace", "a"]], ["a"]],
  ["none that a manifest makes", [made, configMap("a")], [["Namespace", "a"]], []],
  ["none that has nothing in it", [configMap("b")], [["Namespace", "a"]], []],
  ["the default one", [configMap()], [["Namespace", "default"]], ["default"]],
  ["none for another kind", [configMap("a")], [["Pod", "a"]], []],
];
for (const [name, objects, deleted, names] of rows) {
  Deno.test(`findImplicitNamespaces() finds ${name}`, () => {
    const deletions = deleted.map(([kind, name]) => ({ kind, name }));
    const found = findImplicitNamespaces(objects, deletions);
    deepEqual(found.map(({ metadata }) => metadata.name), names);
  });
}
