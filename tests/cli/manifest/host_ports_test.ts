import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { ContainerPort, Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { findPortClashes } from "../../../src/cli/manifest/host_ports.ts";

const podOf = (
  name: string,
  ports: readonly ContainerPort[],
  spec: Partial<PodSpec> = {},
): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", ports }], ...spec },
});
const port = (hostPort: number, change: Partial<ContainerPort> = {}): ContainerPort => (
  { containerPort: 80, hostPort, ...change }
);
const clash = (value: string, place = "spec.containers[0].ports[0].hostPort") =>
  `${place}: Unsupported here: container "main" of Pod "default/a" has port ${value} already`;

const cases: readonly [string, readonly Pod[], readonly string[][]][] = [
  ["two Pods that want one port", [podOf("a", [port(8080)]), podOf("b", [port(8080)])], [
    [],
    [clash("8080/TCP of every address")],
  ]],
  ["other ports and protocols", [
    podOf("a", [port(8080), port(53, { protocol: "UDP" })]),
    podOf("b", [port(8081), port(53, { protocol: "TCP" })]),
  ], [[], []]],
  ["one port at two addresses", [
    podOf("a", [port(80, { hostIP: "127.0.0.1" })]),
    podOf("b", [port(80, { hostIP: "127.0.0.2" })]),
  ], [[], []]],
  ["one port at every address and at one", [
    podOf("a", [port(80, { hostIP: "127.0.0.1" })]),
    podOf("b", [port(80, { hostIP: "0.0.0.0" })]),
    podOf("c", [port(80, { hostIP: "127.0.0.3" })]),
  ], [[], [clash("80/TCP of every address")], [
    clash("80/TCP of 127.0.0.3").replace("default/a", "default/b"),
  ]]],
  ["declared ports on the machine's network", [
    podOf("a", [{ containerPort: 80 }], { hostNetwork: true }),
    podOf("b", [port(80, { containerPort: 8080 })]),
    podOf("c", [{ containerPort: 80 }]),
  ], [[], [clash("80/TCP of every address")], []]],
  ["what validation finds in one Pod", [podOf("a", [port(80), port(80)])], [[]]],
  ["two addresses that overlap in one Pod", [
    podOf("a", [port(80), port(80, { hostIP: "127.0.0.1" })]),
  ], [[clash("80/TCP of 127.0.0.1", "spec.containers[0].ports[1].hostPort")]]],
  ["a sidecar beside the mains, and an init container before them", [
    podOf("a", [port(80)], {}),
    podOf("b", [], {
      initContainers: [
        { name: "i", ports: [port(80)] },
        { name: "s", restartPolicy: "Always", ports: [port(80)] },
      ],
    }),
  ], [[], [clash("80/TCP of every address", "spec.initContainers[1].ports[0].hostPort")]]],
];
for (const [name, pods, expected] of cases) {
  Deno.test(`findPortClashes(): ${name}`, () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } } as const;
    const [none, ...found] = findPortClashes([secret, ...pods]);
    deepEqual(none, []);
    deepEqual(found.map((errors) => errors.map(formatFieldError)), expected);
  });
}
