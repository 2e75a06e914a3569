import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { createScheduling } from "../../../src/api/scheduling/scheduling.ts";
import type { PersistentVolumeClaim } from "../../../src/api/types/core.ts";
import type { Affinity, Pod, PodAffinityTerm, PodSpec } from "../../../src/api/types/pod.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";
import { podOf } from "../../support/simulation.ts";

/** 2 CPUs, 4 Gi, room for 3 Pods, and a taint. */
const node = nodeFactsOf("node-1", {
  labels: { "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux", cores: "8" },
  taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }, {
    key: "soft",
    effect: "PreferNoSchedule",
  }],
  allocatable: { pods: "3" },
});

const tolerations = [{ key: "gpu", operator: "Exists" }];

interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly isGoing?: boolean;
}

/** A Pod that tolerates the taint. */
function pod(name: string, spec: Partial<PodSpec> = {}, options: PodOptions = {}): Pod {
  const made = podOf(name, ["a"], { tolerations, ...spec });
  const { labels = {}, namespace = "default", isGoing = false } = options;
  return {
    ...made,
    metadata: {
      ...made.metadata,
      namespace,
      labels,
      uid: name,
      ...(isGoing && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { ...made.spec, ...spec },
  };
}

const requesting = (requests: Record<string, string>, change: Partial<PodSpec> = {}) => ({
  containers: [{ name: "a", image: "i", resources: { requests } }],
  ...change,
});
const port = (hostPort: number, hostIP?: string) => ({
  containers: [{
    name: "a",
    image: "i",
    ports: [{ containerPort: 80, hostPort, ...(hostIP && { hostIP }) }],
  }],
});
const nodeTerms = (...nodeSelectorTerms: readonly object[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  } as Affinity,
});
const expression = (key: string, operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key, operator, values }],
});
const podTerms = (
  kind: "podAffinity" | "podAntiAffinity",
  ...terms: readonly Partial<PodAffinityTerm>[]
): Partial<PodSpec> => ({
  affinity: {
    [kind]: {
      requiredDuringSchedulingIgnoredDuringExecution: terms.map((it) => ({
        topologyKey: "kubernetes.io/hostname",
        labelSelector: { matchLabels: { app: "db" } },
        ...it,
      })),
    },
  },
});
const spread = (change: object = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [{
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { app: "web" } },
    ...change,
  }],
});

const claiming = (claimName: string, change: Partial<PodSpec> = {}): Partial<PodSpec> => ({
  volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
  ...change,
});

/** Claims by their names. */
const claims: Readonly<Record<string, PersistentVolumeClaim>> = {
  data: claimOf("data", "ReadWriteOnce"),
  alone: claimOf("alone", "ReadWriteOncePod"),
  going: claimOf("going", "ReadWriteOnce", true),
};

function claimOf(name: string, mode: string, isGoing = false): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace: "default",
      ...(isGoing && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { accessModes: [mode] },
  };
}

const findClaim = (name: string) => claims[name];

const DB = { labels: { app: "db" } };
const WEB = { labels: { app: "web" } };
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const PORTS = "node(s) didn't have free ports for the requested pod ports";
const SPREAD = "node(s) didn't match pod topology spread constraints";

/** A Pod, those that are there, and the reasons: a star is before one that would last. */
const rows: readonly [about: string, Pod, readonly Pod[], ...string[]][] = [
  ["a Pod that asks nothing", pod("a"), []],
  [
    "a taint that is not tolerated",
    pod("a", { tolerations: [] }),
    [],
    "*node(s) had untolerated taint(s)",
  ],
  [
    "another value",
    pod("a", { tolerations: [{ key: "gpu", value: "no" }] }),
    [],
    "*node(s) had untolerated taint(s)",
  ],
  ["the value", pod("a", { tolerations: [{ key: "gpu", operator: "Equal", value: "yes" }] }), []],
  [
    "another effect",
    pod("a", { tolerations: [{ key: "gpu", operator: "Exists", effect: "NoExecute" }] }),
    [],
    "*node(s) had untolerated taint(s)",
  ],
  ["every taint", pod("a", { tolerations: [{ operator: "Exists" }] }), []],

  ["a label of the node", pod("a", { nodeSelector: { "kubernetes.io/os": "linux" } }), []],
  [
    "another value of it",
    pod("a", { nodeSelector: { "kubernetes.io/os": "windows" } }),
    [],
    `*${AFFINITY}`,
  ],
  [
    "a label that is a member of every object",
    pod("a", { nodeSelector: { constructor: "x" } }),
    [],
    `*${AFFINITY}`,
  ],
  [
    "one of several terms",
    pod("a", nodeTerms(expression("disk", "Exists"), expression("disk", "DoesNotExist"))),
    [],
  ],
  [
    "a term and a selector",
    pod("a", { nodeSelector: { disk: "ssd" }, ...nodeTerms(expression("disk", "DoesNotExist")) }),
    [],
    `*${AFFINITY}`,
  ],
  ["a term without a requirement", pod("a", nodeTerms({})), [], `*${AFFINITY}`],
  ["more than", pod("a", nodeTerms(expression("cores", "Gt", "7"))), []],
  ["not more than", pod("a", nodeTerms(expression("cores", "Gt", "8"))), [], `*${AFFINITY}`],
  [
    "less than what is not a number",
    pod("a", nodeTerms(expression("kubernetes.io/os", "Lt", "8"))),
    [],
    `*${AFFINITY}`,
  ],
  ["not one of", pod("a", nodeTerms(expression("disk", "NotIn", "hdd"))), []],
  [
    "the node by name",
    pod(
      "a",
      nodeTerms({ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] }),
    ),
    [],
  ],
  [
    "another node by name",
    pod(
      "a",
      nodeTerms({ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-2"] }] }),
    ),
    [],
    "*node(s) didn't satisfy plugin(s) [NodeAffinity]",
  ],
  [
    "any node but this",
    pod(
      "a",
      nodeTerms({ matchFields: [{ key: "metadata.name", operator: "NotIn", values: ["node-1"] }] }),
    ),
    [],
    `*${AFFINITY}`,
  ],
  [
    "preferred affinity",
    pod("a", {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{
            weight: 1,
            preference: expression("disk", "Exists"),
          }],
        },
      },
    }),
    [],
  ],

  ["a host port that is taken", pod("a", port(80)), [pod("b", port(80, "127.0.0.1"))], PORTS],
  ["one at another address", pod("a", port(80, "127.0.0.2")), [pod("b", port(80, "127.0.0.1"))]],

  ["what is left", pod("a", requesting({ cpu: "500m" })), [pod("b", requesting({ cpu: "1500m" }))]],
  ["more than is left", pod("a", requesting({ cpu: "501m" })), [
    pod("b", requesting({ cpu: "1500m" })),
  ], "Insufficient cpu"],
  [
    "more than there is",
    pod("a", requesting({ memory: "5Gi", cpu: "3" })),
    [],
    "*Insufficient cpu",
    "*Insufficient memory",
  ],
  [
    "a resource that the node does not have",
    pod("a", requesting({ "example.com/gpu": "1" })),
    [],
    "*Insufficient example.com/gpu",
  ],
  [
    "an init container that needs more",
    pod("a", {
      ...requesting({ cpu: "1" }),
      initContainers: [{ name: "i", image: "i", resources: { requests: { cpu: "3" } } }],
    }),
    [],
    "*Insufficient cpu",
  ],
  [
    "overhead",
    pod("a", requesting({ cpu: "2" }, { overhead: { cpu: "1m" } })),
    [],
    "*Insufficient cpu",
  ],
  ["one Pod too many", pod("a"), ["b", "c", "d"].map((it) => pod(it)), "Too many pods"],

  ["a claim that others may use", pod("a", claiming("data")), [
    pod("b", claiming("data")),
  ]],
  [
    "a claim for one Pod alone",
    pod("a", claiming("alone")),
    [pod("b", claiming("alone"))],
    "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
  ],

  [
    "a spread over what the node has not",
    pod("a", spread({ topologyKey: "zone" })),
    [],
    `*${SPREAD} (missing required label)`,
  ],
  ["a spread over one node", pod("a", spread(), WEB), [pod("b", {}, WEB), pod("c", {}, WEB)]],
  [
    "a spread over two nodes",
    pod("a", spread({ minDomains: 2 }), WEB),
    [pod("b", {}, WEB)],
    SPREAD,
  ],
  ["the first of a spread over two", pod("a", spread({ minDomains: 2 }), WEB), [pod("b", {}, DB)]],
  ["beside one that is going", pod("a", spread({ minDomains: 2 }), WEB), [
    pod("b", {}, { ...WEB, isGoing: true }),
  ]],
  ["a soft spread", pod("a", spread({ minDomains: 2, whenUnsatisfiable: "ScheduleAnyway" }), WEB), [
    pod("b", {}, WEB),
  ]],

  ["a Pod that is there", pod("a", podTerms("podAffinity", {})), [pod("b", {}, DB)]],
  [
    "a Pod that is not there",
    pod("a", podTerms("podAffinity", {})),
    [pod("b", {}, WEB)],
    "*node(s) didn't match pod affinity rules",
  ],
  ["one in another namespace", pod("a", podTerms("podAffinity", {})), [
    pod("b", {}, { ...DB, namespace: "other" }),
  ], "*node(s) didn't match pod affinity rules"],
  [
    "one in a namespace that is named",
    pod("a", podTerms("podAffinity", { namespaces: ["other"] })),
    [pod("b", {}, { ...DB, namespace: "other" })],
  ],
  ["one in any namespace", pod("a", podTerms("podAffinity", { namespaceSelector: {} })), [
    pod("b", {}, { ...DB, namespace: "other" }),
  ]],
  ["the first of its group", pod("a", podTerms("podAffinity", {}), DB), []],
  [
    "a topology that the node has not",
    pod("a", podTerms("podAffinity", { topologyKey: "zone" }), DB),
    [],
    "*node(s) didn't match pod affinity rules",
  ],
  [
    "a Pod that it keeps away",
    pod("a", podTerms("podAntiAffinity", {})),
    [pod("b", {}, DB)],
    "node(s) didn't match pod anti-affinity rules",
  ],
  [
    "a Pod that keeps it away",
    pod("a", {}, DB),
    [pod("b", podTerms("podAntiAffinity", {}))],
    "node(s) didn't satisfy existing pods anti-affinity rules",
  ],
  [
    "one of its own version",
    pod("a", podTerms("podAntiAffinity", { matchLabelKeys: ["v"] }), {
      labels: { app: "db", v: "1" },
    }),
    [pod("b", {}, { labels: { app: "db", v: "2" } })],
  ],
];

for (const [about, candidate, present, ...reasons] of rows) {
  Deno.test(`R-SCHED-2: ${about}: ${reasons.join(", ") || "fits"}`, () => {
    const scheduling = createScheduling(node);
    const pods = scheduling.createNodePods();
    for (const it of present) pods.add(it);
    const message = scheduling.findUnschedulable(candidate, { pods, findClaim })?.message;
    const isLasting = reasons.some((it) => it.startsWith("*"));
    const preemption = isLasting
      ? "Preemption is not helpful for scheduling"
      : "No preemption victims found for incoming pod";
    const counted = reasons.map((it) => `1 ${it.replace("*", "")}`).join(", ");
    deepEqual(
      message,
      reasons.length === 0 ? undefined : `0/1 nodes are available: ${counted}. ` +
        `no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${preemption}.`,
    );
  });
}

const earlyRows: readonly [about: string, Pod, string][] = [
  [
    "a claim that is not there",
    pod("a", claiming("lost")),
    'persistentvolumeclaim "lost" not found',
  ],
  [
    "a claim that is being deleted, whatever the node",
    pod("a", claiming("going", { nodeSelector: { disk: "ssd" } })),
    'persistentvolumeclaim "going" is being deleted',
  ],
];
for (const [about, candidate, message] of earlyRows) {
  Deno.test(`R-SCHED-2: ${about}`, () => {
    const scheduling = createScheduling(node);
    const pods = scheduling.createNodePods();
    deepEqual(scheduling.findUnschedulable(candidate, { pods, findClaim }), {
      message: `0/1 nodes are available: ${message}. not found`,
      explanation: `0/1 nodes are available: ${message}`,
      victims: [],
    });
  });
}

Deno.test("what of the node a Pod does not fit is explained", () => {
  const scheduling = createScheduling(node);
  const pods = scheduling.createNodePods();
  pods.add(pod("b", requesting({ cpu: "1500m" })));
  const explain = (spec: Partial<PodSpec>) =>
    scheduling.findUnschedulable(pod("a", spec), { pods, findClaim })?.explanation;
  deepEqual(
    explain(requesting({ cpu: "1", memory: "5Gi" })),
    "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory; the Pod needs 1 of cpu, " +
      "and this node has 2, of which 500m is free; the Pod needs 5Gi of memory, and this node has 4Gi",
  );
  deepEqual(
    explain({ nodeSelector: { disk: "ssd" } }),
    `0/1 nodes are available: 1 ${AFFINITY}; the labels of this node are ` +
      "kubernetes.io/hostname=node-1, kubernetes.io/os=linux, cores=8",
  );
});

const rejections: readonly [about: string, Pod, reason?: string, message?: string][] = [
  ["fits", pod("a", requesting({ cpu: "500m" }))],
  ["tolerates no taint, which keeps only a scheduler away", pod("a", { tolerations: [] })],
  [
    "needs more than is left",
    pod("a", requesting({ cpu: "1" })),
    "OutOfcpu",
    "Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000",
  ],
  [
    "needs more memory",
    pod("a", requesting({ memory: "5Gi" })),
    "OutOfmemory",
    "Node didn't have enough resource: memory, requested: 5368709120, used: 0, capacity: 4294967296",
  ],
  [
    "needs another node",
    pod("a", { nodeSelector: { disk: "ssd" } }),
    "NodeAffinity",
    `Predicate NodeAffinity failed: ${AFFINITY}`,
  ],
  [
    "needs a host port that is taken",
    pod("a", port(80)),
    "NodePorts",
    `Predicate NodePorts failed: ${PORTS}`,
  ],
];
for (const [about, candidate, reason, message] of rejections) {
  Deno.test(`R-ADMIT-1: a Pod that ${about}: ${reason ?? "is taken"}`, () => {
    const scheduling = createScheduling(node);
    const pods = scheduling.createNodePods();
    pods.add(pod("b", requesting({ cpu: "1500m" })));
    pods.add(pod("c", port(80)));
    deepEqual(scheduling.findRejection(candidate, pods), reason && { reason, message });
  });
}

Deno.test("R-ADMIT-1: a Pod on a node with a NoExecute taint is rejected if it does not tolerate it", () => {
  const taints = [{ key: "down", effect: "NoExecute" }];
  const scheduling = createScheduling({ ...node, taints });
  deepEqual(scheduling.findRejection(pod("a"), scheduling.createNodePods()), {
    reason: "TaintToleration",
    message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  });
});

Deno.test("NodePods sums up what its Pods request, each once", () => {
  const pods = createScheduling(node).createNodePods();
  pods.add(pod("b", requesting({ cpu: "1" })));
  pods.add(pod("b", requesting({ cpu: "1500m" })));
  deepEqual([pods.size, pods.requestedOf("cpu")], [1, 1_500_000_000n]);
  deepEqual([pods.remove("b"), pods.remove("b")], [true, false]);
  deepEqual([pods.size, pods.requestedOf("cpu")], [0, 0n]);
});
