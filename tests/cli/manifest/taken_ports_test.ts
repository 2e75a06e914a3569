/** Whose ports are looked at before anything starts. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { findTakenPorts } from "../../../src/cli/manifest/taken_ports.ts";
import type { NetworkKind } from "../../../src/runtime/config.ts";

/**
 * The network, the container's port (the same as the machine's: 0), the Pod's wish, and whether the
 * port is taken.
 */
const cases: [network: NetworkKind, containerPort: number, hostNetwork: boolean, found: boolean][] =
  [
    ["pod", 80, false, true],
    ["pod", 80, true, true],
    ["host", 0, false, true],
    // Nothing leads from it: nothing is going to listen there.
    ["host", 80, false, false],
    ["host", 0, true, true],
    ["none", 80, false, false],
    ["none", 0, true, true],
  ];
for (const [network, containerPort, hostNetwork, found] of cases) {
  const asked = `${hostNetwork ? "hostNetwork" : "none asked for"}, port ${
    containerPort || "the same"
  }`;
  Deno.test(`findTakenPorts() with --network ${network}, ${asked}`, () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: {
        hostNetwork,
        containers: [{
          name: "web",
          ports: [{
            hostPort: port,
            containerPort: containerPort || port,
            hostIP: "127.0.0.1",
          }],
        }],
      },
    };
    const errors = findTakenPorts(pod, network).map(formatFieldError);
    deepEqual(errors.length, found ? 1 : 0);
    if (found) {
      match(
        errors[0]!,
        /^spec\.containers\[0\]\.ports\[0\]\.hostPort: Unsupported here: port \d+: address already in use by /,
      );
    }
  });
}
