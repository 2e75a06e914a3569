/** What holds a claim that a Pod uses; pure. */
import type { PersistentVolumeClaim } from "./types/core.ts";
import type { Pod } from "./types/pod.ts";

/**
 * The finalizer of every claim.
 *
 * Rule: Kubernetes, plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go.
 */
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";

/** The names of the claims that a Pod's volumes are made from. */
export function claimsOfPod({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName]
  );
}

/**
 * Whether a Pod uses a claim: from when it has a node until its object goes, so that one that has
 * ended still does.
 *
 * Rule: R-VOL-10; Kubernetes, pkg/controller/volume/pvcprotection/pvc_protection_controller.go,
 * podUsesPVC.
 */
export function usesClaim(pod: Pod, { metadata }: PersistentVolumeClaim): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const isShutDown = deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
  return Boolean(pod.spec.nodeName) && !isShutDown &&
    pod.metadata.namespace === metadata.namespace && claimsOfPod(pod).includes(metadata.name);
}

/** The claim with the finalizer that protects it. */
export function withProtection(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { finalizers = [] } = claim.metadata;
  if (finalizers.includes(CLAIM_PROTECTION)) return claim;
  return {
    ...claim,
    metadata: { ...claim.metadata, finalizers: [...finalizers, CLAIM_PROTECTION] },
  };
}

/** The claim without it. */
export function withoutProtection(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { finalizers = [], ...metadata } = claim.metadata;
  const others = finalizers.filter((it) => it !== CLAIM_PROTECTION);
  return { ...claim, metadata: { ...metadata, ...(others.length > 0 && { finalizers: others }) } };
}
