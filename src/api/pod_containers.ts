/** The containers of a Pod by name, and their kinds of probes; pure. */
import type { Container, Pod, PodSpec } from "./types/pod.ts";

/** The kinds of probes that a container may have, in the order in which they are looked at. */
export const probeTypes = ["startup", "liveness", "readiness"] as const;

/** One of {@link probeTypes}. */
export type ProbeType = typeof probeTypes[number];

/** Every container that runs by itself: init containers, sidecars and mains. */
export function allContainers(pod: Pick<Pod, "spec">): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/**
 * Those that were added to a Pod that runs (R-EPHEMERAL-1). What distinguishes one from others
 * beside its target is that it lacks most of what they may have (R-EPHEMERAL-2).
 */
export function ephemeralContainers({ spec }: Pick<Pod, "spec">): readonly Container[] {
  return (spec.ephemeralContainers ?? []) as readonly Container[];
}

/** Whether a container of that name was added to a Pod that runs. */
export function isEphemeral({ spec }: Pick<Pod, "spec">, name: string): boolean {
  return spec.ephemeralContainers?.some((it) => it.name === name) ?? false;
}

/** Every container of whatever kind. */
export function everyContainer(pod: Pick<Pod, "spec">): readonly Container[] {
  return [...allContainers(pod), ...ephemeralContainers(pod)];
}

/** A spec with every container of it changed. */
export function mapContainers(
  spec: PodSpec,
  change: (container: Container) => Container,
): PodSpec {
  const { initContainers, containers } = spec;
  return {
    ...spec,
    containers: containers.map(change),
    ...(initContainers && { initContainers: initContainers.map(change) }),
  };
}

/** The container of that name, of whatever kind; names are unique in a Pod (R-VALID-13). */
export function findContainer(pod: Pod, name: string): Container | undefined {
  return everyContainer(pod).find((it) => it.name === name);
}

/** Whether `CONTAINER` or `POD/CONTAINER` is a container of one of the pods. */
export function isContainer(name: string, pods: readonly Pod[]): boolean {
  return pods.some((pod) =>
    allContainers(pod).some((it) => name === it.name || name === `${pod.metadata.name}/${it.name}`)
  );
}

/** The names of all containers of some pods. */
export function containerNames(pods: readonly Pod[]): readonly string[] {
  return pods.flatMap((pod) => allContainers(pod).map(({ name }) => name));
}
