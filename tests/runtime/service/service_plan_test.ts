import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { parseCidr } from "../../../src/runtime/network/network_plan.ts";
import { planHostServices, planPodServices } from "../../../src/runtime/service/service_plan.ts";

const pods: [taken: string[], range: string, dnsAddress: string][] = [
  [[], "10.96.0.0/12", "10.96.0.10"],
  [["192.168.1.0/24"], "10.96.0.0/12", "10.96.0.10"],
  [["10.100.7.0/24"], "10.112.0.0/12", "10.112.0.10"],
  [["10.0.0.0/8"], "172.16.0.0/12", "172.16.0.10"],
  [["10.96.0.10/32", "10.112.0.0/16", "172.17.0.0/16"], "198.18.0.0/15", "198.18.0.10"],
  // Something has to be hidden, then.
  [["0.0.0.0/1", "128.0.0.0/1"], "10.96.0.0/12", "10.96.0.10"],
];
for (const [taken, range, dnsAddress] of pods) {
  Deno.test(`planPodServices(): ${range} where ${taken.join(" and ") || "nothing"} is taken`, () => {
    deepEqual(planPodServices(taken.map(parseCidr)), { range, dnsAddress });
  });
}

const keptPods: [taken: string[], kept: string, range: string][] = [
  [[], "172.16.0.1", "172.16.0.0/12"],
  [["172.17.0.0/16"], "172.16.0.1", "10.96.0.0/12"],
  [["0.0.0.0/1", "128.0.0.0/1"], "172.16.0.1", "172.16.0.0/12"],
  [[], "127.0.9.1", "10.96.0.0/12"],
];
for (const [taken, kept, range] of keptPods) {
  Deno.test(`planPodServices(): ${range} after ${kept} where ${taken.join() || "nothing"} is taken`, () => {
    equal(planPodServices(taken.map(parseCidr), kept).range, range);
  });
}

const keptHosts: [kept: string, range: string][] = [
  ["127.0.9.1", "127.0.9.0/24"],
  ["127.0.254.1", "127.0.254.0/24"],
  // Those of the machine's own services, and of another kind of network.
  ["127.0.0.1", "127.0.2.0/24"],
  ["127.0.255.1", "127.0.2.0/24"],
  ["127.1.9.1", "127.0.2.0/24"],
  ["10.96.0.1", "127.0.2.0/24"],
  ["None", "127.0.2.0/24"],
];
for (const [kept, range] of keptHosts) {
  Deno.test(`planHostServices(): ${range} after ${kept}`, () => {
    equal(planHostServices(0, kept).range, range);
  });
}

Deno.test("planHostServices(): a part of the loopback without the machine's own services", () => {
  deepEqual(planHostServices(0), { range: "127.0.2.0/24", dnsAddress: "127.0.2.10" });
  equal(planHostServices(0.9999).range, "127.0.254.0/24");
  match(planHostServices(0.5).range, /^127\.0\.1\d\d\.0\/24$/);
});
