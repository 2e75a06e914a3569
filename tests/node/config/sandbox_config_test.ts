import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { generateSandboxConfig } from "../../../src/node/config/sandbox_config.ts";
import type { DnsConfig } from "../../../src/runtime/config.ts";

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
    hostIPC: true,
    shareProcessNamespace: true,
    securityContext: {
      sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }, {
        name: "net/ipv4/tcp_rmem",
        value: "4 8",
      }],
    },
  });
  const config = generateSandboxConfig(pod, 2);
  deepEqual(config.hostAliases, [
    { ip: "10.1.2.3", hostnames: ["a", "b"] },
    { ip: "10.1.2.4", hostnames: [] },
  ]);
  equal(config.attempt, 2);
  equal(config.hostNetwork, true);
  equal(config.hostIPC, true);
  equal(config.shareProcessNamespace, true);
  deepEqual(config.sysctls, [["kernel.shm_rmid_forced", "1"], ["net.ipv4.tcp_rmem", "4 8"]]);
  equal(config.qosClass, "BestEffort");
});

const dns: readonly [string, Partial<PodSpec>, DnsConfig][] = [
  ["the node's where nothing is said", {}, {
    policy: "Node",
    nameservers: [],
    searches: [],
    options: [],
  }],
  ["the cluster's, where there is one", {
    dnsPolicy: "ClusterFirst",
    dnsConfig: { searches: ["a"] },
  }, {
    policy: "Cluster",
    nameservers: [],
    searches: ["a"],
    options: [],
  }],
  ["the node's on its network", {
    dnsPolicy: "ClusterFirst",
    hostNetwork: true,
  }, {
    policy: "Node",
    nameservers: [],
    searches: [],
    options: [],
  }],
  ["the cluster's on the node's network", {
    dnsPolicy: "ClusterFirstWithHostNet",
    hostNetwork: true,
  }, {
    policy: "Cluster",
    nameservers: [],
    searches: [],
    options: [],
  }],
  ["what the pod says alone", {
    dnsPolicy: "None",
    dnsConfig: {
      nameservers: ["192.0.2.1"],
      options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
    },
  }, {
    policy: "None",
    nameservers: ["192.0.2.1"],
    searches: [],
    options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
  }],
];
for (const [name, spec, wanted] of dns) {
  Deno.test(`generateSandboxConfig() resolves names by ${name}`, () => {
    deepEqual(generateSandboxConfig(podOf(spec), 0).dns, wanted);
  });
}

Deno.test("generateSandboxConfig() adds up what may be written", () => {
  const limitOf = (...limits: string[]) => {
    const containers = limits.map((limit, index) => ({
      name: `c${index}`,
      resources: { limits: limit === "" ? {} : { "ephemeral-storage": limit } },
    }));
    return generateSandboxConfig(podOf({ containers }), 0).ephemeralStorageLimitBytes;
  };
  deepEqual([limitOf("1Mi", "", "1k"), limitOf("", ""), limitOf("0")], [
    1_049_576,
    undefined,
    undefined,
  ]);
});

Deno.test("generateSandboxConfig() maps the host ports of mains and sidecars", () => {
  const pod = podOf({
    containers: [
      {
        name: "a",
        ports: [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 81 },
          { containerPort: 53, hostPort: 5353, protocol: "UDP", hostIP: "127.0.0.1" },
        ],
      },
      { name: "b" },
    ],
    initContainers: [
      { name: "i", ports: [{ containerPort: 1, hostPort: 1 }] },
      { name: "s", restartPolicy: "Always", ports: [{ containerPort: 2, hostPort: 2 }] },
    ],
  });
  const shown = generateSandboxConfig(pod, 0).hostPorts.map((it) =>
    `${it.hostIP}:${it.hostPort}/${it.protocol} to ${it.containerPort}`
  );
  deepEqual(shown, [
    "0.0.0.0:8080/TCP to 80",
    "127.0.0.1:5353/UDP to 53",
    "0.0.0.0:2/TCP to 2",
  ]);
});
