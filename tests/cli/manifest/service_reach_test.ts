import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import type { Service, ServiceSpec } from "../../../src/api/types/network.ts";
import {
  describeReach,
  findRefusedAddresses,
  type Reach,
} from "../../../src/cli/manifest/service_reach.ts";

function serviceOf(spec: ServiceSpec): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec };
}

const open = () => {
  throw new Error("nothing is opened here");
};
const reach: Reach = {
  network: "pod",
  level: "sandbox",
  networks: undefined,
  services: { range: "10.96.0.0/12", dnsAddress: "10.96.0.10", open },
};
const shared: Reach = {
  ...reach,
  network: "host",
  services: { range: "127.0.7.0/24", dnsAddress: "127.0.7.10", open },
};
const web = serviceOf({ ports: [{ port: 8000 }] });

const rows: [name: string, service: Service, reach: Reach, lines: string[]][] = [
  ["all works", web, reach, []],
  ["on the machine's network too", web, shared, []],
  ["no network", web, { ...reach, network: "none", services: undefined }, [
    "Services are not reachable: with --network none a Pod has no network; use --network pod",
  ]],
  ["port 53 is not this user's", web, {
    ...shared,
    services: { ...shared.services!, namesRefusal: "port 53 is not this user's" },
  }, [
    "Names of Services do not resolve in Pods: port 53 is not this user's; " +
    "use --network pod, or sysctl net.ipv4.ip_unprivileged_port_start=53",
  ]],
  ["no files of the Pods' own", web, { ...shared, level: "process" }, [
    "Names of Services do not resolve in Pods: /etc/resolv.conf is the machine's with " +
    "--isolation process; variables such as WEB_SERVICE_HOST have their addresses",
  ]],
];
for (const [name, service, plan, lines] of rows) {
  Deno.test(`describeReach(): ${name}`, () => deepEqual(describeReach([service], plan), lines));
}

Deno.test("describeReach(): a node port that is taken, and by what", () => {
  using taken = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port: nodePort } = taken.addr;
  const ports = [{ port: 80, nodePort }];
  const [line = "", ...more] = describeReach([serviceOf({ type: "NodePort", ports })], reach);
  match(
    line,
    /^Node port \d+ of Service "web": address already in use by deno \(process \d+\); end what uses it, or choose another nodePort$/,
  );
  deepEqual(more, []);
});

Deno.test("describeReach(): nothing to say of other objects", () => {
  deepEqual(describeReach([], { ...reach, services: undefined }), []);
});

const addresses: [clusterIP: string | undefined, reach: Reach, message: string | undefined][] = [
  [undefined, shared, undefined],
  ["None", shared, undefined],
  ["127.0.7.20", shared, undefined],
  ["10.96.0.50", reach, undefined],
  [
    "10.96.0.10",
    reach,
    "Unsupported here: names of Services are answered at this address; omit it, or choose another",
  ],
  [
    "10.96.0.50",
    shared,
    "Unsupported here: with --network host Services have addresses of 127.0.7.0/24; omit it, " +
    "or use --network pod",
  ],
  [
    "10.96.0.50",
    { ...reach, services: { ...reach.services!, range: "10.112.0.0/12" } },
    "Unsupported here: this machine has routes to addresses of Services; those of this run are " +
    "of 10.112.0.0/12; omit it",
  ],
];
for (const [clusterIP, plan, message] of addresses) {
  Deno.test(`findRefusedAddresses(): ${clusterIP} in ${plan.services?.range}`, () => {
    const service = serviceOf({ ...clusterIP !== undefined && { clusterIP }, ports: [] });
    const [error] = findRefusedAddresses(service, plan);
    deepEqual(error && [error.field, error.message], message && ["spec.clusterIP", message]);
  });
}
