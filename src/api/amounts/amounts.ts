/** The amounts of a Pod that can be changed while it runs: of CPU and memory; pure. */
import type { Container, Pod, PodSpec, ResourceRequirements } from "../types/pod.ts";
import { nanosOf } from "../types/qos.ts";

/** What can be resized. */
export const RESIZABLE = ["cpu", "memory"] as const;

/** One of {@link RESIZABLE}. */
export type Resizable = typeof RESIZABLE[number];

/** What a Pod and each of its containers requests and may use. */
export interface PodAmounts {
  /** Of the Pod as a whole, if it has any. */
  readonly pod: ResourceRequirements | undefined;
  /** By the names of init containers and mains. */
  readonly containers: ReadonlyMap<string, ResourceRequirements>;
}

/** The amounts that a spec names. */
export function amountsOf({ resources, containers, initContainers = [] }: PodSpec): PodAmounts {
  return {
    pod: resources,
    containers: new Map(
      [...initContainers, ...containers].map((it) => [it.name, it.resources ?? {}]),
    ),
  };
}

/** The spec with other amounts; the very same one where it has these already. */
export function withAmounts(spec: PodSpec, amounts: PodAmounts): PodSpec {
  if (isSameAmounts(amountsOf(spec), amounts)) return spec;
  const change = (container: Container): Container => {
    const resources = amounts.containers.get(container.name);
    return resources === undefined ? container : { ...container, resources };
  };
  return {
    ...spec,
    ...(amounts.pod && { resources: amounts.pod }),
    containers: spec.containers.map(change),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(change) }),
  };
}

/**
 * The Pod with the amounts that its status shows as allocated, where it waits for others; else the
 * very same one.
 *
 * Rule: R-RESIZE-3; Kubernetes, pkg/kubelet/allocation/allocation_manager.go,
 * UpdatePodFromAllocation: what is allocated outlives the kubelet.
 */
export function withKeptAmounts(pod: Pod): Pod {
  const { spec, status = {} } = pod;
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = status;
  if (!conditions.some(({ type, status }) => type === "PodResizePending" && status === "True")) {
    return pod;
  }
  const wanted = amountsOf(spec);
  const containers = new Map(wanted.containers);
  for (const it of [...initContainerStatuses, ...containerStatuses]) {
    const present = containers.get(it.name);
    if (present !== undefined) containers.set(it.name, keptOf(present, it));
  }
  const kept = { pod: wanted.pod && keptOf(wanted.pod, status), containers };
  return { ...pod, spec: withAmounts(spec, kept) };
}

/** Those of CPU and memory as a status has them. */
function keptOf(
  wanted: ResourceRequirements,
  { allocatedResources: requests, resources: { limits } = {} }: {
    readonly allocatedResources?: ResourceRequirements["requests"];
    readonly resources?: ResourceRequirements;
  },
): ResourceRequirements {
  const pick = (all: ResourceRequirements["limits"], kept: ResourceRequirements["limits"] = {}) =>
    Object.fromEntries(
      Object.entries(all ?? {}).map(([name, amount]) => [
        name,
        RESIZABLE.some((it) => it === name) ? kept[name] ?? amount : amount,
      ]),
    );
  return {
    ...wanted,
    ...(wanted.requests && { requests: pick(wanted.requests, requests) }),
    ...(wanted.limits && { limits: pick(wanted.limits, limits) }),
  };
}

/** Whether two sets of amounts ask for the same, however they are written. */
export function isSameAmounts(a: PodAmounts, b: PodAmounts): boolean {
  if (changedResources(a.pod, b.pod).length > 0) return false;
  return [...a.containers].every(([name, it]) =>
    changedResources(it, b.containers.get(name)).length === 0
  );
}

/** Those of the two resources whose request or limit differs. */
export function changedResources(
  a: ResourceRequirements = {},
  b: ResourceRequirements = {},
): readonly Resizable[] {
  if (a === b) return [];
  return RESIZABLE.filter((name) =>
    (["requests", "limits"] as const).some((kind) =>
      nanosOf(a[kind]?.[name]) !== nanosOf(b[kind]?.[name])
    )
  );
}
