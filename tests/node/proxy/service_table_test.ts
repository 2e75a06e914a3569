import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type {
  Endpoint,
  EndpointSlice,
  Service,
  ServiceSpec,
} from "../../../src/api/types/network.ts";
import { computeServiceTable } from "../../../src/node/proxy/service_table.ts";

function serviceOf(spec: ServiceSpec, name = "web"): Service {
  const metadata = { name, namespace: "shop" };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { type: "ClusterIP", ...spec } };
}

function sliceOf(
  endpoints: readonly Endpoint[],
  ports: EndpointSlice["ports"] = [{ name: "http", port: 8080, protocol: "TCP" }],
  more: Partial<EndpointSlice> = {},
): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "web-1",
      namespace: "shop",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    endpoints,
    ports,
    ...more,
  };
}

const at = (address: string, conditions: Endpoint["conditions"] = { ready: true }): Endpoint => ({
  addresses: [address],
  ...(conditions && { conditions }),
});
const going = { ready: false, serving: true, terminating: true };
const ports = [{ name: "http", port: 80, protocol: "TCP" as const }];
const web = serviceOf({ clusterIP: "10.96.1.1", clusterIPs: ["10.96.1.1"], ports });

/** Where the first port of the first Service leads. */
function backendsOf(slices: readonly EndpointSlice[], service = web): string[] {
  const [entry] = computeServiceTable([service], slices).services;
  return entry!.ports[0]!.backends.map(({ address, port }) => `${address}:${port}`);
}

const rows: [name: string, slices: EndpointSlice[], backends: string[]][] = [
  ["nothing", [], []],
  ["what is ready", [sliceOf([at("10.0.0.1"), at("10.0.0.2", { ready: false })])], [
    "10.0.0.1:8080",
  ]],
  ["what says nothing of itself", [sliceOf([at("10.0.0.1", undefined)])], ["10.0.0.1:8080"]],
  ["not what ends, while something is ready", [sliceOf([at("10.0.0.1", going), at("10.0.0.2")])], [
    "10.0.0.2:8080",
  ]],
  ["what ends, while nothing is ready", [sliceOf([at("10.0.0.1", going)])], ["10.0.0.1:8080"]],
  ["several slices, each endpoint once", [
    sliceOf([at("10.0.0.1"), at("10.0.0.2")]),
    sliceOf([at("10.0.0.2")]),
    sliceOf([at("10.0.0.3")], [{ name: "http", port: 9090, protocol: "TCP" }]),
  ], ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:9090"]],
  ["not another port", [sliceOf([at("10.0.0.1")], [{ name: "log", port: 1 }])], []],
  ["not another network", [sliceOf([at("fd00::1")], undefined, { addressType: "IPv6" })], []],
  ["not another Service", [sliceOf([at("10.0.0.1")], undefined, {
    metadata: {
      name: "x-1",
      namespace: "other",
      labels: { "kubernetes.io/service-name": "web" },
    },
  })], []],
];
for (const [name, slices, backends] of rows) {
  Deno.test(`computeServiceTable(): a port leads to ${name} (R-PROXY-1)`, () => {
    deepEqual(backendsOf(slices), backends);
  });
}

Deno.test("computeServiceTable(): address, node port and affinity of a Service", () => {
  const service = serviceOf({
    type: "NodePort",
    clusterIP: "10.96.1.1",
    clusterIPs: ["10.96.1.1"],
    ports: [{ port: 53, protocol: "UDP", nodePort: 30053 }],
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
  });
  deepEqual(computeServiceTable([service], []).services, [{
    namespace: "shop",
    name: "web",
    clusterIP: "10.96.1.1",
    affinitySeconds: 10800,
    ports: [{ name: "", protocol: "UDP", port: 53, nodePort: 30053, backends: [] }],
    endpoints: [],
  }]);
});

Deno.test("computeServiceTable(): a headless Service has its ready endpoints by their names", () => {
  const service = serviceOf({ clusterIP: "None", clusterIPs: ["None"], ports });
  const slices = [
    sliceOf([{ ...at("10.0.0.1"), hostname: "web-0" }, at("10.0.0.2", going)]),
    sliceOf([{ ...at("10.0.0.1"), hostname: "web-0" }], [{ name: "log", port: 1 }]),
  ];
  deepEqual(computeServiceTable([service], slices).services, [{
    namespace: "shop",
    name: "web",
    ports: [],
    endpoints: [{
      address: "10.0.0.1",
      hostname: "web-0",
      ports: [
        { name: "http", protocol: "TCP", port: 8080 },
        { name: "log", protocol: "TCP", port: 1 },
      ],
    }],
  }]);
});

Deno.test("computeServiceTable(): another name for something", () => {
  const service = serviceOf({ type: "ExternalName", externalName: "example.com" });
  deepEqual(computeServiceTable([service], []).services, [
    { namespace: "shop", name: "web", externalName: "example.com", ports: [], endpoints: [] },
  ]);
});

Deno.test("computeServiceTable(): the Service of the API leads to where it listens", () => {
  const kubernetes: Service = {
    ...serviceOf({ clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] }),
    metadata: { name: "kubernetes", namespace: "default" },
  };
  const api = { address: "127.0.0.1", port: 6443 };
  const [entry, other] = computeServiceTable([kubernetes, web], [], api).services;
  deepEqual(entry!.ports.map(({ port, backends }) => [port, backends]), [
    [443, [{ ...api, isOnMachine: true }]],
  ]);
  deepEqual(other!.ports[0]!.backends, []);
  deepEqual(computeServiceTable([kubernetes], []).services[0]!.ports[0]!.backends, []);
});
