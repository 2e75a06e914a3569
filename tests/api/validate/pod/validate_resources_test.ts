import { type Fields, QNAME, type Row, SUBDOMAIN, testRows } from "../errors_of.ts";

const c = "spec.containers[0]";
const i = "spec.initContainers[0]";
const r = `${c}.resizePolicy`;

/** A Pod with amounts of its own, and what one of its containers says. */
function pod(resources: Fields, container: Fields = {}, more: Fields = {}): Fields {
  return {
    spec: { resources, containers: [{ name: "c", image: "i", resources: container }], ...more },
  };
}

function resize(policies: readonly Fields[], more: Fields = {}): Fields {
  const all = policies.map((it) => ({ resourceName: "cpu", restartPolicy: "NotRequired", ...it }));
  return { spec: { containers: [{ name: "c", image: "i", resizePolicy: all }], ...more } };
}

const rows: readonly Row[] = [
  ["R-VALID-72", "overhead is as a container's limits", {
    spec: { overhead: { x: "1", cpu: "-1" } },
  }, [
    'spec.overhead.limits[x]: Invalid value: "x": must be a standard resource type or fully qualified',
    'spec.overhead.limits[x]: Invalid value: "x": must be a standard resource for containers',
    'spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  ]],
  ["R-VALID-72", "overhead of CPU and memory", {
    spec: { overhead: { cpu: "10m", memory: "1Mi" } },
  }, []],
  [
    "R-VALID-77",
    "what the Pod does not name is not compared",
    pod({ requests: { memory: "1Gi" } }, { requests: { cpu: "300m" }, limits: { memory: "1Mi" } }),
    [],
  ],
  [
    "R-VALID-77",
    "what it names holds what the containers request",
    pod({ requests: { cpu: "1", memory: "1M" } }, { requests: { cpu: "1500m", memory: "2M" } }),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
      'spec.resources.requests[memory]: Invalid value: "1M": must be greater than or equal to aggregate container requests of 2M',
    ],
  ],
  [
    "R-VALID-77",
    "the neediest moment of the init sequence counts",
    pod({ requests: { cpu: "1" } }, { requests: { cpu: "500m" } }, {
      initContainers: [{ name: "a", image: "i", resources: { requests: { cpu: "2" } } }],
    }),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
    ],
  ],
  [
    "R-VALID-77",
    "limits of mains, huge pages of all, claims of none",
    pod({
      claims: [{ name: "x" }],
      limits: { cpu: "1", "hugepages-2Mi": "2Mi" },
    }, { limits: { cpu: "2", "hugepages-2Mi": "4Mi" } }),
    [
      "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
      'spec.resources.requests[cpu]: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
      'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
    ].filter((it) => !it.startsWith("spec.resources.requests[cpu]")).toSpliced(
      1,
      0,
      'spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
    ),
  ],
  [
    "R-VALID-78",
    "a policy's words",
    resize([{}, {}, { resourceName: "X", restartPolicy: "Y" }, {
      resourceName: "",
      restartPolicy: "",
    }]),
    [
      `${r}[1]: Duplicate value: "cpu"`,
      `${r}: Unsupported value: "X": supported values: "cpu", "memory"`,
      `${r}: Unsupported value: "Y": supported values: "NotRequired", "RestartContainer"`,
      `${r}: Required value`,
      `${r}: Required value`,
    ],
  ],
  [
    "R-VALID-78",
    "what is never restarted",
    resize([{ restartPolicy: "RestartContainer" }], { restartPolicy: "Never" }),
    [
      `${r}: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`,
    ],
  ],
  ["R-VALID-78", "a regular init container is not restarted by a resize", {
    spec: {
      initContainers: ["Always", undefined].map((restartPolicy, n) => ({
        name: `i${n}`,
        image: "i",
        ...(restartPolicy && { restartPolicy }),
        resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }],
      })),
    },
  }, [
    `${
      i.replace("0", "1")
    }.resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
  ]],
  ["R-VALID-1", "claims of devices", {
    spec: {
      resourceClaims: [
        { name: "a", resourceClaimName: "x" },
        { name: "a" },
        { name: "B", resourceClaimName: "x", resourceClaimTemplateName: "-" },
      ],
      containers: [{
        name: "c",
        image: "i",
        resources: { claims: [{ name: "a" }, { name: "z" }] },
      }],
    },
  }, [
    'spec.resourceClaims[1].name: Duplicate value: "a"',
    "spec.resourceClaims[1]: Required value: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
    `spec.resourceClaims[2].name: Invalid value: "B": ${"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"}`,
    'spec.resourceClaims[2]: Invalid value: {"Name":"B","ResourceClaimName":"x","ResourceClaimTemplateName":"-"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    `spec.resourceClaims[2].resourceClaimTemplateName: Invalid value: "-": ${SUBDOMAIN}`,
    `${c}.resources.claims[1]: Not found: "z": must be one of the names in pod.spec.resourceClaims: B, a`,
  ]],
  ["R-VALID-81", "classes have names; which there are is a cluster's business", {
    spec: { runtimeClassName: "nope", priorityClassName: "nope", preemptionPolicy: "Never" },
  }, []],
  ["R-VALID-81", "a class's name is a subdomain", {
    spec: { runtimeClassName: "A_b", priorityClassName: "C_d", preemptionPolicy: "X" },
  }, [
    `spec.priorityClassName: Invalid value: "C_d": ${SUBDOMAIN}`,
    `spec.runtimeClassName: Invalid value: "A_b": ${SUBDOMAIN}`,
    'spec.preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
  ]],
  ["R-VALID-57", "a readiness gate's condition is a qualified name", {
    spec: { readinessGates: [{ conditionType: "a b" }] },
  }, [`spec.readinessGates[0].conditionType: Invalid value: "a b": ${QNAME}`]],
];

testRows(rows);
