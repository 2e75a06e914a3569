import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Balancer, formatBackend } from "../../../src/runtime/service/balancer.ts";

const [a, b, c] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => ({ address, port: 80 }));
const all = [a!, b!, c!];

function balancerOf(affinitySeconds?: number): Balancer {
  const balancer = new Balancer();
  balancer.update(all, affinitySeconds);
  return balancer;
}

function firstOf(balancer: Balancer, client: string, now = 0): string {
  const [backend] = balancer.choose(client, now);
  if (backend === undefined) return "none";
  balancer.noteConnected(client, backend, now);
  return backend.address;
}

Deno.test("Balancer: each in turn, for all clients together", () => {
  const balancer = balancerOf();
  const firsts = ["x", "x", "y", "x"].map((client) => firstOf(balancer, client));
  deepEqual(firsts, ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"]);
});

Deno.test("Balancer: the others follow, each once", () => {
  const balancer = balancerOf();
  deepEqual(balancer.choose("x", 0), [a, b, c]);
  deepEqual(balancer.choose("x", 0), [b, c, a]);
});

Deno.test("Balancer: nothing answers", () => {
  deepEqual(new Balancer().choose("x", 0), []);
});

Deno.test("Balancer: with affinity a client keeps what it was connected with (R-PROXY-2)", () => {
  const balancer = balancerOf(60);
  equal(firstOf(balancer, "x", 0), "10.0.0.1");
  equal(firstOf(balancer, "y", 0), "10.0.0.2");
  equal(firstOf(balancer, "x", 59_999), "10.0.0.1");
  // Each connection renews the time.
  equal(firstOf(balancer, "x", 119_998), "10.0.0.1");
  equal(firstOf(balancer, "x", 119_998 + 60_000), "10.0.0.3");
});

Deno.test("Balancer: what a client was not connected with is not kept", () => {
  const balancer = balancerOf(60);
  balancer.choose("x", 0);
  balancer.noteConnected("x", c!, 0);
  equal(firstOf(balancer, "x", 1), "10.0.0.3");
});

Deno.test("Balancer: a client whose backend is gone gets another one", () => {
  const balancer = balancerOf(60);
  equal(firstOf(balancer, "x"), "10.0.0.1");
  balancer.update([b!, c!], 60);
  const next = firstOf(balancer, "x");
  equal(next === "10.0.0.1", false);
  equal(firstOf(balancer, "x"), next);
});

Deno.test("Balancer: no more than ten thousand clients are remembered, the oldest go first", () => {
  const balancer = balancerOf(60);
  equal(firstOf(balancer, "first"), "10.0.0.1");
  for (let i = 0; i < 10_000; i++) balancer.noteConnected(`client ${i}`, b!, 0);
  equal(firstOf(balancer, "first"), "10.0.0.2");
  equal(firstOf(balancer, "client 9999"), "10.0.0.2");
});

Deno.test("formatBackend()", () => equal(formatBackend(a!), "10.0.0.1:80"));
