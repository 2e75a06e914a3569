/**
 * The Pod as a whole: what its parts are checked for, in which order, and what belongs to none of them.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodCreate and ValidatePodSpec.
 */
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from "../types/errors.ts";
import type { DNSPolicy, Pod, PodDNSConfig, PodSpec, Toleration, Volume } from "../types/pod.ts";
import {
  validateContainers,
  validateImages,
  validateInitContainers,
} from "./validate_container.ts";
import { validateLabels, validateObjectMeta } from "./validate_meta.ts";
import { validatePodResources } from "./validate_resources.ts";
import { validateHostUsers, validatePodSecurityContext } from "./validate_security.ts";
import {
  byteLength,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  ipDetails,
  labelValueDetails,
  qualifiedNameDetails,
  searchDomainDetails,
  validateRange,
  validateValue,
  validateWord,
} from "./validate_value.ts";
import { validateVolumes } from "./validate_volume.ts";

const MAX_HOSTNAME_OVERRIDE = 64;
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
/** All search domains with a blank between them. */
const MAX_SEARCH_LIST = 2048;

/** What is wrong with a new Pod (R-VALID-1). */
export function newPodErrors(pod: Pod): FieldErrors {
  return podErrors(pod, ephemeralErrors(pod.spec));
}

function* ephemeralErrors(spec: PodSpec): FieldErrors {
  if (spec.ephemeralContainers?.length) {
    yield forbidden("spec.ephemeralContainers", "cannot be set on create");
  }
}

/**
 * What holds for a Pod old or new.
 * @param ephemeralErrors stand after those of the other containers
 */
export function* podErrors(
  pod: Pod,
  ephemeralErrors: Iterable<FieldError>,
): FieldErrors {
  const { metadata, spec } = pod;
  yield* validateObjectMeta(metadata);
  if (spec.terminationGracePeriodSeconds === undefined) {
    yield required("spec.terminationGracePeriodSeconds");
  }
  const volumes = new Map<string, Volume>();
  if (spec.volumes) yield* validateVolumes(spec.volumes, volumes);
  yield* validateContainers(spec, volumes);
  if (spec.initContainers) yield* validateInitContainers(spec, volumes);
  yield* ephemeralErrors;
  if (spec.resources) yield* validatePodResources(spec);
  if (spec.hostNetwork) yield* validateHostNetworkPorts(spec);
  const restartPolicies = ["Always", "OnFailure", "Never"];
  yield* validateWord("spec.restartPolicy", spec.restartPolicy, restartPolicies);
  const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
  yield* validateWord("spec.dnsPolicy", spec.dnsPolicy, dnsPolicies);
  if (spec.nodeSelector) yield* validateLabels("spec.nodeSelector", spec.nodeSelector);
  yield* validatePodSecurityContext("spec.securityContext", spec);
  if (spec.dnsConfig || spec.dnsPolicy === "None") {
    yield* validateDNSConfig("spec.dnsConfig", spec.dnsConfig, spec.dnsPolicy);
  }
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    const path = `spec.readinessGates[${i}].conditionType`;
    yield* validateValue(path, conditionType, qualifiedNameDetails);
  }
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    yield* validateValue(`spec.schedulingGates[${i}]`, name, qualifiedNameDetails);
  }
  if (spec.hostUsers === false) yield* validateHostUsers(spec);
  if (spec.hostnameOverride !== undefined) {
    yield* validateHostnameOverride("spec.hostnameOverride", spec.hostnameOverride, spec);
  }
  for (const key of ["serviceAccountName", "nodeName"] as const) {
    const name = spec[key];
    if (name) yield* validateValue(`spec.${key}`, name, dnsSubdomainDetails);
  }
  const { activeDeadlineSeconds: deadline } = spec;
  if (deadline !== undefined) {
    yield* validateRange("spec.activeDeadlineSeconds", deadline, 1, 2 ** 31 - 1);
  }
  for (const key of ["hostname", "subdomain"] as const) {
    const name = spec[key];
    if (name) yield* validateValue(`spec.${key}`, name, dnsLabelDetails);
  }
  if (spec.tolerations) yield* validateTolerations("spec.tolerations", spec.tolerations);
  for (const [i, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    yield* validateValue(`spec.hostAliases[${i}].ip`, ip, ipDetails);
    for (const [j, name] of hostnames.entries()) {
      yield* validateValue(`spec.hostAliases[${i}].hostnames[${j}]`, name, dnsSubdomainDetails);
    }
  }
  if (spec.priorityClassName) {
    yield* validateValue("spec.priorityClassName", spec.priorityClassName, dnsSubdomainDetails);
  }
  if (spec.runtimeClassName !== undefined) {
    yield* validateValue("spec.runtimeClassName", spec.runtimeClassName, dnsSubdomainDetails);
  }
  if (spec.preemptionPolicy !== undefined) {
    const policies = ["PreemptLowerPriority", "Never"];
    yield* validateWord("spec.preemptionPolicy", spec.preemptionPolicy, policies);
  }
  if (spec.os) yield* validateOS(spec.os.name);
  yield* validateImages("spec.containers", spec.containers);
  yield* validateImages("spec.initContainers", spec.initContainers);
}

/** R-VALID-35. */
function* validateHostNetworkPorts(spec: PodSpec): FieldErrors {
  for (const [i, container] of spec.containers.entries()) {
    for (const [j, { hostPort = 0, containerPort }] of (container.ports ?? []).entries()) {
      if (hostPort === containerPort) continue;
      const detail = "must match `containerPort` when `hostNetwork` is true";
      yield invalid(`spec.containers[${i}].ports[${j}].hostPort`, hostPort, detail);
    }
  }
}

function* validateDNSConfig(
  path: string,
  config: PodDNSConfig | undefined,
  policy: DNSPolicy | undefined,
): FieldErrors {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === "None" && !config) {
    return yield required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
  }
  if (policy === "None" && nameservers.length === 0) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    return yield required(`${path}.nameservers`, detail);
  }
  if (nameservers.length > MAX_NAMESERVERS) {
    const detail = `must not have more than ${MAX_NAMESERVERS} nameservers`;
    yield invalid(`${path}.nameservers`, nameservers, detail);
  }
  for (const [i, address] of nameservers.entries()) {
    yield* validateValue(`${path}.nameservers[${i}]`, address, ipDetails);
  }
  if (searches.length > MAX_SEARCHES) {
    const detail = `must not have more than ${MAX_SEARCHES} search paths`;
    yield invalid(`${path}.searches`, searches, detail);
  }
  if (byteLength(searches.join(" ")) > MAX_SEARCH_LIST) {
    const detail =
      `must not have more than ${MAX_SEARCH_LIST} characters (including spaces) in the search list`;
    yield invalid(`${path}.searches`, searches, detail);
  }
  for (const [i, domain] of searches.entries()) {
    if (domain === ".") continue;
    const name = domain.replace(/\.$/, "");
    yield* validateValue(`${path}.searches[${i}]`, name, searchDomainDetails);
  }
  for (const [i, { name }] of options.entries()) {
    if (!name) yield required(`${path}.options[${i}]`, "must not be empty");
  }
}

/** R-VALID-26. */
function* validateHostnameOverride(path: string, name: string, spec: PodSpec): FieldErrors {
  yield* validateValue(path, name, dnsSubdomainDetails);
  if (byteLength(name) > MAX_HOSTNAME_OVERRIDE) yield tooLong(path, MAX_HOSTNAME_OVERRIDE);
  for (const key of ["hostNetwork", "setHostnameAsFQDN"] as const) {
    if (spec[key]) yield forbidden(path, `may not be specified when ${key} is true`);
  }
}

/** The tolerations of a Pod. */
export function* validateTolerations(
  path: string,
  tolerations: readonly Toleration[],
): FieldErrors {
  for (const [i, toleration] of tolerations.entries()) {
    const { key, operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    const at = `${path}[${i}]`;
    if (key) yield* validateValue(`${at}.key`, key, qualifiedNameDetails);
    else if (operator !== "Exists") {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      yield invalid(`${at}.operator`, operator, detail);
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      yield invalid(`${at}.effect`, effect, detail);
    }
    if (operator === "Exists") {
      const detail = "value must be empty when `operator` is 'Exists'";
      if (value) yield invalid(`${at}.operator`, value, detail);
    } else if (operator === "Equal" || operator === "") {
      const details = labelValueDetails(value);
      if (details.length > 0) yield invalid(`${at}.operator`, value, details.join(";"));
    } else yield notSupported(`${at}.operator`, operator, ["Equal", "Exists"]);
    const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if (effect && !effects.includes(effect)) yield notSupported(`${at}.effect`, effect, effects);
  }
}

/** R-VALID-56. */
function* validateOS(name: string): FieldErrors {
  if (!name) yield required("spec.os.name");
  else if (name !== "linux" && name !== "windows") {
    yield notSupported("spec.os", name, ["linux", "windows"]);
  }
}
