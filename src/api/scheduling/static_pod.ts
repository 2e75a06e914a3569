/**
 * Pods that a node has from files of its own, and the objects that stand for them; pure.
 *
 * Rule: Kubernetes, pkg/kubelet/config/common.go, applyDefaults, and
 * pkg/kubelet/pod/mirror_client.go.
 */
import { allContainers } from "../pod_containers.ts";
import type { Node } from "../types/cluster.ts";
import type { Pod } from "../types/pod.ts";

/** Its value is the uid of the Pod that the object stands for. */
const MIRROR = "kubernetes.io/config.mirror";
/** Set on all Pods of files, their objects included. */
const SOURCE = "kubernetes.io/config.source";
const HASH = "kubernetes.io/config.hash";
const SEEN = "kubernetes.io/config.seen";

/** Where a Pod of a file comes from. */
export interface StaticPodOrigin {
  readonly nodeName: string;
  /** Another one for other contents: 32 hexadecimal digits. */
  readonly uid: string;
  /** When the file was read, RFC 3339. */
  readonly seen: string;
}

/** A Pod as its file has it, as one of a node. */
export function toStaticPod(pod: Pod, { nodeName, uid, seen }: StaticPodOrigin): Pod {
  const { metadata: { name, namespace, annotations, ...metadata }, spec } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      name: `${name}-${nodeName}`,
      namespace: namespace || "default",
      uid,
      annotations: { ...annotations, [HASH]: uid, [SEEN]: seen, [SOURCE]: "file" },
    },
    spec: {
      ...spec,
      nodeName,
      tolerations: [...spec.tolerations ?? [], { operator: "Exists", effect: "NoExecute" }],
    },
  };
}

/** The object that stands for the Pod of a file. */
export function mirrorOf({ metadata: { uid, ...metadata }, ...pod }: Pod, node: Node): Pod {
  return {
    ...pod,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [MIRROR]: uid! },
      ownerReferences: [{
        apiVersion: "v1",
        kind: "Node",
        name: node.metadata.name,
        uid: node.metadata.uid!,
        controller: true,
      }],
    },
  };
}

/** Whether an object stands for the Pod of a file. */
export function isMirror({ metadata: { annotations } }: Pod): boolean {
  return annotations?.[MIRROR] !== undefined;
}

/** The uid of the Pod that a node runs for an object: its own, or that of the Pod of a file. */
export function ranUid({ metadata: { uid, annotations } }: Pod): string {
  return annotations?.[MIRROR] ?? uid!;
}

/**
 * What of the API a Pod refers to, as a resource; undefined: nothing. A Pod of a file may not.
 *
 * Rule: Kubernetes, pkg/api/pod/util.go, HasAPIObjectReference.
 */
export function findApiReference(pod: Pod): readonly [field: string, resource: string] | undefined {
  const { spec } = pod;
  if (spec.serviceAccountName) return ["spec.serviceAccountName", "serviceaccounts"];
  if (spec.imagePullSecrets?.length) return ["spec.imagePullSecrets", "secrets"];
  for (const container of allContainers(pod)) {
    const list = spec.containers.includes(container) ? "containers" : "initContainers";
    const at = `spec.${list}[${spec[list]!.indexOf(container)}]`;
    for (const [index, { configMapRef, secretRef }] of (container.envFrom ?? []).entries()) {
      const resource = secretRef ? "secrets" : configMapRef ? "configmaps" : undefined;
      if (resource !== undefined) return [`${at}.envFrom[${index}]`, resource];
    }
    for (const [index, { valueFrom }] of (container.env ?? []).entries()) {
      const resource = valueFrom?.secretKeyRef
        ? "secrets"
        : valueFrom?.configMapKeyRef
        ? "configmaps"
        : undefined;
      if (resource !== undefined) return [`${at}.env[${index}].valueFrom`, resource];
    }
  }
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const resource = volume.secret
      ? "secrets"
      : volume.configMap
      ? "configmaps"
      : volume.persistentVolumeClaim || volume.ephemeral
      ? "persistentvolumeclaims"
      : undefined;
    if (resource !== undefined) return [`spec.volumes[${index}]`, resource];
    for (const [source, it] of (volume.projected?.sources ?? []).entries()) {
      const projected = it.secret
        ? "secrets"
        : it.configMap
        ? "configmaps"
        : it.serviceAccountToken
        ? "serviceaccounts"
        : it.clusterTrustBundle
        ? "clustertrustbundles"
        : undefined;
      if (projected !== undefined) {
        return [`spec.volumes[${index}].projected.sources[${source}]`, projected];
      }
    }
  }
  return undefined;
}
