/**
 * The Pods of a StatefulSet: their names, and what they stand for; pure.
 *
 * Rule: Kubernetes, pkg/controller/statefulset/stateful_set_utils.go, newVersionedStatefulSetPod,
 * initIdentity and isUnavailable.
 */
import { firstOrdinalOf, withClaimVolumes } from "../../api/claim_volumes.ts";
import type { ControllerRevision, StatefulSet } from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Moment } from "../change.ts";
import { POD_HASH_LABEL, templateOf } from "../controller_revision.ts";
import { availableFrom, isReady } from "../pod_state.ts";
import { podFromTemplate } from "../pod_template.ts";

const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The two revisions that Pods are made of. */
export interface PodRevisions {
  /** The one that all Pods had last. */
  readonly current: ControllerRevision;
  /** The one of the present template. */
  readonly update: ControllerRevision;
}

/** The number at the end of a Pod's name; undefined for other Pods than this StatefulSet's. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number | undefined {
  const match = pod.metadata.name.match(/^(.*)-(0|[1-9]\d*)$/s);
  return match?.[1] === metadata.name ? Number(match[2]) : undefined;
}

/** Whether an ordinal is among those that are wanted (R-STS-3). */
export function isWanted(statefulSet: StatefulSet, ordinal: number): boolean {
  const first = firstOrdinalOf(statefulSet);
  return ordinal >= first && ordinal < first + (statefulSet.spec.replicas ?? 1);
}

/** The name of the revision that a Pod was made of. */
export function revisionOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.[POD_HASH_LABEL];
}

/** Whether it runs and is ready. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isReady(pod);
}

/** Whether it runs and has been ready for long enough (R-RS-4). */
export function isAvailable({ spec }: StatefulSet, pod: Pod, now: Moment): boolean {
  if (!isRunningAndReady(pod)) return false;
  const from = availableFrom(pod, spec.minReadySeconds ?? 0, now);
  return from !== undefined && from <= now.wallMs;
}

/** Whether it is being deleted; of a Pod, ended or not. */
export function isGoing({ metadata }: Pick<Pod | StatefulSet, "metadata">): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** A new Pod, of the revision that its ordinal has (R-STS-1, R-STS-5). */
export function newPod(statefulSet: StatefulSet, ordinal: number, revisions: PodRevisions): Pod {
  const revision = isOfCurrent(statefulSet, ordinal) ? revisions.current : revisions.update;
  const { metadata, ...rest } = podFromTemplate(statefulSet, templateOf(revision));
  const name = `${statefulSet.metadata.name}-${ordinal}`;
  const { serviceName } = statefulSet.spec;
  const spec = withClaimVolumes(statefulSet, rest.spec, ordinal);
  return withIdentity({
    ...rest,
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, [POD_HASH_LABEL]: revision.metadata.name },
    },
    spec: { ...spec, hostname: name, ...(serviceName && { subdomain: serviceName }) },
  }, ordinal);
}

/** A Pod with the labels of its name; the same one if it has them. */
export function withIdentity(pod: Pod, ordinal: number): Pod {
  const { metadata } = pod;
  const { labels = {} } = metadata;
  const [name, index] = [metadata.name, String(ordinal)];
  if (labels[POD_NAME_LABEL] === name && labels[POD_INDEX_LABEL] === index) return pod;
  const own = { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: index };
  return { ...pod, metadata: { ...metadata, labels: { ...labels, ...own } } };
}

/** Ordinals below the partition keep the revision that they had (R-STS-5). */
function isOfCurrent(statefulSet: StatefulSet, ordinal: number): boolean {
  const { spec: { updateStrategy = {} }, status } = statefulSet;
  if (updateStrategy.type === "OnDelete") return false;
  const { rollingUpdate } = updateStrategy;
  const kept = rollingUpdate === undefined
    ? status?.currentReplicas ?? 0
    : rollingUpdate.partition ?? 0;
  return ordinal < firstOrdinalOf(statefulSet) + kept;
}
