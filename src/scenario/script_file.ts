/** A script of `simulate` as a YAML file: text in, {@link Script} and located errors out; pure. */
import { type ProbeType, probeTypes } from "../api/pod_containers.ts";
import type { FieldError } from "../api/types/errors.ts";
import { type ManifestError, Positions } from "../api/manifest/manifest.ts";
import { parseYaml } from "../api/manifest/yaml.ts";
import type { Millis } from "../base/clock.ts";
import type { SandboxScript } from "../runtime/simulated/simulation_script.ts";
import { FieldReader } from "./field_reader.ts";
import {
  APPLICATION_FIELDS,
  CONTAINER_FIELDS,
  DELETION_FIELDS,
  EVICTION_FIELDS,
  HOOK_FIELDS,
  HOOKS_FIELDS,
  INPUT_FIELDS,
  RUN_FIELDS,
  SANDBOX_FIELDS,
  SCENARIO_SCRIPT_FIELDS,
  SCRIPT_FIELDS,
  STOP_FIELDS,
} from "./format.ts";
import { parseObjectName } from "./object_name.ts";
import {
  type Application,
  type ContainerPart,
  type Deletion,
  emptyScript,
  type HookPart,
  type Input,
  parseEnd,
  parseProbePart,
  type ProbePart,
  type RunPart,
  type Script,
  type StopPart,
  WHY,
} from "./script.ts";

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
  const fields = new FieldReader();
  const script = readScript(document?.value ?? {}, "", fields);
  return { script, errors: [...syntax, ...fields.errors.map(locate)], locate };
}

/**
 * Reads a script from a YAML value.
 *
 * @param path of the value in its document; `""` is the document itself.
 * @param fields gets the errors.
 */
export function readScript(value: unknown, path: string, fields: FieldReader): Script {
  return new ScriptReader(fields).read(value, path);
}

/** One method for each part of a script. */
class ScriptReader {
  readonly #fields: FieldReader;

  constructor(fields: FieldReader) {
    this.#fields = fields;
  }

  read(value: unknown, path: string): Script {
    const { after, containers, sandboxes, deletions, applies, inputs } = this.#fields.struct(
      value,
      path,
      Object.keys(path === "" ? SCRIPT_FIELDS : SCENARIO_SCRIPT_FIELDS),
    );
    const prefix = path === "" ? "" : `${path}.`;
    const afterMs = this.#fields.duration(after, `${prefix}after`);
    const parts = this.#fields.map(
      containers,
      `${prefix}containers`,
      (it, at) => this.#container(it, at),
    );
    const lives = this.#fields.map(
      sandboxes,
      `${prefix}sandboxes`,
      (it, at) => this.#fields.list(it, at, (one, place) => this.#sandbox(one, place)) ?? [],
    );
    const written = this.#fields.list(
      path === "" ? undefined : inputs,
      `${prefix}inputs`,
      (it, at) => this.#input(it, at),
    );
    const deleted = this.#fields.list(
      deletions,
      `${prefix}deletions`,
      (it, at) => this.#deletion(it, at),
    );
    const applied = this.#fields.list(
      applies,
      `${prefix}applies`,
      (it, at) => this.#application(it, at),
    );
    return {
      ...(afterMs !== undefined && { afterMs }),
      containers: parts,
      sandboxes: lives,
      deletions: deleted ?? [],
      ...(applied !== undefined && { applies: applied }),
      ...(written !== undefined && { inputs: written }),
    };
  }

  #container(value: unknown, path: string): ContainerPart {
    const { runs, after, onStop, probes, hooks } = this.#fields.struct(
      value,
      path,
      Object.keys(CONTAINER_FIELDS),
    );
    const parts = this.#fields.list(runs, `${path}.runs`, (it, at) => this.#run(it, at));
    const durations = Array.isArray(after)
      ? this.#fields.list(after, `${path}.after`, (it, at) => this.#fields.duration(it, at) ?? 0)
      : this.#single(this.#fields.duration(after, `${path}.after`));
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
    const given = this.#fields.struct(value, path, probeTypes);
    return new Map(
      probeTypes.filter((name) => given[name] !== undefined).map((name) => {
        const read = (it: unknown, at: string) => this.#probe(it, at);
        const found = given[name];
        const parts = Array.isArray(found)
          ? this.#fields.list(found, `${path}.${name}`, read) ?? []
          : [read(found, `${path}.${name}`)];
        return [name, parts.filter((part) => part !== undefined)];
      }),
    );
  }

  #probe(value: unknown, path: string): ProbePart | undefined {
    if (typeof value !== "string") {
      return this.#fields.wrong(path, "a word such as fail@30s..", value);
    }
    return this.#fields.parse(path, () => parseProbePart(value));
  }

  #hooks(value: unknown, path: string): NonNullable<ContainerPart["hooks"]> {
    const { postStart, preStop } = this.#fields.struct(value, path, Object.keys(HOOKS_FIELDS));
    const read = (it: unknown, at: string) =>
      Array.isArray(it)
        ? this.#fields.list(it, at, (one, place) => this.#hook(one, place)) ?? []
        : [this.#hook(it, at)];
    return {
      ...(postStart !== undefined && { postStart: read(postStart, `${path}.postStart`) }),
      ...(preStop !== undefined && { preStop: read(preStop, `${path}.preStop`) }),
    };
  }

  #hook(value: unknown, path: string): HookPart {
    const { after, exit } = this.#fields.struct(value, path, Object.keys(HOOK_FIELDS));
    const afterMs = this.#fields.duration(after, `${path}.after`);
    const end = this.#end(exit, `${path}.exit`);
    if (end !== undefined && end.exit?.exitCode === undefined) {
      this.#fields.refuse(`${path}.exit`, "Invalid", "a hook ends with an exit code");
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
    const it = this.#fields.struct(value, path, Object.keys(RUN_FIELDS));
    const end = this.#end(it.exit, `${path}.exit`);
    const afterMs = this.#fields.duration(it.after, `${path}.after`);
    const startMs = this.#fields.duration(it.startAfter, `${path}.startAfter`);
    const output = this.#fields.text(it.output, `${path}.output`);
    const message = this.#fields.text(it.message, `${path}.message`);
    const startError = this.#fields.text(it.startError, `${path}.startError`);
    const createError = this.#fields.text(it.createError, `${path}.createError`);
    const onStop = this.#stop(it.onStop, `${path}.onStop`);
    const tellsOfEnd = afterMs !== undefined || message !== undefined;
    const fails = startError !== undefined || createError !== undefined;
    const never = it.exit === "running" ? "ends by itself" : fails ? "starts" : undefined;
    if (never !== undefined && (tellsOfEnd || (fails && it.exit !== undefined))) {
      this.#fields.refuse(path, "Forbidden", `not allowed with a run that never ${never}`);
    }
    const exit = end?.exit ?? (tellsOfEnd ? {} : undefined);
    return {
      ...end,
      ...(exit !== undefined && {
        exit: { ...exit, ...(message !== undefined && { terminationMessage: message }) },
      }),
      ...(afterMs !== undefined && { afterMs }),
      ...(startMs !== undefined && { startMs }),
      ...(output !== undefined && { output }),
      ...(startError !== undefined && { startError }),
      ...(createError !== undefined && { createError }),
      ...(onStop !== undefined && { onStop }),
    };
  }

  #end(value: unknown, path: string): RunPart | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "string" && typeof value !== "number") {
      return this.#fields.wrong(path, "the end of a run", value);
    }
    return this.#fields.parse(path, () => parseEnd(String(value)));
  }

  #stop(value: unknown, path: string): StopPart | undefined {
    if (value === "exit" || value === "ignore" || value === undefined) return value;
    const { exit, after } = typeof value === "object"
      ? this.#fields.struct(value, path, Object.keys(STOP_FIELDS))
      : { exit: value, after: undefined };
    const end = this.#end(exit ?? 0, exit === undefined ? path : `${path}.exit`);
    const afterMs = this.#fields.duration(after, `${path}.after`) ?? 0;
    return end && { afterMs, exit: end.exit ?? {} };
  }

  #sandbox(value: unknown, path: string): SandboxScript {
    const { after, startAfter, error, evicted } = this.#fields.struct(
      value,
      path,
      Object.keys(SANDBOX_FIELDS),
    );
    const exitAfterMs = this.#fields.duration(after, `${path}.after`);
    const startMs = this.#fields.duration(startAfter, `${path}.startAfter`);
    const text = this.#fields.text(error, `${path}.error`);
    return {
      ...(evicted !== undefined && { eviction: this.#eviction(evicted, `${path}.evicted`) }),
      ...(exitAfterMs !== undefined && { exitAfterMs }),
      ...(startMs !== undefined && { startMs }),
      ...(text !== undefined && { error: text }),
    };
  }

  #eviction(value: unknown, path: string): NonNullable<SandboxScript["eviction"]> {
    const { after, message } = this.#fields.struct(value, path, Object.keys(EVICTION_FIELDS));
    return {
      afterMs: this.#fields.duration(after, `${path}.after`) ?? 0,
      message: this.#fields.text(message, `${path}.message`) ?? WHY,
    };
  }

  #application(value: unknown, path: string): Application {
    const { at, file } = this.#fields.struct(value, path, Object.keys(APPLICATION_FIELDS));
    if (file === undefined) {
      this.#fields.refuse(path, "Required", "file is missing: which manifest is applied");
    }
    return {
      at: this.#fields.duration(at, `${path}.at`) ?? 0,
      file: this.#fields.text(file, `${path}.file`) ?? "",
    };
  }

  #input(value: unknown, path: string): Input {
    const { at, text } = this.#fields.struct(value, path, Object.keys(INPUT_FIELDS));
    if (text === undefined) {
      this.#fields.refuse(path, "Required", "text is missing: what is written");
    }
    return {
      at: this.#fields.duration(at, `${path}.at`) ?? 0,
      text: this.#fields.text(text, `${path}.text`) ?? "",
    };
  }

  #deletion(value: unknown, path: string): Deletion {
    const { at, pod, object, grace } = this.#fields.struct(
      value,
      path,
      Object.keys(DELETION_FIELDS),
    );
    const graceMs = this.#fields.duration(grace, `${path}.grace`);
    if (pod === undefined && object === undefined) {
      this.#fields.refuse(path, "Required", "pod is missing: which one is deleted");
    }
    const named = object === undefined ? undefined : this.#fields.text(object, `${path}.object`);
    const parsed = named === undefined
      ? undefined
      : this.#fields.parse(`${path}.object`, () => parseObjectName(named));
    return {
      at: this.#fields.duration(at, `${path}.at`) ?? 0,
      ...parsed === undefined
        ? { pod: this.#fields.text(pod, `${path}.pod`) ?? "" }
        : { kind: parsed.kind, pod: parsed.name },
      ...(graceMs !== undefined && { graceSeconds: Math.ceil(graceMs / 1000) }),
    };
  }
}
