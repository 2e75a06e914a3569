import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Pod, PodSpec } from "../../src/api/pod.ts";
import { generateSandboxConfig } from "../../src/node/sandbox_config.ts";

function podOf(spec: Partial<PodSpec>, name = "web"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", uid: "u-1" },
    spec: { containers: [], ...spec },
  };
}

const long = "x".repeat(62);
const cases: readonly [string, Pod, string, string | undefined][] = [
  ["the pod's name", podOf({}), "web", undefined],
  ["spec.hostname", podOf({ hostname: "db" }), "db", undefined],
  ["a subdomain", podOf({ subdomain: "sub" }), "web", "sub.shop.svc.cluster.local"],
  [
    "an override, which has no domain",
    podOf({ hostnameOverride: "other", hostname: "db", subdomain: "sub" }),
    "other",
    undefined,
  ],
  ["a name cut to 63 characters and no mark at its end", podOf({}, `${long}-.y`), long, undefined],
  [
    "the full name, if asked for",
    podOf({ subdomain: "s", setHostnameAsFQDN: true }),
    "web.s.shop.svc.cluster.local",
    "s.shop.svc.cluster.local",
  ],
  [
    "the short name where there is no full one",
    podOf({ setHostnameAsFQDN: true }),
    "web",
    undefined,
  ],
];
for (const [name, pod, hostname, domain] of cases) {
  Deno.test(`R-HOST-1: generateSandboxConfig() takes ${name}`, () => {
    const config = generateSandboxConfig(pod, 0);
    deepEqual([config.hostname, config.domain], [hostname, domain]);
  });
}

Deno.test("R-HOST-1: generateSandboxConfig() refuses a full name of more than 64 characters", () => {
  const pod = podOf({ subdomain: "s".repeat(50), setHostnameAsFQDN: true });
  throws(() => generateSandboxConfig(pod, 0), { reason: "FailedCreatePodSandBox" });
});

Deno.test("generateSandboxConfig() hands on what the pod asks for", () => {
  const pod = podOf({
    hostAliases: [{ ip: "10.1.2.3", hostnames: ["a", "b"] }, { ip: "10.1.2.4" }],
    hostNetwork: true,
    shareProcessNamespace: true,
  });
  const config = generateSandboxConfig(pod, 2);
  deepEqual(config.hostAliases, [
    { ip: "10.1.2.3", hostnames: ["a", "b"] },
    { ip: "10.1.2.4", hostnames: [] },
  ]);
  equal(config.attempt, 2);
  equal(config.hostNetwork, true);
  equal(config.shareProcessNamespace, true);
});
