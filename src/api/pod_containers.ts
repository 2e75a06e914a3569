/** The containers of a Pod by name. */
import type { Container, Pod } from "./types/pod.ts";

/** Every container that runs by itself: init containers, sidecars and mains. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
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
