/**
 * Amounts of CPU, memory and the like, of containers and of a Pod as a whole.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateResourceRequirements and validatePodResources.
 */
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { Quantity } from "../../types/meta.ts";
import type { PodSpec, ResourceRequirements } from "../../types/pod.ts";
import { aggregateResources, isPodLevelResource, nanosOf } from "../../types/qos.ts";
import { compareQuantities, formatQuantity } from "../../types/quantity.ts";
import { type FieldErrors, qualifiedNameDetails } from "../common/validate_value.ts";

/** Billionths in one. */
const NANO = 1_000_000_000n;

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

/** `resources` of a container (R-VALID-47). */
export function* validateResources(path: string, resources: ResourceRequirements): FieldErrors {
  yield* validateAmounts(path, resources, validateContainerResourceName);
}

/** `spec.resources`: what the Pod may use must hold what its containers ask for and may use. */
export function* validatePodResources(spec: PodSpec): FieldErrors {
  const { resources = {} } = spec;
  if (resources.claims) {
    yield forbidden("spec.resources.claims", "claims cannot be set for Resources at pod-level");
  }
  yield* validateAmounts("spec.resources", resources, validatePodResourceName);

  for (const [name, nanos] of aggregateResources(spec, "requests")) {
    const request = resources.requests?.[name] ?? "0";
    if (nanos <= nanosOf(request)) continue;
    const total = formatQuantity({
      nanos,
      format: name === "memory" || name.startsWith("hugepages-") ? "binarySI" : "decimalSI",
    });
    const detail = `must be greater than or equal to aggregate container requests of ${total}`;
    yield invalid(`spec.resources.requests[${name}]`, request, detail);
  }
  for (const [i, container] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const podLimit = resources.limits?.[name];
      if (podLimit === undefined || compareQuantities(limit, podLimit) <= 0) continue;
      const detail = `must be less than or equal to pod limits of ${podLimit}`;
      yield invalid(`spec.resources.containers[${i}][${name}].limits`, limit, detail);
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
    yield* validateAgainstLimit(path, name, request, limits[name]);
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
