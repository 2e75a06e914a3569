/** The quality-of-service class of a Pod, and what its containers ask for together. */
import type { Quantity } from "./meta.ts";
import type { Container, Pod, PodQOSClass, PodSpec, ResourceRequirements } from "./pod.ts";
import { formatQuantity, parseQuantity } from "./quantity.ts";

/** Amounts by resource name. */
export type ResourceList = Readonly<Record<string, Quantity>>;

/** Only these decide. */
const COMPUTE_RESOURCES = ["cpu", "memory"] as const;

/**
 * Sorts a Pod into the class that decides who is evicted first (R-QOS-1). Amounts of zero count as
 * not given; amounts at Pod level, if there are any, stand for those of the containers.
 */
export function computePodQOS(pod: Pod): PodQOSClass {
  const { spec } = pod;
  const level = spec.resources;
  const parts: readonly ResourceRequirements[] = level && hasPodLevelResources(level)
    ? [level]
    : [...spec.containers, ...spec.initContainers ?? []].map((it) => it.resources ?? {});

  const requests = sumCompute(parts.map((it) => it.requests));
  const limits = sumCompute(parts.map((it) => it.limits));
  if (requests.size === 0 && limits.size === 0) return "BestEffort";

  const everyPartLimited = parts.every((it) =>
    COMPUTE_RESOURCES.every((name) => nanosOf(it.limits?.[name]) > 0n)
  );
  const equal = COMPUTE_RESOURCES.every((name) => requests.get(name) === limits.get(name));
  return everyPartLimited && equal ? "Guaranteed" : "Burstable";
}

/** Whether amounts at Pod level are given for anything that may have one. */
function hasPodLevelResources(resources: ResourceRequirements): boolean {
  const names = [...Object.keys(resources.requests ?? {}), ...Object.keys(resources.limits ?? {})];
  return names.some(isPodLevelResource);
}

/** What a Pod as a whole may ask for. */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

/**
 * Billionths that all containers of a Pod need, or may use, at once, by resource: the mains and
 * sidecars together, or the neediest moment of the init sequence, if that is more.
 *
 * Rule: component-helpers, resource/helpers.go, AggregateContainerRequests and
 * AggregateContainerLimits.
 */
export function aggregateResources(
  spec: PodSpec,
  kind: "requests" | "limits",
): ReadonlyMap<string, bigint> {
  const running = new Map<string, bigint>();
  const addAll = (sum: Map<string, bigint>, container: Container) => {
    for (const [name, quantity] of Object.entries(container.resources?.[kind] ?? {})) {
      sum.set(name, (sum.get(name) ?? 0n) + nanosOf(quantity));
    }
  };
  for (const container of spec.containers) addAll(running, container);

  const sidecars = new Map<string, bigint>();
  const initPeak = new Map<string, bigint>();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      addAll(running, container);
      addAll(sidecars, container);
      continue;
    }
    for (const [name, quantity] of Object.entries(container.resources?.[kind] ?? {})) {
      raise(initPeak, name, (sidecars.get(name) ?? 0n) + nanosOf(quantity));
    }
  }
  for (const [name, amount] of initPeak) raise(running, name, amount);
  return running;
}

/**
 * {@link aggregateResources} as amounts, each written as the first container that has any of it
 * writes it.
 */
export function aggregateQuantities(spec: PodSpec, kind: "requests" | "limits"): ResourceList {
  const containers = [...spec.containers, ...spec.initContainers ?? []];
  const formatOf = (name: string) =>
    containers.map((it) => parseQuantity(it.resources?.[kind]?.[name] ?? "0"))
      .find((it) => it !== undefined && it.nanos !== 0n)?.format ?? "decimalSI";
  return Object.fromEntries(
    [...aggregateResources(spec, kind)].map(([name, nanos]) =>
      [name, formatQuantity({ nanos, format: formatOf(name) })] as const
    ),
  );
}

/**
 * What a Pod as a whole requests, or may use: its own value, else its containers together, and its
 * overhead.
 *
 * Rule: component-helpers, resource/helpers.go, PodRequests and PodLimits.
 */
export function computePodResources(spec: PodSpec, kind: "requests" | "limits"): ResourceList {
  const own = Object.entries(spec.resources?.[kind] ?? {})
    .filter(([name]) => isPodLevelResource(name));
  const amounts: Record<string, Quantity> = {
    ...aggregateQuantities(spec, kind),
    ...Object.fromEntries(own),
  };
  for (const [name, overhead] of Object.entries(spec.overhead ?? {})) {
    const amount = amounts[name];
    // What is not limited stays so.
    if (amount === undefined && kind === "limits") continue;
    const { format } = parseQuantity(amount ?? overhead) ?? { format: "decimalSI" };
    amounts[name] = formatQuantity({ nanos: nanosOf(amount) + nanosOf(overhead), format });
  }
  return amounts;
}

/** Billionths of an amount; zero if it is not given or no amount. */
export function nanosOf(quantity: Quantity | undefined): bigint {
  return quantity === undefined ? 0n : parseQuantity(quantity)?.nanos ?? 0n;
}

function sumCompute(lists: readonly (ResourceList | undefined)[]): ReadonlyMap<string, bigint> {
  const sum = new Map<string, bigint>();
  for (const name of COMPUTE_RESOURCES) {
    const nanos = lists.map((it) => nanosOf(it?.[name])).filter((it) => it > 0n);
    if (nanos.length > 0) sum.set(name, nanos.reduce((a, b) => a + b));
  }
  return sum;
}

function raise(peak: Map<string, bigint>, name: string, amount: bigint): void {
  if (amount > (peak.get(name) ?? -1n)) peak.set(name, amount);
}
