/**
 * The claims of a StatefulSet's Pods: made before a Pod, kept or deleted with it; pure.
 *
 * Rule: Kubernetes, pkg/controller/statefulset/stateful_pod_control.go,
 * createPersistentVolumeClaims, and stateful_set_utils.go, isClaimOwnerUpToDate and
 * updateClaimOwnerRefForSetAndPod.
 */
import { claimNameOf } from "../../api/claim_volumes.ts";
import type { StatefulSet } from "../../api/types/apps.ts";
import type { PersistentVolumeClaim } from "../../api/types/core.ts";
import type { OwnerReference } from "../../api/types/meta.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { ControllerWrite } from "../change.ts";
import { controllerOf, controllerReference } from "../ownership.ts";
import { isWanted } from "./stateful_pod.ts";

/** The claim of this name in the StatefulSet's namespace. */
export type FindClaim = (name: string) => PersistentVolumeClaim | undefined;

/** A Pod and its claims. */
export interface PodClaims {
  readonly statefulSet: StatefulSet;
  readonly ordinal: number;
  readonly findClaim: FindClaim;
}

/** The claims that an ordinal does not have yet (R-STS-10). */
export function createMissingClaims(
  { statefulSet, ordinal, findClaim }: PodClaims,
): ControllerWrite[] {
  const { metadata: { name: set, namespace }, spec } = statefulSet;
  const pod = `${set}-${ordinal}`;
  return (spec.volumeClaimTemplates ?? []).flatMap((template): ControllerWrite[] => {
    const name = claimNameOf(statefulSet, template, ordinal);
    if (findClaim(name) !== undefined) return [];
    const { labels, annotations } = template.metadata;
    const { matchLabels } = spec.selector;
    return [{
      action: "createClaim",
      verb: "create",
      object: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          ...(namespace !== undefined && { namespace }),
          ...((labels || matchLabels) && { labels: { ...labels, ...matchLabels } }),
          ...(annotations && { annotations }),
        },
        spec: template.spec,
      },
      because: `Pod ${pod} needs a volume ${template.metadata.name}`,
      rule: "R-STS-10",
      event: {
        reason: "SuccessfulCreate",
        messageOf: (it) => `Create Claim ${it} Pod ${pod} in StatefulSet ${set} success`,
      },
    }];
  });
}

/**
 * Whether a claim still belongs to an earlier Pod of this name and goes with it, or is being
 * deleted (R-STS-11).
 */
export function hasStaleClaim({ statefulSet, ordinal, findClaim }: PodClaims): boolean {
  const pod = `${statefulSet.metadata.name}-${ordinal}`;
  return listClaims({ statefulSet, ordinal, findClaim }).some(({ metadata }) =>
    metadata.deletionTimestamp !== undefined ||
    metadata.ownerReferences?.some(({ kind, name }) => kind === "Pod" && name === pod)
  );
}

/** The owners of the claims of a Pod that is there, as the policy has them (R-STS-11). */
export function ownClaims(pod: Pod, claims: PodClaims): ControllerWrite[] {
  const { statefulSet } = claims;
  return listClaims(claims).flatMap((claim): ControllerWrite[] => {
    const controller = controllerOf(claim.metadata);
    // One that another controller has is left alone.
    if (controller !== undefined && !isOneOf(controller, [statefulSet, pod])) return [];
    const { ownerReferences = [], ...metadata } = claim.metadata;
    const others = ownerReferences.filter((it) => !isOneOf(it, [statefulSet, pod]));
    const owner = chooseOwner(pod, claims);
    const wanted = owner === undefined ? others : [...others, controllerReference(owner)];
    if (isEqual(wanted, ownerReferences)) return [];
    const references = wanted.length > 0 && { ownerReferences: wanted };
    const because = owner === undefined
      ? `claim ${metadata.name} stays when Pod ${pod.metadata.name} is not wanted any more`
      : `claim ${metadata.name} goes with ${owner.kind} ${owner.metadata.name}`;
    return [{
      action: "updateClaim",
      verb: "update",
      object: { ...claim, metadata: { ...metadata, ...references } },
      because,
      rule: "R-STS-11",
    }];
  });
}

/** What takes the claims with it when it is deleted; undefined: they stay. */
function chooseOwner(pod: Pod, { statefulSet, ordinal }: PodClaims) {
  const { whenDeleted, whenScaled } = statefulSet.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === "Delete" && !isWanted(statefulSet, ordinal)) return pod;
  return whenDeleted === "Delete" ? statefulSet : undefined;
}

function listClaims({ statefulSet, ordinal, findClaim }: PodClaims): PersistentVolumeClaim[] {
  return (statefulSet.spec.volumeClaimTemplates ?? [])
    .map((it) => findClaim(claimNameOf(statefulSet, it, ordinal)))
    .filter((it) => it !== undefined);
}

function isOneOf({ uid }: OwnerReference, owners: readonly (StatefulSet | Pod)[]): boolean {
  return owners.some(({ metadata }) => metadata.uid === uid);
}
