/** What is expected of a scenario: the fields of its file, read strictly; pure. */
import type { Millis } from "../base/clock.ts";
import { isObject } from "../base/plain_data.ts";
import { type EventPattern, parseEventPattern } from "./event_pattern.ts";
import type { FieldReader, Fields } from "./field_reader.ts";
import { EXPECTATION_FIELDS } from "./format.ts";
import type { NameUses } from "./name_uses.ts";
import { parseObjectName } from "./object_name.ts";

/** A part of an object: every field that stands there has to be so. */
export type Part = Readonly<Record<string, unknown>>;

/** A part of the status of one Pod: which one, in the order in which they appear. */
export interface StatusPart {
  readonly field: string;
  readonly part: Part;
}

/** What is expected of a scenario; each field names what has to be there, and no more. */
export interface Expectations {
  /**
   * One for each event, in order. Every event of the kinds that {@link findComparedKinds} names is
   * in it. Undefined: nothing is expected of all of them.
   */
  readonly trace: readonly EventPattern[] | undefined;
  /** Events that happen in this order, among others. */
  readonly order: readonly EventPattern[];
  /** Events that do not happen. */
  readonly never: readonly EventPattern[];
  /** Of the run, as of `run` and `simulate`. */
  readonly exitStatus?: number;
  /** The last phase, by Pod; of the first one by `""`. */
  readonly phase: ReadonlyMap<string, string>;
  /** How often each container was started again. */
  readonly restarts: ReadonlyMap<string, number>;
  /** How the runs of each container ended, in turn: an exit code, or the name of a signal. */
  readonly exits: ReadonlyMap<string, readonly (number | string)[]>;
  /** Reasons that each container has had, in any order. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
  /** Texts that are part of a message. */
  readonly messages: readonly string[];
  /** By container: lines among those printed, in this order; a text is all that is printed. */
  readonly output: ReadonlyMap<string, string | readonly string[]>;
  /** By object and type: `STATUS` or `STATUS REASON`. */
  readonly conditions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By object: a part of its last status. */
  readonly objects: ReadonlyMap<string, Part>;
  /** Parts of the Pods' last statuses. */
  readonly status: readonly StatusPart[];
  /** The same of the statuses at moments of lifecycle time, in order of time. */
  readonly statusAt: readonly { readonly at: Millis; readonly status: readonly StatusPart[] }[];
  /**
   * By container, the states in which its published statuses showed it, each once in a row:
   * `Waiting REASON`, `Running`, `Terminated REASON CODE`.
   */
  readonly states: ReadonlyMap<string, readonly string[]>;
  /** Kubernetes Events that are among those recorded: `TYPE REASON MESSAGE`. */
  readonly events: readonly string[];
  /** Parts of what the machine was last asked to make, by name of Pod or container. */
  readonly machine: ReadonlyMap<string, Part>;
}

/** Kinds of events of which every one is expected, whatever the trace names. */
const ALWAYS_COMPARED = [
  "container.started",
  "container.exited",
  "container.waiting",
  "container.killing",
  "pod.phase",
];

/** Kinds of events of which every one has to be in a trace: the usual ones, and all it names. */
export function findComparedKinds(trace: readonly EventPattern[]): ReadonlySet<string> {
  return new Set([...ALWAYS_COMPARED, ...trace.map(({ kind }) => kind)]);
}

/** Reads what is expected; each name of a container or Pod is noted. */
export function readExpectations(
  given: Fields,
  fields: FieldReader,
  names: NameUses,
): Expectations {
  if (Object.keys(EXPECTATION_FIELDS).every((name) => given[name] === undefined)) {
    const some = "trace, order, phase, exitStatus, restarts, exits or another of docs/scenario.md";
    fields.refuse("", "Required", `it expects nothing: give ${some}`);
  }
  return new ExpectationReader(given, fields, names).read();
}

/** One method for each kind of field. */
class ExpectationReader {
  readonly #given: Fields;
  readonly #fields: FieldReader;
  readonly #names: NameUses;

  constructor(given: Fields, fields: FieldReader, names: NameUses) {
    this.#given = given;
    this.#fields = fields;
    this.#names = names;
  }

  read(): Expectations {
    const exitStatus = this.#number(this.#given.exitStatus, "exitStatus");
    return {
      trace: this.#trace(),
      order: this.#patterns("order"),
      never: this.#patterns("never"),
      ...(exitStatus !== undefined && { exitStatus }),
      phase: this.#phase(),
      restarts: this.#byContainer("restarts", (it, path) => this.#number(it, path) ?? 0),
      exits: this.#byContainer("exits", (it, path) => this.#exits(it, path)),
      reasons: this.#byContainer("reasons", (it, path) => this.#oneOrMore(it, path)),
      messages: this.#texts(this.#given.messages, "messages"),
      output: this.#byContainer(
        "output",
        (it, path) => typeof it === "string" ? it : this.#texts(it, path),
      ),
      conditions: this.#byObject("conditions", (it, path) => this.#conditions(it, path)),
      objects: this.#byObject("objects", (it, path) => this.#part(it, path)),
      status: this.#statuses(this.#given.status, "status"),
      statusAt: this.#moments(),
      states: this.#byContainer("states", (it, path) => this.#texts(it, path, checkState)),
      events: this.#texts(this.#given.events, "events", checkEvent),
      machine: this.#machine(),
    };
  }

  #trace(): readonly EventPattern[] | undefined {
    const { trace } = this.#given;
    if (trace === undefined) return undefined;
    const text = (this.#fields.text(trace, "trace") ?? "").trimEnd();
    const lines = text === "" ? [] : text.split("\n");
    return this.#readPatterns(lines.map((line, index) => [line, `trace[${index}]`]), true);
  }

  #patterns(name: "order" | "never"): readonly EventPattern[] {
    const lines = this.#fields.list(this.#given[name], name, (it, path) => [it, path] as const);
    return this.#readPatterns(lines ?? [], false);
  }

  #readPatterns(
    lines: readonly (readonly [line: unknown, path: string])[],
    isTrace: boolean,
  ): EventPattern[] {
    return lines.flatMap(([line, path]) => {
      if (typeof line !== "string") return this.#fields.wrong(path, "string", line) ?? [];
      const pattern = this.#fields.parse(path, () => parseEventPattern(line, isTrace));
      if (pattern === undefined) return [];
      if (/^(container|probe|hook)\.|^log$/.test(pattern.kind) && pattern.words[0] !== undefined) {
        this.#names.add({ field: path, kind: "container", name: pattern.words[0] });
      }
      return [{ ...pattern, field: path }];
    });
  }

  #phase(): ReadonlyMap<string, string> {
    const { phase } = this.#given;
    const check = (value: unknown, path: string) => {
      const text = this.#fields.text(value, path);
      const isKnown = text === undefined || PHASES.includes(text);
      if (!isKnown) {
        this.#fields.refuse(path, "Invalid", `"${text}" is not a phase: ${PHASES.join(", ")}`);
      }
      return text ?? "";
    };
    if (phase === undefined) return new Map();
    if (!isObject(phase)) return new Map([["", check(phase, "phase")]]);
    const phases = this.#fields.map(phase, "phase", (it, path) => {
      return { path, phase: check(it, path) };
    });
    for (const [name, { path }] of phases) this.#names.add({ field: path, kind: "Pod", name });
    return new Map([...phases].map(([name, it]) => [name, it.phase]));
  }

  #byContainer<T>(
    name: keyof typeof EXPECTATION_FIELDS,
    read: (value: unknown, path: string) => T,
  ): ReadonlyMap<string, T> {
    const parts = this.#fields.map(this.#given[name], name, (it, path) => ({
      path,
      value: read(it, path),
    }));
    for (const [it, { path }] of parts) {
      this.#names.add({ field: path, kind: "container", name: it });
    }
    return new Map([...parts].map(([it, { value }]) => [it, value]));
  }

  /** By `KIND/NAME`. */
  #byObject<T>(
    name: "conditions" | "objects",
    read: (value: unknown, path: string) => T,
  ): ReadonlyMap<string, T> {
    const parts = this.#fields.map(this.#given[name], name, (it, path) => ({
      path,
      value: read(it, path),
    }));
    return new Map(
      [...parts].flatMap(([it, { path, value }]): [string, T][] => {
        const object = this.#fields.parse(path, () => parseObjectName(it));
        if (object?.kind === "Pod") {
          this.#names.add({ field: path, kind: "Pod", name: object.name });
        }
        return object === undefined ? [] : [[`${object.kind}/${object.name}`, value]];
      }),
    );
  }

  #conditions(value: unknown, path: string): ReadonlyMap<string, string> {
    return this.#fields.map(value, path, (it, at) => {
      // YAML takes an unquoted True for a boolean.
      const text = typeof it === "boolean" ? (it ? "True" : "False") : this.#fields.text(it, at);
      if (text !== undefined && !/^(True|False|Unknown)( [A-Z]\w*)?$/.test(text)) {
        const message = `${JSON.stringify(text)} is not the state of a condition: expected True, ` +
          "False or Unknown, and a reason if it matters";
        this.#fields.refuse(at, "Invalid", message);
      }
      return text ?? "";
    });
  }

  #number(value: unknown, path: string): number | undefined {
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= 0) return Number(value);
    return this.#fields.wrong(path, "a number from 0", value);
  }

  #exits(value: unknown, path: string): readonly (number | string)[] {
    const list = Array.isArray(value) ? value : [value];
    return list.flatMap((it, index) => {
      const isSignal = typeof it === "string" && /^SIG[A-Z0-9]+$/.test(it);
      const isCode = Number.isInteger(it) && it >= 0 && it <= 255;
      if (isSignal || isCode) return [it as number | string];
      const at = Array.isArray(value) ? `${path}[${index}]` : path;
      return this.#fields.wrong(
        at,
        "an exit code from 0 to 255, or a signal such as SIGKILL",
        it,
      ) ??
        [];
    });
  }

  #oneOrMore(value: unknown, path: string): readonly string[] {
    return Array.isArray(value)
      ? this.#texts(value, path)
      : [this.#fields.text(value, path) ?? ""].filter((it) => it !== "");
  }

  /** A list of strings, without the items that are none. */
  #texts(
    value: unknown,
    path: string,
    check: (text: string) => string | undefined = () => undefined,
  ): readonly string[] {
    const texts = this.#fields.list(value, path, (it, at) => {
      if (typeof it !== "string") return this.#fields.wrong(at, "string", it);
      const message = check(it);
      if (message !== undefined) this.#fields.refuse(at, "Invalid", message);
      return it;
    });
    return texts?.filter((text) => text !== undefined) ?? [];
  }

  #part(value: unknown, path: string): Part {
    if (isObject(value)) return value;
    this.#fields.wrong(path, "object", value);
    return {};
  }

  /** One part for the first Pod, or a list of them. */
  #statuses(value: unknown, path: string): readonly StatusPart[] {
    if (value === undefined) return [];
    const list = Array.isArray(value) ? value : [value];
    this.#names.addCount({ field: path, count: list.length });
    return list.map((it, index) => {
      const field = Array.isArray(value) ? `${path}[${index}]` : path;
      return { field, part: this.#part(it, field) };
    });
  }

  #moments(): Expectations["statusAt"] {
    const parts = this.#fields.map(this.#given.statusAt, "statusAt", (it, path) => ({
      path,
      status: this.#statuses(it, path),
    }));
    return [...parts].map(([moment, { path, status }]) => ({
      at: this.#fields.duration(moment, path) ?? 0,
      status,
    })).toSorted((a, b) => a.at - b.at);
  }

  #machine(): ReadonlyMap<string, Part> {
    const parts = this.#fields.map(this.#given.machine, "machine", (it, path) => ({
      path,
      part: this.#part(it, path),
    }));
    for (const [name, { path }] of parts) {
      this.#names.add({ field: path, kind: "Pod or container", name });
    }
    return new Map([...parts].map(([name, { part }]) => [name, part]));
  }
}

const PHASES: readonly string[] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

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
