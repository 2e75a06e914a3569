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
  Deno.test(`R-EVENT-16: admitPod() ${unsafe ? "refuses" : "takes"} [${names.join(" ")}]`, () => {
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
