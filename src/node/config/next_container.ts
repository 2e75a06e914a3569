/** Which container is likely to be started after another one. Pure. */
import { allContainers } from "../../api/pod_containers.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { isRestartable } from "../../lifecycle/policy/restart.ts";

/**
 * The container that is likely to start next once this one has started: after an init container the
 * next one or the first of the others, after one of those itself, if it is restarted however it
 * ends. A guess: nothing depends on it but speed.
 */
export function findNextContainer({ spec, ...pod }: Pod, name: string): Container | undefined {
  const inits = spec.initContainers ?? [];
  const index = inits.findIndex((it) => it.name === name);
  if (index >= 0) return inits[index + 1] ?? spec.containers[0];
  const container = allContainers({ spec }).find((it) => it.name === name);
  return container && isRestartable({ spec, ...pod }, container, 0) ? container : undefined;
}
