/**
 * Where a container's variables come from, and what a Pod may read of itself (R-VALID-36 to
 * R-VALID-40).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, pkg/apis/core/pods/helpers.go.
 */
import { ownValue } from "../../../base/plain_data.ts";
import { invalid, notFound, notSupported, required } from "../../types/errors.ts";
import type {
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  PodSpec,
  ResourceFieldSelector,
  Volume,
} from "../../types/pod.ts";
import { formatQuantity, parseQuantity } from "../../types/quantity.ts";
import {
  configKeyDetails,
  dnsLabelDetails,
  dnsSubdomainDetails,
  envNameDetails,
  type FieldErrors,
  qualifiedNameDetails,
  validateNoBacksteps,
  validateRequired,
  validateValue,
} from "../common/validate_value.ts";
import { containersWithPaths } from "./container_paths.ts";

/** What the downward API knows of a Pod; no place takes all of it. */
const FIELD_LABELS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

/** What a variable may hold of it (R-ENV-5). */
const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

const RESOURCE_FIELDS = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

const BYTE_DIVISORS = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

/** What a resource is called in an error about its divisor. */
const DIVIDED_RESOURCES: Readonly<Record<string, readonly [name: string, divisors: string]>> = {
  cpu: ["cpu", "1m and 1"],
  memory: ["memory", BYTE_DIVISORS],
  "ephemeral-storage": ["local ephemeral storage", BYTE_DIVISORS],
};

/** `env` (R-VALID-36 to R-VALID-39, R-VALID-64). A name may come twice: the later one wins. */
export function* validateEnv(
  path: string,
  env: readonly EnvVar[],
): FieldErrors {
  for (const [i, variable] of env.entries()) {
    yield* validateRequired(`${path}[${i}].name`, variable.name, envNameDetails);
    if (variable.valueFrom) yield* validateValueFrom(`${path}[${i}].valueFrom`, variable);
  }
}

function* validateValueFrom(
  path: string,
  variable: EnvVar,
): FieldErrors {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } =
    variable.valueFrom ?? {};
  if (fieldRef) yield* validateFieldRef(`${path}.fieldRef`, fieldRef, ENV_FIELDS);
  if (resourceFieldRef) {
    yield* validateResourceFieldRef(`${path}.resourceFieldRef`, resourceFieldRef);
  }
  for (const [key, reference] of Object.entries({ configMapKeyRef, secretKeyRef })) {
    if (!reference) continue;
    yield* validateValue(`${path}.${key}.name`, reference.name ?? "", dnsSubdomainDetails);
    yield* validateRequired(`${path}.${key}.key`, reference.key, configKeyDetails);
  }
  if (fileKeyRef) yield* validateFileKeyRef(`${path}.fileKeyRef`, fileKeyRef);

  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef];
  const count = sources.filter((it) => it !== undefined).length;
  if (count === 0) {
    yield invalid(
      path,
      "",
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
    );
  } else if (variable.value) {
    yield invalid(path, "", "may not be specified when `value` is not empty");
  } else if (count > 1) {
    yield invalid(path, "", "may not have more than one field specified at a time");
  }
}

/**
 * `envFrom`; an entry without a source, or with two, is reported for the whole list (R-VALID-40).
 */
export function* validateEnvFrom(path: string, sources: readonly EnvFromSource[]): FieldErrors {
  for (const [i, source] of sources.entries()) {
    if (source.prefix) yield* validateValue(`${path}[${i}].prefix`, source.prefix, envNameDetails);
    const { configMapRef, secretRef } = source;
    for (const [key, reference] of Object.entries({ configMapRef, secretRef })) {
      if (!reference) continue;
      yield* validateRequired(`${path}[${i}].${key}.name`, reference.name, dnsSubdomainDetails);
    }
    if (!configMapRef && !secretRef) {
      yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (configMapRef && secretRef) {
      yield invalid(path, "", "may not have more than one field specified at a time");
    }
  }
}

/**
 * A reference to a field of the Pod itself (R-VALID-38); `fields` are those that may stand in this
 * place.
 */
export function* validateFieldRef(
  path: string,
  reference: ObjectFieldSelector,
  fields: readonly string[],
): FieldErrors {
  const { apiVersion, fieldPath } = reference;
  if (!apiVersion) return yield required(`${path}.apiVersion`);
  if (!fieldPath) return yield required(`${path}.fieldPath`);
  const refuse = (detail: string) =>
    invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${detail}`);
  if (apiVersion !== "v1") return yield refuse(`unsupported pod version: ${apiVersion}`);

  const [, map, key] = /^([^[]+)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  if (map === "metadata.labels" || map === "metadata.annotations") {
    const name = map === "metadata.labels" ? key ?? "" : (key ?? "").toLowerCase();
    yield* validateValue(path, name, qualifiedNameDetails);
  } else if (map !== undefined) {
    yield refuse(`field label does not support subscript: ${fieldPath}`);
  } else if (!FIELD_LABELS.includes(fieldPath)) {
    yield refuse(`field label not supported: ${fieldPath}`);
  } else if (!fields.includes(fieldPath)) {
    yield notSupported(`${path}.fieldPath`, fieldPath, fields);
  }
}

/** A reference to an amount of a container (R-VALID-58). */
export function* validateResourceFieldRef(
  path: string,
  reference: ResourceFieldSelector,
): FieldErrors {
  const { resource, divisor } = reference;
  const [, name = ""] = /^(?:limits|requests)\.(.+)$/.exec(resource) ?? [];
  const isHugePages = name.startsWith("hugepages-");
  if (!resource) yield required(`${path}.resource`);
  else if (!RESOURCE_FIELDS.includes(resource) && !isHugePages) {
    yield notSupported(`${path}.resource`, resource, RESOURCE_FIELDS);
  }

  const known = isHugePages
    ? ["hugepages", BYTE_DIVISORS] as const
    : ownValue(DIVIDED_RESOURCES, name);
  const amount = divisor === undefined ? undefined : parseQuantity(divisor);
  if (!known || !amount || amount.nanos === 0n) return;
  const [label, divisors] = known;
  if (!divisors.split(/, | and /).includes(formatQuantity(amount))) {
    yield invalid(
      `${path}.divisor`,
      resource,
      `only divisor's values ${divisors} are supported with the ${label} resource`,
    );
  }
}

/** With the container; whether there is such a volume is asked at the very end. */
function* validateFileKeyRef(path: string, reference: FileKeySelector): FieldErrors {
  yield* validateRequired(`${path}.key`, reference.key, envNameDetails);
  yield* validateRequired(`${path}.volumeName`, reference.volumeName, dnsLabelDetails);
  if (!reference.path) yield required(`${path}.path`);
  else yield* validateNoBacksteps(`${path}.path`, reference.path);
}

/** The volumes that `fileKeyRef` names (R-VALID-64). */
export function* validateFileKeyVolumes(
  spec: PodSpec,
  volumes: ReadonlyMap<string, Volume>,
): FieldErrors {
  for (const [path, { env = [] }] of containersWithPaths(spec)) {
    for (const [i, { valueFrom }] of env.entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (!name) continue;
      const at = `${path}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(name);
      if (!volume) yield notFound(at, name);
      else if (!volume.emptyDir) {
        yield invalid(at, name, "referenced volume must be of type emptyDir");
      }
    }
  }
}
