/**
 * Ephemeral containers (R-EPHEMERAL-2).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateEphemeralContainers.
 */
import { ephemeralContainers } from "../../pod_containers.ts";
import { duplicate, forbidden, notFound } from "../../types/errors.ts";
import type { Container, PodSpec } from "../../types/pod.ts";
import type { FieldErrors } from "../common/validate_value.ts";
import { type Defined, validateContainer } from "./validate_container.ts";

/** What only containers have that a Pod is made of. */
const FORBIDDEN: readonly (keyof Container)[] = [
  ...["ports", "resources", "resizePolicy", "livenessProbe", "readinessProbe"] as const,
  ...["startupProbe", "lifecycle", "restartPolicy", "restartPolicyRules"] as const,
];
const DETAIL = "cannot be set for an Ephemeral Container";

/** `spec.ephemeralContainers`. */
export function* validateEphemeralContainers(spec: PodSpec, defined: Defined): FieldErrors {
  const others = new Set(
    [...spec.containers, ...spec.initContainers ?? []].map(({ name }) => name),
  );
  const names = new Set(others);
  for (const [i, container] of ephemeralContainers({ spec }).entries()) {
    const path = `spec.ephemeralContainers[${i}]`;
    yield* validateContainer(path, container, spec, defined);
    if (names.has(container.name)) yield duplicate(`${path}.name`, container.name);
    names.add(container.name);
    const target = spec.ephemeralContainers?.[i]?.targetContainerName;
    if (target && !others.has(target)) yield notFound(`${path}.targetContainerName`, target);
    for (const key of FORBIDDEN) {
      if (isGiven(container[key])) yield forbidden(`${path}.${key}`, DETAIL);
    }
    for (const [j, mount] of (container.volumeMounts ?? []).entries()) {
      for (const key of ["subPath", "subPathExpr"] as const) {
        if (mount[key]) yield forbidden(`${path}.volumeMounts[${j}].${key}`, DETAIL);
      }
    }
  }
}

/** An object without fields, or a list without entries, is none in Go. */
function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
