/**
 * Every row of the table of kinds is complete, and its kind is decoded, completed and checked by
 * it.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { prepareCreate, validateCreate } from "../../../src/api/kinds/creation.ts";
import {
  findInPods,
  findKind,
  keyOfObject,
  KINDS,
  podTemplatesOf,
  qualifiedKindOf,
  resourceOf,
  strategyOf,
} from "../../../src/api/kinds/kinds.ts";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import { decodeObject, fieldsOf } from "../../../src/api/manifest/decode.ts";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import { groupOf, type KindName, type KubernetesObject } from "../../../src/api/types/kinds.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { podOf } from "../../support/simulation.ts";

await loadRules(["Job", "StatefulSet", "Service", "Namespace", "CustomResourceDefinition"]);

type Fields = Readonly<Record<string, unknown>>;

/** An object to test a row with: a new kind has no test without one. */
interface Example {
  /** @default example */
  readonly name?: string;
  /** A valid object without apiVersion, kind and metadata. */
  readonly given: Fields;
  /** What is completed or prepared of it beside the metadata, as values by path. */
  readonly completed: Readonly<Record<string, unknown>>;
  /** A change that the row's own validation refuses. */
  readonly wrong: Fields;
  /** In what words. */
  readonly errors: readonly string[];
  /** A change to an object that is there, and the words in which it is refused. */
  readonly update?: readonly [change: Fields, error: RegExp];
  /** The paths of its Pod templates. */
  readonly templates: readonly string[];
}

const containers = [{ name: "main", image: "busybox:1.36" }];
const claimSpec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};
const workload = {
  selector: { matchLabels: { app: "web" } },
  template: { metadata: { labels: { app: "web", tier: "front" } }, spec: { containers } },
};
const jobTemplate = { spec: { containers, restartPolicy: "Never" } };
const cronJob = { schedule: "0 3 * * *", jobTemplate: { spec: { template: jobTemplate } } };
const claimTemplate = { metadata: { name: "data" }, spec: claimSpec };
const definitionSpec = {
  group: "stable.example.com",
  scope: "Namespaced",
  names: { plural: "crontabs", kind: "CronTab" },
  versions: [{
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object" } },
  }],
};
const volumeSpec = {
  accessModes: ["ReadWriteOnce"],
  capacity: { storage: "1Gi" },
  hostPath: { path: "/data" },
};
const changedSelector = {
  spec: { ...workload, selector: { matchLabels: { tier: "front" } } },
};
const examples: { readonly [K in KindName]: Example } = {
  Pod: {
    given: { spec: { containers }, status: { phase: "Failed", podIP: "10.0.0.1" } },
    completed: {
      "spec.restartPolicy": "Always",
      "spec.priority": 0,
      "status": { phase: "Pending", qosClass: "BestEffort" },
      "metadata.generation": 1,
    },
    wrong: { spec: { containers: [] } },
    errors: ["spec.containers: Required value"],
    update: [
      { spec: { containers: [{ ...containers[0], command: ["true"] }] } },
      /^pod updates may not change fields other than/,
    ],
    templates: [""],
  },
  ConfigMap: {
    given: { data: { key: "value" } },
    completed: { "data.key": "value", "metadata.generation": undefined },
    wrong: { data: { key: "" }, binaryData: { key: "" } },
    errors: ['data[key]: Invalid value: "key": duplicate of key present in binaryData'],
    templates: [],
  },
  Secret: {
    given: { data: { a: "MQ==" }, stringData: { b: "é" } },
    completed: { "data": { a: "MQ==", b: "w6k=" }, "stringData": undefined },
    wrong: { type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } },
    errors: ["data[tls.key]: Required value"],
    templates: [],
  },
  PersistentVolumeClaim: {
    given: { spec: claimSpec, status: { phase: "Bound" } },
    completed: { "spec.volumeMode": "Filesystem", "status": { phase: "Pending" } },
    wrong: { spec: { ...claimSpec, accessModes: [] } },
    errors: ["spec.accessModes: Required value: at least 1 access mode is required"],
    templates: [],
  },
  ReplicaSet: {
    given: { spec: workload, status: { replicas: 7 } },
    completed: {
      "spec.replicas": 1,
      "spec.template.spec.restartPolicy": "Always",
      "status": { replicas: 0 },
      "metadata.generation": 1,
    },
    wrong: { spec: { ...workload, replicas: -1 } },
    errors: ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    update: [changedSelector, /^Invalid value: .*: field is immutable$/],
    templates: ["spec.template"],
  },
  Job: {
    given: { spec: { template: jobTemplate }, status: { succeeded: 7 } },
    completed: {
      "spec.completions": 1,
      "spec.backoffLimit": 6,
      "spec.selector.matchLabels": { "batch.kubernetes.io/controller-uid": "uid-1" },
      "status": {},
      "metadata.generation": 1,
    },
    wrong: { spec: { template: jobTemplate, parallelism: -1 } },
    errors: ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"],
    update: [
      { spec: { template: jobTemplate, completions: 3 } },
      /^Invalid value: .*: field is immutable$/,
    ],
    templates: ["spec.template"],
  },
  CronJob: {
    given: { spec: cronJob, status: { lastScheduleTime: "2026-01-01T00:00:00Z" } },
    completed: {
      "spec.concurrencyPolicy": "Allow",
      "spec.successfulJobsHistoryLimit": 3,
      "spec.jobTemplate.spec.completions": undefined,
      "status": {},
      "metadata.generation": 1,
    },
    wrong: { spec: { ...cronJob, schedule: "60 * * * *" } },
    errors: [
      'spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60',
    ],
    update: [
      { spec: { ...cronJob, timeZone: "Mars/Base" } },
      /^Invalid value: "Mars\/Base": unknown time zone Mars\/Base$/,
    ],
    templates: ["spec.jobTemplate.spec.template"],
  },
  Deployment: {
    given: { spec: workload, status: { replicas: 7 } },
    completed: {
      "spec.replicas": 1,
      "spec.progressDeadlineSeconds": 600,
      "spec.revisionHistoryLimit": 10,
      "spec.strategy": {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
      },
      "status": {},
      "metadata.generation": 1,
    },
    wrong: {
      spec: {
        ...workload,
        template: { ...workload.template, spec: { containers, restartPolicy: "OnFailure" } },
      },
    },
    errors: [
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": ' +
      'supported values: "Always"',
    ],
    update: [changedSelector, /^Invalid value: .*: field is immutable$/],
    templates: ["spec.template"],
  },
  StatefulSet: {
    given: {
      spec: { ...workload, volumeClaimTemplates: [claimTemplate] },
      status: { replicas: 7 },
    },
    completed: {
      "spec.replicas": 1,
      "spec.podManagementPolicy": "OrderedReady",
      "spec.updateStrategy": { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      "spec.revisionHistoryLimit": 10,
      "spec.persistentVolumeClaimRetentionPolicy": { whenDeleted: "Retain", whenScaled: "Retain" },
      "spec.template.spec.volumes": undefined,
      "status": { availableReplicas: 0, replicas: 0 },
      "metadata.generation": 1,
    },
    wrong: { spec: { ...workload, podManagementPolicy: "Both" } },
    errors: [
      "spec.podManagementPolicy: Invalid value: \"Both\": must be 'OrderedReady' or 'Parallel'",
    ],
    update: [
      { spec: { ...workload, serviceName: "other" } },
      /^updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden$/,
    ],
    templates: ["spec.template"],
  },
  DaemonSet: {
    given: { spec: workload },
    completed: {
      "spec.updateStrategy": {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
      },
      "spec.revisionHistoryLimit": 10,
      "metadata.annotations": { "deprecated.daemonset.template.generation": "1" },
      "status": {
        currentNumberScheduled: 0,
        desiredNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
      },
      "metadata.generation": 1,
    },
    wrong: {
      spec: {
        ...workload,
        updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      },
    },
    errors: [
      "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: " +
      "may not be set when maxUnavailable is non-zero",
    ],
    update: [changedSelector, /^Invalid value: .*: field is immutable$/],
    templates: ["spec.template"],
  },
  ControllerRevision: {
    given: { data: { spec: {} }, revision: 1 },
    completed: { "revision": 1, "metadata.generation": undefined },
    wrong: { data: { spec: {} }, revision: -1 },
    errors: ["revision: Invalid value: -1: must be greater than or equal to 0"],
    update: [{ data: { spec: { replicas: 1 } } }, /^Invalid value: .*: field is immutable$/],
    templates: [],
  },
  Service: {
    given: {
      spec: { selector: { app: "web" }, clusterIP: "10.96.0.7", ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
    },
    completed: {
      "spec.type": "ClusterIP",
      "spec.clusterIPs": ["10.96.0.7"],
      "spec.ports": [{ port: 80, protocol: "TCP", targetPort: 80 }],
      "spec.sessionAffinity": "None",
      "spec.internalTrafficPolicy": "Cluster",
      "status": { loadBalancer: {} },
      "metadata.generation": undefined,
    },
    wrong: { spec: { ports: [{ port: 0 }] } },
    errors: [
      "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
    ],
    update: [
      { spec: { clusterIP: "10.96.0.8", ports: [{ port: 80 }] } },
      /^Invalid value: \["10.96.0.8"\]: may not change once set$/,
    ],
    templates: [],
  },
  Endpoints: {
    given: { subsets: [{ addresses: [{ ip: "10.1.0.7" }], ports: [{ port: 80 }] }] },
    completed: { "subsets.0.ports": [{ port: 80, protocol: "TCP" }] },
    wrong: { subsets: [{ ports: [{ port: 80 }] }] },
    errors: ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    update: [
      { subsets: [{ addresses: [{ ip: "a" }] }] },
      /^Invalid value: "a": must be a valid IP address/,
    ],
    templates: [],
  },
  EndpointSlice: {
    given: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.0.7"] }],
      ports: [{ port: 80 }],
    },
    completed: {
      "ports": [{ name: "", port: 80, protocol: "TCP" }],
      "metadata.generation": 1,
    },
    wrong: { addressType: "IPv5" },
    errors: [
      'addressType: Unsupported value: "IPv5": supported values: "FQDN", "IPv4", "IPv6" ' +
      '(did you mean "IPv4"?)',
    ],
    update: [
      { addressType: "FQDN", endpoints: [] },
      /^Invalid value: "FQDN": field is immutable$/,
    ],
    templates: [],
  },
  ReplicationController: {
    given: { spec: { template: workload.template }, status: { replicas: 7 } },
    completed: {
      "spec.replicas": 1,
      "spec.selector": { app: "web", tier: "front" },
      "metadata.labels": { app: "web", tier: "front" },
      "spec.template.spec.restartPolicy": "Always",
      "status": { replicas: 0 },
      "metadata.generation": 1,
    },
    wrong: { spec: { template: workload.template, selector: { app: "other" } } },
    errors: [
      'spec.template.metadata.labels: Invalid value: {"app":"web","tier":"front"}: ' +
      "`selector` does not match template `labels`",
    ],
    update: [
      { spec: { template: workload.template, replicas: -1 } },
      /^Invalid value: -1: must be greater than or equal to 0$/,
    ],
    templates: ["spec.template"],
  },
  Namespace: {
    given: { spec: { finalizers: ["example.com/a"] }, status: { phase: "Terminating" } },
    completed: {
      "metadata.labels": { "kubernetes.io/metadata.name": "example" },
      "spec.finalizers": ["example.com/a", "kubernetes"],
      "status": { phase: "Active" },
    },
    wrong: { spec: { finalizers: ["a"] } },
    errors: [
      'spec.finalizers[0]: Invalid value: "a": ' +
      "name is neither a standard finalizer name nor is it fully qualified",
    ],
    templates: [],
  },
  Node: {
    given: { spec: { providerID: "a" }, status: { capacity: { cpu: "2" } } },
    completed: { "status": {}, "spec.providerID": "a" },
    wrong: { spec: { taints: [{ key: "a", effect: "Never" }, { key: "", effect: "NoExecute" }] } },
    errors: [
      'spec.taints[0].effect: Unsupported value: "Never": supported values: ' +
      '"NoSchedule", "PreferNoSchedule", "NoExecute"',
      "spec.taints[1].key: Required value",
    ],
    update: [
      { spec: { providerID: "b" } },
      /^node updates may not change providerID except from "" to valid$/,
    ],
    templates: [],
  },
  ServiceAccount: {
    given: { automountServiceAccountToken: false },
    completed: { "automountServiceAccountToken": false },
    wrong: { metadata: { name: "A" } },
    errors: [
      'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower ' +
      "case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric " +
      "character (e.g. 'example.com', regex used for validation is " +
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    templates: [],
  },
  PersistentVolume: {
    given: { spec: volumeSpec },
    completed: {
      "spec.persistentVolumeReclaimPolicy": "Retain",
      "spec.volumeMode": "Filesystem",
      "status": { phase: "Pending" },
    },
    wrong: { spec: { ...volumeSpec, nfs: { server: "a", path: "/" } } },
    errors: ["spec.nfs: Forbidden: may not specify more than 1 volume type"],
    update: [
      { spec: { ...volumeSpec, hostPath: { path: "/other" } } },
      /^spec.persistentvolumesource is immutable after creation$/,
    ],
    templates: [],
  },
  Event: {
    given: { involvedObject: { kind: "Pod", namespace: "default", name: "web" }, reason: "A" },
    completed: { "reason": "A" },
    wrong: { involvedObject: { kind: "Pod", namespace: "other", name: "web" } },
    errors: ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    templates: [],
  },
  Lease: {
    given: { spec: { holderIdentity: "a", leaseDurationSeconds: 15 } },
    completed: { "spec.leaseDurationSeconds": 15 },
    wrong: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: "a" } },
    errors: [
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
      "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
    ],
    templates: [],
  },
  CustomResourceDefinition: {
    name: "crontabs.stable.example.com",
    given: { spec: definitionSpec },
    completed: {
      "spec.names.singular": "crontab",
      "spec.names.listKind": "CronTabList",
      "spec.conversion.strategy": "None",
      "status": { storedVersions: ["v1"] },
      "metadata.generation": 1,
    },
    wrong: { spec: { ...definitionSpec, scope: "namespaced" } },
    errors: [
      'spec.scope: Unsupported value: "namespaced": supported values: "Cluster", "Namespaced"',
    ],
    update: [
      { spec: { ...definitionSpec, group: "other.example.com" } },
      /^Invalid value: "other.example.com": field is immutable$/,
    ],
    templates: [],
  },
};

const stamp = { uid: "uid-1", creationTimestamp: "2026-01-01T00:00:00Z" };

for (const row of KINDS) {
  const { kind, apiVersion, plural, singular, shortNames, struct } = row;
  const example = examples[kind];
  const decode = (fields: Fields): KubernetesObject => {
    const { object, errors } = decodeObject({
      apiVersion,
      kind,
      metadata: { name: example.name ?? "example" },
      ...fields,
    });
    deepEqual(errors, []);
    return object!;
  };

  Deno.test(`the row of a ${kind} is complete, and of its kind alone`, () => {
    equal(findKind(apiVersion, kind), row);
    equal(strategyOf(decode(example.given)), row);
    equal(findKind(`${apiVersion}beta1`, kind), undefined);
    const names = [plural, singular, ...shortNames];
    const others = KINDS.filter((it) => it !== row)
      .flatMap((it) => [it.plural, it.singular, ...it.shortNames]);
    deepEqual(names.filter((name) => !/^[a-z]+$/.test(name) || others.includes(name)), []);
    deepEqual([singular, resourceOf(kind).split(".")[0]], [kind.toLowerCase(), plural]);
    const fields = fieldsOf(struct)!;
    deepEqual(
      ["apiVersion", "kind", "metadata"].filter((name) => !fields.get(name)?.required),
      [],
    );
    equal(fields.has("status"), row.hasStatus);
  });

  Deno.test(`a ${kind} is decoded and completed by its row`, () => {
    const { object, errors } = prepareCreate(decode(example.given), stamp);
    deepEqual(errors, []);
    const { namespace, uid, creationTimestamp } = object.metadata;
    deepEqual({ namespace, uid, creationTimestamp }, {
      namespace: row.namespaced ? "default" : undefined,
      ...stamp,
    });
    for (const [path, value] of Object.entries(example.completed)) {
      deepEqual(valueAt(object, path), value, path);
    }
    deepEqual(row.applyDefaults(object), object, "a second time changes nothing");
    deepEqual(podTemplatesOf(object).map(({ path }) => path), example.templates);
  });

  Deno.test(`a ${kind} is checked by its row`, () => {
    const errors = validateCreate(decode({ ...example.given, ...example.wrong }));
    deepEqual(errors.map(formatFieldError), example.errors);
    const nameless = validateCreate(decode({ ...example.given, metadata: {} }));
    deepEqual(nameless.map(({ field }) => field), ["metadata.name"]);
  });

  Deno.test(`an update of a ${kind} is checked by its row, if it has a rule`, () => {
    const metadata = { name: example.name ?? "example", resourceVersion: "1" };
    const complete = (fields: Fields) =>
      prepareCreate(decode({ ...example.given, metadata, ...fields }), stamp).object;
    const old = complete({});
    deepEqual([...row.validateUpdate?.(old, old) ?? []], []);
    equal(row.validateUpdate !== undefined, example.update !== undefined);
    if (example.update === undefined) return;
    const [change, error] = example.update;
    const errors = [...row.validateUpdate!(complete(change), old)];
    equal(errors.length, 1);
    equal(error.test(errors[0]!.message.replace("Forbidden: ", "")), true, errors[0]!.message);
  });
}

function valueAt(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((it, name) => (it as Fields)[name], object);
}

Deno.test("keyOfObject() is the same for objects of one kind, namespace and name", () => {
  const keys = [
    ["ConfigMap", "a", "b"],
    ["ConfigMap", undefined, "b"],
    ["ConfigMap", "default", "b"],
    ["Secret", "a", "b"],
    ["ConfigMap", "a/b", ""],
  ].map(([kind, namespace, name]) =>
    keyOfObject({ apiVersion: "v1", kind, metadata: { namespace, name } } as KubernetesObject)
  );
  deepEqual(keys.map((key) => keys.indexOf(key)), [0, 1, 1, 3, 4]);
});

Deno.test("findInPods() finds fields of a Pod where the Pod has them", () => {
  const { object } = prepareCreate(podOf("web", ["a", "b"]), stamp);
  const find = (pod: Pod) =>
    pod.spec.containers.map(({ name }, i) => ({ field: `spec.containers[${i}]`, name }));
  deepEqual(findInPods(object, find), [
    { field: "spec.containers[0]", name: "a" },
    { field: "spec.containers[1]", name: "b" },
  ]);
  const secret: KubernetesObject = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
  deepEqual(findInPods(secret, find), []);
});

Deno.test("a kind in a group is named with it, as in the API server's errors", () => {
  deepEqual(["v1", "apps/v1", "batch/v1beta1"].map(groupOf), ["", "apps", "batch"]);
  equal(resourceOf("Pod"), "pods");
  equal(
    qualifiedKindOf({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [] },
    }),
    "Pod",
  );
});
