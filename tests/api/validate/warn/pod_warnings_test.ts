import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { PodSpec } from "../../../../src/api/types/pod.ts";
import { warnPod } from "../../../../src/api/validate/warn/pod_warnings.ts";

const c = "spec.containers[0]";
const NODE_AFFINITY = "spec.affinity.nodeAffinity";
const REQUIRED = `${NODE_AFFINITY}.requiredDuringSchedulingIgnoredDuringExecution`;
const PREFERRED = `${NODE_AFFINITY}.preferredDuringSchedulingIgnoredDuringExecution`;

const rows: readonly (readonly [string, Partial<PodSpec>, readonly string[]])[] = [
  ["nothing to warn of", {}, []],
  ["R-WARN-11 R-DEFAULT-2: a negative grace period", { terminationGracePeriodSeconds: -1 }, [
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
  ]],
  [
    "R-WARN-9: a variable that hides another",
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
  ["R-WARN-8: parts of a byte, also of the request that the limit gives", {
    containers: [{ name: "c", resources: { limits: { memory: "100m", cpu: "100m" } } }],
  }, [
    ...["limits", "requests"].map((it) =>
      `${c}.resources.${it}[memory]: fractional byte value "100m" is invalid, must be an integer`
    ),
  ]],
  ["R-WARN-10: a port that two containers have", {
    initContainers: [{ name: "i", ports: [{ containerPort: 80, name: "web" }] }],
    containers: [{ name: "c", ports: [{ containerPort: 80, name: "web", protocol: "TCP" }] }],
  }, [
    `${c}.ports[0]: duplicate port definition with spec.initContainers[0].ports[0]`,
    `${c}.ports[0]: duplicate port name "web" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]`,
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
  ["R-WARN-10: an address without a port", {
    containers: [{ name: "c", ports: [{ containerPort: 80, hostIP: "10.0.0.1" }] }],
  }, [
    `${c}.ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}`,
  ]],
  ["R-WARN-2: old node labels", {
    nodeSelector: { "beta.kubernetes.io/os": "linux", "constructor": "x" },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{
            matchExpressions: [{
              key: "failure-domain.beta.kubernetes.io/zone",
              operator: "In",
              values: ["-"],
            }],
          }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [{
          weight: 1,
          preference: {
            matchExpressions: [{
              key: "node-role.kubernetes.io/master",
              operator: "In",
              values: ["ok", "-"],
            }],
          },
        }],
      },
    },
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: "beta.kubernetes.io/instance-type",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: {},
    }],
  }, [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    `${REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].key: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead`,
    `${PREFERRED}[0].preference.matchExpressions[0].key: node-role.kubernetes.io/master is use "node-role.kubernetes.io/control-plane" instead`,
    `${PREFERRED}[0].preference.matchExpressions[0].values[1]: - is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    'spec.topologySpreadConstraints[0].topologyKey: beta.kubernetes.io/instance-type is deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ]],
  [
    "R-WARN-3: selectors that match no Pod",
    {
      topologySpreadConstraints: [{
        maxSkew: 1,
        topologyKey: "zone",
        whenUnsatisfiable: "DoNotSchedule",
      }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }],
          preferredDuringSchedulingIgnoredDuringExecution: [{
            weight: 1,
            podAffinityTerm: { topologyKey: "zone" },
          }],
        },
      },
    },
    [
      "spec.topologySpreadConstraints[0]",
      "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
      "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm",
    ].map((it) => `${it}.labelSelector: a null labelSelector results in matching no pod`),
  ],
  ["R-WARN-5: old volume kinds", {
    volumes: [
      { name: "a", gitRepo: { repository: "r" } },
      { name: "b", storageos: {} },
      { name: "d", rbd: { image: "i", monitors: [] } },
    ],
  }, [
    "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
    "spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+",
    "spec.volumes[2].rbd: deprecated in v1.28, non-functional in v1.31+",
  ]],
  ["R-WARN-6: paths of a volume that hide each other", {
    volumes: [
      {
        name: "a",
        configMap: {
          name: "m",
          items: [{ key: "1", path: "a" }, { key: "2", path: "ab" }, { key: "3", path: "a/b" }],
        },
      },
      {
        name: "b",
        projected: {
          sources: [
            { configMap: { name: "m", items: [{ key: "1", path: "a" }] } },
            { secret: { name: "s", items: [{ key: "1", path: "a" }] } },
          ],
        },
      },
      { name: "d", projected: {} },
    ],
  }, [
    'spec.volumes[0]: volume "a" (ConfigMap "m"): overlapping paths: "a/b" with "a"',
    'spec.volumes[1]: volume "b" (Projected): overlapping paths: "a" (Secret "s") with "a" (ConfigMap "m")',
    'spec.volumes[2]: volume "d" (Projected) has no sources provided',
  ]],
  ["R-WARN-8: parts of a byte of the overhead", { overhead: { memory: "1m" } }, [
    'spec.overhead[memory]: fractional byte value "1m" is invalid, must be an integer',
  ]],
  ["R-WARN-12: IPv6 addresses in another form", {
    dnsConfig: { nameservers: ["2001:DB8::1", "10.0.0.1", "2001:db8::2"] },
    hostAliases: [{ ip: "0:0::1" }],
  }, [
    'spec.dnsConfig.nameservers[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    'spec.hostAliases[0].ip: IPv6 address "0:0::1" should be in RFC 5952 canonical format ("::1")',
  ]],
  ["R-WARN-7: lists with something twice", {
    hostAliases: [{ ip: "1.1.1.1" }, { ip: "1.1.1.1" }],
    imagePullSecrets: [{ name: "a" }, { name: "a" }, {}],
  }, [
    'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
    'spec.imagePullSecrets[1].name: duplicate name "a"',
    'spec.imagePullSecrets[2].name: invalid empty name ""',
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

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/c";
const SECCOMP = "container.seccomp.security.alpha.kubernetes.io/c";

Deno.test("warnPod() R-WARN-1 R-WARN-4: a name with dots, and old annotations", () => {
  const warnings = warnPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "a.b",
      annotations: {
        [APP_ARMOR]: "runtime/default",
        [SECCOMP]: "runtime/default",
        "scheduler.alpha.kubernetes.io/critical-pod": "",
        "security.alpha.kubernetes.io/sysctls": "",
      },
    },
    spec: { containers: [{ name: "c" }] },
  });
  const replaced = (key: string, since: string, field: string) =>
    `metadata.annotations[${key}]: ${since}; use the "${field}" field instead`;
  deepEqual(warnings.map((it) => `${it.field}: ${it.message}`), [
    replaced(APP_ARMOR, "deprecated since v1.30", "appArmorProfile"),
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; " +
    "a DNS label is recommended: [must not contain dots]",
    replaced(
      "scheduler.alpha.kubernetes.io/critical-pod",
      "non-functional in v1.16+",
      "priorityClassName",
    ),
    replaced("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+", "sysctls"),
    replaced(SECCOMP, "non-functional in v1.27+", "seccompProfile"),
  ]);
});
