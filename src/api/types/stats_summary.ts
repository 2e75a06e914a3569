/**
 * What a kubelet answers to `/stats/summary`.
 *
 * Rule: Kubernetes, k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go.
 */

/** What a node and its Pods use. */
export interface StatsSummary {
  readonly node: NodeStatsSummary;
  readonly pods: readonly PodStatsSummary[];
}

/** What all that runs on a machine uses. */
export interface NodeStatsSummary {
  readonly nodeName: string;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
}

/** What a Pod uses. */
export interface PodStatsSummary {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly containers: readonly ContainerStatsSummary[];
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly process_stats: { readonly process_count: number };
}

/** What a container uses. */
export interface ContainerStatsSummary {
  readonly name: string;
  /** RFC 3339; undefined until the node has reported it. */
  readonly startTime?: string;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
}

/** CPU time; how fast it is used is computed by those who ask twice. */
export interface CpuStats {
  /** RFC 3339 */
  readonly time: string;
  /** All that was used, in nanoseconds. */
  readonly usageCoreNanoSeconds: number;
}

/** Memory. */
export interface MemoryStats {
  /** RFC 3339 */
  readonly time: string;
  readonly usageBytes: number;
  /** Without copies of files that are not in use. */
  readonly workingSetBytes: number;
  readonly rssBytes?: number;
  /** Of a machine: what is left. */
  readonly availableBytes?: number;
}
