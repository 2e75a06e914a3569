/**
 * The claims of a StatefulSet's Pods, by their names; pure.
 *
 * Rule: Kubernetes, pkg/controller/statefulset/stateful_set_utils.go,
 * getPersistentVolumeClaimName and updateStorage.
 */
import type { PodTemplateSpec, StatefulSet } from "./types/apps.ts";
import type { PersistentVolumeClaim } from "./types/core.ts";
import type { PodSpec, Volume } from "./types/pod.ts";

/** The name of the claim that a template makes for the Pod of an ordinal (R-STS-10). */
export function claimNameOf(
  { metadata }: StatefulSet,
  template: PersistentVolumeClaim,
  ordinal: number,
): string {
  return `${template.metadata.name}-${metadata.name}-${ordinal}`;
}

/** The ordinal of the first Pod (R-STS-3). */
export function firstOrdinalOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

/**
 * A Pod's spec with the volumes of the claims of an ordinal before its own; they replace its own of
 * the same name (R-STS-10).
 */
export function withClaimVolumes(
  statefulSet: StatefulSet,
  spec: PodSpec,
  ordinal: number,
): PodSpec {
  const templates = statefulSet.spec.volumeClaimTemplates ?? [];
  if (templates.length === 0) return spec;
  const names = new Set(templates.map(({ metadata }) => metadata.name));
  const claimed: Volume[] = templates.map((it) => ({
    name: it.metadata.name,
    persistentVolumeClaim: { claimName: claimNameOf(statefulSet, it, ordinal) },
  }));
  const others = (spec.volumes ?? []).filter(({ name }) => !names.has(name));
  return { ...spec, volumes: [...claimed, ...others] };
}

/** The template with the volumes that the first Pod gets: as its Pods are checked. */
export function templateWithClaims(statefulSet: StatefulSet): PodTemplateSpec {
  const { template } = statefulSet.spec;
  const spec = withClaimVolumes(statefulSet, template.spec, firstOrdinalOf(statefulSet));
  return { ...template, spec };
}

/** The inverse of {@link templateWithClaims}. */
export function templateWithoutClaims(
  statefulSet: StatefulSet,
  template: PodTemplateSpec,
): PodTemplateSpec {
  const { volumes, ...spec } = template.spec;
  const first = firstOrdinalOf(statefulSet);
  const names = new Set(
    statefulSet.spec.volumeClaimTemplates?.map((it) => claimNameOf(statefulSet, it, first)),
  );
  const others = volumes?.filter((it) => !names.has(it.persistentVolumeClaim?.claimName ?? "")) ??
    [];
  return { ...template, spec: { ...spec, ...(others.length > 0 && { volumes: others }) } };
}
