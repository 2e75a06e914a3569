/** Requests and limits to numbers for the kernel, of a container and of a pod as a whole; pure. */
import type { Container, Pod } from "../../api/types/pod.ts";
import { aggregateResources, computePodQOS, nanosOf } from "../../api/types/qos.ts";
import { NANO } from "../../api/types/quantity.ts";
import type { ResourceConfig } from "../../runtime/config.ts";
import type { NodeFacts } from "./pod_sources.ts";

/** How many processes and threads a pod may have: set by the node, not by a manifest. */
const POD_PIDS_LIMIT = 4096;

/** What the kubelet gives a pause process: it goes last. */
const PAUSE_OOM_SCORE_ADJ = -998;

/**
 * What it gives the containers of a pod that has all it can need, and of one that has asked for
 * nothing.
 */
const GUARANTEED_OOM_SCORE_ADJ = -997;
const BEST_EFFORT_OOM_SCORE_ADJ = 1000;

const NANOS_PER_MILLI = 1_000_000n;
/** The kernel's bounds, and what stands for one core. */
const [MIN_SHARES, MAX_SHARES, SHARES_PER_CORE] = [2n, 262_144n, 1024n];

/** Microseconds: the period in which CPU time is counted, and the least of it that can be given. */
const [PERIOD_US, MIN_QUOTA_US] = [100_000n, 1000n];

/**
 * What a container may use. Where it has no limit of its own the pod's is taken.
 *
 * Rule: Kubernetes, pkg/kubelet/kuberuntime/kuberuntime_container_linux.go,
 * generateLinuxContainerResources.
 */
export function generateContainerResources(
  pod: Pod,
  container: Container,
  node: Pick<NodeFacts, "allocatable">,
): ResourceConfig {
  const { requests, limits } = container.resources ?? {};
  const limitOf = (name: string) =>
    nanosOf(limits?.[name]) || nanosOf(pod.spec.resources?.limits?.[name]);
  const cpuLimit = limitOf("cpu");
  return {
    cpuShares: computeShares(requests?.["cpu"] === undefined ? cpuLimit : nanosOf(requests["cpu"])),
    ...quotaOf(cpuLimit),
    ...memoryOf(limitOf("memory")),
    oomScoreAdj: computeOomScoreAdj(pod, container, bytesOf(nanosOf(node.allocatable["memory"]))),
  };
}

/**
 * What a pod may use: its own limit, else the sum of its containers' limits where each
 * of them has one; and its overhead.
 *
 * Rule: Kubernetes, pkg/kubelet/cm/helpers_linux.go, ResourceConfigForPod.
 */
export function generatePodResources({ spec }: Pod): ResourceConfig {
  const containers = [...spec.containers, ...spec.initContainers ?? []];
  const overheadOf = (name: string) => nanosOf(spec.overhead?.[name]);
  const limitOf = (name: string): bigint => {
    const own = nanosOf(spec.resources?.limits?.[name]);
    const isLimited = containers.every((it) => nanosOf(it.resources?.limits?.[name]) > 0n);
    if (own === 0n && !isLimited) return 0n;
    return overheadOf(name) + (own || (aggregateResources(spec, "limits").get(name) ?? 0n));
  };
  const cpuRequest = spec.resources?.requests?.["cpu"];
  const cpuNanos = cpuRequest === undefined
    ? aggregateResources(spec, "requests").get("cpu") ?? 0n
    : nanosOf(cpuRequest);
  return {
    cpuShares: computeShares(cpuNanos + overheadOf("cpu")),
    ...quotaOf(limitOf("cpu")),
    ...memoryOf(limitOf("memory")),
    pidsLimit: POD_PIDS_LIMIT,
    oomScoreAdj: PAUSE_OOM_SCORE_ADJ,
  };
}

/** Whole millicores, a fraction counted as one, as `MilliValue` does. */
function millisOf(nanos: bigint): bigint {
  return (nanos + NANOS_PER_MILLI - 1n) / NANOS_PER_MILLI;
}

function bytesOf(nanos: bigint): bigint {
  return (nanos + NANO - 1n) / NANO;
}

function computeShares(cpuNanos: bigint): number {
  const shares = millisOf(cpuNanos) * SHARES_PER_CORE / 1000n;
  return Number(shares < MIN_SHARES ? MIN_SHARES : shares > MAX_SHARES ? MAX_SHARES : shares);
}

function quotaOf(cpuNanos: bigint): Pick<ResourceConfig, "cpuQuotaUs"> {
  if (cpuNanos === 0n) return {};
  const quota = millisOf(cpuNanos) * PERIOD_US / 1000n;
  return { cpuQuotaUs: Number(quota < MIN_QUOTA_US ? MIN_QUOTA_US : quota) };
}

function memoryOf(nanos: bigint): Pick<ResourceConfig, "memoryLimitBytes"> {
  return nanos === 0n ? {} : { memoryLimitBytes: Number(bytesOf(nanos)) };
}

/**
 * The less of the machine's memory a container has asked for, the sooner it is killed. A sidecar is
 * killed no sooner than the mains that need it. What a pod has asked for beyond its containers is
 * theirs in equal parts.
 *
 * Rule: Kubernetes, pkg/kubelet/qos/policy.go, GetContainerOOMScoreAdjust.
 */
function computeOomScoreAdj(pod: Pod, container: Container, capacityBytes: bigint): number {
  const qosClass = computePodQOS(pod);
  if (qosClass === "Guaranteed") return GUARANTEED_OOM_SCORE_ADJ;
  if (qosClass === "BestEffort") return BEST_EFFORT_OOM_SCORE_ADJ;

  const { spec } = pod;
  const requestOf = (it: Container) => bytesOf(nanosOf(it.resources?.requests?.["memory"]));
  let request = requestOf(container);
  if (spec.initContainers?.includes(container) && container.restartPolicy === "Always") {
    const least = spec.containers.map(requestOf).reduce((a, b) => a < b ? a : b);
    if (least > request) request = least;
  }
  const share = request + computeUnassignedShare(pod);
  const score = capacityBytes === 0n ? 0 : 1000 - Number(1000n * share / capacityBytes);
  return Math.min(Math.max(score, 1000 + GUARANTEED_OOM_SCORE_ADJ), BEST_EFFORT_OOM_SCORE_ADJ - 1);
}

/** Bytes for each container out of what only the pod as a whole has asked for. */
function computeUnassignedShare({ spec }: Pod): bigint {
  const request = nanosOf(spec.resources?.requests?.["memory"]);
  if (request === 0n) return 0n;
  const assigned = aggregateResources(spec, "requests").get("memory") ?? 0n;
  const count = spec.containers.length + (spec.initContainers?.length ?? 0);
  return (bytesOf(request) - bytesOf(assigned)) / BigInt(count);
}
