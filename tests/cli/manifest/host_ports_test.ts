import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { ContainerPort, Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { findPortClashes } from "../../../src/cli/manifest/host_ports.ts";

const podOf = (ports: readonly ContainerPort[], spec: Partial<PodSpec> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { containers: [{ name: "main", ports }], ...spec },
});
const port = (hostPort: number, change: Partial<ContainerPort> = {}): ContainerPort => (
  { containerPort: 80, hostPort, ...change }
);
const clash = (value: string, place: string) =>
  `${place}.hostPort: Unsupported here: container "main" has port ${value} already`;

const cases: readonly [string, Pod, readonly string[]][] = [
  [
    "other ports and protocols",
    podOf([port(8080), port(53), port(53, { protocol: "UDP" })]),
    [],
  ],
  [
    "one port at two addresses",
    podOf([port(80, { hostIP: "127.0.0.1" }), port(80, { hostIP: "127.0.0.2" })]),
    [],
  ],
  ["what validation finds", podOf([port(80), port(80)]), []],
  ["an address that every address includes", podOf([port(80), port(80, { hostIP: "127.0.0.1" })]), [
    clash("80/TCP of 127.0.0.1", "spec.containers[0].ports[1]"),
  ]],
  ["a sidecar and a main", podOf([port(80)], sidecarWith(port(80))), [
    `spec.containers[0].ports[0].hostPort: Unsupported here: container "s" has port ` +
    "80/TCP of every address already",
  ]],
  [
    "an init container that ends before the mains start",
    podOf([port(80)], {
      initContainers: [{ name: "i", ports: [port(80)] }],
    }),
    [],
  ],
  [
    "declared ports on the machine's network",
    podOf([{ containerPort: 80 }], { hostNetwork: true, ...sidecarWith({ containerPort: 80 }) }),
    [
      `spec.containers[0].ports[0].hostPort: Unsupported here: container "s" has port ` +
      "80/TCP of every address already",
    ],
  ],
  [
    "declared ports on a network of their own",
    podOf([{ containerPort: 80 }], sidecarWith({ containerPort: 80 })),
    [],
  ],
];
for (const [name, pod, expected] of cases) {
  Deno.test(`findPortClashes(): ${name}`, () => {
    deepEqual(findPortClashes(pod).map(formatFieldError), expected);
  });
}

function sidecarWith(port: ContainerPort): Partial<PodSpec> {
  return { initContainers: [{ name: "s", restartPolicy: "Always", ports: [port] }] };
}
