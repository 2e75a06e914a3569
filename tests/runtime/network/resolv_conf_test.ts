import { strictEqual as equal } from "node:assert/strict";
import {
  clusterSearches,
  formatReachableResolvConf,
  formatResolvConf,
} from "../../../src/runtime/network/resolv_conf.ts";
import type { DnsConfig } from "../../../src/runtime/config.ts";

const NODE = `# made by hand
; and so was this
search lan. example.com
search corp.example. lan
nameserver 192.0.2.1
nameserver\t192.0.2.2

options ndots:1  edns0
options timeout:2
`;
const many = Array.from({ length: 40 }, (_, index) => `s${index}.example`);
const long = Array.from({ length: 20 }, (_, index) => `${index}.${"x".repeat(120)}`);

const rows: [name: string, dns: Partial<DnsConfig>, nodeFile: string, file: string][] = [
  ["the node's as it is", {}, NODE, NODE],
  ["nothing where there is nothing", {}, "", ""],
  [
    "added nameservers and search domains, once each",
    { nameservers: ["192.0.2.2", "192.0.2.3", "192.0.2.4"], searches: ["lan", "svc.local"] },
    NODE,
    "search corp.example lan svc.local\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n" +
    "nameserver 192.0.2.3\noptions ndots:1 edns0 timeout:2\n",
  ],
  [
    "options that take the place of the node's",
    { options: [{ name: "ndots", value: "5" }, { name: "edns0" }, { name: "rotate" }] },
    "nameserver 192.0.2.1\noptions ndots:1 edns0\n",
    "nameserver 192.0.2.1\noptions ndots:5 edns0 rotate\n",
  ],
  [
    "nothing of the node's with None",
    { policy: "None", nameservers: ["192.0.2.9"], searches: ["."] },
    NODE,
    "search .\nnameserver 192.0.2.9\n",
  ],
  [
    "32 search domains at most",
    { policy: "None", searches: many },
    "",
    `search ${many.slice(0, 32).join(" ")}\n`,
  ],
  [
    "2048 characters of them at most",
    { policy: "None", searches: long },
    "",
    `search ${long.slice(0, 16).join(" ")}\n`,
  ],
];
for (const [name, change, nodeFile, file] of rows) {
  Deno.test(`formatResolvConf(): ${name}`, () => {
    const plain = { policy: "Node", nameservers: [], searches: [], options: [] } as const;
    equal(formatResolvConf({ ...plain, ...change }, nodeFile), file);
  });
}

const cluster = { nameserver: "10.96.0.10", searches: clusterSearches("shop") };
const clusterRows: [name: string, change: Partial<DnsConfig>, file: string][] = [
  [
    "the cluster's server alone, its domains before the node's",
    { policy: "Cluster" },
    "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lan\n" +
    "nameserver 10.96.0.10\noptions ndots:5\n",
  ],
  [
    "what the pod adds",
    { policy: "Cluster", searches: ["own"], options: [{ name: "ndots", value: "2" }] },
    "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lan own\n" +
    "nameserver 10.96.0.10\noptions ndots:2\n",
  ],
  ["the node's own file", { policy: "Node" }, NODE],
  ["nothing of the cluster with None", { policy: "None", searches: ["x"] }, "search x\n"],
];
for (const [name, change, file] of clusterRows) {
  Deno.test(`formatResolvConf() in a run with Services: ${name} (R-DNS-5)`, () => {
    const plain = { policy: "Node", nameservers: [], searches: [], options: [] } as const;
    equal(formatResolvConf({ ...plain, ...change }, NODE, cluster), file);
  });
}

Deno.test("formatResolvConf() asks the node's server where there is no cluster's", () => {
  const dns = { policy: "Cluster", nameservers: [], searches: [], options: [] } as const;
  equal(formatResolvConf(dns, NODE), NODE);
});

const resolvers: [name: string, file: string, result: string][] = [
  [
    "keeps what a pod reaches",
    "nameserver 10.0.0.2\noptions ndots:2\n",
    "nameserver 10.0.0.2\noptions ndots:2\n",
  ],
  [
    "replaces a loopback address",
    "nameserver 127.0.0.53\noptions edns0\nsearch x\n",
    "nameserver 10.9.9.3\noptions edns0\nsearch x\n",
  ],
  ["replaces an IPv6 address", "nameserver fd00::1\n", "nameserver 10.9.9.3\n"],
  [
    "replaces several by one",
    "nameserver ::1\nnameserver 127.0.0.1\nnameserver 9.9.9.9\n",
    "nameserver 10.9.9.3\nnameserver 9.9.9.9\n",
  ],
  ["adds none", "search x\n", "search x\n"],
];
for (const [name, file, result] of resolvers) {
  Deno.test(`formatReachableResolvConf() ${name}`, () => {
    equal(formatReachableResolvConf(file, "10.9.9.3"), result);
  });
}
