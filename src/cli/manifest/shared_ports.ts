/** Ports that replicas share where they have no network of their own; pure. */
import { podTemplatesOf } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";

/**
 * A line for each object whose replicas declare ports and share the machine's network: the second
 * of them cannot listen.
 *
 * @param why the Pods have no networks of their own; one line, no full stop.
 */
export function describeSharedPorts(objects: readonly KubernetesObject[], why: string): string[] {
  return objects.flatMap((object) => {
    if (!("spec" in object) || !("replicas" in object.spec)) return [];
    const { kind, metadata: { name }, spec: { replicas = 1 } } = object;
    const ports = podTemplatesOf(object).flatMap(({ pod }) =>
      pod.spec.containers.flatMap((it) => it.ports ?? []).map((it) => it.containerPort)
    );
    if (replicas < 2 || ports.length === 0) return [];
    return [
      `The ${replicas} Pods of ${kind} "${name}" share the machine's network, where only one can ` +
      `listen on port ${[...new Set(ports)].join(", ")}: ${why}`,
    ];
  });
}
