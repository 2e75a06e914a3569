/**
 * A scenario as a YAML file: a manifest, a script and what is expected of them. Text in,
 * {@link Scenario} and located errors out; pure.
 *
 * The first document is the scenario, all others are the manifest. A wrong behaviour can be
 * reported as such a file.
 */
import { allContainers } from "../api/pod_containers.ts";
import {
  type ManifestError,
  parseManifest,
  type Position,
  Positions,
} from "../api/manifest/manifest.ts";
import { parseYaml, type YamlDocument } from "../api/manifest/yaml.ts";
import { didYouMean, type FieldError } from "../api/types/errors.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { findNearest } from "../base/nearest.ts";
import { isObject } from "../base/plain_data.ts";
import type { Fault } from "../runtime/simulated/faulty_runtime.ts";
import { type CrashBackoff, parseCrashBackoff } from "./crash_backoff.ts";
import { parseFault } from "./faults.ts";
import { FieldReader } from "./field_reader.ts";
import type { Script } from "./script.ts";
import { readScript } from "./script_file.ts";
import { findUnknownNames } from "./script_play.ts";

/** What happens to the objects of a manifest, and the outcome that is expected. */
export interface Scenario {
  /** What it shows, in a sentence. */
  readonly about: string;
  /** Ids of the rules that it shows. */
  readonly rules: readonly string[];
  /** The objects of the manifest, in its order. */
  readonly objects: readonly KubernetesObject[];
  /** What containers and sandboxes do, and what is deleted. */
  readonly script: Script;
  /** Faults, as they are typed after `--inject`. */
  readonly inject: readonly string[];
  /** The same faults, read. */
  readonly faults: readonly Fault[];
  /** @default Kubernetes' 10 s, doubling up to 300 s (R-BACKOFF-3) */
  readonly crashBackoff: CrashBackoff;
  /**
   * Lifecycle time at which Pods that have not ended are deleted with their own grace.
   * @default 1 h
   */
  readonly end: Millis;
  /** What is expected. */
  readonly expected: Expectations;
}

/** What is expected of a scenario; each part names what has to be there, and no more. */
export interface Expectations {
  /**
   * One line for each event: `at TIME KIND WHO WHAT (RULE)`, the rule optional. Every event of the
   * kinds that {@link findComparedKinds} names is in it.
   */
  readonly trace: readonly string[];
  /** Parts of the Pods' last statuses, in the order of the manifest. */
  readonly status: readonly Readonly<Record<string, unknown>>[];
  /** Parts of the statuses at moments of lifecycle time, as in `status`; in order of time. */
  readonly statusAt: readonly {
    readonly at: Millis;
    readonly status: Expectations["status"];
  }[];
  /**
   * By container (with several Pods `POD/CONTAINER`), the states in which its published statuses
   * showed it, each once in a row: `Waiting REASON`, `Running`, `Terminated REASON CODE`.
   */
  readonly states: ReadonlyMap<string, readonly string[]>;
  /** Kubernetes Events that are among those recorded: `TYPE REASON MESSAGE`. */
  readonly events: readonly string[];
  /** Parts of what the machine was last asked to make, by name of Pod or container. */
  readonly machine: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** A scenario file, and what is wrong with it. */
export interface ParsedScenario {
  /** Without what could not be read. */
  readonly scenario: Scenario;
  /** With line and column of the file, those of the script and the manifest too. */
  readonly errors: readonly ManifestError[];
  /**
   * Where a field such as `events[0]` stands; of `trace[3]`, the line of the trace; the nearest
   * ancestor of a field that is not there.
   */
  positionOf(field: string): Position;
}

const FIELDS = [
  ...["about", "rules", "script", "inject", "crashBackoff", "end"],
  ...["trace", "status", "statusAt", "states", "events", "machine"],
];

/** Kinds of events of which every one is expected, whatever the trace names. */
const ALWAYS_COMPARED = [
  "container.started",
  "container.exited",
  "container.waiting",
  "container.killing",
  "pod.phase",
];

/** Kinds of events of which every one has to be in a trace: the usual ones, and all it names. */
export function findComparedKinds(trace: readonly string[]): ReadonlySet<string> {
  return new Set([...ALWAYS_COMPARED, ...trace.map((line) => line.split(" ")[2]!)]);
}

/**
 * Reads a scenario file; never throws for what the text is.
 *
 * @param file as errors name it.
 */
export function parseScenario(text: string, file: string): ParsedScenario {
  const positions = new Positions(text);
  const split = findManifest(text);
  const head = text.slice(0, split);
  const [document] = parseYaml(head);
  const positionOf = (field: string) => positionIn(head, positions, document, field);
  const locate = (error: FieldError) => ({ ...error, ...positionOf(error.field), file });

  // Lines before the manifest stay, so that it has its own line numbers.
  const before = head.replace(/[^\n]+/g, "");
  const manifest = parseManifest(before + text.slice(split ?? text.length), { file });
  const objects = manifest.documents.map(({ object }) => object);
  const pods = manifest.errors.length === 0 ? findNamedPods(objects) : undefined;
  const fields = new FieldReader();
  if (split === undefined) {
    fields.refuse("", "Required", 'the manifest is missing: expected it after a line of "---"');
  }
  const syntax = document?.errors.map(({ error, offset }) => ({
    ...error,
    ...positions.at(offset),
    file,
  })) ?? [];
  const isBroken = document?.value === undefined && syntax.length > 0;
  const value = isBroken ? {} : document?.value ?? {};
  return {
    scenario: { objects, ...readFields(value, pods, fields) },
    errors: [
      ...syntax,
      // Fields that a broken text seems to lack are not errors of their own.
      ...(isBroken ? [] : fields.errors.map(locate)),
      ...manifest.errors.map((error) => ({ ...error, file })),
    ],
    positionOf,
  };
}

/** Where the manifest begins: at the first `---` behind more than comments. */
function findManifest(text: string): number | undefined {
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (/^[ \t]*[^\s#]/m.test(text.slice(0, index))) return index;
  }
  return undefined;
}

function positionIn(
  text: string,
  positions: Positions,
  document: YamlDocument | undefined,
  field: string,
): Position {
  const [, line] = /^trace\[(\d+)\]$/.exec(field) ?? [];
  if (line === undefined) return positions.at(document?.offsetOf(field) ?? 0);
  // The lines of a block scalar follow its key.
  const key = positions.at(document?.offsetOf("trace") ?? 0);
  const wanted = key.line + 1 + Number(line);
  const source = text.split("\n")[wanted - 1] ?? "";
  return { line: wanted, column: source.length - source.trimStart().length + 1 };
}

/**
 * The Pods of a manifest, if all of them and their containers have names; one that has none is
 * refused by validation, and nothing else is to be said of names.
 */
function findNamedPods(objects: readonly KubernetesObject[]): readonly Pod[] | undefined {
  const pods = objects.filter((object) => object.kind === "Pod");
  const areNamed = pods.every(({ metadata, spec }) =>
    metadata?.name !== undefined && spec?.containers !== undefined &&
    [...spec.containers, ...spec.initContainers ?? []].every((it) => it?.name !== undefined)
  );
  return areNamed ? pods : undefined;
}

/** @param pods undefined: names are not compared with theirs. */
function readFields(
  value: unknown,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): Omit<Scenario, "objects"> {
  const given = fields.struct(value, "", FIELDS);
  const script = readScript(given.script ?? {}, "script", fields);
  for (const { field, ...error } of pods === undefined ? [] : findUnknownNames(script, pods)) {
    fields.errors.push({ ...error, field: `script.${field}` });
  }
  const inject = readTexts(given.inject, "inject", fields);
  const crashBackoff = fields.text(given.crashBackoff, "crashBackoff") ?? "10s,300s";
  return {
    about: readRequired(given.about, "about", fields),
    rules: readTexts(given.rules, "rules", fields),
    script,
    inject,
    faults: inject.map((text, index) => fields.parse(`inject[${index}]`, () => parseFault(text)))
      .filter((fault) => fault !== undefined),
    crashBackoff: fields.parse("crashBackoff", () => parseCrashBackoff(crashBackoff)) ??
      parseCrashBackoff("0"),
    end: fields.duration(given.end, "end") ?? 3_600_000,
    expected: {
      trace: readTrace(given.trace, pods, fields),
      status: readStatuses(given.status, "status", pods, fields),
      statusAt: readMoments(given.statusAt, pods, fields),
      states: readStates(given.states, pods, fields),
      events: readTexts(given.events, "events", fields, checkEvent),
      machine: readMachine(given.machine, pods, fields),
    },
  };
}

function readRequired(value: unknown, path: string, fields: FieldReader): string {
  if (value === undefined) fields.refuse("", "Required", `${path} is missing`);
  return fields.text(value, path) ?? "";
}

/** A list of strings, without the items that are none. */
function readTexts(
  value: unknown,
  path: string,
  fields: FieldReader,
  check: (text: string) => string | undefined = () => undefined,
): readonly string[] {
  const texts = fields.list(value, path, (it, at) => {
    if (typeof it !== "string") return fields.wrong(at, "string", it);
    const message = check(it);
    if (message !== undefined) fields.refuse(at, "Invalid", message);
    return it;
  });
  return texts?.filter((text) => text !== undefined) ?? [];
}

function readTrace(
  value: unknown,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): readonly string[] {
  const text = readRequired(value, "trace", fields).trimEnd();
  const lines = text === "" ? [] : text.split("\n");
  for (const [index, line] of lines.entries()) {
    const path = `trace[${index}]`;
    const [, time, kind, who = ""] = /^at (\S+) ([a-z]+(?:\.[a-z]+)?)(?: (\S+))?/.exec(line) ?? [];
    if (time === undefined || kind === undefined) {
      fields.refuse(
        path,
        "Invalid",
        `${JSON.stringify(line)} is not an event: expected at TIME KIND WHO WHAT (RULE), ` +
          "such as at 1s container.exited web Error 1",
      );
      continue;
    }
    fields.parse(path, () => parseDuration(time));
    if (/^(container|probe|hook)\./.test(kind)) checkContainer(who, path, pods, fields);
  }
  return lines;
}

/** With several Pods a container is `POD/CONTAINER`. */
function checkContainer(
  name: string,
  path: string,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): void {
  const known = pods?.flatMap((pod) =>
    allContainers(pod).map((container) =>
      pods.length > 1 ? `${pod.metadata.name}/${container.name}` : container.name
    )
  );
  if (known?.includes(name) !== false) return;
  fields.errors.push(unknown(path, `container "${name}"`, name, known));
}

/** One part for the first Pod, or a list of them. */
function readStatuses(
  value: unknown,
  path: string,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): Expectations["status"] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  if (pods !== undefined && list.length > pods.length) {
    const message = `${list.length} statuses for ${pods.length} Pods of the manifest`;
    fields.refuse(path, "TooMany", message);
  }
  return list.map((it, index) => {
    if (isObject(it)) return it;
    fields.wrong(Array.isArray(value) ? `${path}[${index}]` : path, "object", it);
    return {};
  });
}

function readMoments(
  value: unknown,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): Expectations["statusAt"] {
  const parts = fields.map(value, "statusAt", (it, path) => ({
    path,
    status: readStatuses(it, path, pods, fields),
  }));
  return [...parts].map(([moment, { path, status }]) => ({
    at: fields.duration(moment, path) ?? 0,
    status,
  })).toSorted((a, b) => a.at - b.at);
}

function readStates(
  value: unknown,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): Expectations["states"] {
  const states = fields.map(value, "states", (it, path) => ({
    path,
    list: readTexts(it, path, fields, checkState),
  }));
  for (const [name, { path }] of states) checkContainer(name, path, pods, fields);
  return new Map([...states].map(([name, { list }]) => [name, list]));
}

function checkState(text: string): string | undefined {
  if (/^(Running|Waiting [A-Z]\w*|Terminated [A-Z]\w* \d+)$/.test(text)) return undefined;
  return `${JSON.stringify(text)} is not a state: expected Waiting REASON, Running or ` +
    "Terminated REASON CODE";
}

function checkEvent(text: string): string | undefined {
  if (/^(Normal|Warning) [A-Z]\w* \S/.test(text)) return undefined;
  return `${JSON.stringify(text)} is not an Event: expected TYPE REASON MESSAGE, ` +
    "such as Warning BackOff Back-off restarting failed container";
}

function readMachine(
  value: unknown,
  pods: readonly Pod[] | undefined,
  fields: FieldReader,
): Expectations["machine"] {
  const known = pods?.flatMap((pod) => [
    pod.metadata.name,
    ...allContainers(pod).map(({ name }) => name),
  ]);
  const parts = fields.map(value, "machine", (it, path) => {
    if (isObject(it)) return { path, it };
    fields.wrong(path, "object", it);
    return { path, it: {} };
  });
  for (const [name, { path }] of parts) {
    if (known === undefined || known.includes(name)) continue;
    fields.errors.push(unknown(path, `Pod or container "${name}"`, name, known));
  }
  return new Map([...parts].map(([name, { it }]) => [name, it]));
}

function unknown(
  field: string,
  what: string,
  name: string,
  known: readonly string[],
): FieldError {
  const hint = known.length === 0 ? {} : didYouMean(findNearest(name, known));
  return { field, reason: "NotFound", message: `there is no ${what}`, ...hint };
}
