/**
 * What a Service obeys.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateService and
 * ValidateServiceUpdate.
 */
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { Service, ServicePort } from "../../types/network.ts";
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIP,
  needsHealthCheck,
} from "../../network/service_type.ts";
import { validateLabels, validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  dns1035LabelDetails,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  ipDetails,
  qualifiedNameDetails,
  validatePort,
  validateRange,
  validateValue,
  validateWord,
} from "../common/validate_value.ts";
import { findDuplicates, validateExternalAddress } from "./address.ts";
import { serviceAddressErrors, serviceAddressUpdateErrors } from "./validate_cluster_ips.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const POLICIES = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameNode", "PreferSameZone"];
const MAX_AFFINITY_SECONDS = 86_400;

/** Everything that is wrong with a new Service, defaults applied (R-SVC-2). */
export function* serviceErrors(service: Service): FieldErrors {
  yield* validateObjectMeta(service.metadata, dns1035LabelDetails);
  const { spec } = service;
  const { ports = [], type } = spec;
  if (ports.length === 0 && !isHeadless(service) && type !== "ExternalName") {
    yield required("spec.ports");
  }
  yield* typeErrors(service);
  yield* portErrors(ports);
  if (spec.selector) yield* validateLabels("spec.selector", spec.selector);
  yield* affinityErrors(service);
  yield* serviceAddressErrors(service);
  for (const [i, address] of (spec.externalIPs ?? []).entries()) {
    yield* validateExternalAddress(`spec.externalIPs[${i}]`, address);
  }
  yield* validateWord("spec.type", type, TYPES);
  if (type === "ClusterIP") {
    for (const [i, { nodePort }] of ports.entries()) {
      const detail = "may not be used when `type` is 'ClusterIP'";
      if (nodePort) yield forbidden(`spec.ports[${i}].nodePort`, detail);
    }
  }
  yield* findDuplicates(
    ports,
    ({ protocol, nodePort }) => nodePort && `${protocol}/${nodePort}`,
    ({ nodePort }, i) => [`spec.ports[${i}].nodePort`, nodePort],
  );
  yield* findDuplicates(
    ports,
    ({ protocol, port }) => `${protocol}/${port}`,
    (port, i) => [`spec.ports[${i}]`, duplicatedPort(port)],
  );
  yield* balancerErrors(service);
  yield* trafficErrors(service);
}

/** Everything that is wrong with replacing a Service, defaults applied to both (R-SVC-3). */
export function* serviceUpdateErrors(service: Service, old: Service): FieldErrors {
  yield* validateMetaUpdate(service.metadata, old.metadata);
  yield* serviceAddressUpdateErrors(service, old);
  const { loadBalancerClass, healthCheckNodePort, type } = service.spec;
  const isBalanced = type === "LoadBalancer" && old.spec.type === "LoadBalancer";
  if (isBalanced && loadBalancerClass !== old.spec.loadBalancerClass) {
    yield invalid("spec.loadBalancerClass", loadBalancerClass, "may not change once set");
  }
  const isChecked = needsHealthCheck(service) && needsHealthCheck(old);
  if (isChecked && healthCheckNodePort !== old.spec.healthCheckNodePort) {
    yield forbidden("spec.healthCheckNodePort", "field is immutable");
  }
  yield* serviceErrors(service);
}

function* typeErrors(service: Service): FieldErrors {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = "" } =
    service.spec;
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(service)) {
    yield invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`);
  }
  if (type !== "ExternalName") return;
  const detail = "may not be set for ExternalName services";
  if (clusterIPs.length > 0) yield forbidden("spec.clusterIPs", detail);
  if (ipFamilies.length > 0) yield forbidden("spec.ipFamilies", detail);
  if (ipFamilyPolicy !== undefined) yield forbidden("spec.ipFamilyPolicy", detail);
  // A dot at its end says that nothing is to be added to it.
  const name = externalName.replace(/\.$/, "");
  if (name === "") yield required("spec.externalName");
  else yield* validateValue("spec.externalName", name, dnsSubdomainDetails);
}

function* portErrors(ports: readonly ServicePort[]): FieldErrors {
  const names = new Set<string>();
  for (const [i, { name = "", port, protocol, targetPort, appProtocol }] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (name === "" && ports.length > 1) yield required(`${at}.name`);
    else if (name !== "") {
      yield* validateValue(`${at}.name`, name, dnsLabelDetails);
      if (names.has(name)) {
        yield {
          field: `${at}.name`,
          reason: "Duplicate",
          message: `Duplicate value: ${JSON.stringify(name)}`,
        };
      }
      names.add(name);
    }
    yield* validateRange(`${at}.port`, port, 1, 65535);
    yield* validateWord(`${at}.protocol`, protocol, PROTOCOLS);
    yield* validatePort(`${at}.targetPort`, targetPort!);
    if (appProtocol !== undefined) {
      yield* validateValue(`${at}.appProtocol`, appProtocol, qualifiedNameDetails);
    }
  }
}

/** As Go's encoding of the port that the server compares. */
function duplicatedPort({ protocol, port }: ServicePort) {
  return {
    Name: "",
    Protocol: protocol,
    AppProtocol: null,
    Port: port,
    TargetPort: 0,
    NodePort: 0,
  };
}

function* affinityErrors({ spec }: Service): FieldErrors {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  yield* validateWord("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"]);
  const path = "spec.sessionAffinityConfig";
  if (sessionAffinity === "None" && config !== undefined) {
    yield forbidden(path, "must not be set when session affinity is None");
  }
  const seconds = config?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== "ClientIP" || seconds === undefined) return;
  if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
    const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
    yield invalid(`${path}.clientIP.timeoutSeconds`, seconds, detail);
  }
}

function* balancerErrors({ spec }: Service): FieldErrors {
  yield* sourceRangeErrors(spec);
  if (spec.type === "LoadBalancer") {
    const { loadBalancerClass } = spec;
    if (loadBalancerClass !== undefined) {
      yield* validateValue("spec.loadBalancerClass", loadBalancerClass, qualifiedNameDetails);
    }
    return;
  }
  const detail = "may only be used when `type` is 'LoadBalancer'";
  for (const key of ["allocateLoadBalancerNodePorts", "loadBalancerClass"] as const) {
    if (spec[key] !== undefined) yield forbidden(`spec.${key}`, detail);
  }
}

/** The capital of the field is the server's. */
function* sourceRangeErrors(
  { type, loadBalancerSourceRanges: ranges = [] }: Service["spec"],
): FieldErrors {
  const path = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0 && type !== "LoadBalancer") {
    yield forbidden(path, "may only be used when `type` is 'LoadBalancer'");
  }
  for (const [i, range] of ranges.entries()) {
    const [address = "", bits = "", ...more] = range.trim().split("/");
    const most = address.includes(":") ? 128 : 32;
    const isRange = ipDetails(address).length === 0 && more.length === 0 &&
      /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= most;
    const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    if (!isRange) yield invalid(`${path}[${i}]`, range.trim(), detail);
  }
}

function* trafficErrors(service: Service): FieldErrors {
  const { externalTrafficPolicy: external, healthCheckNodePort } = service.spec;
  if (isExternallyAccessible(service)) {
    yield* validateWord("spec.externalTrafficPolicy", external, POLICIES);
  } else if (external) {
    const detail = "may only be set for externally-accessible services";
    yield invalid("spec.externalTrafficPolicy", external, detail);
  }
  if (healthCheckNodePort && !needsHealthCheck(service)) {
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    yield invalid("spec.healthCheckNodePort", healthCheckNodePort, detail);
  }
  const { internalTrafficPolicy: within, trafficDistribution } = service.spec;
  if (within !== undefined && !POLICIES.includes(within)) {
    yield notSupported("spec.internalTrafficPolicy", within, POLICIES);
  } else if (within === undefined && needsClusterIP(service)) {
    yield required("spec.internalTrafficPolicy");
  }
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    yield notSupported("spec.trafficDistribution", trafficDistribution, DISTRIBUTIONS);
  }
}
