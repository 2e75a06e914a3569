/**
 * The scenario format as data: each field with its meaning and its JSON Schema. The reader takes
 * its known names from here, and so do the schema for editors and the reference; pure.
 */
import { probeTypes } from "../api/pod_containers.ts";

/** A JSON Schema, as far as it is used. */
export type Schema = Readonly<Record<string, unknown>>;

/** One field. */
export interface FormatField {
  /** What it says, in Markdown. */
  readonly says: string;
  readonly schema: Schema;
}

/** The fields of a struct, in the order of the reference. */
export type Format = Readonly<Record<string, FormatField>>;

const DURATION: Schema = {
  type: ["string", "number"],
  pattern: "^(0|((\\d+(\\.\\d+)?)(ms|s|m|h))+)$",
  maximum: 0,
};
const TEXT: Schema = { type: "string" };
const TEXTS: Schema = { type: "array", items: TEXT };
const COUNT: Schema = { type: "integer", minimum: 0 };
const PART: Schema = { type: "object" };
const END: Schema = { type: ["string", "integer"], minimum: 0, maximum: 255 };

const PHASE: Schema = { enum: ["Pending", "Running", "Succeeded", "Failed", "Unknown"] };

function listOf(items: Schema): Schema {
  return { type: "array", items };
}

function mapOf(additionalProperties: Schema): Schema {
  return { type: "object", additionalProperties };
}

function oneOf(...schemas: readonly Schema[]): Schema {
  return { anyOf: schemas };
}

/** The JSON Schema of a struct: no other fields. */
export function schemaOf(format: Format): Schema {
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(format).map(([name, { says, schema }]) => [
        name,
        { description: says.replaceAll("`", ""), ...schema },
      ]),
    ),
  };
}

/** A stop signal's effect. */
export const STOP_FIELDS = {
  exit: { says: "how the run ends then; `0`", schema: END },
  after: { says: "how long that takes; at once", schema: DURATION },
} as const satisfies Format;

const STOP = oneOf({ enum: ["exit", "ignore"] }, END, schemaOf(STOP_FIELDS));

/** One run of a container. */
export const RUN_FIELDS = {
  exit: { says: "how it ends, as a run that is a single word", schema: END },
  after: { says: "how long it lasts", schema: DURATION },
  output: { says: "what it prints first, on standard output", schema: TEXT },
  message: { says: "its termination message", schema: TEXT },
  onStop: { says: "as of its container, for this run", schema: STOP },
  startAfter: { says: "how long its start takes", schema: DURATION },
  startError: { says: "it cannot be started, and why", schema: TEXT },
  createError: { says: "it cannot be created, and why", schema: TEXT },
} as const satisfies Format;

/** The outcome of a hook. */
export const HOOK_FIELDS = {
  after: { says: "how long it takes; `0`", schema: DURATION },
  exit: { says: "its exit code; it fails with any but `0`", schema: END },
} as const satisfies Format;

const HOOK = schemaOf(HOOK_FIELDS);
const HOOKS = oneOf(HOOK, listOf(HOOK));
const ANSWER: Schema = { type: "string", pattern: "^(fail|error|warn|hang)(@.*\\.\\..*)?$" };

/** The hooks of a container. */
export const HOOKS_FIELDS = {
  postStart: { says: "the outcomes of the hook, run by run", schema: HOOKS },
  preStop: { says: "the outcomes of the hook, run by run", schema: HOOKS },
} as const satisfies Format;

/** The part of one container. */
export const CONTAINER_FIELDS = {
  runs: {
    says: "how its runs end in turn, the last one for all that follow: an exit code, a signal, " +
      "`oom`, `StartError`, `CreateContainerError`, `running` for one that only ends when it is " +
      "stopped, or the fields of a run",
    schema: listOf(oneOf(END, schemaOf(RUN_FIELDS))),
  },
  after: {
    says: "how long its runs last that end by themselves, or a list in turn; `1s`",
    schema: oneOf(DURATION, listOf(DURATION)),
  },
  onStop: {
    says:
      "what a stop signal does: `exit` (at once), `ignore`, an exit code, or the fields `exit` " +
      "and `after`",
    schema: STOP,
  },
  probes: {
    says: "what it answers to its `startup`, `liveness` and `readiness` probes: `fail`, `error`, " +
      "`warn` or `hang`, each with a time such as `fail@2s..5s`, or a list of them; else success",
    schema: {
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(
        probeTypes.map((name) => [name, oneOf(ANSWER, listOf(ANSWER))]),
      ),
    },
  },
  hooks: {
    says:
      "the outcomes of its hooks: `after` and `exit` of `postStart` and `preStop`, or lists of " +
      "them, run by run; else success at once",
    schema: schemaOf(HOOKS_FIELDS),
  },
} as const satisfies Format;

/** An eviction. */
export const EVICTION_FIELDS = {
  after: { says: "how long after its start", schema: DURATION },
  message: { says: "why", schema: TEXT },
} as const satisfies Format;

/** One sandbox of a Pod. */
export const SANDBOX_FIELDS = {
  after: { says: "its pause process dies so long after its start", schema: DURATION },
  startAfter: { says: "how long its start takes", schema: DURATION },
  error: { says: "it cannot be created, and why", schema: TEXT },
  evicted: {
    says: "its Pod is evicted: `after` how long, and with which `message`",
    schema: schemaOf(EVICTION_FIELDS),
  },
} as const satisfies Format;

/** A deletion. */
export const DELETION_FIELDS = {
  at: { says: "when; `0`", schema: DURATION },
  pod: { says: "the Pod: its name, `OWNER#2` or `OWNER/*`", schema: TEXT },
  object: { says: "or another object, as `Deployment/web`", schema: TEXT },
  grace: { says: "in place of the Pod's own grace", schema: DURATION },
} as const satisfies Format;

/** A manifest that is applied. */
export const APPLICATION_FIELDS = {
  at: { says: "when; `0`", schema: DURATION },
  file: { says: "the manifest, from the folder of this file", schema: TEXT },
} as const satisfies Format;

/** A piece of standard input. */
export const INPUT_FIELDS = {
  at: { says: "when; `0`", schema: DURATION },
  text: { says: "what is written", schema: TEXT },
} as const satisfies Format;

/** A script, in its own file and in a scenario. */
export const SCRIPT_FIELDS = {
  after: {
    says: "how long runs last that end by themselves, where nothing else is given; `1s`",
    schema: DURATION,
  },
  containers: {
    says:
      "what simulated containers do, by `CONTAINER`, `POD/CONTAINER` or `OWNER#2/CONTAINER`; of " +
      "a real run those that have no program",
    schema: mapOf(schemaOf(CONTAINER_FIELDS)),
  },
  sandboxes: {
    says: "what happens to the sandboxes of a Pod in turn",
    schema: mapOf(listOf(schemaOf(SANDBOX_FIELDS))),
  },
  applies: {
    says: "manifests that are applied as `kubectl apply` does: `at` and `file`",
    schema: listOf(schemaOf(APPLICATION_FIELDS)),
  },
  deletions: {
    says: "what is deleted: `at`, `pod` or `object`, and `grace`",
    schema: listOf(schemaOf(DELETION_FIELDS)),
  },
} as const satisfies Format;

/** What only the script of a scenario has: a run has a standard input of its own. */
export const SCENARIO_SCRIPT_FIELDS = {
  ...SCRIPT_FIELDS,
  inputs: {
    says: "what the first container with `stdin` reads: `at` and `text`; then its input ends",
    schema: listOf(schemaOf(INPUT_FIELDS)),
  },
} as const satisfies Format;

/** What a scenario is made of, but for what is expected. */
export const SCENARIO_FIELDS = {
  about: { says: "what it shows, in a sentence; every file has it", schema: TEXT },
  rules: {
    says: "the rules that it shows, as `R-RESTART-1`",
    schema: listOf({ type: "string", pattern: "^R-[A-Z]+-[A-Z0-9-]+$" }),
  },
  manifest: {
    says: "the manifest's file, from the folder of this one, or a list of them; without it the " +
      "documents behind the first are the manifest",
    schema: oneOf(TEXT, TEXTS),
  },
  script: {
    says: "what happens; without it, containers do what those of their kind do",
    schema: schemaOf(SCENARIO_SCRIPT_FIELDS),
  },
  inject: { says: "faults, as for `--inject`", schema: TEXTS },
  crashBackoff: { says: "as for `--crash-backoff`; `10s,300s`", schema: TEXT },
  speed: {
    says: "lifecycle seconds in a second of a real run, in place of `--speed`",
    schema: { type: "number", exclusiveMinimum: 0 },
  },
  end: {
    says:
      "lifecycle time at which what has not ended is deleted, Pods with their own grace; without " +
      "it `1h`, or earlier where nothing is to happen any more",
    schema: DURATION,
  },
} as const satisfies Format;

/** What is expected. */
export const EXPECTATION_FIELDS = {
  exitStatus: { says: "the exit status, as `run` would have it", schema: COUNT },
  phase: {
    says:
      "the last phase of the Pod, or of several by name; of one that `end` deletes, the phase after that",
    schema: oneOf(PHASE, mapOf(PHASE)),
  },
  restarts: { says: "by container, how often it was started again", schema: mapOf(COUNT) },
  exits: {
    says: "by container, how its runs ended in turn: exit codes, or signals such as `SIGKILL`",
    schema: mapOf(oneOf(END, listOf(END))),
  },
  reasons: {
    says: "by container, reasons that it has had, such as `OOMKilled` or `CrashLoopBackOff`",
    schema: mapOf(oneOf(TEXT, TEXTS)),
  },
  messages: {
    says: "texts, each a part of the message of an event, of its explanation, of a Kubernetes " +
      "Event, or of a line on standard error",
    schema: TEXTS,
  },
  output: {
    says: "by container, lines among those that it prints, in this order; a text instead of a " +
      "list is all that it prints",
    schema: mapOf(oneOf(TEXT, TEXTS)),
  },
  order: {
    says: "events in this order, among others: `[at WHEN] KIND WHO WHAT (RULE)`, cut off where " +
      "the rest does not matter; WHEN is a time or `FROM..TO`",
    schema: TEXTS,
  },
  never: { says: "events that do not happen, as in `order`", schema: TEXTS },
  trace: {
    says: "a text with one line for each event: `at WHEN KIND WHO WHAT (RULE)`",
    schema: TEXT,
  },
  status: {
    says: "a part of the Pod's last status, or a list of them in the order of the Pods; every " +
      "field that stands there has to be so",
    schema: oneOf(PART, listOf(PART)),
  },
  statusAt: {
    says: "by lifecycle time, the same of the statuses at that moment",
    schema: mapOf(oneOf(PART, listOf(PART))),
  },
  states: {
    says: "by container, the states in which its statuses showed it, each once in a row: " +
      "`Waiting REASON`, `Running`, `Terminated REASON CODE`",
    schema: mapOf(TEXTS),
  },
  conditions: {
    says:
      "by `KIND/NAME` and type, the last status of a condition, and its reason if it matters: " +
      '`{ Deployment/web: { Available: "True" } }`',
    schema: mapOf(mapOf({ type: ["string", "boolean"] })),
  },
  objects: {
    says: "by `KIND/NAME`, a part of the last status of an object beside the Pods: " +
      "`{ Deployment/web: { readyReplicas: 2 } }`",
    schema: mapOf(PART),
  },
  events: {
    says: "Kubernetes Events that are among those recorded: `TYPE REASON MESSAGE`",
    schema: TEXTS,
  },
  machine: {
    says: "by name of a Pod or container, a part of what the machine was last asked to create: " +
      "`hostname`, `argv`, `env`, …; simulated runs only",
    schema: mapOf(PART),
  },
} as const satisfies Format;
