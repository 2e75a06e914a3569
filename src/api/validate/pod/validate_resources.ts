/**
 * Amounts of CPU, memory and the like, of containers and of a Pod as a whole.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateResourceRequirements and
 * validatePodResources.
 */
import { ownValue } from "../../../base/plain_data.ts";
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from "../../types/errors.ts";
import type { Quantity } from "../../types/meta.ts";
import type {
  PodResourceClaim,
  PodSpec,
  ResourceClaim,
  ResourceRequirements,
} from "../../types/pod.ts";
import {
  aggregateQuantities,
  isPodLevelResource,
  nanosOf,
  type ResourceList,
} from "../../types/qos.ts";
import { compareQuantities, NANO } from "../../types/quantity.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  qualifiedNameDetails,
  validateValue,
} from "../common/validate_value.ts";

/** Names without a prefix that mean something to Kubernetes, though not in a container. */
const QUOTA_RESOURCES = [
  "pods",
  "services",
  "services.nodeports",
  "services.loadbalancers",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
];

/**
 * `resources` of a container (R-VALID-47).
 * @param claimNames those of `spec.resourceClaims`
 */
export function* validateResources(
  path: string,
  resources: ResourceRequirements,
  claimNames: ReadonlySet<string>,
): FieldErrors {
  yield* validateAmounts(path, resources, validateContainerResourceName);
  yield* validateClaimUses(`${path}.claims`, resources.claims ?? [], claimNames);
}

/** `spec.overhead`, as if it were a container's limits, path included (R-VALID-72). */
export function* validateOverhead(path: string, overhead: ResourceList): FieldErrors {
  yield* validateAmounts(path, { limits: overhead }, validateContainerResourceName);
}

/**
 * `spec.resources`: what it names must hold what the containers ask for and may use of it
 * (R-VALID-77).
 */
export function* validatePodResources(spec: PodSpec): FieldErrors {
  const { resources = {} } = spec;
  if (resources.claims) {
    yield forbidden("spec.resources.claims", "claims may not be set for Resources at pod-level");
  }
  yield* validateAmounts("spec.resources", resources, validatePodResourceName);
  yield* validateAggregate("requests", spec);
  for (const [i, container] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const podLimit = ownValue(resources.limits, name);
      if (podLimit === undefined || compareQuantities(limit, podLimit) <= 0) continue;
      const detail = `must be less than or equal to pod limits of ${podLimit}`;
      yield invalid(`spec.resources.containers[${i}][${name}].limits`, limit, detail);
    }
  }
  yield* validateAggregate("limits", spec);
}

/** Limits that containers cannot share add up; those of CPU and memory need not. */
function* validateAggregate(kind: "requests" | "limits", spec: PodSpec): FieldErrors {
  const own = spec.resources?.[kind] ?? {};
  for (const [name, total] of Object.entries(aggregateQuantities(spec, kind))) {
    const amount = ownValue(own, name);
    if (amount === undefined || (kind === "limits" && !isHugePages(name))) continue;
    if (compareQuantities(total, amount) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container ${kind} of ${total}`;
    yield invalid(`spec.resources.${kind}[${name}]`, amount, detail);
  }
}

/** `spec.resourceClaims`; the names go into `known`. */
export function* validateResourceClaims(
  path: string,
  claims: readonly PodResourceClaim[],
  podName: string,
  known: Set<string>,
): FieldErrors {
  for (const [i, claim] of claims.entries()) {
    const at = `${path}[${i}]`;
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    if (!name) yield required(`${at}.name`);
    else if (known.has(name)) yield duplicate(`${at}.name`, name);
    else {
      const details = dnsLabelDetails(name);
      for (const detail of details) yield invalid(`${at}.name`, name, detail);
      if (details.length === 0 && resourceClaimTemplateName !== undefined) {
        const claimName = `${podName}-${name}`;
        for (const detail of dnsSubdomainDetails(claimName)) {
          yield invalid(`${at}.name`, claimName, `final ResourceClaim name: ${detail}`);
        }
      }
      known.add(name);
    }
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const shown = {
        Name: name,
        ResourceClaimName: resourceClaimName,
        ResourceClaimTemplateName: resourceClaimTemplateName,
      };
      const detail =
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      yield invalid(at, shown, detail);
    } else if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      yield required(at, detail);
    }
    for (const key of ["resourceClaimName", "resourceClaimTemplateName"] as const) {
      const value = claim[key];
      if (value !== undefined) yield* validateValue(`${at}.${key}`, value, dnsSubdomainDetails);
    }
  }
}

/** The claims that a container uses are the Pod's. */
function* validateClaimUses(
  path: string,
  claims: readonly ResourceClaim[],
  known: ReadonlySet<string>,
): FieldErrors {
  for (const [i, { name }] of claims.entries()) {
    if (!name) yield required(`${path}[${i}]`);
    else if (!known.has(name)) {
      const { message, ...error } = notFound(`${path}[${i}]`, name);
      const names = [...known].sort().join(", ");
      const rest = known.size === 0 ? " which is empty" : `: ${names}`;
      const detail = `must be one of the names in pod.spec.resourceClaims${rest}`;
      yield { ...error, message: `${message}: ${detail}` };
    }
  }
}

function* validateAmounts(
  path: string,
  resources: ResourceRequirements,
  validateName: (path: string, name: string) => FieldErrors,
): FieldErrors {
  const { limits = {}, requests = {} } = resources;
  for (const [name, limit] of Object.entries(limits)) {
    yield* validateName(`${path}.limits[${name}]`, name);
    yield* validateAmount(`${path}.limits[${name}]`, name, limit);
  }
  for (const [name, request] of Object.entries(requests)) {
    yield* validateName(`${path}.requests[${name}]`, name);
    yield* validateAmount(`${path}.requests[${name}]`, name, request);
    yield* validateAgainstLimit(path, name, request, ownValue(limits, name));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const hasCompute = names.includes("cpu") || names.includes("memory");
  if (!hasCompute && names.some(isHugePages)) {
    yield forbidden(path, "HugePages require cpu or memory");
  }
}

function* validateAmount(path: string, name: string, amount: Quantity): FieldErrors {
  const nanos = nanosOf(amount);
  if (nanos < 0n) yield invalid(path, amount, "must be greater than or equal to 0");
  if (!isNative(name) && nanos % NANO !== 0n) yield invalid(path, amount, "must be an integer");
  if (isHugePages(name)) {
    const pageNanos = nanosOf(name.slice("hugepages-".length));
    if (pageNanos <= 0n || nanos % pageNanos !== 0n) {
      yield invalid(path, amount, `${amount} is not positive integer multiple of ${name}`);
    }
  }
}

/** A request is at most the limit; of what cannot be shared, it is the limit. */
function* validateAgainstLimit(
  path: string,
  name: string,
  request: Quantity,
  limit: Quantity | undefined,
): FieldErrors {
  const canOvercommit = isNative(name) && !isHugePages(name);
  if (limit === undefined) {
    if (canOvercommit) return;
    yield required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    return;
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !canOvercommit) {
    yield invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    yield invalid(`${path}.requests`, request, detail);
  }
}

function* validateContainerResourceName(path: string, name: string): FieldErrors {
  yield* validateResourceName(path, name);
  if (!name.includes("/")) {
    if (!isStandard(name)) {
      yield invalid(path, name, "must be a standard resource for containers");
    }
  } else if (!isNative(name)) {
    const isExtended = !name.startsWith("requests.") &&
      qualifiedNameDetails(`requests.${name}`).length === 0;
    if (!isExtended) yield invalid(path, name, "doesn't follow extended resource name standard");
  }
}

function* validatePodResourceName(path: string, name: string): FieldErrors {
  const errors = [...validateResourceName(path, name)];
  yield* errors;
  if (errors.length === 0 && !isPodLevelResource(name)) {
    yield notSupported(path, name, ["cpu", "hugepages-", "memory"]);
  }
}

function* validateResourceName(path: string, name: string): FieldErrors {
  const details = qualifiedNameDetails(name);
  for (const detail of details) yield invalid(path, name, detail);
  if (details.length > 0 || name.includes("/")) return;
  if (!isStandard(name) && !QUOTA_RESOURCES.includes(name)) {
    yield invalid(path, name, "must be a standard resource type or fully qualified");
  }
}

function isStandard(name: string): boolean {
  return name === "cpu" || name === "memory" || name === "ephemeral-storage" || isHugePages(name);
}

function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Kubernetes' own, as against a device's. */
function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}
