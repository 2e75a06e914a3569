/** Pod addresses. */
import { match, strictEqual as equal } from "node:assert/strict";
import { hostAddress, loopbackAddress } from "../../src/runtime/network.ts";

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

Deno.test("hostAddress() is an address of this machine", () => {
  const all = Deno.networkInterfaces().map(({ address }) => address);
  equal([...all, "127.0.0.1"].includes(hostAddress()), true);
});
