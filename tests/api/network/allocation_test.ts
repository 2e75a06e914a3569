/** Which address and node ports a Service has. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { allocateService } from "../../../src/api/network/allocation.ts";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { Service, ServicePort, ServiceSpec } from "../../../src/api/types/network.ts";

const serviceOf = (spec: ServiceSpec, uid = "new"): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: uid, namespace: "default", uid },
  spec: { type: "ClusterIP", ...spec },
});
const other = (spec: ServiceSpec) => serviceOf(spec, "other");
const asking = (clusterIP: string): ServiceSpec => ({ clusterIP, clusterIPs: [clusterIP] });
const single = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };

const addresses: [name: string, spec: ServiceSpec, others: Service[], allocated: unknown][] = [
  ["any", {}, [], { ...single, ...asking("10.96.1.1") }],
  ["any, of which one is taken", {}, [other(asking("10.96.1.1"))], {
    ...single,
    ...asking("10.96.1.2"),
  }],
  ["one of its own", asking("10.96.0.9"), [other({})], { ...single, ...asking("10.96.0.9") }],
  ["the one that it has", asking("10.96.1.1"), [serviceOf(asking("10.96.1.1"))], {
    ...single,
    ...asking("10.96.1.1"),
  }],
  ["none", { ...asking("None"), selector: { app: "web" } }, [], { ...single, ...asking("None") }],
  ["none and no selector", asking("None"), [], {
    ...asking("None"),
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  }],
  ["two families if there are two", { ipFamilyPolicy: "PreferDualStack" }, [], {
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "PreferDualStack",
    ...asking("10.96.1.1"),
  }],
];
for (const [name, spec, others, allocated] of addresses) {
  Deno.test(`R-SVC-4: a Service that asks for ${name}`, () => {
    const { object, errors } = allocateService(serviceOf(spec), others, {});
    deepEqual(errors, []);
    const { type: _, selector: _selector, ...rest } = object.spec;
    deepEqual(rest, allocated);
  });
}

Deno.test("R-SVC-4: an ExternalName has neither address nor port of the node", () => {
  const service = serviceOf({ type: "ExternalName", externalName: "a.example" });
  deepEqual(allocateService(service, [], {}), { object: service, errors: [] });
});

Deno.test("R-SVC-4: a range is used up, its lower part last", () => {
  const found: (string | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    const others = found.map((it) => other(asking(it!)));
    const { object } = allocateService(serviceOf({}), others, { serviceAddresses: "10.0.0.8/29" });
    found.push(object.spec.clusterIP);
  }
  // The first of a range is the API server's.
  deepEqual(found, [
    "10.0.0.10",
    "10.0.0.11",
    "10.0.0.12",
    "10.0.0.13",
    "10.0.0.14",
    undefined,
  ]);
  const wide = { serviceAddresses: "127.96.0.0/24" };
  equal(allocateService(serviceOf({}), [], wide).object.spec.clusterIP, "127.96.0.17");
});

const port = (port: number, nodePort?: number, protocol: "TCP" | "UDP" = "TCP"): ServicePort => ({
  port,
  protocol,
  ...(nodePort !== undefined && { nodePort }),
});
const open = (...ports: ServicePort[]): ServiceSpec => ({ type: "NodePort", ports });
const nodePorts: [name: string, ports: ServicePort[], others: Service[], found: number[]][] = [
  ["any", [port(80), port(81)], [], [30_086, 30_087]],
  ["any, of which one is taken", [port(80)], [other(open(port(1, 30_086)))], [30_087]],
  ["any, of which it takes one itself", [port(80), port(81, 30_086)], [], [30_087, 30_086]],
  ["one of its own", [port(80, 30_000)], [], [30_000]],
  ["the one that it has", [port(80, 30_000)], [serviceOf(open(port(80, 30_000)))], [30_000]],
  ["one for two protocols", [port(53), port(53, undefined, "UDP")], [], [30_086, 30_086]],
];
for (const [name, ports, others, found] of nodePorts) {
  Deno.test(`R-SVC-4: a Service that asks for ${name} as node port`, () => {
    const { object, errors } = allocateService(serviceOf(open(...ports)), others, {});
    deepEqual(errors, []);
    deepEqual(object.spec.ports!.map(({ nodePort }) => nodePort), found);
  });
}

Deno.test("R-SVC-4: a balancer has node ports, unless it does without", () => {
  const portsOf = (allocateLoadBalancerNodePorts: boolean) =>
    allocateService(
      serviceOf({ ...open(port(80)), type: "LoadBalancer", allocateLoadBalancerNodePorts }),
      [],
      {},
    ).object.spec.ports;
  deepEqual(portsOf(true), [port(80, 30_086)]);
  deepEqual(portsOf(false), [port(80)]);
});

const OUT_OF_RANGE = "provided port is not in the valid range. " +
  "The range of valid ports is 30000-32767";
const refusals: [name: string, spec: ServiceSpec, others: Service[], error: string][] = [
  [
    "an address of another",
    asking("10.96.0.9"),
    [other(asking("10.96.0.9"))],
    'spec.clusterIPs: Invalid value: ["10.96.0.9"]: ' +
    "failed to allocate IP 10.96.0.9: provided IP is already allocated",
  ],
  [
    "the API server's address",
    asking("10.96.0.1"),
    [],
    'spec.clusterIPs: Invalid value: ["10.96.0.1"]: ' +
    "failed to allocate IP 10.96.0.1: provided IP is already allocated",
  ],
  [
    "an address elsewhere",
    asking("192.0.2.1"),
    [],
    'spec.clusterIPs: Invalid value: ["192.0.2.1"]: ' +
    "failed to allocate IP 192.0.2.1: the provided network does not match the current range",
  ],
  [
    "an address of the other family",
    asking("fd00::7"),
    [],
    'spec.clusterIPs[0]: Invalid value: ["fd00::7"]: IPv6 is not configured on this cluster',
  ],
  [
    "both families",
    { ipFamilyPolicy: "RequireDualStack" },
    [],
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": ' +
    "this cluster is not configured for dual-stack services",
  ],
  [
    "the other family",
    { ipFamilies: ["IPv6"] },
    [],
    'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
  [
    "two families of one stack",
    { ipFamilies: ["IPv4", "IPv6"] },
    [],
    'spec.ipFamilyPolicy: Invalid value: "SingleStack": ' +
    "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
  ],
  [
    "a node port of another",
    open(port(80, 30_001)),
    [other(open(port(80, 30_001)))],
    "spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated",
  ],
  [
    "a node port below the range",
    open(port(80, 29_999)),
    [],
    `spec.ports[0].nodePort: Invalid value: 29999: ${OUT_OF_RANGE}`,
  ],
  [
    "a node port above the range",
    open(port(1), port(80, 32_768)),
    [],
    `spec.ports[1].nodePort: Invalid value: 32768: ${OUT_OF_RANGE}`,
  ],
];
for (const [name, spec, others, error] of refusals) {
  Deno.test(`R-SVC-4: a Service cannot have ${name}`, () => {
    const { errors } = allocateService(serviceOf(spec), others, {});
    deepEqual(errors.map(formatFieldError), [error]);
  });
}
