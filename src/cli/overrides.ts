/** What the command line changes about the manifest's Pods; pure. */
import type { Container, EnvVar, Pod } from "../api/pod.ts";
import { UsageError } from "./usage_error.ts";
import type { ContainerVariable, Variable } from "./values.ts";

/** Changes to every Pod of a run. */
export interface PodOverrides {
  /** In place of the Pod's own. */
  readonly restartPolicy?: "Always" | "OnFailure" | "Never" | undefined;
  /** For every container; of one name, the later counts. */
  readonly variables: readonly Variable[];
  /** For one container each, and above `variables`. */
  readonly containerVariables: readonly ContainerVariable[];
}

/**
 * The pods with the changes.
 *
 * @param environment the caller's own, for names that come without a value.
 * @throws {UsageError} a container or a variable that does not exist.
 */
export function applyOverrides(
  pods: readonly Pod[],
  overrides: PodOverrides,
  environment: (name: string) => string | undefined,
): Pod[] {
  const own = (variable: Variable): EnvVar => {
    const value = variable.value ?? environment(variable.name);
    if (value === undefined) throw new UsageError(`The variable ${variable.name} is not set`);
    // Taken as it is: nothing in it is expanded (R-ENV-3).
    return { name: variable.name, value: value.replaceAll("$", "$$$$") };
  };
  const all = overrides.variables.map(own);
  const single = overrides.containerVariables.map((it) => ({ ...it, variable: own(it) }));
  const names = new Set(pods.flatMap((pod) => allContainers(pod).map(({ name }) => name)));
  const unknown = single.find(({ container }) => !names.has(container));
  if (unknown !== undefined) {
    throw new UsageError(`--set-env: there is no container "${unknown.container}"`);
  }
  const change = (container: Container): Container => {
    const mine = single.filter((it) => it.container === container.name).map((it) => it.variable);
    const added = [...all, ...mine];
    return added.length === 0
      ? container
      : { ...container, env: merge(container.env ?? [], added) };
  };
  return pods.map((pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(change),
      ...(pod.spec.initContainers && { initContainers: pod.spec.initContainers.map(change) }),
      ...(overrides.restartPolicy && { restartPolicy: overrides.restartPolicy }),
    },
  }));
}

/** Every container that runs by itself: init containers, sidecars and mains. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/** Replaced where the name stands already, so that what follows may refer to it (R-ENV-2); else at the end. */
function merge(env: readonly EnvVar[], added: readonly EnvVar[]): EnvVar[] {
  const byName = new Map(added.map((it) => [it.name, it]));
  const replaced = env.map((it) => byName.get(it.name) ?? it);
  const present = new Set(env.map(({ name }) => name));
  return [...replaced, ...[...byName.values()].filter(({ name }) => !present.has(name))];
}
