import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { findFronts, type ServiceEntry } from "../../src/runtime/service_table.ts";

const backends = [{ address: "10.192.0.16", port: 8080 }];
const web: ServiceEntry = {
  namespace: "shop",
  name: "web",
  clusterIP: "10.96.1.1",
  affinitySeconds: 60,
  ports: [
    { name: "http", protocol: "TCP", port: 80, nodePort: 30080, backends },
    { name: "log", protocol: "UDP", port: 80, backends },
    { name: "none", protocol: "TCP", port: 81, nodePort: 30081, backends: [] },
  ],
  endpoints: [],
};
const headless: ServiceEntry = { namespace: "shop", name: "db", ports: [], endpoints: [] };

const common = { service: "shop/web", affinitySeconds: 60, backends };

Deno.test("findFronts(): the addresses of Services, where something answers", () => {
  deepEqual([...findFronts({ services: [web, headless] }, "cluster")], [
    ["10.96.1.1:80/TCP", { ...common, address: "10.96.1.1", port: 80, protocol: "TCP" }],
    ["10.96.1.1:80/UDP", { ...common, address: "10.96.1.1", port: 80, protocol: "UDP" }],
  ]);
});

Deno.test("findFronts(): ports of the machine, on all of its addresses (R-PROXY-3)", () => {
  deepEqual([...findFronts({ services: [web, headless] }, "node")], [
    ["0.0.0.0:30080/TCP", { ...common, address: "0.0.0.0", port: 30080, protocol: "TCP" }],
  ]);
});
