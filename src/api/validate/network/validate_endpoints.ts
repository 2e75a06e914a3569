/**
 * What Endpoints and EndpointSlices obey.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateEndpoints;
 * pkg/apis/discovery/validation/validation.go.
 */
import { invalid, notSupported, required, tooMany } from "../../types/errors.ts";
import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSlice,
} from "../../types/network.ts";
import { validateLabels, validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  ipDetails,
  qualifiedNameDetails,
  validateRange,
  validateRequired,
  validateValue,
  validateWord,
} from "../common/validate_value.ts";
import { findDuplicates, validateOrdinary } from "./address.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 100;
const MAX_TOPOLOGY = 16;

/** Everything that is wrong with Endpoints, defaults applied. */
export function* endpointsErrors({ metadata, subsets = [] }: Endpoints): FieldErrors {
  yield* validateObjectMeta(metadata);
  for (const [i, subset] of subsets.entries()) {
    const at = `subsets[${i}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length + notReadyAddresses.length === 0) {
      yield required(at, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const [key, list] of Object.entries({ addresses, notReadyAddresses })) {
      for (const [j, address] of list.entries()) {
        yield* endpointAddressErrors(`${at}.${key}[${j}]`, address);
      }
    }
    for (const [j, port] of ports.entries()) {
      yield* endpointPortErrors(`${at}.ports[${j}]`, port, ports.length > 1);
    }
  }
}

/** Everything that is wrong with replacing Endpoints, defaults applied to both. */
export function* endpointsUpdateErrors(object: Endpoints, old: Endpoints): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* endpointsErrors(object);
}

function* endpointAddressErrors(
  at: string,
  { ip, hostname, nodeName }: EndpointAddress,
): FieldErrors {
  yield* validateValue(`${at}.ip`, ip, ipDetails);
  if (hostname) yield* validateValue(`${at}.hostname`, hostname, dnsLabelDetails);
  if (nodeName !== undefined) {
    yield* validateValue(`${at}.nodeName`, nodeName, dnsSubdomainDetails);
  }
  yield* validateOrdinary(`${at}.ip`, ip);
}

function* endpointPortErrors(
  at: string,
  { name = "", port, protocol, appProtocol }: EndpointPort,
  requiresName: boolean,
): FieldErrors {
  if (requiresName) yield* validateRequired(`${at}.name`, name, dnsLabelDetails);
  else if (name !== "") yield* validateValue(`${at}.name`, name, dnsLabelDetails);
  yield* validateRange(`${at}.port`, port, 1, 65535);
  yield* validateWord(`${at}.protocol`, protocol, PROTOCOLS);
  if (appProtocol !== undefined) {
    yield* validateValue(`${at}.appProtocol`, appProtocol, qualifiedNameDetails);
  }
}

/** Everything that is wrong with an EndpointSlice, defaults applied. */
export function* endpointSliceErrors(slice: EndpointSlice): FieldErrors {
  yield* validateObjectMeta(slice.metadata);
  yield* validateWord("addressType", slice.addressType, ADDRESS_TYPES);
  yield* sliceEndpointsErrors(slice);
  yield* slicePortsErrors(slice.ports ?? []);
}

/** Everything that is wrong with replacing an EndpointSlice, defaults applied to both. */
export function* endpointSliceUpdateErrors(
  slice: EndpointSlice,
  old: EndpointSlice,
): FieldErrors {
  yield* validateMetaUpdate(slice.metadata, old.metadata);
  yield* endpointSliceErrors(slice);
  if (slice.addressType !== old.addressType) {
    yield invalid("addressType", slice.addressType, "field is immutable");
  }
}

function* sliceEndpointsErrors({ addressType, endpoints = [] }: EndpointSlice): FieldErrors {
  if (endpoints.length > MAX_ENDPOINTS) {
    return yield tooMany("endpoints", endpoints.length, MAX_ENDPOINTS);
  }
  for (const [i, { addresses, deprecatedTopology = {}, hostname }] of endpoints.entries()) {
    const at = `endpoints[${i}]`;
    yield* sliceAddressErrors(`${at}.addresses`, addresses, addressType);
    const labels = Object.keys(deprecatedTopology).length;
    if (labels > MAX_TOPOLOGY) yield tooMany(`${at}.deprecatedTopology`, labels, MAX_TOPOLOGY);
    yield* validateLabels(`${at}.deprecatedTopology`, deprecatedTopology);
    if (hostname !== undefined) {
      yield* validateValue(`${at}.hostname`, hostname, dnsLabelDetails);
    }
  }
}

function* sliceAddressErrors(
  path: string,
  addresses: Endpoint["addresses"],
  addressType: string,
): FieldErrors {
  if (addresses.length === 0) yield required(path, "must contain at least 1 address");
  if (addresses.length > MAX_ADDRESSES) yield tooMany(path, addresses.length, MAX_ADDRESSES);
  for (const [i, address] of addresses.entries()) {
    const at = `${path}[${i}]`;
    if (addressType === "FQDN") {
      yield* validateValue(at, address.replace(/\.$/, ""), dnsSubdomainDetails);
      if (!address.includes(".")) {
        yield invalid(
          at,
          address,
          "should be a domain with at least two segments separated by dots",
        );
      }
    } else if (addressType === "IPv4" || addressType === "IPv6") {
      yield* validateFamily(at, address, addressType);
      yield* validateOrdinary(at, address);
    }
  }
}

function* validateFamily(at: string, address: string, family: "IPv4" | "IPv6"): FieldErrors {
  const isOfFamily = ipDetails(address).length === 0 &&
    address.includes(":") === (family === "IPv6");
  if (!isOfFamily) yield invalid(at, address, `must be a valid ${family} address`);
}

function* slicePortsErrors(ports: readonly DiscoveryEndpointPort[]): FieldErrors {
  if (ports.length > MAX_PORTS) return yield tooMany("ports", ports.length, MAX_PORTS);
  for (const [i, { name = "", protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${i}]`;
    if (name !== "") yield* validateValue(`${at}.name`, name, dnsLabelDetails);
    if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
      yield notSupported(`${at}.protocol`, protocol, PROTOCOLS);
    }
    if (appProtocol !== undefined) {
      yield* validateValue(`${at}.appProtocol`, appProtocol, qualifiedNameDetails);
    }
  }
  yield* findDuplicates(
    ports,
    ({ name = "" }) => `/${name}`,
    ({ name = "" }, i) => [`ports[${i}].name`, name],
  );
}
