/**
 * Which ReplicaSet is a Deployment's new one, and the numbers of its revisions; pure.
 *
 * Rule: Kubernetes, pkg/controller/deployment/util/deployment_util.go.
 */
import type { Deployment, ReplicaSet } from "../../api/types/apps.ts";
import { isSameTemplate } from "../template_hash.ts";
import { maxSurgeOf } from "./strategy.ts";

/** The number of a ReplicaSet's template, and of the template that a Deployment has. */
export const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
/** The Deployment's replicas when the ReplicaSet was last scaled. */
export const DESIRED = "deployment.kubernetes.io/desired-replicas";
/** The same with its surge. */
export const MAX = "deployment.kubernetes.io/max-replicas";

/** They are the Deployment's own or the ReplicaSet's own. */
const NOT_COPIED = [
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  HISTORY,
  DESIRED,
  MAX,
  "deprecated.deployment.rollback.to",
];

/** Characters of a history of revisions; the oldest go first. */
const MAX_HISTORY = 2000;

/** Annotations of an object, by key. */
export type Annotations = Readonly<Record<string, string>>;

/** The ReplicaSets of a Deployment. */
export interface ReplicaSets {
  /** The one of the present template; undefined if it is not there yet. */
  readonly current: ReplicaSet | undefined;
  /** All others, the oldest first. */
  readonly old: readonly ReplicaSet[];
}

/** The new one and the old ones: the oldest with the Deployment's template is new. */
export function sortReplicaSets(
  { spec }: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReplicaSets {
  const byAge = replicaSets.toSorted(compareAge);
  const current = byAge.find((it) => isSameTemplate(it.spec.template, spec.template));
  return { current, old: byAge.filter((it) => it !== current) };
}

/** The number of the newest template: one more than any other (R-DEPLOY-3). */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

/** The number of a ReplicaSet's template; 0 if it has none. */
export function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0) || 0;
}

/**
 * The annotations of the new ReplicaSet: the Deployment's, and its number, with the former ones
 * kept where an older template is used again (R-DEPLOY-4).
 */
export function annotateCurrent(
  deployment: Deployment,
  present: Annotations,
  revision: number,
): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {})
    .filter(([key]) => !NOT_COPIED.includes(key));
  const annotations = { ...present, ...Object.fromEntries(copied) };
  const before = present[REVISION];
  if ((Number(before ?? 0) || 0) >= revision) return annotations;
  return {
    ...annotations,
    [REVISION]: String(revision),
    ...(before && { [HISTORY]: appendHistory(present[HISTORY], before) }),
  };
}

/** The annotations by which a scaling is noticed, and shared out. */
export function replicaAnnotations(deployment: Deployment): Annotations {
  const { replicas = 1 } = deployment.spec;
  return { [DESIRED]: String(replicas), [MAX]: String(replicas + maxSurgeOf(deployment)) };
}

/** The number in an annotation; undefined if there is none. */
export function readCount({ metadata }: ReplicaSet, key: string): number | undefined {
  const text = metadata.annotations?.[key];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function appendHistory(history: string | undefined, revision: string): string {
  const entries = [...history ? history.split(",") : [], revision];
  while (entries.length > 1 && entries.join(",").length > MAX_HISTORY) entries.shift();
  return entries.join(",");
}

/** The older first, then by name. */
function compareAge(a: ReplicaSet, b: ReplicaSet): number {
  const [at, bt] = [a, b].map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""));
  if (at !== bt && !Number.isNaN(at!) && !Number.isNaN(bt!)) return at! - bt!;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
