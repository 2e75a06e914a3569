/** Subnets, addresses and the commands that make them. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import {
  AddressPool,
  type Cidr,
  contains,
  formatAddress,
  formatHostAddress,
  formatPastaArguments,
  formatPodInterface,
  formatPodLink,
  formatSlirpArguments,
  parseNameservers,
  parseRoutes,
  planSubnet,
} from "../../../src/runtime/network/network_plan.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";

const cidr = (text: string): Cidr => {
  const [address = "", prefix] = text.split("/");
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { base, prefixLength: Number(prefix) };
};

const subnets: [name: string, taken: string[], random: number, chosen: string][] = [
  ["the first", [], 0, "10.128.0.0/20"],
  ["the last", [], 0.99999, "10.255.240.0/20"],
  ["one by chance", [], 0.5, "10.192.0.0/20"],
  ["the next, where one is taken", ["10.192.0.0/20"], 0.5, "10.192.16.0/20"],
  ["the next, where something small in it is taken", ["10.192.15.7/32"], 0.5, "10.192.16.0/20"],
  ["none in something large", ["10.192.0.0/12"], 0.5, "10.208.0.0/20"],
  ["the first after the last", ["10.255.240.0/20"], 0.99999, "10.128.0.0/20"],
  [
    "any, where others are taken",
    ["192.168.0.0/16", "10.0.0.0/9", "172.17.0.0/16"],
    0,
    "10.128.0.0/20",
  ],
];
for (const [name, taken, random, chosen] of subnets) {
  Deno.test(`planSubnet() takes ${name}`, () => {
    equal(planSubnet(taken.map(cidr), random).cidr, chosen);
  });
}

Deno.test("planSubnet() says so where all is taken", () => {
  throws(
    () => planSubnet([cidr("10.0.0.0/8")], 0.3),
    (error) => error instanceof RuntimeError && error.reason === "FailedCreatePodSandBox",
  );
});

const subnet = planSubnet([], 0.5);

Deno.test("planSubnet() gives the node, the gateway and the resolver their addresses", () => {
  const { node, gateway, nameserver } = subnet;
  deepEqual([node, gateway, nameserver], ["10.192.0.1", "10.192.0.2", "10.192.0.3"]);
});

const inside: [address: string, is: boolean][] = [
  ["10.192.0.0", true],
  ["10.192.15.255", true],
  ["10.192.16.0", false],
  ["127.0.0.1", false],
  ["255.255.255.255", false],
  ["localhost", false],
  ["::1", false],
  ["10.192.0.16.example.com", false],
];
for (const [address, is] of inside) {
  Deno.test(`contains() says ${is ? "yes" : "no"} to ${address}`, () => {
    equal(contains(subnet, address), is);
  });
}

Deno.test("parseRoutes() leaves the default route out", () => {
  const routes = parseRoutes(
    [
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
      "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
      "wg0\t0000C80A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
      "wg0\t0100C80A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
      "",
    ].join("\n"),
  );
  deepEqual(routes, ["192.0.2.0/24", "10.200.0.0/16", "10.200.0.1/32"].map(cidr));
});

Deno.test("parseRoutes() finds none where there is no network", () => {
  deepEqual(parseRoutes(""), []);
});

Deno.test("parseNameservers() keeps IPv4 addresses", () => {
  const text =
    "# made by hand\nsearch a b\nnameserver 10.200.0.1\n  nameserver\t::1\nnameserver 1.1.1.1";
  deepEqual(parseNameservers(text), ["10.200.0.1/32", "1.1.1.1/32"].map(cidr));
});

Deno.test("AddressPool gives no address twice, and one that came back as late as it can", () => {
  const pool = new AddressPool(subnet);
  equal(pool.take(), "10.192.0.16");
  equal(pool.take(), "10.192.0.17");
  pool.release("10.192.0.16");
  const given = new Set<string>();
  for (let index = 18; index < 4095; index++) given.add(pool.take());
  equal(given.size, 4095 - 18);
  equal(given.has("10.192.15.254"), true);
  equal(pool.take(), "10.192.0.16");
  throws(() => pool.take(), /all 4079 of 10\.192\.0\.0\/20 are taken/);
});

Deno.test("formatPodLink() derives the link's address from the pod's", () => {
  deepEqual(formatPodLink(3, 4711, "10.192.0.16"), [
    "link add pod3 mtu 65520 master br0 up type veth peer name eth0 address 0a:58:0a:c0:00:10 mtu 65520 netns 4711",
  ]);
});

Deno.test("formatPodInterface() gives a way out where there is one", () => {
  const own = ["link set lo up", "link set eth0 up", "addr add 10.192.0.16/20 dev eth0"];
  const none = { gateway: undefined, services: undefined };
  const services = { range: "10.96.0.0/12", via: subnet.proxy };
  deepEqual(formatPodInterface("10.192.0.16", none), own);
  deepEqual(formatPodInterface("10.192.0.16", { ...none, gateway: subnet.gateway }), [
    ...own,
    "route add default via 10.192.0.2",
  ]);
  deepEqual(formatPodInterface("10.192.0.16", { ...none, services }), [
    ...own,
    "route add 10.96.0.0/12 via 10.192.0.4",
  ]);
});

Deno.test("formatHostAddress() adds the route by itself, so that another's is not doubled", () => {
  deepEqual(formatHostAddress("podling0", subnet), [
    "link set podling0 up",
    "addr flush dev podling0",
    "addr add 10.192.0.1/32 dev podling0",
    "route add 10.192.0.0/20 dev podling0 src 10.192.0.1",
  ]);
});

Deno.test("nothing that leads out leads to the machine's loopback or lets ports in", () => {
  const slirp = formatSlirpArguments(subnet, 7);
  equal(slirp.includes("--disable-host-loopback"), true);
  equal(slirp.includes("--enable-sandbox"), true);
  const pasta = formatPastaArguments();
  equal(pasta.includes("--no-map-gw"), true);
  for (const ports of ["-t", "-u", "-T", "-U"]) equal(pasta[pasta.indexOf(ports) + 1], "none");
});

Deno.test("formatAddress() knows the high half", () => {
  equal(formatAddress(0xfffffffe), "255.255.255.254");
});
