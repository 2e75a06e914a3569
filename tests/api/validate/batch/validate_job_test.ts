import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import { jobErrors, jobUpdateErrors } from "../../../../src/api/validate/batch/validate_job.ts";
import { jobOf, jobTemplate } from "../../../support/batch.ts";

const indexed = { completionMode: "Indexed", completions: 3 };
const onExit = (values: number[], more: object = {}) => ({ operator: "In", values, ...more });
const failurePolicy = (...rules: object[]) => ({ podFailurePolicy: { rules } });
const successPolicy = (...rules: object[]) => ({ ...indexed, successPolicy: { rules } });
const RULE = "spec.podFailurePolicy.rules[0]";
const SUCCESS = "spec.successPolicy.rules[0]";

const rows: readonly [string, object, string[]][] = [
  ["a valid Job", {}, []],
  ["a valid Indexed Job", { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 1 }, []],
  ["negative counts", {
    parallelism: -1,
    completions: -2,
    activeDeadlineSeconds: -3,
    backoffLimit: -4,
    ttlSecondsAfterFinished: -5,
  }, [
    "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
    "spec.completions: Invalid value: -2: must be greater than or equal to 0",
    "spec.activeDeadlineSeconds: Invalid value: -3: must be greater than or equal to 0",
    "spec.backoffLimit: Invalid value: -4: must be greater than or equal to 0",
    "spec.ttlSecondsAfterFinished: Invalid value: -5: must be greater than or equal to 0",
  ]],
  ["a template without restartPolicy", { template: jobTemplate({ restartPolicy: undefined }) }, [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]],
  ["Always", { template: jobTemplate({ restartPolicy: "Always" }) }, [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]],
  ["a fault of the Pod", { template: jobTemplate({ containers: [{ name: "c" }] }) }, [
    "spec.template.spec.containers[0].image: Required value",
  ]],
  ["a completion mode that does not exist", { completionMode: "Ordered" }, [
    'spec.completionMode: Unsupported value: "Ordered": supported values: "NonIndexed", "Indexed"',
  ]],
  ["Indexed without completions", { completionMode: "Indexed", parallelism: 1 }, [
    "spec.completions: Required value: when completion mode is Indexed",
  ]],
  ["limits of indexes without indexes", { backoffLimitPerIndex: 1, maxFailedIndexes: 1 }, [
    "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
    "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
  ]],
  ["maxFailedIndexes alone", { ...indexed, maxFailedIndexes: 4 }, [
    "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
    "spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions",
  ]],
  ["too many indexes", {
    completionMode: "Indexed",
    completions: 100_001,
    parallelism: 100_001,
    backoffLimitPerIndex: 1,
  }, [
    "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
    "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
    "spec.parallelism: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
  ]],
  ["managedBy without a domain", { managedBy: "me" }, [
    'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  ]],
  ["a replacement policy that does not exist", { podReplacementPolicy: "Always" }, [
    'spec.podReplacementPolicy: Unsupported value: "Always": supported values: "Failed", "TerminatingOrFailed"',
  ]],
  ["a failure policy replaces failed Pods alone", {
    ...failurePolicy({ action: "Ignore", onExitCodes: onExit([1]) }),
    podReplacementPolicy: "TerminatingOrFailed",
  }, [
    'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
  ]],
  ["a failure policy with OnFailure", {
    ...failurePolicy({ action: "Ignore", onExitCodes: onExit([1]) }),
    template: jobTemplate({ restartPolicy: "OnFailure" }),
  }, [
    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
  ]],
  ["a rule of nothing", failurePolicy({ action: "" }), [
    `${RULE}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`,
    `${RULE}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
  ]],
  ["an action that does not exist", failurePolicy({ action: "Retry", onExitCodes: onExit([1]) }), [
    `${RULE}.action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
  ]],
  ["FailIndex without a limit", failurePolicy({ action: "FailIndex", onExitCodes: onExit([1]) }), [
    `${RULE}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
  ]],
  [
    "exit codes",
    failurePolicy({ action: "Count", onExitCodes: onExit([2, 0, 2], { containerName: "x" }) }),
    [
      `${RULE}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
      `${RULE}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `${RULE}.onExitCodes.values[2]: Duplicate value: 2`,
      `${RULE}.onExitCodes.values: Invalid value: [2,0,2]: must be ordered`,
    ],
  ],
  [
    "no exit codes",
    failurePolicy({ action: "Count", onExitCodes: { operator: "", values: [] } }),
    [
      `${RULE}.onExitCodes.operator: Required value: valid values: ["In" "NotIn"]`,
      `${RULE}.onExitCodes.values: Invalid value: []: at least one value is required`,
    ],
  ],
  [
    "both codes and conditions",
    failurePolicy({
      action: "Count",
      onExitCodes: onExit([1]),
      onPodConditions: [{ type: "a b", status: "Maybe" }],
    }),
    [
      `${RULE}.onPodConditions[0].type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      `${RULE}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
      `${RULE}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
  ],
  ["a success policy without indexes", { successPolicy: { rules: [] } }, [
    'spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode',
  ]],
  ["a success policy without rules", successPolicy(), [
    "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified",
  ]],
  ["a success rule of nothing", successPolicy({}), [
    `${SUCCESS}: Required value: at least one of succeededCount or succeededIndexes must be specified`,
  ]],
  ["success of more than there is", successPolicy({ succeededIndexes: "0,1", succeededCount: 4 }), [
    `${SUCCESS}.succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)`,
    `${SUCCESS}.succeededCount: Invalid value: 4: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
  ]],
  ["indexes that are not", successPolicy({ succeededIndexes: "0-5" }), [
    `${SUCCESS}.succeededIndexes: Invalid value: "0-5": error parsing succeededIndexes: too large index: "5"`,
  ]],
  ["a selector of its own", { selector: { matchLabels: { "controller-uid": "x" } } }, [
    'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"job","controller-uid":"x"}}: `selector` not auto-generated',
    'spec.template.metadata.labels: Invalid value: {"job-name":"j","batch.kubernetes.io/job-name":"j","controller-uid":"job","batch.kubernetes.io/controller-uid":"job"}: `selector` does not match template `labels`',
  ]],
  ["a label of another Job", { template: jobTemplate({}, { labels: { "job-name": "x" } }) }, [
    'spec.template.metadata.labels[job-name]: Invalid value: {"job-name":"x","batch.kubernetes.io/job-name":"j","controller-uid":"job","batch.kubernetes.io/controller-uid":"job"}: must be \'j\'',
  ]],
  ["a manual selector that is missing", { manualSelector: true }, [
    "spec.selector: Required value",
    "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
  ]],
];

for (const [name, spec, expected] of rows) {
  Deno.test(`jobErrors() ${name}`, () => {
    deepEqual([...jobErrors(jobOf(spec))].map(formatFieldError), expected);
  });
}

Deno.test("jobErrors() the host name of the last index has to be one", () => {
  const name = "j".repeat(62);
  deepEqual([...jobErrors(jobOf(indexed, { name }))].map(formatFieldError), [
    `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-2`,
  ]);
});

const IMMUTABLE = "field is immutable";

/** The old spec, the new one, and the fields with what is wrong with them. */
const updates: readonly [string, object, object, string[]][] = [
  ["parallelism and suspend may change", {}, { completions: 1, parallelism: 3, suspend: true }, []],
  ["completions stay", {}, { completions: 3 }, [
    `spec.completions: Invalid value: 3: ${IMMUTABLE}`,
  ]],
  ["of an Indexed Job too, alone", indexed, { ...indexed, completions: 5 }, [
    "spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism",
  ]],
  ["indexes with Pods", indexed, { ...indexed, completions: 5, parallelism: 5 }, []],
  ["the mode stays", { completions: 3 }, indexed, [
    `spec.completionMode: Invalid value: "Indexed": ${IMMUTABLE}`,
  ]],
  ["the limit of an index stays", indexed, { ...indexed, backoffLimitPerIndex: 1 }, [
    `spec.backoffLimitPerIndex: Invalid value: 1: ${IMMUTABLE}`,
  ]],
  ["managedBy stays", {}, { managedBy: "a.b/c" }, [
    `spec.managedBy: Invalid value: "a.b/c": ${IMMUTABLE}`,
  ]],
  [
    "a failure policy stays",
    {
      ...failurePolicy({ action: "Ignore", onExitCodes: onExit([1]) }),
    },
    { podReplacementPolicy: "Failed" },
    [
      `spec.podFailurePolicy: Invalid value: null: ${IMMUTABLE}`,
    ],
  ],
  ["while suspended, where Pods run may change", { suspend: true }, {
    suspend: true,
    template: jobTemplate({
      nodeSelector: { a: "b" },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [] }],
          },
        },
      },
    }, { annotations: { a: "b" } }),
  }, []],
];

for (const [name, old, spec, expected] of updates) {
  Deno.test(`jobUpdateErrors() ${name}`, () => {
    deepEqual([...jobUpdateErrors(jobOf(spec), jobOf(old))].map(formatFieldError), expected);
  });
}

Deno.test("jobUpdateErrors() the template stays", () => {
  const changed = jobOf({ template: jobTemplate({ nodeSelector: { a: "b" } }) });
  const [error, ...others] = jobUpdateErrors(changed, jobOf());
  deepEqual([error!.field, others], ["spec.template", []]);
  deepEqual(/^Invalid value: \{.*\}: field is immutable$/.test(error!.message), true);
});
