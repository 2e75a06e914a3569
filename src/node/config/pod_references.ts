/** Which objects the containers and volumes of a pod are made from; pure. */
import { allContainers } from "../../api/pod_containers.ts";
import type { Container, Pod, Volume } from "../../api/types/pod.ts";

/** A reference to an object in the pod's namespace. */
export interface PodReference {
  /** The kinds that a pod may refer to. */
  readonly kind: "ConfigMap" | "Secret" | "PersistentVolumeClaim";
  readonly name: string;
}

/**
 * Every object that a pod refers to, each once; optional ones too.
 *
 * Rule: Kubernetes, pkg/api/v1/pod/util.go, VisitPodConfigmapNames and VisitPodSecretNames.
 */
export function findReferences(pod: Pod): PodReference[] {
  const found = new Map<string, PodReference>();
  const add = (kind: PodReference["kind"], name: string | undefined) => {
    if (name) found.set(`${kind}/${name}`, { kind, name });
  };
  for (const container of allContainers(pod)) addVariables(container, add);
  for (const volume of pod.spec.volumes ?? []) addVolume(volume, add);
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
