/** Which objects the containers and volumes of a pod are made from; pure. */
import type { Container, Pod, Volume } from "../../api/types/pod.ts";
import { isMounted } from "./environment.ts";
import { tokenOf, type TokenReference } from "./pod_sources.ts";

/** A reference to an object in the pod's namespace. */
export interface PodReference {
  /** The kinds that a pod may refer to. */
  readonly kind: "ConfigMap" | "Secret" | "PersistentVolumeClaim";
  readonly name: string;
}

/** The tokens that the volumes of a pod hold; of a volume that no container mounts none. */
export function findTokenReferences(pod: Pod): TokenReference[] {
  return (pod.spec.volumes ?? []).filter(({ name }) => isMounted(pod, name))
    .flatMap(({ projected }) => projected?.sources ?? [])
    .flatMap(({ serviceAccountToken: token }) => token === undefined ? [] : [tokenOf(token)]);
}

/**
 * What the volumes of a pod are made from, each object once; optional ones too. A volume that no
 * container mounts is not made, and cannot fail (R-VOL-1).
 *
 * Rule: Kubernetes, pkg/volume/util/util.go, GetPodVolumeNames.
 */
export function findVolumeReferences(pod: Pod): PodReference[] {
  const mounted = (pod.spec.volumes ?? []).filter(({ name }) => isMounted(pod, name));
  return collect((add) => mounted.forEach((volume) => addVolume(volume, add)));
}

/**
 * What the variables of a container come from, each object once; optional ones too.
 *
 * Rule: R-ENV-1; Kubernetes, pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
 */
export function findContainerReferences(container: Container): PodReference[] {
  return collect((add) => addVariables(container, add));
}

/**
 * The container without the variables that come from other objects: as it is prepared before those
 * are read, since its variables are given to it last.
 */
export function withoutReferences(container: Container): Container {
  const { env, envFrom: _, ...rest } = container;
  if (env === undefined) return rest;
  return {
    ...rest,
    env: env.filter(({ valueFrom }) =>
      valueFrom?.configMapKeyRef === undefined && valueFrom?.secretKeyRef === undefined
    ),
  };
}

function collect(addAll: (add: Add) => void): PodReference[] {
  const found = new Map<string, PodReference>();
  addAll((kind, name) => {
    if (name) found.set(`${kind}/${name}`, { kind, name });
  });
  return [...found.values()];
}

type Add = (kind: PodReference["kind"], name: string | undefined) => void;

function addVariables({ env = [], envFrom = [] }: Container, add: Add): void {
  for (const { configMapRef, secretRef } of envFrom) {
    add("ConfigMap", configMapRef?.name);
    add("Secret", secretRef?.name);
  }
  for (const { valueFrom } of env) {
    add("ConfigMap", valueFrom?.configMapKeyRef?.name);
    add("Secret", valueFrom?.secretKeyRef?.name);
  }
}

function addVolume(volume: Volume, add: Add): void {
  add("ConfigMap", volume.configMap?.name);
  add("Secret", volume.secret?.secretName);
  add("PersistentVolumeClaim", volume.persistentVolumeClaim?.claimName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    add("ConfigMap", configMap?.name);
    add("Secret", secret?.name);
  }
}
