/**
 * The Pod as a whole: what its parts are checked for, in which order, and what belongs to none of
 * them.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodCreate and ValidatePodSpec.
 */
import { forbidden, invalid, required, tooLong } from "../../types/errors.ts";
import type { DNSPolicy, Pod, PodDNSConfig, PodSpec, Volume } from "../../types/pod.ts";
import {
  validateContainers,
  validateImages,
  validateInitContainers,
} from "./validate_container.ts";
import {
  validateAnnotations,
  validateLabels,
  validateObjectMeta,
} from "../common/validate_meta.ts";
import {
  validateAffinity,
  validateSchedulingGates,
  validateSpread,
  validateTolerations,
} from "./validate_scheduling.ts";
import {
  validateOverhead,
  validatePodResources,
  validateResourceClaims,
} from "./validate_resources.ts";
import { validateEphemeralContainers } from "./validate_ephemeral.ts";
import { validateHostUsers, validatePodSecurityContext } from "./validate_security.ts";
import {
  byteLength,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  ipDetails,
  qualifiedNameDetails,
  searchDomainDetails,
  validateRange,
  validateValue,
  validateWord,
} from "../common/validate_value.ts";
import {
  validateAnnotationsAgainstFields,
  validatePodAnnotations,
} from "./validate_annotations.ts";
import { validateFileKeyVolumes } from "./validate_env.ts";
import { validateHostProcess, validateOS } from "./validate_os.ts";
import { validateVolumes } from "./validate_volume.ts";

const MAX_HOSTNAME_OVERRIDE = 64;
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
/** All search domains with a blank between them. */
const MAX_SEARCH_LIST = 2048;

/** What is wrong with a new Pod (R-VALID-1). */
export function* newPodErrors(pod: Pod): FieldErrors {
  const { spec } = pod;
  yield* podErrors(pod);
  if (spec.ephemeralContainers?.length) {
    yield forbidden("spec.ephemeralContainers", "cannot be set on create");
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = "cannot be set until all schedulingGates have been cleared";
    yield forbidden("spec.nodeName", detail);
  }
  yield* validateAnnotationsAgainstFields(pod);
}

/** What holds for a Pod old or new. */
export function* podErrors(pod: Pod): FieldErrors {
  yield* validateObjectMeta(pod.metadata);
  yield* validatePodAnnotations("metadata.annotations", pod);
  yield* podSpecErrors(pod);
}

/**
 * What is wrong with the Pod of a template, which has no name, and whose labels and annotations an
 * API server reports without the `metadata` that they are in; validation.go,
 * ValidatePodTemplateSpec.
 */
export function* podTemplateErrors(pod: Pod): FieldErrors {
  const { metadata: { labels = {}, annotations = {} }, spec } = pod;
  yield* validateLabels("labels", labels);
  yield* validateAnnotations("annotations", annotations);
  yield* validatePodAnnotations("annotations", pod);
  yield* podSpecErrors(pod);
  yield* validateAnnotationsAgainstFields(pod);
  if (spec.ephemeralContainers?.length) {
    yield forbidden("spec.ephemeralContainers", "ephemeral containers not allowed in pod template");
  }
}

function* podSpecErrors(pod: Pod): FieldErrors {
  const { metadata, spec } = pod;
  if (spec.terminationGracePeriodSeconds === undefined) {
    yield required("spec.terminationGracePeriodSeconds");
  }
  const volumes = new Map<string, Volume>();
  if (spec.volumes) yield* validateVolumes(spec.volumes, metadata.name, volumes);
  const claims = new Set<string>();
  if (spec.resourceClaims) {
    const path = "spec.resourceClaims";
    yield* validateResourceClaims(path, spec.resourceClaims, metadata.name, claims);
  }
  const defined = { volumes, claims };
  yield* validateContainers(spec, defined);
  if (spec.initContainers) yield* validateInitContainers(spec, defined);
  if (spec.ephemeralContainers) yield* validateEphemeralContainers(spec, defined);
  if (spec.resources) yield* validatePodResources(spec);
  if (spec.hostNetwork) yield* validateHostNetworkPorts(spec);
  const restartPolicies = ["Always", "OnFailure", "Never"];
  yield* validateWord("spec.restartPolicy", spec.restartPolicy, restartPolicies);
  const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
  yield* validateWord("spec.dnsPolicy", spec.dnsPolicy, dnsPolicies);
  if (spec.nodeSelector) yield* validateLabels("spec.nodeSelector", spec.nodeSelector);
  yield* validatePodSecurityContext("spec.securityContext", spec);
  if (spec.affinity) yield* validateAffinity("spec.affinity", spec.affinity, pod);
  if (spec.dnsConfig || spec.dnsPolicy === "None") {
    yield* validateDNSConfig("spec.dnsConfig", spec.dnsConfig, spec.dnsPolicy);
  }
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    const path = `spec.readinessGates[${i}].conditionType`;
    yield* validateValue(path, conditionType, qualifiedNameDetails);
  }
  if (spec.schedulingGates) {
    yield* validateSchedulingGates("spec.schedulingGates", spec.schedulingGates);
  }
  if (spec.topologySpreadConstraints) {
    const path = "spec.topologySpreadConstraints";
    yield* validateSpread(path, spec.topologySpreadConstraints, pod);
  }
  yield* validateHostProcess(spec);
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
  if (spec.hostAliases) yield* validateHostAliases("spec.hostAliases", spec.hostAliases);
  yield* validateClasses(spec);
  if (spec.overhead) yield* validateOverhead("spec.overhead", spec.overhead);
  if (spec.os) yield* validateOS(spec, spec.os.name);
  yield* validateFileKeyVolumes(spec, volumes);
  yield* validateImages("spec.containers", spec.containers);
  yield* validateImages("spec.initContainers", spec.initContainers);
}

function* validateHostAliases(
  path: string,
  aliases: NonNullable<PodSpec["hostAliases"]>,
): FieldErrors {
  for (const [i, { ip, hostnames = [] }] of aliases.entries()) {
    yield* validateValue(`${path}[${i}].ip`, ip, ipDetails);
    for (const [j, name] of hostnames.entries()) {
      yield* validateValue(`${path}[${i}].hostnames[${j}]`, name, dnsSubdomainDetails);
    }
  }
}

/** The classes of priority and runtime. */
function* validateClasses(spec: PodSpec): FieldErrors {
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
  for (const key of ["setHostnameAsFQDN", "hostNetwork"] as const) {
    if (spec[key]) yield forbidden(path, `may not be specified when ${key} is true`);
  }
  if (byteLength(name) > MAX_HOSTNAME_OVERRIDE) yield tooLong(path, MAX_HOSTNAME_OVERRIDE);
  yield* validateValue(path, name, dnsSubdomainDetails);
}
