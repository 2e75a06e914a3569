/** Cgroups of containers, for tests of what is done with them. */
import type { ContainerCgroup, PodCgroup } from "../../../src/runtime/cgroup/cgroup.ts";
import type { ResourceConfig } from "../../../src/runtime/config.ts";

/** Makes the cgroup of a container, and limits it. */
export function containerOf(
  pod: PodCgroup,
  id: string,
  resources: ResourceConfig,
): ContainerCgroup {
  const cgroup = pod.reserve(id);
  cgroup.limit(resources);
  return cgroup;
}
