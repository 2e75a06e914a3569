/** The containers of a Pod in the order in which what holds for all of them is looked at. */
import type { Container, EphemeralContainer, PodSpec } from "../../types/pod.ts";

/** Init containers, mains and ephemeral containers, each with its path (R-VALID-1). */
export function containersWithPaths(
  spec: PodSpec,
): readonly (readonly [path: string, container: Container | EphemeralContainer])[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((key) =>
    (spec[key] ?? []).map((it, i) => [`spec.${key}[${i}]`, it] as const)
  );
}
