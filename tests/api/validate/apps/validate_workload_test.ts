import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Deployment, DeploymentSpec, ReplicaSet } from "../../../../src/api/types/apps.ts";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import {
  deploymentErrors,
  deploymentUpdateErrors,
  replicaSetErrors,
  replicaSetUpdateErrors,
} from "../../../../src/api/validate/apps/validate_workload.ts";
import { defaultDeployment, defaultReplicaSet } from "../../../../src/api/workload_defaults.ts";

type Given = Record<string, unknown>;

const labels = { app: "web" };
const container = { name: "c", image: "web:1" };
const podTemplate = (spec: Given = {}, metadata: Given = { labels }) => ({
  metadata,
  spec: { containers: [container], ...spec },
});
const metadata = { name: "web", namespace: "default", resourceVersion: "1" };

function deployment(spec: Given = {}): Deployment {
  const selector = { matchLabels: labels };
  const whole = { selector, template: podTemplate(), ...spec } as unknown as DeploymentSpec;
  return defaultDeployment({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: whole });
}

function replicaSet(spec: Given = {}): ReplicaSet {
  const selector = { matchLabels: labels };
  const whole = { selector, template: podTemplate(), ...spec } as unknown as ReplicaSet["spec"];
  return defaultReplicaSet({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: whole });
}

const PERCENT = "a valid percent string must be a numeric string followed by an ending '%' " +
  "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const UPDATE = "spec.strategy.rollingUpdate";
const rolling = (maxSurge: unknown, maxUnavailable: unknown) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

const both: readonly [string, Given, string[]][] = [
  ["a valid object", {}, []],
  ["negative replicas", { replicas: -1 }, [
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
  ]],
  ["a negative minReadySeconds", { minReadySeconds: -1 }, [
    "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
  ]],
  ["labels that the selector does not match", {
    template: podTemplate({}, { labels: { app: "x" } }),
  }, [
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]],
  ["a template without labels", { template: podTemplate({}, {}) }, [
    "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
  ]],
  [
    "a restart policy other than Always",
    { template: podTemplate({ restartPolicy: "OnFailure" }) },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
    ],
  ],
  ["a deadline", { template: podTemplate({ activeDeadlineSeconds: 5 }) }, [
    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
  ]],
  ["a fault of the Pod, with the template's path", {
    template: podTemplate({ containers: [container, container] }),
  }, ['spec.template.spec.containers[1].name: Duplicate value: "c"']],
  ["an operator that is none", {
    selector: { matchExpressions: [{ key: "app", operator: "Is", values: ["web"] }] },
  }, [
    'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
  ]],
  ["a label's value", { template: podTemplate({}, { labels: { ...labels, x: "a b" } }) }, [
    "spec.template.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ]],
  ["ephemeral containers", { template: podTemplate({ ephemeralContainers: [container] }) }, [
    'spec.template.spec.ephemeralContainers[0].name: Duplicate value: "c"',
    "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
  ]],
];

Deno.test("deploymentErrors() wants a selector, and one that is absent selects nothing", () => {
  const { selector: _, ...spec } = deployment({}).spec;
  deepEqual(
    [...deploymentErrors({ ...deployment({}), spec } as Deployment)].map(formatFieldError),
    [
      "spec.selector: Required value",
      `spec.template.metadata.labels: Invalid value: ${
        JSON.stringify(labels)
      }: \`selector\` does not match template \`labels\``,
    ],
  );
});

for (const [name, spec, expected] of both) {
  Deno.test(`deploymentErrors(), replicaSetErrors() ${name}`, () => {
    deepEqual([...deploymentErrors(deployment(spec))].map(formatFieldError), expected);
    deepEqual([...replicaSetErrors(replicaSet(spec))].map(formatFieldError), expected);
  });
}

const deployments: readonly [string, Given, string[]][] = [
  ["an empty selector", { selector: {} }, [
    "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
  ]],
  ["neither surge nor unavailable", rolling(0, "0%"), [
    `${UPDATE}.maxUnavailable: Invalid value: "0%": may not be 0 when \`maxSurge\` is 0`,
  ]],
  ["not a percentage", rolling("a", "5"), [
    `${UPDATE}.maxUnavailable: Invalid value: "5": ${PERCENT}`,
    `${UPDATE}.maxSurge: Invalid value: "a": ${PERCENT}`,
    `${UPDATE}.maxUnavailable: Invalid value: "5": may not be 0 when \`maxSurge\` is 0`,
  ]],
  ["more than all unavailable", rolling("200%", "101%"), [
    `${UPDATE}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`,
  ]],
  ["Recreate with numbers of an update", {
    strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } },
  }, [`${UPDATE}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`]],
  ["a strategy that does not exist", { strategy: { type: "BlueGreen" } }, [
    'spec.strategy.type: Unsupported value: "BlueGreen": supported values: "Recreate", "RollingUpdate"',
  ]],
  ["a deadline before a Pod can be available", {
    progressDeadlineSeconds: 9,
    minReadySeconds: 9,
  }, ["spec.progressDeadlineSeconds: Invalid value: 9: must be greater than minReadySeconds"]],
];

for (const [name, spec, expected] of deployments) {
  Deno.test(`deploymentErrors() ${name}`, () => {
    deepEqual([...deploymentErrors(deployment(spec))].map(formatFieldError), expected);
  });
}

Deno.test("deploymentUpdateErrors(), replicaSetUpdateErrors() the selector stays", () => {
  const wider = { selector: { matchLabels: { ...labels, x: "y" } } };
  const template = podTemplate({}, { labels: { ...labels, x: "y" } });
  const expected = [
    'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable',
  ];
  const ofDeployment = deploymentUpdateErrors(deployment({ ...wider, template }), deployment());
  deepEqual([...ofDeployment].map(formatFieldError), expected);
  const ofReplicaSet = replicaSetUpdateErrors(replicaSet({ ...wider, template }), replicaSet());
  deepEqual([...ofReplicaSet].map(formatFieldError), expected);
});

Deno.test("deploymentUpdateErrors() replicas and template may change", () => {
  const changed = deployment({ replicas: 5, template: podTemplate({ priority: 0 }) });
  deepEqual([...deploymentUpdateErrors(changed, deployment())], []);
});
