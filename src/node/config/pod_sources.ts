/** What a pod's containers and volumes are made from, beside its spec; pure. */
import type { ConfigMap, PersistentVolumeClaim, Secret } from "../../api/types/core.ts";
import type { Taint } from "../../api/scheduling/node_pods.ts";
import type { Quantity } from "../../api/types/meta.ts";
import type { Service } from "../../api/types/network.ts";
import type { Pod, ServiceAccountTokenProjection } from "../../api/types/pod.ts";

/**
 * How many Pods a node takes.
 *
 * Rule: Kubernetes, pkg/kubelet/apis/config/v1beta1/defaults.go, `MaxPods`.
 */
export const MAX_PODS = 110;

/** The facts that a node reports about itself. */
export interface NodeFacts {
  /** `spec.nodeName` of its pods. */
  readonly name: string;
  /** One address of the machine. */
  readonly hostIP: string;
  /** As Pods select it. */
  readonly labels: Readonly<Record<string, string>>;
  /** How it gets others; one clause for people. @default there is no way */
  readonly labelAdvice?: string;
  /** What keeps Pods away that do not tolerate it. */
  readonly taints: readonly Taint[];
  /** No more Pods are wanted here. @default false */
  readonly isUnschedulable?: boolean;
  /**
   * What Pods can request. `cpu`, `memory` and `ephemeral-storage` are the value of a limit that is
   * not set, too (R-ENV-6).
   */
  readonly allocatable: Readonly<Record<string, Quantity>>;
}

/** A token of a pod's service account. */
export interface TokenReference {
  /** Where it is shown; empty: to the API. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

/** What a projection asks for. Rule: Kubernetes, pkg/apis/core/v1/defaults.go. */
export function tokenOf(
  { audience = "", expirationSeconds = 3600 }: ServiceAccountTokenProjection,
): TokenReference {
  return { audience, expirationSeconds };
}

/** The same for references to the same token of a pod. */
export function keyOfToken({ audience, expirationSeconds }: TokenReference): string {
  return `${expirationSeconds} ${audience}`;
}

/** A pod, its node, and the objects that it refers to. */
export interface PodSources {
  /** With its uid; of its status nothing is read. */
  readonly pod: Pod;
  /** Where it runs. */
  readonly node: NodeFacts;
  /** The ConfigMap of this name in the pod's namespace. */
  configMap(name: string): ConfigMap | undefined;
  /** The Secret of this name in the pod's namespace, its `stringData` folded into `data`. */
  secret(name: string): Secret | undefined;
  /** Every Service of the pod's namespace. */
  readonly services: readonly Service[];
  /** The PersistentVolumeClaim of this name in the pod's namespace. */
  claim(name: string): PersistentVolumeClaim | undefined;
  /** Where the pod's containers reach the API. @default there is none */
  readonly api?: { readonly address: string; readonly port: number };
  /** A token of the pod's service account, or why there is none. @default no API issues any */
  token?(
    reference: TokenReference,
  ): { readonly token: string } | { readonly fault: string } | undefined;
}
