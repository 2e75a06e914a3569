/** The namespaces that a run has although no manifest makes them; pure. */
import { strategyOf } from "../../api/kinds/kinds.ts";
import type { Namespace } from "../../api/types/cluster.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";

/**
 * Namespaces that objects are in and that are deleted later. Any other one without an object of its
 * own is there without it.
 */
export function findImplicitNamespaces(
  objects: readonly KubernetesObject[],
  deletions: readonly { readonly kind: KindName; readonly name: string }[],
): Namespace[] {
  const deleted = new Set(
    deletions.flatMap(({ kind, name }) => kind === "Namespace" ? [name] : []),
  );
  const made = new Set(objects.flatMap((it) => it.kind === "Namespace" ? [it.metadata.name] : []));
  const used = new Set(
    objects.filter((it) => strategyOf(it).namespaced)
      .map(({ metadata }) => metadata.namespace || "default"),
  );
  return [...used].filter((name) => deleted.has(name) && !made.has(name))
    .map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {} }));
}
