/**
 * What can be typed: commands, their operands and options, as data. Parsing, `--help`, the nearest
 * known name and the reference in the README all come from these tables.
 */
import { parseCrashBackoff } from "../../scenario/crash_backoff.ts";
import { FAULT_FORMS, parseFault } from "../../scenario/faults.ts";
import { parseAfterOption, parseExitOption, parseProbeOption } from "../../scenario/script.ts";
import { parsePositiveDuration } from "../../base/duration.ts";
import { file, helpOptions, machineOptions, type OptionTable, path } from "./option_table.ts";
import { checkOptions, experimentOptions, labOptions, timelineOptions } from "./report_options.ts";
import {
  parseChoice,
  parseContainerVariable,
  parseImageEntry,
  parseListenAddress,
  parseNodeLabel,
  parseNodeName,
  parseNodeTaint,
  parsePositiveNumber,
  parseTimedDeletion,
  parseTimedManifest,
  UNTIL_CONDITIONS,
} from "./values.ts";

/** Options of every command that reads manifests. */
const manifestOptions = {
  filename: {
    kind: "list",
    short: "f",
    placeholder: "MANIFEST",
    description: "a manifest, as kubectl takes it; the same as without -f",
    parse: path,
  },
  strict: {
    kind: "flag",
    description: "objects of kinds that are left out are errors",
  },
} as const satisfies OptionTable;

const crashBackoff = {
  kind: "value",
  placeholder: "BASE[,MAX]",
  default: "10s,300s",
  description: "crash-loop delay, e.g. 100ms,3s; 0 = none",
  parse: parseCrashBackoff,
} as const;

/** Options of `run` and `simulate` alike: what is run, and what is reported. */
export const workloadOptions = {
  ...manifestOptions,
  output: {
    kind: "value",
    short: "o",
    placeholder: "text|ndjson",
    default: "text",
    description: "the format of standard output and standard error",
    parse: parseChoice(["text", "ndjson"]),
  },
  quiet: { kind: "flag", short: "q", description: "no lifecycle lines" },
  prefix: {
    kind: "value",
    placeholder: "auto|always|never",
    default: "auto",
    description: "[container] before output lines; auto: when more than one container",
    parse: parseChoice(["auto", "always", "never"]),
  },
  "events-file": {
    kind: "value",
    placeholder: "FILE",
    description: "the NDJSON event log, as well",
    parse: file,
  },
  "status-file": {
    kind: "value",
    placeholder: "FILE",
    description: "the Pod as Kubernetes JSON, renamed into place on every change",
    parse: file,
  },
  timeline: {
    kind: "value",
    placeholder: "FILE",
    description: "the drawing of the run, HTML or SVG by the name",
    parse: file,
  },
  "restart-policy": {
    kind: "value",
    placeholder: "Always|OnFailure|Never",
    description: "overrides the Pod's",
    parse: parseChoice(["Always", "OnFailure", "Never"]),
  },
  "crash-backoff": crashBackoff,
  timeout: {
    kind: "value",
    placeholder: "DURATION",
    description: "ends the pods gracefully after that long, with status 124",
    parse: parsePositiveDuration,
  },
  until: {
    kind: "value",
    placeholder: "CONDITION",
    description: "ends successfully as soon as Initialized, Ready, Available, Complete… holds",
    parse: parseChoice(UNTIL_CONDITIONS),
  },
  "exit-code-from": {
    kind: "value",
    placeholder: "CONTAINER",
    description: "that container's last exit code decides",
    parse: (text) => text,
  },
  "exit-policy": {
    kind: "value",
    placeholder: "last|first|max",
    default: "last",
    description: "which failed container's code is used otherwise",
    parse: parseChoice(["last", "first", "max"]),
  },
  "set-env": {
    kind: "list",
    placeholder: "CONTAINER:NAME[=VALUE]",
    description: "adds or replaces a variable; without = the caller's own value",
    parse: parseContainerVariable,
  },
  "env-file": {
    kind: "list",
    placeholder: "FILE",
    description: "NAME[=VALUE] lines for every container",
    parse: path,
  },
  "node-label": {
    kind: "list",
    placeholder: "KEY[=VALUE]",
    description: "a label of the node, for pods that select one",
    parse: parseNodeLabel,
  },
  "node-taint": {
    kind: "list",
    placeholder: "KEY[=VALUE]:EFFECT",
    description: "a taint of the node, which keeps pods away that do not tolerate it",
    parse: parseNodeTaint,
  },
  apply: {
    kind: "list",
    placeholder: "FILE[@TIME]",
    description: "applies a manifest at that moment, as kubectl apply does",
    parse: parseTimedManifest,
  },
  delete: {
    kind: "list",
    placeholder: "[KIND/]NAME@TIME",
    description: "deletes an object at that moment; without KIND a Pod; OWNER#2: its second Pod",
    parse: parseTimedDeletion,
  },
  inject: {
    kind: "list",
    placeholder: "CONTAINER:FAULT",
    description: `a fault on purpose: ${FAULT_FORMS.join(", ")}`,
    parse: parseFault,
  },
} as const satisfies OptionTable;

/** Options of `run` and `serve` alike: how containers run. */
const containerOptions = {
  ...machineOptions,
  speed: {
    kind: "value",
    placeholder: "N",
    default: "1",
    description: "waiting runs N times as fast as the wall clock",
    parse: parsePositiveNumber,
  },
  rootfs: {
    kind: "value",
    placeholder: "overlay|host",
    description: "a private copy-on-write view of the host's files, where available, or the files",
    parse: parseChoice(["overlay", "host"]),
  },
  image: {
    kind: "list",
    placeholder: "NAME=ARGV",
    description: "what an image name runs when a container gives no command",
    parse: parseImageEntry,
  },
} as const satisfies OptionTable;

/** Options of `run`. */
export const runOptions = {
  ...workloadOptions,
  watch: { kind: "flag", description: "live states on the terminal, logs above them" },
  "log-dir": {
    kind: "value",
    placeholder: "DIR",
    description: "container logs in the kubelet's layout, CRI format",
    parse: path,
  },
  ...containerOptions,
  network: {
    kind: "value",
    placeholder: "host|pod|none",
    description: "whose network Pods have: the machine's, one of their own, or none; host, and " +
      "pod where there is a Service or an object manages Pods and the machine can",
    parse: parseChoice(["host", "pod", "none"]),
  },
  workdir: {
    kind: "value",
    placeholder: "DIR",
    description: "the pod's shared working directory",
    parse: path,
  },
  keep: { kind: "flag", description: "leaves the pod's directory behind and prints where it is" },
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `simulate`. */
export const simulateOptions = {
  ...workloadOptions,
  exit: {
    kind: "list",
    placeholder: "CONTAINER=END[,END…]",
    description: "how its runs end in turn: a code, a signal, oom, StartError, …, running",
    parse: parseExitOption,
  },
  after: {
    kind: "list",
    placeholder: "[CONTAINER=]DURATION[,…]",
    description: "how long its runs last in turn, where they end by themselves; else 1s",
    parse: parseAfterOption,
  },
  probe: {
    kind: "list",
    placeholder: "CONTAINER:PROBE=ANSWER[@FROM..TO]",
    description: "the result of a probe in that time: fail, error, warn or hang; else success",
    parse: parseProbeOption,
  },
  script: {
    kind: "value",
    placeholder: "FILE",
    description: "a script of all that happens, in YAML",
    parse: path,
  },
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `serve`. */
export const serveOptions = {
  listen: {
    kind: "value",
    placeholder: "ADDRESS:PORT",
    default: "127.0.0.1:6443",
    description: "where the API listens; port 0 picks a free one",
    parse: parseListenAddress,
  },
  kubeconfig: {
    kind: "value",
    placeholder: "FILE",
    description: "the kubeconfig to write, with certificate and token; else in the data directory",
    parse: file,
  },
  data: {
    kind: "value",
    placeholder: "DIR",
    description: "where objects are kept when the server ends; else in the data directory",
    parse: path,
  },
  "in-memory": { kind: "flag", description: "objects end with the server" },
  kubectl: {
    kind: "flag",
    description: "starts your shell, where kubectl knows the node; ends with it",
  },
  manifests: {
    kind: "value",
    placeholder: "DIR",
    description: "a folder of static Pods, followed: files that appear, change and vanish",
    parse: path,
  },
  "service-accounts": {
    kind: "value",
    placeholder: "rbac|all|read|none",
    default: "rbac",
    description:
      "what service accounts may do, whose tokens Pods have: what roles grant, or as said",
    parse: parseChoice(["rbac", "all", "read", "none"]),
  },
  "node-name": {
    kind: "value",
    placeholder: "NAME",
    description: "the name of the node; else the machine's host name",
    parse: parseNodeName,
  },
  "crash-backoff": crashBackoff,
  ...containerOptions,
  network: {
    kind: "value",
    placeholder: "host|pod|none",
    description: "whose network Pods have; pod where the machine can, else host",
    parse: parseChoice(["host", "pod", "none"]),
  },
  ...helpOptions,
} as const satisfies OptionTable;

const jsonOutput = {
  kind: "value",
  short: "o",
  placeholder: "text|json",
  default: "text",
  description: "lines for people, or one JSON object",
  parse: parseChoice(["text", "json"]),
} as const;

/** Options of `validate`. */
export const validateOptions = {
  ...manifestOptions,
  output: jsonOutput,
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `doctor`. */
export const doctorOptions = {
  output: jsonOutput,
  ...machineOptions,
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of the program itself, where no command stands. */
export const programOptions = {
  ...helpOptions,
  version: { kind: "flag", description: "prints the version" },
} as const satisfies OptionTable;

/** A command as its help describes it. */
export interface Command {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What stands after its name: `MANIFEST…`; empty if nothing may. */
  readonly operands: string;
  /** Its options. */
  readonly options: OptionTable;
}

/** Every command there is. */
export const commands = {
  run: {
    summary: "runs Pods in the foreground until they are done",
    operands: "MANIFEST…",
    options: runOptions,
  },
  validate: {
    summary: "checks manifests offline and prints what each field gets",
    operands: "MANIFEST…",
    options: validateOptions,
  },
  simulate: {
    summary: "the same on a virtual clock with scripted containers; no process is started",
    operands: "MANIFEST…",
    options: simulateOptions,
  },
  serve: {
    summary: "a node with its Kubernetes API, for kubectl",
    operands: "",
    options: serveOptions,
  },
  doctor: {
    summary: "what this machine can isolate and limit, and what is missing for the rest",
    operands: "",
    options: doctorOptions,
  },
  explain: {
    summary: "why: a reason word, an exit code, a rule, or a run's events or status in sentences",
    operands: "WORD|CODE|FILE…",
    options: helpOptions,
  },
  experiment: {
    summary: "a table of outcomes: exit codes, restart policies and roles, each a real Pod",
    operands: "",
    options: experimentOptions,
  },
  check: {
    summary:
      "tests manifests: runs scenario files, and compares what happens with what they expect",
    operands: "FILE…",
    options: checkOptions,
  },
  lab: {
    summary: "lessons to predict, run for real and understand, in English or Chinese",
    operands: "[LESSON]",
    options: labOptions,
  },
  timeline: {
    summary: "draws a run: containers with their waits, runs, exits and restarts, and why",
    operands: "EVENTS",
    options: timelineOptions,
  },
} as const satisfies Readonly<Record<string, Command>>;

/** The name of a command. */
export type CommandName = keyof typeof commands;
