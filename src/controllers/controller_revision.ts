/**
 * The templates that a StatefulSet or DaemonSet had, as ControllerRevisions; pure.
 *
 * Rule: Kubernetes, pkg/controller/history/controller_history.go;
 * pkg/controller/statefulset/stateful_set_control.go, getStatefulSetRevisions and truncateHistory;
 * pkg/controller/daemon/update.go, constructHistory and cleanupHistory.
 */
import type {
  ControllerRevision,
  DaemonSet,
  PodTemplateSpec,
  StatefulSet,
} from "../api/types/apps.ts";
import { isEqual } from "../api/validate/common/equality.ts";
import type { ControllerWrite } from "./change.ts";
import { computeTemplateHash } from "./template_hash.ts";
import { controllerOf, controllerReference } from "./ownership.ts";

/** The label of Pods, and of a DaemonSet's revisions, that distinguishes templates. */
export const POD_HASH_LABEL = "controller-revision-hash";

/** An object that keeps revisions of its template. */
export type RevisionedSet = StatefulSet | DaemonSet;

/** The revisions of a set. */
export interface Revisions {
  /** Of the present template, as it is to be. */
  readonly present: ControllerRevision;
  /** All others, the oldest first. */
  readonly old: readonly ControllerRevision[];
  /** What makes the present one so; undefined if it is. */
  readonly write?: ControllerWrite<ControllerRevision>;
}

/** What is stored of a template: a patch that takes a set back to it. */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: "replace" } };
}

/**
 * The revision of a set's present template: a new one, or an older one of the same template, with
 * the highest number (R-STS-7, R-DS-6).
 *
 * @param own the revisions that the set has.
 * @param hashLabel the label of a revision that has its hash.
 */
export function computeRevisions(
  set: RevisionedSet,
  own: readonly ControllerRevision[],
  hashLabel: string,
): Revisions {
  const rule = set.kind === "StatefulSet" ? "R-STS-7" : "R-DS-6";
  const byNumber = own.toSorted((a, b) =>
    a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1)
  );
  const data = dataOf(set.spec.template);
  const known = byNumber.findLast((it) => isEqual(it.data, data));
  const old = byNumber.filter((it) => it !== known);
  const next = (old.at(-1)?.revision ?? 0) + 1;
  const title = `${set.kind} ${set.metadata.name}`;
  if (known === undefined) {
    const present = newRevision(set, next, hashLabel);
    const because = `no revision of ${title} has its template`;
    const write = { action: "createRevision", verb: "create", object: present, because, rule };
    return { present, old, write: write as ControllerWrite<ControllerRevision> };
  }
  if (known.revision >= next) return { present: known, old };
  const present = { ...known, revision: next };
  const because = `${title} has the template of revision ${known.revision} again`;
  const write = { action: "updateRevision", verb: "update", object: present, because, rule };
  return { present, old, write: write as ControllerWrite<ControllerRevision> };
}

/** The template that a revision holds. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  // Only controllers write revisions.
  const { $patch: _, ...template } = (data as RevisionData).spec.template;
  return template;
}

/**
 * The oldest revisions that no Pod has, over a number (R-STS-8, R-DS-6).
 *
 * @param old the oldest first.
 * @param isLive whether a Pod has one.
 * @param surplus how many go at most.
 */
export function pruneRevisions(
  set: RevisionedSet,
  old: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
  surplus: number,
): ControllerWrite[] {
  const { kind, metadata: { name }, spec: { revisionHistoryLimit: limit = 10 } } = set;
  return old.filter((it) => !isLive(it)).slice(0, Math.max(0, surplus)).map((object) => ({
    action: "deleteRevision",
    verb: "delete",
    object,
    because: `${kind} ${name} keeps ${limit} old revisions`,
    rule: kind === "StatefulSet" ? "R-STS-8" : "R-DS-6",
  }));
}

/**
 * What to do when the name of a new revision is taken.
 *
 * @param taken the revision that has the name.
 * @returns the set with a higher count of collisions; undefined if the revision is its own, of the
 * same template, and only had not been seen yet.
 */
export function resolveRevisionCollision<S extends RevisionedSet>(
  set: S,
  taken: ControllerRevision,
): S | undefined {
  const isOwn = controllerOf(taken.metadata)?.uid === set.metadata.uid;
  if (isOwn && isEqual(taken.data, dataOf(set.spec.template))) return undefined;
  const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 };
  return { ...set, status };
}

function newRevision(
  set: RevisionedSet,
  revision: number,
  hashLabel: string,
): ControllerRevision {
  const { metadata: { name, namespace, annotations }, spec: { template }, status } = set;
  const hash = computeTemplateHash(template, status?.collisionCount);
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      // What is too long for a name goes from its front part.
      name: `${name.slice(0, LONGEST_PREFIX)}-${hash}`,
      ...(namespace !== undefined && { namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(set)],
    },
    data: dataOf(template),
    revision,
  };
}

/** Rule: pkg/controller/history/controller_history.go, ControllerRevisionName. */
const LONGEST_PREFIX = 223;

function dataOf(template: PodTemplateSpec): RevisionData {
  return { spec: { template: { ...template, $patch: "replace" } } };
}
