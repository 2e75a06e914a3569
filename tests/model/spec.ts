/** What the model reads from a Pod's spec. */
import type { Container, ContainerRestartRule, Pod } from "../../src/api/types/pod.ts";

/** A sidecar is an init entry with a container-level `Always` (R-RESTART-6). */
export function isSidecar(pod: Pod, { name, restartPolicy }: Container): boolean {
  return restartPolicy === "Always" && initsOf(pod).some((init) => init.name === name);
}

export function initsOf({ spec }: Pod): readonly Container[] {
  return spec.initContainers ?? [];
}

export function mainsOf({ spec }: Pod): readonly Container[] {
  return spec.containers;
}

/** Inits first, as the kubelet walks them. */
export function allOf(pod: Pod): readonly Container[] {
  return [...initsOf(pod), ...mainsOf(pod)];
}

export function graceOf({ spec }: Pod): number {
  return spec.terminationGracePeriodSeconds ?? 30;
}

/** The container's own policy, else the Pod's (R-RESTART-5). */
export function policyOf(pod: Pod, container: Container): "Always" | "OnFailure" | "Never" {
  return container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
}

/**
 * The first rule that matches decides; rules count only beside a policy of the container's own
 * (R-RESTART-2 to R-RESTART-4).
 */
export function ruleFor(container: Container, exitCode: number): ContainerRestartRule | undefined {
  if (container.restartPolicy === undefined) return undefined;
  for (const rule of container.restartPolicyRules ?? []) {
    const values = rule.exitCodes?.values ?? [];
    if (rule.exitCodes?.operator === "In" && values.includes(exitCode)) return rule;
    if (rule.exitCodes?.operator === "NotIn" && !values.includes(exitCode)) return rule;
  }
  return undefined;
}

/** Rows 5 to 7 of R-RESTART-1. */
export function restartsAfter(pod: Pod, container: Container, exitCode: number): boolean {
  if (ruleFor(container, exitCode) !== undefined) return true;
  const policy = policyOf(pod, container);
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** Whether this exit starts the whole Pod over (R-RAC-1). */
export function restartsAll(container: Container, exitCode: number): boolean {
  return ruleFor(container, exitCode)?.action === "RestartAllContainers";
}

/** Whether the Pod has the condition AllContainersRestarting at all (R-COND-1). */
export function mayRestartAll(pod: Pod): boolean {
  return allOf(pod).some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === "RestartAllContainers")
  );
}
