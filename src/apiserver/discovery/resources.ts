/**
 * What is served of each kind: verbs, subresources, categories; pure. Routing, discovery and
 * OpenAPI are made from it.
 */
import { kindNameOf } from "../../api/kinds/kinds.ts";
import { compareVersions } from "../../api/custom/custom_kind.ts";
import type { Strategy } from "../../api/kinds/strategy/strategy.ts";
import { groupOf, type KindName } from "../../api/types/kinds.ts";

/** Verbs of every kind. */
const VERBS: readonly string[] = [
  ...["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
];

/** Verbs of what is not created any more. */
const ENDING_VERBS: readonly string[] = ["delete", "deletecollection", "get", "list", "watch"];

/** A part of an object that is read or written by itself. */
export interface Subresource {
  /** `status` */
  readonly name: string;
  readonly verbs: readonly string[];
  /** What is read and written there. @default the object */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

const STATUS: Subresource = { name: "status", verbs: ["get", "patch", "update"] };
const SCALE: Subresource = {
  name: "scale",
  verbs: ["get", "patch", "update"],
  kind: { group: "autoscaling", version: "v1", kind: "Scale" },
};

/** What the node answers about a Pod, with what its options are called. */
const STREAMS: readonly Subresource[] = ([
  ["attach", "PodAttachOptions"],
  ["exec", "PodExecOptions"],
  ["portforward", "PodPortForwardOptions"],
] as const).map(([name, kind]) => ({
  name,
  verbs: ["create", "get"],
  kind: { group: "", version: "v1", kind },
}));
/** What is asked of a Pod by an object of another kind. */
const ACTIONS: readonly Subresource[] = [
  { name: "binding", verbs: ["create"], kind: { group: "", version: "v1", kind: "Binding" } },
  {
    name: "eviction",
    verbs: ["create"],
    kind: { group: "policy", version: "v1", kind: "Eviction" },
  },
];
/** Parts of a Pod's spec that are changed by themselves. */
const EPHEMERAL: Subresource = { name: "ephemeralcontainers", verbs: ["get", "patch", "update"] };
const RESIZE: Subresource = { name: "resize", verbs: ["get", "patch", "update"] };
const LOG: Subresource = { name: "log", verbs: ["get"] };
const TOKEN: Subresource = {
  name: "token",
  verbs: ["create"],
  kind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
};
/** What a node answers itself, but for its containers. */
const PROXY: Subresource = {
  name: "proxy",
  verbs: ["get"],
  kind: { group: "", version: "v1", kind: "NodeProxyOptions" },
};

const OF_KIND: { readonly [K in KindName]?: readonly Subresource[] } = {
  Deployment: [SCALE],
  ReplicaSet: [SCALE],
  ReplicationController: [SCALE],
  StatefulSet: [SCALE],
  Pod: [LOG, ...STREAMS, ...ACTIONS, EPHEMERAL, RESIZE],
  ServiceAccount: [TOKEN],
  Node: [PROXY],
};

/** The kinds of `kubectl get all`. */
const ALL: readonly string[] = [
  ...["Pod", "Service", "ReplicaSet", "ReplicationController", "Deployment", "StatefulSet"],
  ...["DaemonSet", "Job", "CronJob"],
];

/** The kinds that add to the API. */
const EXTENDING: readonly string[] = ["CustomResourceDefinition"];

/** The row of a kind. */
export type KindRow = Strategy;

/** The subresources of a kind. */
export function subresourcesOf(row: KindRow): readonly Subresource[] {
  const own = row.custom?.version.subresources?.scale === undefined ? [] : [SCALE];
  return [...row.hasStatus ? [STATUS] : [], ...OF_KIND[kindNameOf(row)] ?? own];
}

/** A resource that is measured when it is asked for, and not stored. */
export interface UsageResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
}

/** What nodes and Pods use. */
export const USAGE_RESOURCES: readonly UsageResource[] = ([
  ["NodeMetrics", "node", false],
  ["PodMetrics", "pod", true],
] as const).map(([kind, singular, namespaced]) => ({
  apiVersion: "metrics.k8s.io/v1beta1",
  kind,
  plural: `${singular}s`,
  singular,
  namespaced,
}));

/** What is answered at once, and not stored: questions about users. */
const REVIEW_RESOURCES: readonly UsageResource[] = ([
  ["authentication.k8s.io/v1", "SelfSubjectReview", false],
  ["authentication.k8s.io/v1", "TokenReview", false],
  ["authorization.k8s.io/v1", "LocalSubjectAccessReview", true],
  ["authorization.k8s.io/v1", "SelfSubjectAccessReview", false],
  ["authorization.k8s.io/v1", "SelfSubjectRulesReview", false],
  ["authorization.k8s.io/v1", "SubjectAccessReview", false],
] as const).map(([apiVersion, kind, namespaced]) => {
  const singular = kind.toLowerCase();
  return { apiVersion, kind, plural: `${singular}s`, singular, namespaced };
});

/** A resource as discovery shows it. */
export interface ServedResource extends UsageResource {
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** All that is served of a version, in the order of the plurals. */
export function resourcesOf(
  kinds: readonly KindRow[],
  apiVersion: string,
): readonly ServedResource[] {
  const measured = USAGE_RESOURCES.filter((it) => it.apiVersion === apiVersion)
    .map((it) => ({ ...it, verbs: ["get", "list"], ...NOTHING_MORE }));
  const asked = REVIEW_RESOURCES.filter((it) => it.apiVersion === apiVersion)
    .map((it) => ({ ...it, verbs: ["create"], ...NOTHING_MORE }));
  const stored = kindsOf(kinds, apiVersion).map((row) => ({
    ...row,
    verbs: row.custom?.isEnding ? ENDING_VERBS : VERBS,
    categories: categoriesOf(row),
    subresources: subresourcesOf(row),
  }));
  return [...stored, ...measured, ...asked];
}

const NOTHING_MORE = { shortNames: [], categories: [], subresources: [] };

/** The categories of a kind, by which several are asked for at once. */
function categoriesOf(row: KindRow): readonly string[] {
  if (row.custom !== undefined) return row.custom.categories;
  return ALL.includes(row.kind) ? ["all"] : EXTENDING.includes(row.kind) ? ["api-extensions"] : [];
}

/** The kinds of a version, in the order of their plurals. */
export function kindsOf(kinds: readonly KindRow[], apiVersion: string): readonly KindRow[] {
  return kinds.filter((row) => row.apiVersion === apiVersion)
    .toSorted((a, b) => a.plural < b.plural ? -1 : 1);
}

/** The kind of a resource as a path names it. */
export function findResource(
  kinds: readonly KindRow[],
  apiVersion: string,
  plural: string,
): KindRow | undefined {
  return kinds.find((row) => row.apiVersion === apiVersion && row.plural === plural);
}

/** Every version that has kinds, of the group without a name first: `v1`, `apps/v1`. */
export function storedVersions(kinds: readonly KindRow[]): readonly string[] {
  return sortVersions(kinds.map(({ apiVersion }): string => apiVersion));
}

/** Every version that is served, in the same order. */
export function servedVersions(kinds: readonly KindRow[]): readonly string[] {
  const others = [...USAGE_RESOURCES, ...REVIEW_RESOURCES];
  return sortVersions([...kinds, ...others].map(({ apiVersion }): string => apiVersion));
}

function sortVersions(versions: readonly string[]): readonly string[] {
  return [...new Set(versions)].toSorted((a, b) => {
    const [first, second] = [splitVersion(a), splitVersion(b)];
    if (first.group !== second.group) return first.group < second.group ? -1 : 1;
    return compareVersions(second.version, first.version);
  });
}

/** `apps/v1` into its parts; the group is empty for `v1`. */
export function splitVersion(
  apiVersion: string,
): { readonly group: string; readonly version: string } {
  const group = groupOf(apiVersion);
  return { group, version: group === "" ? apiVersion : apiVersion.slice(group.length + 1) };
}

/** The kind of a list of objects: `PodList`. */
export function listKindOf({ kind, custom }: Pick<KindRow, "kind" | "custom">): string {
  return custom?.listKind ?? `${kind}List`;
}
