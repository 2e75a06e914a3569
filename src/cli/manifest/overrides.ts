/** What the command line changes about the manifest's Pods; pure. */
import { containerNames, isContainer, mapContainers } from "../../api/pod_containers.ts";
import type { Container, EnvVar, Pod } from "../../api/types/pod.ts";
import { findNearest } from "../../base/nearest.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { ContainerVariable, Variable } from "../arguments/values.ts";

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
  const own = (option: string) => (variable: Variable): EnvVar => {
    const value = variable.value ?? environment(variable.name);
    if (value === undefined) {
      throw new UsageError(
        `--${option}: the variable ${variable.name} is not set here; ${variable.name}=VALUE gives one`,
      );
    }
    // Taken as it is: nothing in it is expanded (R-ENV-3).
    return { name: variable.name, value: value.replaceAll("$", "$$$$") };
  };
  const all = overrides.variables.map(own("env-file"));
  const single = overrides.containerVariables.map((it) => ({
    ...it,
    variable: own("set-env")(it),
  }));
  for (const { container } of single) checkContainer("set-env", container, pods);
  const change = (pod: Pod) => (container: Container): Container => {
    const names = [container.name, `${pod.metadata.name}/${container.name}`];
    const mine = single.filter((it) => names.includes(it.container)).map((it) => it.variable);
    const added = [...all, ...mine];
    return added.length === 0
      ? container
      : { ...container, env: merge(container.env ?? [], added) };
  };
  return pods.map((pod) => ({
    ...pod,
    spec: {
      ...mapContainers(pod.spec, change(pod)),
      ...(overrides.restartPolicy && { restartPolicy: overrides.restartPolicy }),
    },
  }));
}

/**
 * Makes sure of what an option names.
 * @throws {UsageError} where {@link isContainer} does not hold.
 */
export function checkContainer(option: string, name: string, pods: readonly Pod[]): void {
  if (isContainer(name, pods)) return;
  const near = findNearest(name, containerNames(pods));
  throw new UsageError(`--${option}: there is no container "${name}" (did you mean "${near}"?)`);
}

/**
 * Replaced where the name stands already, so that what follows may refer to it (R-ENV-2); else at
 * the end.
 */
function merge(env: readonly EnvVar[], added: readonly EnvVar[]): EnvVar[] {
  const byName = new Map(added.map((it) => [it.name, it]));
  const replaced = env.map((it) => byName.get(it.name) ?? it);
  const present = new Set(env.map(({ name }) => name));
  return [...replaced, ...[...byName.values()].filter(({ name }) => !present.has(name))];
}
