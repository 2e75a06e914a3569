/** One row for each kind that is understood. */
import type { ConfigMap, PersistentVolumeClaim, Secret } from "./core.ts";
import type { Pod } from "./pod.ts";

/** An object of a kind that is understood. */
export type KubernetesObject = Pod | ConfigMap | Secret | PersistentVolumeClaim;

/** The kinds that are understood. */
export type KindName = KubernetesObject["kind"];

/** What a kind is called, and where. */
export interface Kind {
  /** As in `kind: Pod`; also the name of its struct in `fields.ts`. */
  readonly kind: KindName;
  /** As in `apiVersion: v1`. */
  readonly apiVersion: string;
  /** As in a URL: `pods`. */
  readonly plural: string;
  /** As typed: `pod`. */
  readonly singular: string;
  /** As typed in a hurry: `po`. */
  readonly shortNames: readonly string[];
  /** Lives in a namespace. */
  readonly namespaced: boolean;
}

/** Every kind that is understood. */
export const KINDS: readonly Kind[] = [
  {
    kind: "Pod",
    apiVersion: "v1",
    plural: "pods",
    singular: "pod",
    shortNames: ["po"],
    namespaced: true,
  },
  {
    kind: "ConfigMap",
    apiVersion: "v1",
    plural: "configmaps",
    singular: "configmap",
    shortNames: ["cm"],
    namespaced: true,
  },
  {
    kind: "Secret",
    apiVersion: "v1",
    plural: "secrets",
    singular: "secret",
    shortNames: [],
    namespaced: true,
  },
  {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    shortNames: ["pvc"],
    namespaced: true,
  },
];

/** The row of a kind; undefined if it is not understood. */
export function findKind(apiVersion: string, kind: string): Kind | undefined {
  return KINDS.find((row) => row.kind === kind && row.apiVersion === apiVersion);
}
