/** Pod addresses. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { hostAddress } from "../../../src/runtime/machine/host_address.ts";
import {
  loopbackAddress,
  LoopbackAddresses,
  openHostNetwork,
} from "../../../src/runtime/network/host_network.ts";

Deno.test("loopbackAddress() is the same for the same pod, a host's, and never 127.0", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 2000; index++) {
    const uid = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const address = loopbackAddress(uid);
    equal(loopbackAddress(uid), address);
    match(address, /^127(\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])){3}$/);
    seen.add(address);
  }
  // Two pods of one machine rarely meet.
  equal(seen.size > 1990, true, String(seen.size));
});

Deno.test("LoopbackAddresses gives no address twice at a time", () => {
  const addresses = new LoopbackAddresses();
  const first = addresses.take("a");
  equal(first, loopbackAddress("a"));
  const second = addresses.take("a");
  equal(first === second, false);
  addresses.release(first);
  equal(addresses.take("a"), first);
});

Deno.test("hostAddress() is an address of this machine", () => {
  const all = Deno.networkInterfaces().map(({ address }) => address);
  equal([...all, "127.0.0.1"].includes(hostAddress()), true);
});

Deno.test("the machine's network gives each pod a loopback address to itself", async () => {
  const network = openHostNetwork("loopback");
  const reserve = async (podUid: string) => (await network.reserve(podUid)).podIP;
  const [one, other] = [await reserve("a"), await reserve("b")];
  equal(new Set([one, other]).size, 2);
  using server = Deno.listen({ hostname: one, port: 0 });
  (await network.connect(one, server.addr.port)).close();
  await rejects(network.connect(other, server.addr.port), Deno.errors.ConnectionRefused);
  await network.release(one);
  equal(await reserve("a"), one);
  await network.close();
});

Deno.test("hostNetwork gives a pod the machine's address, and what listens on localhost is inside", async () => {
  const network = openHostNetwork("machine");
  deepEqual(await network.reserve("a"), { podIP: hostAddress() });
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (await network.connectInside(1, server.addr.port)).close();
});

Deno.test("the machine's network leaves host ports to the containers", async () => {
  const network = openHostNetwork("loopback");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await using _ = network.openHostPorts("127.9.9.9", [
    { hostIP: "127.0.0.1", hostPort: port, containerPort: port, protocol: "TCP" },
  ]);
});
