import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { prepareCreate, validateCreate } from "../../../../src/api/kinds/creation.ts";
import { loadRules } from "../../../../src/api/kinds/strategy/late_rules.ts";
import { prepareUpdate } from "../../../../src/api/kinds/update.ts";
import type { DaemonSet, StatefulSet } from "../../../../src/api/types/apps.ts";
import { formatFieldError } from "../../../../src/api/types/errors.ts";

await loadRules(["StatefulSet"]);

type Given = Record<string, unknown>;

const labels = { app: "web" };
const container = { name: "c", image: "web:1" };
const podTemplate = (spec: Given = {}, metadata: Given = { labels }) => ({
  metadata,
  spec: { containers: [container], ...spec },
});
const base = { selector: { matchLabels: labels }, template: podTemplate() };

/** As decoded: anything that the types do not have may stand in a manifest. */
function setOf(kind: "StatefulSet" | "DaemonSet", spec: Given = {}, name = "web") {
  const metadata = { name, namespace: "default" };
  const set = { apiVersion: "apps/v1", kind, metadata, spec: { ...base, ...spec } };
  return set as unknown as StatefulSet | DaemonSet;
}

const claim = (name: string, spec: Given = {}) => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const mounting = (name: string) =>
  podTemplate({ containers: [{ ...container, volumeMounts: [{ name, mountPath: "/data" }] }] });

const common: [name: string, spec: Given, errors: string[]][] = [
  ["a valid object", {}, []],
  ["another restart policy", { template: podTemplate({ restartPolicy: "Never" }) }, [
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ]],
  ["labels that differ", { template: podTemplate({}, { labels: { app: "x" } }) }, [
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]],
  ["a negative minReadySeconds", { minReadySeconds: -1 }, [
    "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
  ]],
  ["a negative limit", { revisionHistoryLimit: -1 }, [
    "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
  ]],
];

const statefulSets: typeof common = [
  ...common,
  ["a deadline", { template: podTemplate({ activeDeadlineSeconds: 5 }) }, [
    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported",
  ]],
  ["an empty selector", { selector: {} }, [
    "spec.selector: Invalid value: {}: empty selector is invalid for statefulset",
  ]],
  ["negative replicas and ordinals", { replicas: -1, ordinals: { start: -2 } }, [
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    "spec.ordinals.start: Invalid value: -2: must be greater than or equal to 0",
  ]],
  ["an unknown order", { podManagementPolicy: "Ordered" }, [
    "spec.podManagementPolicy: Invalid value: \"Ordered\": must be 'OrderedReady' or 'Parallel'",
  ]],
  ["an unknown strategy", { updateStrategy: { type: "Recreate" } }, [
    "spec.updateStrategy: Invalid value: {\"type\":\"Recreate\"}: must be 'RollingUpdate' or 'OnDelete'",
  ]],
  ["a partition with OnDelete", {
    updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } },
  }, [
    "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'",
  ]],
  ["a negative partition", { updateStrategy: { rollingUpdate: { partition: -1 } } }, [
    "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
  ]],
  ["an unknown retention", { persistentVolumeClaimRetentionPolicy: { whenScaled: "Keep" } }, [
    'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
  ]],
  [
    "a mount of a claim template",
    { template: mounting("data"), volumeClaimTemplates: [claim("data")] },
    [],
  ],
  ["a mount of nothing", { template: mounting("data"), volumeClaimTemplates: [claim("log")] }, [
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
  ]],
  ["a claim template without a mode", { volumeClaimTemplates: [claim("a", { accessModes: [] })] }, [
    "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
  ]],
];

const daemonSets: typeof common = [
  ...common,
  ["a deadline", { template: podTemplate({ activeDeadlineSeconds: 5 }) }, [
    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
  ]],
  ["an empty selector", { selector: {} }, [
    "spec.selector: Invalid value: {}: empty selector is invalid for daemonset",
  ]],
  ["an unknown strategy", { updateStrategy: { type: "Recreate" } }, [
    'spec.updateStrategy.type: Unsupported value: "Recreate": supported values: "RollingUpdate", "OnDelete"',
  ]],
  ["neither surge nor unavailable", { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }, [
    "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
  ]],
  ["both (R-DS-8)", { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: "5%" } } }, [
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "5%": may not be set when maxUnavailable is non-zero',
  ]],
  ["more than all", { updateStrategy: { rollingUpdate: { maxUnavailable: "101%" } } }, [
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  ]],
];

for (
  const [kind, rows] of [["StatefulSet", statefulSets], ["DaemonSet", daemonSets]] as const
) {
  for (const [name, spec, errors] of rows) {
    Deno.test(`a ${kind} with ${name}`, () => {
      deepEqual(validateCreate(setOf(kind, spec)).map(formatFieldError), errors);
    });
  }
}

Deno.test("the name of a StatefulSet is a label: its Pods have host names of it (R-STS-3)", () => {
  deepEqual(validateCreate(setOf("StatefulSet", {}, "a.b")).map(({ field }) => field), [
    "metadata.name",
  ]);
  deepEqual(validateCreate(setOf("DaemonSet", {}, "a.b")), []);
});

const stamp = { uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };
const changes: [name: string, change: Given, isAllowed: boolean][] = [
  ["replicas", { replicas: 5 }, true],
  ["ordinals", { ordinals: { start: 1 } }, true],
  ["template", { template: podTemplate({ hostNetwork: true }) }, true],
  ["updateStrategy", { updateStrategy: { type: "OnDelete" } }, true],
  ["revisionHistoryLimit", { revisionHistoryLimit: 1 }, true],
  ["retention", { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } }, true],
  ["minReadySeconds", { minReadySeconds: 1 }, true],
  ["serviceName", { serviceName: "s" }, false],
  ["podManagementPolicy", { podManagementPolicy: "Parallel" }, false],
  ["claim templates", { volumeClaimTemplates: [claim("data")] }, false],
];
for (const [name, change, isAllowed] of changes) {
  Deno.test(`an update of a StatefulSet's ${name} (R-STS-13)`, () => {
    const { object: created } = prepareCreate(setOf("StatefulSet"), stamp);
    const old = { ...created, metadata: { ...created.metadata, resourceVersion: "1" } };
    const { object, errors } = prepareUpdate(setOf("StatefulSet", change), old);
    deepEqual(
      errors.map(({ field, reason }) => `${field} ${reason}`),
      isAllowed ? [] : [
        "spec Forbidden",
      ],
    );
    deepEqual(object.metadata.generation, 2);
  });
}

Deno.test("an update counts the templates of a DaemonSet (R-DS-2)", () => {
  const countOf = ({ metadata }: StatefulSet | DaemonSet) =>
    metadata.annotations?.["deprecated.daemonset.template.generation"];
  const { object: old } = prepareCreate(setOf("DaemonSet"), stamp);
  const change = (spec: Given) => prepareUpdate(setOf("DaemonSet", spec), old).object;
  deepEqual(countOf(change({ minReadySeconds: 1 })), "1");
  deepEqual(countOf(change({ template: podTemplate({ hostNetwork: true }) })), "2");
});
