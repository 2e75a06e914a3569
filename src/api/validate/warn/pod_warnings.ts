/**
 * What is allowed in a Pod and is seldom meant: warnings, not errors (R-WARN-1 to R-WARN-12).
 *
 * Rule: Kubernetes, pkg/api/pod/warnings.go and pkg/registry/core/pod/strategy.go.
 */
import { ownValue } from "../../../base/plain_data.ts";
import type {
  Container,
  ContainerPort,
  EnvVar,
  NodeSelectorTerm,
  Pod,
  PodSpec,
} from "../../types/pod.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import { nanosOf } from "../../types/qos.ts";
import { NANO } from "../../types/quantity.ts";
import type { FieldWarning } from "./field_warning.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  labelValueDetails,
} from "../common/validate_value.ts";
import { volumeWarnings } from "./volume_warnings.ts";

type Warnings = Generator<FieldWarning, void, undefined>;

/** A port is compared with this many of its number, so that 100,000 of them take no time either. */
const MAX_COMPARED = 16;

/**
 * Warnings about a Pod as it was written: before defaults, which hide some of them (R-DEFAULT-2).
 *
 * @param isOfTemplate its name is that of its owner.
 */
export function warnPod(pod: Pod, isOfTemplate: boolean = false): readonly FieldWarning[] {
  return [...podWarnings(pod, isOfTemplate)];
}

/** The kinds that a server warns of whose names become those of Pods. */
const NAMING_KINDS: readonly string[] = [
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "Job",
  "CronJob",
];

/** The warning about the name of an object that manages Pods (R-WARN-1). */
export function warnName(
  { kind, metadata: { name = "" } }: { readonly kind: string; readonly metadata: ObjectMeta },
): readonly FieldWarning[] {
  return NAMING_KINDS.includes(kind) ? nameWarnings(name, "in Pod names and hostnames") : [];
}

/** A name that is not a subdomain either is an error (R-VALID-6). */
function nameWarnings(name: string, place: string): FieldWarning[] {
  const details = dnsLabelDetails(name);
  if (details.length === 0 || dnsSubdomainDetails(name).length > 0) return [];
  const message = `this is used ${place}, which can result in surprising behavior; ` +
    `a DNS label is recommended: [${details.join(" ")}]`;
  return [{ field: "metadata.name", message }];
}

function* podWarnings({ metadata, spec }: Pod, isOfTemplate: boolean): Warnings {
  const annotations = metadata.annotations ?? {};
  const containers: (readonly [string, Container])[] = [
    ...(spec.initContainers ?? []).map((it, i) => [`spec.initContainers[${i}]`, it] as const),
    ...spec.containers.map((it, i) => [`spec.containers[${i}]`, it] as const),
  ];
  yield* appArmorAnnotations(annotations, spec, containers);
  if (!isOfTemplate) yield* nameWarnings(metadata.name ?? "", "in the Pod's hostname");
  yield* oldNodeLabels(spec);
  for (const [key, message] of OLD_ANNOTATIONS) {
    if (Object.hasOwn(annotations, key)) yield { field: annotation(key), message };
  }
  yield* volumeWarnings(spec.volumes ?? []);
  yield* repeated("spec.hostAliases", "ip", (spec.hostAliases ?? []).map((it) => it.ip));
  const pullSecrets = (spec.imagePullSecrets ?? []).map((it) => it.name ?? "");
  yield* repeated("spec.imagePullSecrets", "name", pullSecrets);
  for (const [i, name] of pullSecrets.entries()) {
    if (name !== "") continue;
    yield { field: `spec.imagePullSecrets[${i}].name`, message: 'invalid empty name ""' };
  }
  for (const name of WHOLE_BYTES) {
    yield* fractionalBytes(`spec.overhead[${name}]`, spec.overhead?.[name]);
  }
  if (!spec.securityContext?.seccompProfile) yield* seccompAnnotation(annotations, POD_SECCOMP);
  for (const [path, container] of containers) {
    if (!container.securityContext?.seccompProfile) {
      yield* seccompAnnotation(annotations, `${CONTAINER_SECCOMP}${container.name}`);
    }
    yield* fractionalResources(`${path}.resources`, container);
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
  yield* nullSelectors(spec);
  yield* uncanonicalAddresses(spec);
}

/** The API server's warnings about node labels that have been renamed (R-WARN-2). */
const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region":
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone":
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type":
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

/** Annotations without an effect, each with what replaces it (R-WARN-4). */
const OLD_ANNOTATIONS: readonly (readonly [key: string, message: string])[] = [
  [
    "scheduler.alpha.kubernetes.io/critical-pod",
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    "security.alpha.kubernetes.io/sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    "security.alpha.kubernetes.io/unsafe-sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
];

const POD_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/";
const CONTAINER_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** Resources that are counted in whole bytes. */
const WHOLE_BYTES = ["memory", "ephemeral-storage"] as const;

function annotation(key: string): string {
  return `metadata.annotations[${key}]`;
}

function* seccompAnnotation(annotations: Readonly<Record<string, string>>, key: string): Warnings {
  if (!Object.hasOwn(annotations, key)) return;
  yield {
    field: annotation(key),
    message: 'non-functional in v1.27+; use the "seccompProfile" field instead',
  };
}

function* appArmorAnnotations(
  annotations: Readonly<Record<string, string>>,
  { securityContext }: PodSpec,
  containers: readonly (readonly [string, Container])[],
): Warnings {
  for (const [, container] of containers) {
    const hasField = securityContext?.appArmorProfile ?? container.securityContext?.appArmorProfile;
    const key = `${CONTAINER_APP_ARMOR}${container.name}`;
    if (hasField || !Object.hasOwn(annotations, key)) continue;
    yield {
      field: annotation(key),
      message: 'deprecated since v1.30; use the "appArmorProfile" field instead',
    };
  }
}

function* oldNodeLabels({ nodeSelector, affinity, topologySpreadConstraints }: PodSpec): Warnings {
  for (const key of Object.keys(nodeSelector ?? {})) {
    const message = ownValue(OLD_LABELS, key);
    if (message !== undefined) yield { field: `spec.nodeSelector[${key}]`, message };
  }
  const path = "spec.affinity.nodeAffinity";
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const [i, term] of (required?.nodeSelectorTerms ?? []).entries()) {
    const field = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`;
    yield* termWarnings(field, term, "keys");
  }
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [i, { preference }] of preferred.entries()) {
    const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`;
    yield* termWarnings(field, preference, "keys and values");
  }
  for (const [i, { topologyKey, labelSelector }] of (topologySpreadConstraints ?? []).entries()) {
    const field = `spec.topologySpreadConstraints[${i}]`;
    yield* oldLabel(`${field}.topologyKey`, topologyKey);
    if (!labelSelector) yield nullSelector(field);
  }
}

function* termWarnings(
  path: string,
  term: NodeSelectorTerm | undefined,
  checked: "keys" | "keys and values",
): Warnings {
  for (const [i, { key, values }] of (term?.matchExpressions ?? []).entries()) {
    const field = `${path}.matchExpressions[${i}]`;
    yield* oldLabel(`${field}.key`, key);
    if (checked === "keys") continue;
    for (const [j, value] of (values ?? []).entries()) {
      for (const detail of labelValueDetails(value)) {
        yield { field: `${field}.values[${j}]`, message: `${value} is invalid, ${detail}` };
      }
    }
  }
}

function* oldLabel(field: string, key: string): Warnings {
  const message = ownValue(OLD_LABELS, key);
  if (message !== undefined) yield { field, message: `${key} is ${message}` };
}

function nullSelector(path: string): FieldWarning {
  return {
    field: `${path}.labelSelector`,
    message: "a null labelSelector results in matching no pod",
  };
}

/** Pod affinity terms that match nothing (R-WARN-3). */
function* nullSelectors({ affinity }: PodSpec): Warnings {
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    const terms = affinity?.[kind];
    const path = `spec.affinity.${kind}`;
    const required = terms?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [i, { labelSelector }] of required.entries()) {
      if (labelSelector) continue;
      yield nullSelector(`${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`);
    }
    const preferred = terms?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [i, { podAffinityTerm }] of preferred.entries()) {
      if (podAffinityTerm?.labelSelector) continue;
      const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      yield nullSelector(`${field}.podAffinityTerm`);
    }
  }
}

/** IPv6 addresses that are written otherwise than RFC 5952 has them (R-WARN-12). */
function* uncanonicalAddresses({ dnsConfig, hostAliases }: PodSpec): Warnings {
  const nameservers = (dnsConfig?.nameservers ?? []).map((it, i) =>
    [`spec.dnsConfig.nameservers[${i}]`, it] as const
  );
  const aliases = (hostAliases ?? []).map((it, i) => [`spec.hostAliases[${i}].ip`, it.ip] as const);
  for (const [field, address] of [...nameservers, ...aliases]) {
    const canonical = canonicalAddress(address);
    if (canonical === undefined || canonical === address) continue;
    const quoted = JSON.stringify(address);
    yield {
      field,
      message: `IPv6 address ${quoted} should be in RFC 5952 canonical format ("${canonical}")`,
    };
  }
}

/** An IPv6 address as RFC 5952 writes it; undefined for anything else. */
function canonicalAddress(address: string): string | undefined {
  const url = address.includes(":") && /^[\da-f:.]+$/i.test(address)
    ? URL.parse(`http://[${address}]/`)
    : null;
  return url?.hostname.slice(1, -1);
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

/** Requests are compared as they are stored: one that is missing takes its limit (R-DEFAULT-9). */
function* fractionalResources(path: string, { resources }: Container): Warnings {
  for (const name of WHOLE_BYTES) {
    const limit = resources?.limits?.[name];
    yield* fractionalBytes(`${path}.limits[${name}]`, limit);
    yield* fractionalBytes(`${path}.requests[${name}]`, resources?.requests?.[name] ?? limit);
  }
}

function* fractionalBytes(field: string, amount: string | undefined): Warnings {
  if (nanosOf(amount) % NANO === 0n) return;
  const shown = JSON.stringify(amount);
  yield { field, message: `fractional byte value ${shown} is invalid, must be an integer` };
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
      if (port.hostIP && !port.hostPort) {
        yield { field, message: `hostIP set without hostPort: ${formatPort(port)}` };
      }
      for (const other of others) {
        const kind = clashOf(port, other.port);
        if (kind) yield { field, message: `${kind} port definition with ${other.field}` };
      }
      if (others.length < MAX_COMPARED) declared.set(key, [...others, { field, port }]);
    }
  }
}

/** As Go prints the structure. */
function formatPort({ name = "", containerPort, protocol, hostIP }: ContainerPort): string {
  return `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${
    protocol || "TCP"
  } HostIP:${hostIP}}`;
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

/**
 * Within a container that is an error (R-VALID-33); across containers a name leads to the first.
 */
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
        yield { field, message };
      }
    }
  }
}
