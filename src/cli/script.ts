/** What containers do in a simulation, as people write it down: words of options, or a YAML file; pure. */
import { didYouMean, type FieldError } from "../api/errors.ts";
import { Positions } from "../api/manifest.ts";
import { parseYaml, type YamlDocument } from "../api/yaml.ts";
import type { Millis } from "../base/clock.ts";
import { signalNumber } from "../base/signals.ts";
import type { ContainerScript, SandboxScript, ScriptedExit } from "../runtime/simulation_script.ts";
import type { ManifestError } from "./manifests.ts";
import { findNearest } from "./nearest.ts";
import { UsageError } from "./usage_error.ts";
import { parseDuration } from "./values.ts";

/** A play: what containers and sandboxes do, and what is done to their pods. */
export interface Script {
  /** How long runs last that end by themselves, where nothing nearer says so. @default 1 s */
  readonly afterMs?: Millis;
  /** By `CONTAINER` or `POD/CONTAINER`. */
  readonly containers: ReadonlyMap<string, ContainerPart>;
  /** By pod: its sandboxes in turn; those that follow live until they are stopped. */
  readonly sandboxes: ReadonlyMap<string, readonly SandboxScript[]>;
  /** What is deleted, and when. */
  readonly deletions: readonly Deletion[];
}

/** The part of one container. */
export interface ContainerPart {
  /** Its runs in turn, the last one for all that follow. @default what a container of its kind does, see `script_play.ts` */
  readonly runs?: readonly RunPart[];
  /** How long its runs last, in turn, the last one for all that follow. */
  readonly afterMs?: readonly Millis[];
  /** What a stop signal does, where the run does not say so. @default "exit" */
  readonly onStop?: StopPart;
}

/** What a stop signal does: end the container, nothing, or end it later and in its own way. */
export type StopPart = NonNullable<ContainerScript["onStopSignal"]>;

/** One run, or one attempt at it. */
export interface RunPart {
  /** How it ends by itself. @default it runs until it is stopped */
  readonly exit?: ScriptedExit;
  /** How long it lasts, if it ends by itself. */
  readonly afterMs?: Millis;
  /** How long its start takes. @default 0 */
  readonly startMs?: Millis;
  /** It cannot be made, and why. */
  readonly createError?: string;
  /** It cannot be started, and why. */
  readonly startError?: string;
  /** What a stop signal does. */
  readonly onStop?: StopPart;
}

/** Somebody deletes a pod. */
export interface Deletion {
  /** Lifecycle moment. */
  readonly at: Millis;
  /** Its name. */
  readonly pod: string;
  /** What its containers get. @default the pod's own */
  readonly graceSeconds?: number;
}

/** A play in which nothing is said. */
export const emptyScript: Script = { containers: new Map(), sandboxes: new Map(), deletions: [] };

const WHY = "the script says so";

/**
 * How a run ends: an exit code, the name of a signal, `oom`, `StartError`, `CreateContainerError`, or `running` for one
 * that only ends when it is stopped.
 *
 * @throws {UsageError}
 */
export function parseEnd(text: string): RunPart {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return { exit: { exitCode: Number(text) } };
  if (signalNumber(text) !== undefined) return { exit: { signal: text } };
  switch (text) {
    case "oom":
      return { exit: { signal: "SIGKILL", oomKilled: true } };
    case "StartError":
      return { startError: WHY };
    case "CreateContainerError":
      return { createError: WHY };
    case "running":
      return {};
  }
  throw new UsageError(
    `${JSON.stringify(text)} is no end of a run: an exit code from 0 to 255, a signal such as ` +
      "SIGKILL, oom, StartError, CreateContainerError or running",
  );
}

/** What an option says of one container, or of all. */
export interface PartOption<T> {
  /** `CONTAINER` or `POD/CONTAINER`; undefined: all. */
  readonly container?: string;
  /** What is said. */
  readonly value: T;
}

/** `CONTAINER=END[,END…]`. */
export function parseExitOption(text: string): PartOption<readonly RunPart[]> {
  const split = text.indexOf("=");
  if (split < 1) throw new UsageError(`${JSON.stringify(text)} is not CONTAINER=END[,END…]`);
  const value = text.slice(split + 1).split(",").map(parseEnd);
  return { container: text.slice(0, split), value };
}

/** `[CONTAINER=]DURATION[,DURATION…]`. */
export function parseAfterOption(text: string): PartOption<readonly Millis[]> {
  const split = text.indexOf("=");
  const value = text.slice(split + 1).split(",").map(parseDuration);
  if (split >= 0) return { container: text.slice(0, split), value };
  if (value.length === 1) return { value };
  throw new UsageError(`${JSON.stringify(text)}: several durations need their container`);
}

/** A script with what options say above it. */
export function withOptions(script: Script, options: {
  readonly exit: readonly PartOption<readonly RunPart[]>[];
  readonly after: readonly PartOption<readonly Millis[]>[];
}): Script {
  const containers = new Map(script.containers);
  const change = (name: string, part: ContainerPart) =>
    containers.set(name, { ...containers.get(name), ...part });
  let { afterMs } = script;
  for (const { container, value } of options.exit) change(container!, { runs: value });
  for (const { container, value } of options.after) {
    if (container === undefined) afterMs = value[0];
    else change(container, { afterMs: value });
  }
  return { ...script, containers, ...(afterMs !== undefined && { afterMs }) };
}

/** A script file, and what is wrong with it. */
export interface ParsedScript {
  /** Without what could not be read. */
  readonly script: Script;
  /** With line and column. */
  readonly errors: readonly ManifestError[];
  /** An error of a field with its line and column. */
  locate(error: FieldError): ManifestError;
}

/** Reads a script file; never throws for what the text is. */
export function parseScript(text: string, file: string): ParsedScript {
  const [document, second] = parseYaml(text);
  const positions = new Positions(text);
  const locate = (error: FieldError) => ({
    ...error,
    ...positions.at(document?.offsetOf(error.field) ?? 0),
    file,
  });
  if (second !== undefined) {
    const error = { field: "", reason: "Syntax", message: "a script is one document" } as const;
    const { line, column } = positions.at(second.offsetOf(""));
    return { script: emptyScript, errors: [{ ...error, line, column, file }], locate };
  }
  const syntax = document?.errors.map(({ error, offset }) => ({
    ...error,
    ...positions.at(offset),
    file,
  })) ?? [];
  const reader = new ScriptReader(document);
  const script = reader.read();
  return { script, errors: [...syntax, ...reader.errors.map(locate)], locate };
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads values strictly: every field is known and of its type, or there is an error. */
class ScriptReader {
  readonly errors: FieldError[] = [];
  readonly #document: YamlDocument | undefined;

  constructor(document: YamlDocument | undefined) {
    this.#document = document;
  }

  read(): Script {
    const { after, containers, sandboxes, deletions } = this.#struct(
      this.#document?.value ?? {},
      "",
      ["after", "containers", "sandboxes", "deletions"],
    );
    const afterMs = this.#duration(after, "after");
    return {
      ...(afterMs !== undefined && { afterMs }),
      containers: this.#map(containers, "containers", (it, path) => this.#container(it, path)),
      sandboxes: this.#map(
        sandboxes,
        "sandboxes",
        (it, path) => this.#list(it, path, (one, at) => this.#sandbox(one, at)) ?? [],
      ),
      deletions: this.#list(deletions, "deletions", (it, path) => this.#deletion(it, path)) ?? [],
    };
  }

  #container(value: unknown, path: string): ContainerPart {
    const { runs, after, onStop } = this.#struct(value, path, ["runs", "after", "onStop"]);
    const parts = this.#list(runs, `${path}.runs`, (it, at) => this.#run(it, at));
    const durations = Array.isArray(after)
      ? this.#list(after, `${path}.after`, (it, at) => this.#duration(it, at) ?? 0)
      : this.#single(this.#duration(after, `${path}.after`));
    const stop = this.#stop(onStop, `${path}.onStop`);
    return {
      ...(parts !== undefined && { runs: parts }),
      ...(durations !== undefined && { afterMs: durations }),
      ...(stop !== undefined && { onStop: stop }),
    };
  }

  #single(value: Millis | undefined): readonly Millis[] | undefined {
    return value === undefined ? undefined : [value];
  }

  #run(value: unknown, path: string): RunPart {
    if (typeof value !== "object") return this.#end(value, path) ?? {};
    const known = ["exit", "after", "message", "onStop", "startAfter", "startError", "createError"];
    const it = this.#struct(value, path, known);
    const end = this.#end(it.exit, `${path}.exit`);
    const afterMs = this.#duration(it.after, `${path}.after`);
    const startMs = this.#duration(it.startAfter, `${path}.startAfter`);
    const message = this.#text(it.message, `${path}.message`);
    const startError = this.#text(it.startError, `${path}.startError`);
    const createError = this.#text(it.createError, `${path}.createError`);
    const onStop = this.#stop(it.onStop, `${path}.onStop`);
    const tellsOfEnd = afterMs !== undefined || message !== undefined;
    const fails = startError !== undefined || createError !== undefined;
    const never = it.exit === "running" ? "ends by itself" : fails ? "starts" : undefined;
    if (never !== undefined && (tellsOfEnd || (fails && it.exit !== undefined))) {
      this.#refuse(path, "Forbidden", `a run that never ${never} has no such end`);
    }
    const exit = end?.exit ?? (tellsOfEnd ? {} : undefined);
    return {
      ...end,
      ...(exit !== undefined && {
        exit: { ...exit, ...(message !== undefined && { terminationMessage: message }) },
      }),
      ...(afterMs !== undefined && { afterMs }),
      ...(startMs !== undefined && { startMs }),
      ...(startError !== undefined && { startError }),
      ...(createError !== undefined && { createError }),
      ...(onStop !== undefined && { onStop }),
    };
  }

  #end(value: unknown, path: string): RunPart | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "string" && typeof value !== "number") {
      return this.#wrong(path, "the end of a run", value);
    }
    return this.#parse(path, () => parseEnd(String(value)));
  }

  #stop(value: unknown, path: string): StopPart | undefined {
    if (value === "exit" || value === "ignore" || value === undefined) return value;
    const { exit, after } = typeof value === "object"
      ? this.#struct(value, path, ["exit", "after"])
      : { exit: value, after: undefined };
    const end = this.#end(exit ?? 0, exit === undefined ? path : `${path}.exit`);
    const afterMs = this.#duration(after, `${path}.after`) ?? 0;
    return end && { afterMs, exit: end.exit ?? {} };
  }

  #sandbox(value: unknown, path: string): SandboxScript {
    const { after, startAfter, error } = this.#struct(value, path, [
      "after",
      "startAfter",
      "error",
    ]);
    const exitAfterMs = this.#duration(after, `${path}.after`);
    const startMs = this.#duration(startAfter, `${path}.startAfter`);
    const text = this.#text(error, `${path}.error`);
    return {
      ...(exitAfterMs !== undefined && { exitAfterMs }),
      ...(startMs !== undefined && { startMs }),
      ...(text !== undefined && { error: text }),
    };
  }

  #deletion(value: unknown, path: string): Deletion {
    const { at, pod, grace } = this.#struct(value, path, ["at", "pod", "grace"]);
    const graceMs = this.#duration(grace, `${path}.grace`);
    if (pod === undefined) this.#refuse(path, "Required", "pod is missing: which one is deleted");
    return {
      at: this.#duration(at, `${path}.at`) ?? 0,
      pod: this.#text(pod, `${path}.pod`) ?? "",
      ...(graceMs !== undefined && { graceSeconds: Math.ceil(graceMs / 1000) }),
    };
  }

  #struct(value: unknown, path: string, known: readonly string[]): Fields {
    if (!isObject(value)) {
      if (value !== null) this.#wrong(path, "object", value);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const field = join(path, name);
      const message = `unknown field ${JSON.stringify(field)}`;
      const hint = didYouMean(findNearest(name, known));
      this.errors.push({ field, reason: "UnknownField", message, ...hint });
    }
    return value;
  }

  #map<T>(value: unknown, path: string, read: (it: unknown, path: string) => T): Map<string, T> {
    if (value === undefined || value === null) return new Map();
    if (!isObject(value)) {
      this.#wrong(path, "object", value);
      return new Map();
    }
    return new Map(
      Object.entries(value).map(([name, it]) => [name, read(it, join(path, name))]),
    );
  }

  #list<T>(
    value: unknown,
    path: string,
    read: (it: unknown, path: string) => T,
  ): readonly T[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return this.#wrong(path, "list", value);
    return value.map((it, index) => read(it, `${path}[${index}]`));
  }

  #duration(value: unknown, path: string): Millis | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "string" && typeof value !== "number") {
      return this.#wrong(path, "a duration such as 2s", value);
    }
    return this.#parse(path, () => parseDuration(String(value)));
  }

  #text(value: unknown, path: string): string | undefined {
    if (value === undefined || typeof value === "string") return value;
    return this.#wrong(path, "string", value);
  }

  #parse<T>(path: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.#refuse(path, "Invalid", error.message);
    }
  }

  #wrong(path: string, expected: string, value: unknown): undefined {
    return this.#refuse(path, "WrongType", `expected ${expected}, got ${JSON.stringify(value)}`);
  }

  #refuse(field: string, reason: FieldError["reason"], message: string): undefined {
    this.errors.push({ field, reason, message });
    return undefined;
  }
}

/** The path of a field or of a key of the user's own, which stands in brackets where it is no plain word. */
function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
