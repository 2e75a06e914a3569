/** A script of `simulate` as a YAML file: text in, {@link Script} and located errors out; pure. */
import { type ProbeType, probeTypes } from "../api/pod_containers.ts";
import { didYouMean, type FieldError } from "../api/types/errors.ts";
import { Positions } from "../api/manifest/manifest.ts";
import { parseYaml, type YamlDocument } from "../api/manifest/yaml.ts";
import type { Millis } from "../base/clock.ts";
import { isObject } from "../base/plain_data.ts";
import type { SandboxScript } from "../runtime/simulated/simulation_script.ts";
import type { ManifestError } from "../api/manifest/manifest.ts";
import { findNearest } from "../base/nearest.ts";
import {
  type ContainerPart,
  type Deletion,
  emptyScript,
  type HookPart,
  parseEnd,
  parseProbePart,
  type ProbePart,
  type RunPart,
  type Script,
  type StopPart,
  WHY,
} from "./script.ts";
import { UsageError } from "../base/usage_error.ts";
import { parseDuration } from "../base/duration.ts";

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
    const error = {
      field: "",
      reason: "Syntax",
      message: "a script must be a single YAML document",
    } as const;
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
    const { runs, after, onStop, probes, hooks } = this.#struct(
      value,
      path,
      ["runs", "after", "onStop", "probes", "hooks"],
    );
    const parts = this.#list(runs, `${path}.runs`, (it, at) => this.#run(it, at));
    const durations = Array.isArray(after)
      ? this.#list(after, `${path}.after`, (it, at) => this.#duration(it, at) ?? 0)
      : this.#single(this.#duration(after, `${path}.after`));
    const stop = this.#stop(onStop, `${path}.onStop`);
    const hookParts = hooks === undefined ? undefined : this.#hooks(hooks, `${path}.hooks`);
    return {
      ...(parts !== undefined && { runs: parts }),
      ...(probes !== undefined && { probes: this.#probes(probes, `${path}.probes`) }),
      ...(hookParts !== undefined && { hooks: hookParts }),
      ...(durations !== undefined && { afterMs: durations }),
      ...(stop !== undefined && { onStop: stop }),
    };
  }

  #probes(value: unknown, path: string): ReadonlyMap<ProbeType, readonly ProbePart[]> {
    const given = this.#struct(value, path, probeTypes);
    return new Map(
      probeTypes.filter((name) => given[name] !== undefined).map((name) => {
        const read = (it: unknown, at: string) => this.#probe(it, at);
        const found = given[name];
        const parts = Array.isArray(found)
          ? this.#list(found, `${path}.${name}`, read) ?? []
          : [read(found, `${path}.${name}`)];
        return [name, parts.filter((part) => part !== undefined)];
      }),
    );
  }

  #probe(value: unknown, path: string): ProbePart | undefined {
    if (typeof value !== "string") return this.#wrong(path, "a word such as fail@30s..", value);
    return this.#parse(path, () => parseProbePart(value));
  }

  #hooks(value: unknown, path: string): NonNullable<ContainerPart["hooks"]> {
    const { postStart, preStop } = this.#struct(value, path, ["postStart", "preStop"]);
    const read = (it: unknown, at: string) =>
      Array.isArray(it)
        ? this.#list(it, at, (one, place) => this.#hook(one, place)) ?? []
        : [this.#hook(it, at)];
    return {
      ...(postStart !== undefined && { postStart: read(postStart, `${path}.postStart`) }),
      ...(preStop !== undefined && { preStop: read(preStop, `${path}.preStop`) }),
    };
  }

  #hook(value: unknown, path: string): HookPart {
    const { after, exit } = this.#struct(value, path, ["after", "exit"]);
    const afterMs = this.#duration(after, `${path}.after`);
    const end = this.#end(exit, `${path}.exit`);
    if (end !== undefined && end.exit?.exitCode === undefined) {
      this.#refuse(`${path}.exit`, "Invalid", "a hook ends with an exit code");
    }
    const exitCode = end?.exit?.exitCode;
    return {
      ...(afterMs !== undefined && { afterMs }),
      ...(exitCode !== undefined && { exitCode }),
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
      this.#refuse(path, "Forbidden", `not allowed with a run that never ${never}`);
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
    const { after, startAfter, error, evicted } = this.#struct(value, path, [
      "after",
      "startAfter",
      "error",
      "evicted",
    ]);
    const exitAfterMs = this.#duration(after, `${path}.after`);
    const startMs = this.#duration(startAfter, `${path}.startAfter`);
    const text = this.#text(error, `${path}.error`);
    return {
      ...(evicted !== undefined && { eviction: this.#eviction(evicted, `${path}.evicted`) }),
      ...(exitAfterMs !== undefined && { exitAfterMs }),
      ...(startMs !== undefined && { startMs }),
      ...(text !== undefined && { error: text }),
    };
  }

  #eviction(value: unknown, path: string): NonNullable<SandboxScript["eviction"]> {
    const { after, message } = this.#struct(value, path, ["after", "message"]);
    return {
      afterMs: this.#duration(after, `${path}.after`) ?? 0,
      message: this.#text(message, `${path}.message`) ?? WHY,
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

/**
 * The path of a field or of a key of the user's own, which stands in brackets where it is not a
 * plain word.
 */
function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}
