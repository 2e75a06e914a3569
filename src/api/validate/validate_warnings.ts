/**
 * What is allowed in a Pod and is seldom meant: warnings, not errors (section 21, last paragraph).
 *
 * Rule: Kubernetes, pkg/api/pod/warnings.go.
 */
import type { Container, ContainerPort, EnvVar, Pod } from "../types/pod.ts";
import { nanosOf } from "../types/qos.ts";

/** Something to look at; it stops nothing. */
export interface FieldWarning {
  /** Where, as in a `FieldError`. */
  readonly field: string;
  /** The text after `PATH: `. */
  readonly message: string;
}

type Warnings = Generator<FieldWarning, void, undefined>;

/** Billionths in one. */
const NANO = 1_000_000_000n;
/** A port is compared with this many of its number, so that 100,000 of them take no time either. */
const MAX_COMPARED = 16;

/** Warnings about a Pod as it was written: before defaults, which hide some of them (R-DEFAULT-2). */
export function warnPod(pod: Pod): readonly FieldWarning[] {
  return [...podWarnings(pod)];
}

function* podWarnings({ spec }: Pod): Warnings {
  yield* repeated("spec.hostAliases", "ip", (spec.hostAliases ?? []).map((it) => it.ip));
  const pullSecrets = (spec.imagePullSecrets ?? []).map((it) => it.name ?? "");
  yield* repeated("spec.imagePullSecrets", "name", pullSecrets);

  const containers: (readonly [string, Container])[] = [
    ...(spec.initContainers ?? []).map((it, i) => [`spec.initContainers[${i}]`, it] as const),
    ...spec.containers.map((it, i) => [`spec.containers[${i}]`, it] as const),
  ];
  for (const [path, container] of containers) {
    yield* fractionalBytes(`${path}.resources`, container);
    yield* hiddenVariables(`${path}.env`, container.env ?? []);
  }
  yield* clashingPorts(containers);
  yield* repeatedPortNames(containers);

  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    yield {
      field: "spec.terminationGracePeriodSeconds",
      message: "must be >= 0; negative values are invalid and will be treated as 1",
    };
  }
}

function* repeated(path: string, key: string, values: readonly string[]): Warnings {
  const seen = new Set<string>();
  for (const [i, value] of values.entries()) {
    if (seen.has(value)) {
      yield { field: `${path}[${i}].${key}`, message: `duplicate ${key} ${JSON.stringify(value)}` };
    }
    seen.add(value);
  }
}

function* fractionalBytes(path: string, { resources }: Container): Warnings {
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const kind of ["limits", "requests"] as const) {
      const amount = resources?.[kind]?.[name];
      if (nanosOf(amount) % NANO === 0n) continue;
      const shown = JSON.stringify(amount);
      yield {
        field: `${path}.${kind}[${name}]`,
        message: `fractional byte value ${shown} is invalid, must be an integer`,
      };
    }
  }
}

/** A later variable may hide an earlier one of its name, unless it builds on it. */
function* hiddenVariables(path: string, env: readonly EnvVar[]): Warnings {
  const seen = new Set<string>();
  for (const [i, { name, value = "", valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    const buildsOn = !valueFrom && value !== reference && value.includes(reference);
    if (seen.has(name) && !buildsOn) {
      const shown = JSON.stringify(name);
      yield {
        field: `${path}[${i}]`,
        message: `hides previous definition of ${shown}, which may be dropped when using apply`,
      };
    }
    seen.add(name);
  }
}

/** A port of a container, and where it is declared. */
interface DeclaredPort {
  readonly field: string;
  readonly port: ContainerPort;
}

function* clashingPorts(containers: readonly (readonly [string, Container])[]): Warnings {
  const declared = new Map<string, DeclaredPort[]>();
  for (const [path, container] of containers) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const key = `${port.containerPort}/${port.protocol || "TCP"}`;
      const others = declared.get(key) ?? [];
      const field = `${path}.ports[${i}]`;
      for (const other of others) {
        const kind = clashOf(port, other.port);
        if (kind) yield { field, message: `${kind} port definition with ${other.field}` };
      }
      if (others.length < MAX_COMPARED) declared.set(key, [...others, { field, port }]);
    }
  }
}

/** How two declarations of one container port stand to each other; undefined if they get along. */
function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const [aPort, bPort] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [aAddress, bAddress] = [a.hostIP ?? "", b.hostIP ?? ""];
  if (aPort === bPort && aAddress === bAddress) return "duplicate";
  if (aPort === 0 || bPort === 0) return "overlapping";
  const oneIsOpen = (aAddress === "") !== (bAddress === "");
  return aPort === bPort && oneIsOpen ? "dangerously ambiguous" : undefined;
}

/** Within a container that is an error (R-VALID-33); across containers a name leads to the first. */
function* repeatedPortNames(containers: readonly (readonly [string, Container])[]): Warnings {
  const first = new Map<string, string>();
  for (const [path, container] of containers) {
    const own = new Set<string>();
    for (const [i, { name }] of (container.ports ?? []).entries()) {
      if (!name || own.has(name)) continue;
      own.add(name);
      const field = `${path}.ports[${i}]`;
      const other = first.get(name);
      if (other === undefined) first.set(name, field);
      else {
        const shown = JSON.stringify(name);
        const message = `duplicate port name ${shown} with ${other}, ` +
          `services and probes that select ports by name will use ${other}`;
        yield { field: `${field}.name`, message };
      }
    }
  }
}
