import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { dnsCodec } from "../../../src/runtime/service/dns_codec.ts";
import {
  type DnsForward,
  DnsResponder,
  type DnsTransport,
} from "../../../src/runtime/service/dns_responder.ts";
import { DnsZone } from "../../../src/runtime/service/dns_zone.ts";

const endpoints = Array.from({ length: 40 }, (_, index) => ({
  address: `10.192.0.${index + 16}`,
  ports: [],
}));
const zone = new DnsZone({
  services: [
    { namespace: "shop", name: "web", clusterIP: "10.96.1.1", ports: [], endpoints: [] },
    { namespace: "shop", name: "two", ports: [], endpoints: endpoints.slice(0, 2) },
    { namespace: "shop", name: "many", ports: [], endpoints },
    { namespace: "shop", name: "out", externalName: "example.com", ports: [], endpoints: [] },
  ],
});
const RECURSION_DESIRED = 1 << 8;

function queryOf(name: string, type = "A", more: object = {}): Uint8Array {
  return dnsCodec.encode({
    id: 4711,
    type: "query",
    flags: RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  });
}

/** Another server, which knows one name. */
const elsewhere: DnsForward = (query) => {
  const { id, questions } = dnsCodec.decode(query);
  const [{ name = "" } = {}] = questions;
  const answers = name === "example.com" ? [{ type: "A", name, data: "192.0.2.80", ttl: 9 }] : [];
  return Promise.resolve(dnsCodec.encode({ id, type: "response", flags: 0, questions, answers }));
};
const silence: DnsForward = () => Promise.resolve(undefined);

interface Answer {
  readonly id: number;
  readonly code: string;
  readonly truncated: boolean;
  readonly data: readonly unknown[];
  readonly authorities: readonly unknown[];
}

async function ask(
  query: Uint8Array,
  { transport = "udp", forward = elsewhere, responder = undefined }: {
    readonly transport?: DnsTransport;
    readonly forward?: DnsForward;
    readonly responder?: DnsResponder | undefined;
  } = {},
): Promise<Answer | undefined> {
  const it = responder ?? new DnsResponder(dnsCodec, { readZone: () => zone, forward });
  const bytes = await it.respond(query, transport);
  if (bytes === undefined) return undefined;
  const { id, flags, answers, authorities } = dnsCodec.decode(bytes);
  return {
    id,
    code: ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP"][flags & 0xf] ?? "?",
    truncated: (flags & 1 << 9) !== 0,
    data: answers.map((it) => "data" in it ? it.data : undefined),
    authorities: authorities.map((it) => "type" in it ? it.type : undefined),
  };
}

const found = { id: 4711, code: "NOERROR", truncated: false, authorities: [] };

Deno.test("DnsResponder: a name of the cluster", async () => {
  deepEqual(await ask(queryOf("web.shop.svc.cluster.local")), { ...found, data: ["10.96.1.1"] });
});

Deno.test("DnsResponder: what is not there comes with how long that may be remembered", async () => {
  const none = { ...found, data: [], authorities: ["SOA"] };
  deepEqual(await ask(queryOf("nix.shop.svc.cluster.local")), { ...none, code: "NXDOMAIN" });
  deepEqual(await ask(queryOf("web.shop.svc.cluster.local", "AAAA")), none);
});

Deno.test("DnsResponder: other names are those of another server", async () => {
  deepEqual(await ask(queryOf("example.com")), { ...found, data: ["192.0.2.80"] });
  const failed = { ...found, code: "SERVFAIL", data: [] };
  deepEqual(await ask(queryOf("example.com"), { forward: silence }), failed);
});

Deno.test("DnsResponder: an alias comes with the addresses of what it stands for", async () => {
  const query = queryOf("out.shop.svc.cluster.local");
  deepEqual((await ask(query))?.data, ["example.com", "192.0.2.80"]);
  equal((await ask(query, { forward: silence }))?.code, "SERVFAIL");
});

Deno.test("DnsResponder: several addresses come in turn", async () => {
  const responder = new DnsResponder(dnsCodec, { readZone: () => zone, forward: silence });
  const query = queryOf("two.shop.svc.cluster.local");
  const first = async () => (await ask(query, { responder }))?.data[0];
  deepEqual([await first(), await first(), await first()], [
    "10.192.0.16",
    "10.192.0.17",
    "10.192.0.16",
  ]);
});

Deno.test("DnsResponder: a datagram holds what the client takes, and says so", async () => {
  const name = "many.shop.svc.cluster.local";
  const small = await ask(queryOf(name));
  equal(small?.truncated, true);
  equal(small.data.length > 0 && small.data.length < 40, true, `${small.data.length}`);
  const extension = {
    additionals: [{ type: "OPT", name: ".", udpPayloadSize: 4096, options: [] }],
  };
  for (
    const whole of [
      await ask(queryOf(name, "A", extension)),
      await ask(queryOf(name), { transport: "tcp" }),
    ]
  ) deepEqual([whole?.truncated, whole?.data.length], [false, 40]);
});

Deno.test("DnsResponder: whatever is sent gets an answer or none, and breaks nothing", async () => {
  const responder = new DnsResponder(dnsCodec, { readZone: () => zone, forward: silence });
  const seed = queryOf("web.shop.svc.cluster.local", "A", {
    additionals: [{ type: "OPT", name: ".", udpPayloadSize: 4096, options: [] }],
  });
  let state = 4711;
  const random = (below: number) => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from(seed);
    for (let change = random(6); change >= 0; change--) bytes[random(bytes.length)] = random(256);
    bytes[2]! &= 0x7f;
    const answer = await responder.respond(bytes.subarray(0, random(bytes.length + 1)), "udp");
    equal(answer === undefined || (answer[2]! & 0x80) !== 0, true, bytes.toHex());
  }
});

Deno.test("DnsResponder: what is not a query gets no answer, or that it is none", async () => {
  equal(await ask(new Uint8Array(11)), undefined);
  const [id = 0, low = 0, flags = 0, ...rest] = queryOf("web.shop.svc.cluster.local");
  const answer = Uint8Array.of(id, low, flags | 0x80, ...rest);
  equal(await ask(answer), undefined);
  const cut = queryOf("web.shop.svc.cluster.local").slice(0, 20);
  deepEqual(await ask(cut), { ...found, code: "FORMERR", data: [] });
  const two = [{ name: "a", type: "A" }, { name: "b", type: "A" }];
  equal((await ask(queryOf("a", "A", { questions: two })))?.code, "FORMERR");
  equal((await ask(queryOf("a", "A", { flags: 4 << 11 })))?.code, "NOTIMP");
});
