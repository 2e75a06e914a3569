import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { PodSpec } from "../../../src/api/types/pod.ts";
import { warnPod } from "../../../src/api/validate/validate_warnings.ts";

const c = "spec.containers[0]";

const rows: readonly (readonly [string, Partial<PodSpec>, readonly string[]])[] = [
  ["nothing to warn of", {}, []],
  ["R-DEFAULT-2: a negative grace period", { terminationGracePeriodSeconds: -1 }, [
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
  ]],
  [
    "a variable that hides another",
    {
      containers: [{
        name: "c",
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "$(A)2" },
          { name: "A", value: "$(A)" },
          { name: "A", value: "3" },
          { name: "A", valueFrom: {} },
        ],
      }],
    },
    [2, 3, 4].map((n) =>
      `${c}.env[${n}]: hides previous definition of "A", which may be dropped when using apply`
    ),
  ],
  ["parts of a byte", {
    containers: [{ name: "c", resources: { limits: { memory: "100m", cpu: "100m" } } }],
  }, [
    `${c}.resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer`,
  ]],
  ["a port that two containers have", {
    initContainers: [{ name: "i", ports: [{ containerPort: 80, name: "web" }] }],
    containers: [{ name: "c", ports: [{ containerPort: 80, name: "web", protocol: "TCP" }] }],
  }, [
    `${c}.ports[0]: duplicate port definition with spec.initContainers[0].ports[0]`,
    `${c}.ports[0].name: duplicate port name "web" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]`,
  ]],
  ["ports that overlap", {
    containers: [{
      name: "c",
      ports: [
        { containerPort: 80 },
        { containerPort: 80, hostPort: 81 },
        { containerPort: 80, hostPort: 81, hostIP: "127.0.0.1" },
        { containerPort: 80, protocol: "UDP" },
      ],
    }],
  }, [
    `${c}.ports[1]: overlapping port definition with ${c}.ports[0]`,
    `${c}.ports[2]: overlapping port definition with ${c}.ports[0]`,
    `${c}.ports[2]: dangerously ambiguous port definition with ${c}.ports[1]`,
  ]],
  ["lists with something twice", {
    hostAliases: [{ ip: "1.1.1.1" }, { ip: "1.1.1.1" }],
    imagePullSecrets: [{ name: "a" }, { name: "a" }],
  }, [
    'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
    'spec.imagePullSecrets[1].name: duplicate name "a"',
  ]],
];

for (const [what, spec, expected] of rows) {
  Deno.test(`warnPod() ${what}`, () => {
    const warnings = warnPod({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c" }], ...spec },
    });
    deepEqual(warnings.map((it) => `${it.field}: ${it.message}`), expected);
  });
}
