import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { type DnsRecord, DnsZone } from "../../../src/runtime/service/dns_zone.ts";
import type { ServiceTable } from "../../../src/runtime/service_table.ts";

const sql = { name: "sql", protocol: "TCP", port: 5432 } as const;
const table: ServiceTable = {
  services: [
    {
      namespace: "shop",
      name: "web",
      clusterIP: "10.96.1.1",
      ports: [
        { name: "http", protocol: "TCP", port: 80, backends: [] },
        { name: "", protocol: "UDP", port: 81, backends: [] },
      ],
      endpoints: [],
    },
    {
      namespace: "shop",
      name: "db",
      ports: [],
      endpoints: [
        { address: "10.192.0.16", hostname: "db-0", ports: [sql] },
        { address: "10.192.0.17", ports: [sql] },
      ],
    },
    { namespace: "shop", name: "empty", ports: [], endpoints: [] },
    { namespace: "shop", name: "out", externalName: "example.com.", ports: [], endpoints: [] },
    {
      namespace: "shop",
      name: "alias",
      externalName: "web.shop.svc.cluster.local",
      ports: [],
      endpoints: [],
    },
  ],
};
const zone = new DnsZone(table);

function format({ type, data }: DnsRecord): string {
  return typeof data === "string" ? `${type} ${data}` : `${type} ${data.port} ${data.target}`;
}

/** Rules: R-DNS-1 to R-DNS-4. */
const rows: [name: string, type: string, code: string, answers: string[], extra?: string[]][] = [
  ["web.shop.svc.cluster.local", "A", "NOERROR", ["A 10.96.1.1"]],
  ["WEB.shop.SVC.cluster.local", "A", "NOERROR", ["A 10.96.1.1"]],
  ["web.shop.svc.cluster.local", "AAAA", "NOERROR", []],
  ["web.shop", "A", "elsewhere", []],
  ["web.other.svc.cluster.local", "A", "NXDOMAIN", []],
  ["_http._tcp.web.shop.svc.cluster.local", "SRV", "NOERROR", [
    "SRV 80 web.shop.svc.cluster.local",
  ], ["A 10.96.1.1"]],
  ["_http._udp.web.shop.svc.cluster.local", "SRV", "NXDOMAIN", []],
  // Of a name and its parts above it.
  ["_tcp.web.shop.svc.cluster.local", "SRV", "NOERROR", []],
  ["shop.svc.cluster.local", "A", "NOERROR", []],
  ["cluster.local", "A", "NOERROR", []],
  ["1.1.96.10.in-addr.arpa", "PTR", "NOERROR", ["PTR web.shop.svc.cluster.local"]],
  ["2.1.96.10.in-addr.arpa", "PTR", "elsewhere", []],
  // R-DNS-2, R-DNS-3
  ["db.shop.svc.cluster.local", "A", "NOERROR", ["A 10.192.0.16", "A 10.192.0.17"]],
  ["db-0.db.shop.svc.cluster.local", "A", "NOERROR", ["A 10.192.0.16"]],
  ["10-192-0-17.db.shop.svc.cluster.local", "A", "NOERROR", ["A 10.192.0.17"]],
  ["10-192-0-16.db.shop.svc.cluster.local", "A", "NXDOMAIN", []],
  ["_sql._tcp.db.shop.svc.cluster.local", "SRV", "NOERROR", [
    "SRV 5432 db-0.db.shop.svc.cluster.local",
    "SRV 5432 10-192-0-17.db.shop.svc.cluster.local",
  ], ["A 10.192.0.16", "A 10.192.0.17"]],
  ["16.0.192.10.in-addr.arpa", "PTR", "NOERROR", ["PTR db-0.db.shop.svc.cluster.local"]],
  ["empty.shop.svc.cluster.local", "A", "NXDOMAIN", []],
  ["out.shop.svc.cluster.local", "CNAME", "NOERROR", ["CNAME example.com"]],
  ["alias.shop.svc.cluster.local", "A", "NOERROR", [
    "CNAME web.shop.svc.cluster.local",
    "A 10.96.1.1",
  ]],
  ["example.com", "A", "elsewhere", []],
  ["notcluster.local", "A", "elsewhere", []],
];
for (const [name, type, code, answers, extra = []] of rows) {
  Deno.test(`DnsZone: ${name} ${type}`, () => {
    const answer = zone.answer({ name, type });
    deepEqual(
      [answer?.code ?? "elsewhere", answer?.answers.map(format), answer?.additionals.map(format)],
      answer === undefined ? [code, undefined, undefined] : [code, answers, extra],
    );
    if (answer !== undefined && type !== "SRV") equal(answer.answers[0]?.name ?? name, name);
  });
}

Deno.test("DnsZone: a name outside of the cluster completes an alias (R-DNS-4)", () => {
  const answer = zone.answer({ name: "out.shop.svc.cluster.local", type: "A" });
  deepEqual(answer?.answers.map(format), ["CNAME example.com"]);
  equal(answer?.elsewhere, "example.com");
  equal(zone.answer({ name: "out.shop.svc.cluster.local", type: "CNAME" })?.elsewhere, undefined);
});
