import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { admitPod } from "../../src/node/admission.ts";

const cases: readonly [readonly string[], string | undefined][] = [
  [[], undefined],
  [["net.ipv4.ip_unprivileged_port_start", "kernel.shm_rmid_forced"], undefined],
  [["net/ipv4/ping_group_range"], undefined],
  [["net.ipv4.tcp_rmem", "kernel/msgmax"], "kernel.msgmax"],
  [["net.core.somaxconn"], "net.core.somaxconn"],
  [["vm.swappiness"], "vm.swappiness"],
];
for (const [names, unsafe] of cases) {
  Deno.test(`R-EVENT-16 R-ADMIT-2: admitPod() ${unsafe ? "refuses" : "takes"} [${names.join(" ")}]`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: {
        containers: [],
        securityContext: { sysctls: names.map((name) => ({ name, value: "1" })) },
      },
    };
    const message = `forbidden sysctl: "${unsafe}" not allowlisted`;
    deepEqual(admitPod(pod), unsafe && { reason: "SysctlForbidden", message });
  });
}

function podWith(metadata: Partial<Pod["metadata"]>, spec: Partial<Pod["spec"]>): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", ...metadata },
    spec: { containers: [], ...spec },
  };
}

const windows = { os: { name: "windows" } } as const;
const labelled = { labels: { "kubernetes.io/os": "windows" } };
const unsafe = { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } };
const notAllowed = 'forbidden sysctl: "kernel.msgmax" not allowlisted';
const label = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
const rows: readonly [string, Pod, string | undefined, string][] = [
  [
    "of Windows",
    podWith({}, windows),
    "PodOSNotSupported",
    "Failed to admit pod as the OS field doesn't match node OS",
  ],
  [
    "of Linux",
    podWith({ labels: { "kubernetes.io/os": "linux" } }, { os: { name: "linux" } }),
    undefined,
    "",
  ],
  ["with another label", podWith(labelled, {}), "PodOSSelectorNodeLabelDoesNotMatch", label],
  ["with label and field", podWith(labelled, windows), "PodOSSelectorNodeLabelDoesNotMatch", label],
  ["with all of it", podWith(labelled, { ...windows, ...unsafe }), "SysctlForbidden", notAllowed],
];
for (const [what, pod, reason, message] of rows) {
  Deno.test(`R-ADMIT-1: admitPod() a pod ${what}: ${reason ?? "is taken"}`, () => {
    deepEqual(admitPod(pod), reason && { reason, message });
  });
}
