/** What a create and an update make of a Service. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  defaultService,
  prepareService,
  prepareServiceUpdate,
} from "../../../src/api/network/service_defaults.ts";
import type { Service, ServiceSpec } from "../../../src/api/types/network.ts";

const serviceOf = (spec: ServiceSpec): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "default" },
  spec,
});

const plain = { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster" };
const defaults: [name: string, given: ServiceSpec, completed: unknown][] = [
  ["nothing", {}, plain],
  ["a port", { ports: [{ port: 80, nodePort: 0 }] }, {
    ...plain,
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
  }],
  ["a port that leads to a name", { ports: [{ port: 53, protocol: "UDP", targetPort: "dns" }] }, {
    ...plain,
    ports: [{ port: 53, protocol: "UDP", targetPort: "dns" }],
  }],
  ["empty words", { clusterIP: "", externalTrafficPolicy: "" }, plain],
  ["clients that stay", { sessionAffinity: "ClientIP" }, {
    ...plain,
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
  }],
  [
    "a time of clients that do not stay",
    { sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
    plain,
  ],
  ["a node port", { type: "NodePort" }, {
    ...plain,
    type: "NodePort",
    externalTrafficPolicy: "Cluster",
  }],
  ["a balancer", { type: "LoadBalancer" }, {
    ...plain,
    type: "LoadBalancer",
    externalTrafficPolicy: "Cluster",
    allocateLoadBalancerNodePorts: true,
  }],
  ["addresses outside", { externalIPs: ["192.0.2.1"] }, {
    ...plain,
    externalIPs: ["192.0.2.1"],
    externalTrafficPolicy: "Cluster",
  }],
  ["another name", { type: "ExternalName", externalName: "example.com" }, {
    type: "ExternalName",
    externalName: "example.com",
    sessionAffinity: "None",
  }],
];
for (const [name, given, completed] of defaults) {
  Deno.test(`R-SVC-1: a Service with ${name} is completed, once for all`, () => {
    const service = defaultService(serviceOf(given));
    deepEqual(service.spec, completed);
    deepEqual(service.status, { loadBalancer: {} });
    deepEqual(defaultService(service), service);
  });
}

Deno.test("R-SVC-1: the one address of a new Service is the first of its list", () => {
  const addressesOf = (spec: ServiceSpec) => prepareService(serviceOf(spec)).spec.clusterIPs;
  deepEqual(addressesOf({ clusterIP: "None" }), ["None"]);
  deepEqual(addressesOf({ clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.8"] }), ["10.96.0.8"]);
  deepEqual(addressesOf({}), undefined);
});

const old: ServiceSpec = {
  type: "NodePort",
  clusterIP: "10.96.1.1",
  clusterIPs: ["10.96.1.1"],
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
  externalTrafficPolicy: "Cluster",
  ports: [{ port: 80, protocol: "TCP", targetPort: 80, nodePort: 30_100 }],
};
const { nodePort: _, ...port } = old.ports![0]!;
const { type: _type, ...given } = old;
const updates: [name: string, given: ServiceSpec, stored: ServiceSpec][] = [
  ["leaves out what it was given", { type: "NodePort", ports: [port] }, {
    ...old,
    externalTrafficPolicy: undefined,
  } as unknown as ServiceSpec],
  ["asks for another node port", { ...old, ports: [{ ...port, nodePort: 30_200 }] }, {
    ...old,
    ports: [{ ...port, nodePort: 30_200 }],
  }],
  ["gives its node port to another port", {
    ...old,
    ports: [port, { ...port, port: 81, nodePort: 30_100 }],
  }, { ...old, ports: [port, { ...port, port: 81, nodePort: 30_100 }] }],
  ["changes the one address", { ...old, clusterIP: "10.96.1.2" }, {
    ...old,
    clusterIP: "10.96.1.2",
    clusterIPs: ["10.96.1.2"],
  }],
  ["becomes one without node ports", { ...given, type: "ClusterIP" }, {
    type: "ClusterIP",
    clusterIP: "10.96.1.1",
    clusterIPs: ["10.96.1.1"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    ports: [port],
  }],
  ["becomes another name", { ...given, type: "ExternalName", externalName: "a.example" }, {
    type: "ExternalName",
    externalName: "a.example",
    ports: [port],
  }],
];
for (const [name, change, stored] of updates) {
  Deno.test(`R-SVC-3: an update that ${name}`, () => {
    const { spec } = prepareServiceUpdate(serviceOf(change), serviceOf(old));
    deepEqual(JSON.parse(JSON.stringify(spec)), JSON.parse(JSON.stringify(stored)));
  });
}
