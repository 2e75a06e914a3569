/** What is wrong with Endpoints and EndpointSlices, in the API server's words. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  defaultEndpoints,
  defaultEndpointSlice,
} from "../../../../src/api/network/service_defaults.ts";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import type { Endpoints, EndpointSlice } from "../../../../src/api/types/network.ts";
import {
  endpointsErrors,
  endpointSliceErrors,
} from "../../../../src/api/validate/network/validate_endpoints.ts";

const metadata = { name: "web", namespace: "default" };
const addresses = [{ ip: "10.1.0.7" }];
const subsets: [subset: unknown, errors: string[]][] = [
  [{ addresses, ports: [{ port: 80 }] }, []],
  [{ notReadyAddresses: [{ ip: "127.1.0.7" }] }, []],
  [{}, ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]],
  [{ addresses: [{ ip: "169.254.0.1", hostname: "a.b" }] }, [
    'subsets[0].addresses[0].hostname: Invalid value: "a.b": must not contain dots',
    'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": ' +
    "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  ]],
  [{ addresses, ports: [{ port: 80 }, { name: "b", port: 0 }] }, [
    "subsets[0].ports[0].name: Required value",
    "subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
  ]],
  [{ addresses, ports: [{ port: 80, protocol: "IP" }] }, [
    'subsets[0].ports[0].protocol: Unsupported value: "IP": supported values: "SCTP", "TCP", "UDP"',
  ]],
];
for (const [subset, errors] of subsets) {
  Deno.test(`endpointsErrors() of ${JSON.stringify(subset)}`, () => {
    const endpoints = { kind: "Endpoints", metadata, subsets: [subset] } as unknown as Endpoints;
    deepEqual([...endpointsErrors(defaultEndpoints(endpoints))].map(formatFieldError), errors);
  });
}

const endpoint = { addresses: ["10.1.0.7"] };
const slices: [fields: unknown, errors: string[]][] = [
  [{ addressType: "IPv4", endpoints: [endpoint], ports: [{}] }, []],
  [{ addressType: "FQDN", endpoints: [{ addresses: ["a.example."] }] }, []],
  [{ addressType: "" }, ["addressType: Required value"]],
  [{ addressType: "IPv4", endpoints: [{ addresses: [] }] }, [
    "endpoints[0].addresses: Required value: must contain at least 1 address",
  ]],
  [{ addressType: "IPv4", endpoints: [{ addresses: ["fd00::7"] }] }, [
    'endpoints[0].addresses[0]: Invalid value: "fd00::7": must be a valid IPv4 address',
  ]],
  [{ addressType: "IPv6", endpoints: [endpoint] }, [
    'endpoints[0].addresses[0]: Invalid value: "10.1.0.7": must be a valid IPv6 address',
  ]],
  [{ addressType: "IPv4", endpoints: [{ addresses: ["0.0.0.0"] }] }, [
    'endpoints[0].addresses[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
  ]],
  [{ addressType: "IPv4", endpoints: Array.from({ length: 1001 }, () => endpoint) }, [
    "endpoints: Too many: 1001: must have at most 1000 items",
  ]],
  [{ addressType: "IPv4", ports: [{ name: "a" }, { name: "a", protocol: "IP" }] }, [
    'ports[1].protocol: Unsupported value: "IP": supported values: "SCTP", "TCP", "UDP"',
    'ports[1].name: Duplicate value: "a"',
  ]],
];
for (const [fields, errors] of slices) {
  Deno.test(`endpointSliceErrors() of ${JSON.stringify(fields).slice(0, 80)}`, () => {
    const slice = { kind: "EndpointSlice", metadata, ...fields as object } as EndpointSlice;
    const found = [...endpointSliceErrors(defaultEndpointSlice(slice))];
    deepEqual(found.map(formatFieldError), errors);
  });
}
