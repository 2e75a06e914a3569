import { type Fields, LABEL, LABEL_VALUE, QNAME, type Row, testRows } from "../errors_of.ts";

const REQ = "requiredDuringSchedulingIgnoredDuringExecution";
const PREF = "preferredDuringSchedulingIgnoredDuringExecution";
const nodeTerms = `spec.affinity.nodeAffinity.${REQ}.nodeSelectorTerms`;
const podTerm = `spec.affinity.podAffinity.${REQ}[0]`;
const s = "spec.topologySpreadConstraints[0]";
const EMPTY_QNAME = (path: string) => [
  `${path}: Invalid value: "": name part must be non-empty`,
  `${path}: Invalid value: "": ${QNAME}`,
];

function node(...nodeSelectorTerms: readonly Fields[]): Fields {
  return { spec: { affinity: { nodeAffinity: { [REQ]: { nodeSelectorTerms } } } } };
}

function preferredNode(weight: number, ...matchExpressions: readonly Fields[]): Fields {
  const preference = { matchExpressions };
  return { spec: { affinity: { nodeAffinity: { [PREF]: [{ weight, preference }] } } } };
}

function pod(term: Fields, labels: Fields = {}): Fields {
  return {
    metadata: { name: "p", labels },
    spec: { affinity: { podAffinity: { [REQ]: [{ topologyKey: "zone", ...term }] } } },
  };
}

function spread(constraint: Fields, ...more: readonly Fields[]): Fields {
  const all = [constraint, ...more].map((it) => ({
    maxSkew: 1,
    topologyKey: "zone",
    whenUnsatisfiable: "DoNotSchedule",
    ...it,
  }));
  return {
    metadata: { name: "p", labels: { app: "x" } },
    spec: { topologySpreadConstraints: all },
  };
}

const rows: readonly Row[] = [
  ["R-VALID-66", "a node selector has a term", node(), [
    `${nodeTerms}: Required value: must have at least one node selector term`,
  ]],
  ["R-VALID-66", "an empty term is fine", node({}), []],
  ["R-VALID-66", "every operator with what it takes", {
    spec: node({
      matchExpressions: [
        { key: "a", operator: "In", values: ["x"] },
        { key: "a", operator: "NotIn", values: ["x", "y"] },
        { key: "a", operator: "Exists" },
        { key: "a", operator: "DoesNotExist" },
        { key: "a", operator: "Gt", values: ["1"] },
        { key: "a", operator: "Lt", values: ["1"] },
      ],
      matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }],
    })["spec"],
  }, []],
  [
    "R-VALID-66",
    "an operator and its values",
    node({
      matchExpressions: [
        { key: "disk", operator: "In" },
        { key: "disk", operator: "Exists", values: ["a b"] },
        { key: "disk", operator: "Gt", values: ["1", "2"] },
        { key: "", operator: "Foo" },
      ],
    }),
    [
      `${nodeTerms}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${nodeTerms}[0].matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${nodeTerms}[0].matchExpressions[1].values[0]: Invalid value: "a b": ${LABEL_VALUE}`,
      `${nodeTerms}[0].matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `${nodeTerms}[0].matchExpressions[3].operator: Invalid value: "Foo": not a valid selector operator`,
      ...EMPTY_QNAME(`${nodeTerms}[0].matchExpressions[3].key`),
    ],
  ],
  [
    "R-VALID-66",
    "a node's field is its name",
    node({
      matchFields: [
        { key: "metadata.name", operator: "In", values: ["a", "b"] },
        { key: "spec.x", operator: "Exists" },
      ],
    }),
    [
      `${nodeTerms}[0].matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
      `${nodeTerms}[0].matchFields[1].operator: Invalid value: "Exists": not a valid selector operator`,
      `${nodeTerms}[0].matchFields[1].key: Invalid value: "spec.x": not a valid field selector key`,
    ],
  ],
  [
    "R-VALID-67",
    "a preference has a weight, and its values are not checked",
    preferredNode(0, { key: "disk", operator: "In", values: ["a b"] }, {
      key: "disk",
      operator: "NotIn",
    }),
    [
      `spec.affinity.nodeAffinity.${PREF}[0].weight: Invalid value: 0: must be in the range 1-100`,
      `spec.affinity.nodeAffinity.${PREF}[0].preference.matchExpressions[1].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
  ],
  ["R-VALID-67", "100 is the most", preferredNode(101), [
    `spec.affinity.nodeAffinity.${PREF}[0].weight: Invalid value: 101: must be in the range 1-100`,
  ]],
  [
    "R-VALID-68",
    "a Pod's term in its order",
    pod({
      topologyKey: "",
      labelSelector: {
        matchLabels: { a: "x y" },
        matchExpressions: [{ key: "b", operator: "Foo", values: ["-"] }],
      },
      namespaceSelector: { matchExpressions: [{ key: "b", operator: "Exists", values: ["x"] }] },
      namespaces: ["A"],
    }),
    [
      `${podTerm}.labelSelector.matchLabels: Invalid value: "x y": ${LABEL_VALUE}`,
      `${podTerm}.labelSelector.matchExpressions[0].operator: Invalid value: "Foo": not a valid selector operator`,
      `${podTerm}.labelSelector.matchExpressions[0].values[0]: Invalid value: "-": ${LABEL_VALUE}`,
      `${podTerm}.namespaceSelector.matchExpressions[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${podTerm}.namespace: Invalid value: "A": ${LABEL}`,
      `${podTerm}.topologyKey: Required value: can not be empty`,
      ...EMPTY_QNAME(`${podTerm}.topologyKey`),
    ],
  ],
  ["R-VALID-68", "a preference among Pods, for and against", {
    spec: {
      affinity: {
        podAffinity: { [PREF]: [{ weight: 101, podAffinityTerm: { topologyKey: "zone" } }] },
        podAntiAffinity: {
          [PREF]: [{ weight: 1, podAffinityTerm: { topologyKey: "a b" } }],
          [REQ]: [{ topologyKey: "-" }],
        },
      },
    },
  }, [
    `spec.affinity.podAffinity.${PREF}[0].weight: Invalid value: 101: must be in the range 1-100`,
    `spec.affinity.podAntiAffinity.${REQ}[0].topologyKey: Invalid value: "-": ${QNAME}`,
    `spec.affinity.podAntiAffinity.${PREF}[0].podAffinityTerm.topologyKey: Invalid value: "a b": ${QNAME}`,
  ]],
  [
    "R-VALID-69",
    "a constraint in its order",
    spread({
      maxSkew: 0,
      topologyKey: "",
      whenUnsatisfiable: "",
      minDomains: 0,
      nodeAffinityPolicy: "X",
      nodeTaintsPolicy: "Y",
      labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
    }),
    [
      `${s}.maxSkew: Invalid value: 0: must be greater than zero`,
      `${s}.topologyKey: Required value: can not be empty`,
      `${s}.whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"`,
      `${s}.minDomains: Invalid value: 0: must be greater than zero`,
      `${s}.minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not `,
      `${s}.nodeAffinityPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"`,
      `${s}.nodeTaintsPolicy: Unsupported value: "Y": supported values: "Honor", "Ignore"`,
      `${s}.labelSelector.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
  ],
  ["R-VALID-69", "the earlier of two is blamed", spread({}, {}), [
    `${s}.{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"`,
  ]],
  [
    "R-VALID-69",
    "minDomains is for those that must be met",
    spread({ minDomains: 2, whenUnsatisfiable: "ScheduleAnyway" }),
    [
      `${s}.minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway`,
    ],
  ],
  ["R-VALID-70", "keys need a selector", pod({ matchLabelKeys: ["a"], mismatchLabelKeys: ["b"] }), [
    `${podTerm}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
    `${podTerm}.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
  ]],
  [
    "R-VALID-70",
    "keys are qualified, and stand on one side",
    pod({ labelSelector: {}, matchLabelKeys: ["a", "-"], mismatchLabelKeys: ["a"] }),
    [
      `${podTerm}.matchLabelKeys[1]: Invalid value: "-": ${QNAME}`,
      `${podTerm}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
  ],
  [
    "R-VALID-70",
    "a key whose label the Pod has is in the selector already",
    pod({
      labelSelector: { matchLabels: { app: "x" } },
      matchLabelKeys: ["a", "app"],
    }, { app: "x" }),
    [`${podTerm}[1]: Invalid value: "app": exists in both matchLabelKeys and labelSelector`],
  ],
  [
    "R-VALID-70",
    "a key whose label the Pod lacks adds nothing",
    pod({ labelSelector: { matchLabels: { app: "x" } }, matchLabelKeys: ["app"] }),
    [],
  ],
  [
    "R-VALID-70",
    "the keys of a spread",
    spread({
      labelSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] },
      matchLabelKeys: ["app"],
    }, { topologyKey: "host", matchLabelKeys: ["app"] }),
    [
      `${s}[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector`,
      "spec.topologySpreadConstraints[1].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
    ],
  ],
  ["R-VALID-71", "a gate is qualified, and there once", {
    spec: { schedulingGates: [{ name: "x" }, { name: "x" }, { name: "-" }] },
  }, [
    'spec.schedulingGates[1]: Duplicate value: "x"',
    `spec.schedulingGates[2]: Invalid value: "-": ${QNAME}`,
  ]],
  ["R-VALID-71", "no node beside a gate", {
    spec: { nodeName: "n", schedulingGates: [{ name: "x" }] },
  }, ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]],
  ["R-VALID-79", "a toleration", {
    spec: {
      tolerations: [
        { operator: "Equal" },
        { key: "a", operator: "Equal", value: "x y" },
        { key: "-", operator: "Exists", effect: "NoSchedule" },
      ],
    },
  }, [
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    `spec.tolerations[1].operator: Invalid value: "x y": ${LABEL_VALUE}`,
    `spec.tolerations[2].key: Invalid value: "-": ${QNAME}`,
  ]],
  ["R-VALID-8", "a finalizer has a domain", {
    metadata: { name: "p", finalizers: ["foo", "orphan", "a.b/c", "x y"] },
  }, [
    `metadata.finalizers: Invalid value: "x y": ${QNAME}`,
    'metadata.finalizers[0]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
    'metadata.finalizers[3]: Invalid value: "x y": name is neither a standard finalizer name nor is it fully qualified',
  ]],
  ["R-VALID-8", "dependents are orphaned or deleted", {
    metadata: { name: "p", finalizers: ["orphan", "foregroundDeletion"] },
  }, [
    'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
  ]],
  ["R-VALID-8", "the last but one character of a prefix is not seen", {
    metadata: { name: "p", generateName: "web_-" },
  }, []],
];

testRows(rows);
