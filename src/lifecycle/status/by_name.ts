/** Finds the statuses of containers by their names; pure. */
import type { ContainerStatus } from "../../api/types/pod.ts";

/**
 * The statuses by their names, which are unique (R-VALID-13).
 *
 * A Pod may have thousands of containers, and each fact about one of them asks for the statuses of
 * all: looked for one by one, they hold up the node.
 */
export function statusesByName(
  statuses: readonly ContainerStatus[] = [],
): ReadonlyMap<string, ContainerStatus> {
  return new Map(statuses.map((status) => [status.name, status]));
}
