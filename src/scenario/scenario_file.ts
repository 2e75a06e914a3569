/**
 * A scenario as a YAML file: a manifest, a script and what is expected of them. Text in,
 * {@link Scenario} and located errors out; pure.
 *
 * The first document is the scenario, all others are the manifest. A wrong behaviour can be
 * reported as such a file.
 */
import { podTemplatesOf } from "../api/kinds/kinds.ts";
import {
  type ManifestError,
  parseManifest,
  type Position,
  Positions,
} from "../api/manifest/manifest.ts";
import { parseYaml, type YamlDocument } from "../api/manifest/yaml.ts";
import type { FieldError } from "../api/types/errors.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Millis } from "../base/clock.ts";
import { isObject } from "../base/plain_data.ts";
import type { Fault } from "../runtime/simulated/faulty_runtime.ts";
import { type CrashBackoff, parseCrashBackoff } from "./crash_backoff.ts";
import { type Expectations, readExpectations } from "./expectations.ts";
import { parseFault } from "./faults.ts";
import { FieldReader } from "./field_reader.ts";
import { EXPECTATION_FIELDS, SCENARIO_FIELDS } from "./format.ts";
import { type NamedPods, NameUses } from "./name_uses.ts";
import type { Script } from "./script.ts";
import { readScript } from "./script_file.ts";
import { findUnknownNames } from "./script_play.ts";

/** What happens to the objects of a manifest, and the outcome that is expected. */
export interface Scenario {
  /** What it shows, in a sentence. */
  readonly about: string;
  /** Ids of the rules that it shows. */
  readonly rules: readonly string[];
  /** The files of the manifest, from the folder of the scenario; none where it stands in it. */
  readonly manifest: readonly string[];
  /** The objects of the manifest that stands in it, in its order. */
  readonly objects: readonly KubernetesObject[];
  /** What containers and sandboxes do, and what is deleted. */
  readonly script: Script;
  /** Faults, as they are typed after `--inject`. */
  readonly inject: readonly string[];
  /** The same faults, read. */
  readonly faults: readonly Fault[];
  /** @default Kubernetes' 10 s, doubling up to 300 s (R-BACKOFF-3) */
  readonly crashBackoff: CrashBackoff;
  /** Lifecycle milliseconds in one of a real run. @default the caller's */
  readonly speed?: number;
  /**
   * Lifecycle time at which Pods that have not ended are deleted with their own grace.
   * @default 1 h
   */
  readonly end: Millis;
  /** Whether it is given: what can never go on by itself ends the run earlier otherwise. */
  readonly hasEnd: boolean;
  /** What is expected. */
  readonly expected: Expectations;
}

/** A scenario file, and what is wrong with it. */
export interface ParsedScenario {
  /** Without what could not be read. */
  readonly scenario: Scenario;
  /** With line and column of the file, those of the script and the manifest too. */
  readonly errors: readonly ManifestError[];
  /** The manifest in it, behind as many lines as stand before it; undefined: in other files. */
  readonly manifestText: string | undefined;
  /**
   * Names that are not those of these Pods; for a scenario whose manifest, or what it applies,
   * stands elsewhere. Of all others they are among the errors.
   */
  findUnknownNames(pods: NamedPods): readonly ManifestError[];
  /**
   * Where a field such as `events[0]` stands; of `trace[3]`, the line of the trace; the nearest
   * ancestor of a field that is not there.
   */
  positionOf(field: string): Position;
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
  const syntax = document?.errors.map(({ error, offset }) => ({
    ...error,
    ...positions.at(offset),
    file,
  })) ?? [];
  const isBroken = document?.value === undefined && syntax.length > 0;
  const value = isBroken ? {} : document?.value ?? {};

  const fields = new FieldReader();
  const names = new NameUses();
  const isManifest = isObject(value) && "apiVersion" in value && "kind" in value;
  const read = readFields(value, fields, names);
  if (split === undefined && read.manifest.length === 0) {
    const message = 'the manifest is missing: expected it after a line of "---", or its file as ' +
      "manifest";
    fields.refuse("", "Required", message);
  }
  if (split !== undefined && read.manifest.length > 0) {
    fields.refuse("manifest", "Forbidden", "the manifest stands in this file already");
  }
  // Lines before the manifest stay, so that it has its own line numbers.
  const manifestText = split === undefined
    ? undefined
    : head.replace(/[^\n]+/g, "") + text.slice(split);
  const manifest = parseManifest(manifestText ?? "", { file });
  const objects = manifest.documents.map(({ object }) => object);
  const findUnknownNames = (pods: NamedPods) =>
    [...names.findUnknown(pods), ...findUnknownInScript(read.script, pods)].map(locate);
  const isWhole = read.manifest.length === 0 && (read.script.applies ?? []).length === 0;
  const pods = isWhole && manifest.errors.length === 0 ? findNamedPods(objects) : undefined;
  return {
    scenario: { objects, ...read },
    errors: [
      ...syntax,
      // Fields that a broken text seems to lack are not errors of their own.
      ...(isManifest ? [locate(MANIFEST_ALONE)] : isBroken ? [] : fields.errors.map(locate)),
      ...(pods === undefined ? [] : findUnknownNames(pods)),
      ...manifest.errors.map((error) => ({ ...error, file })),
    ],
    manifestText,
    findUnknownNames,
    positionOf,
  };
}

function findUnknownInScript(script: Script, { templates }: NamedPods): FieldError[] {
  return findUnknownNames(script, templates).map((it) => ({ ...it, field: `script.${it.field}` }));
}

/** The Pods of these objects, and the templates of those that manage Pods. */
export function namedPodsOf(objects: readonly KubernetesObject[]): NamedPods {
  return {
    templates: objects.flatMap((it) => podTemplatesOf(it).map(({ pod }) => pod)),
    isManaged: objects.some((it) => it.kind !== "Pod" && podTemplatesOf(it).length > 0),
  };
}

/** A manifest that was taken for a scenario. */
const MANIFEST_ALONE: FieldError = {
  field: "",
  reason: "Invalid",
  message:
    "this is a manifest, not a scenario; name it by manifest: FILE in a scenario of its own, " +
    'or write the scenario before it, ended by a line of "---"',
};

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
function findNamedPods(objects: readonly KubernetesObject[]): NamedPods | undefined {
  const isReadable = objects.every((it) => it.kind !== "Pod" || it.spec?.containers !== undefined);
  if (!isReadable) return undefined;
  const pods = namedPodsOf(objects);
  const areNamed = pods.templates.every(({ metadata, spec }) =>
    metadata?.name !== undefined && spec?.containers !== undefined &&
    [...spec.containers, ...spec.initContainers ?? []].every((it) => it?.name !== undefined)
  );
  return areNamed ? pods : undefined;
}

const FIELDS = [...Object.keys(SCENARIO_FIELDS), ...Object.keys(EXPECTATION_FIELDS)];

function readFields(
  value: unknown,
  fields: FieldReader,
  names: NameUses,
): Omit<Scenario, "objects"> {
  const given = fields.struct(value, "", FIELDS);
  const script = readScript(given.script ?? {}, "script", fields);
  const inject = readTexts(given.inject, "inject", fields);
  const crashBackoff = fields.text(given.crashBackoff, "crashBackoff") ?? "10s,300s";
  const { speed } = given;
  if (speed !== undefined && !(typeof speed === "number" && speed > 0)) {
    fields.wrong("speed", "a number above 0", speed);
  }
  return {
    about: readRequired(given.about, "about", fields),
    rules: readTexts(given.rules, "rules", fields),
    manifest: typeof given.manifest === "string"
      ? [given.manifest]
      : readTexts(given.manifest, "manifest", fields),
    script,
    inject,
    faults: readFaults(inject, fields, names),
    crashBackoff: fields.parse("crashBackoff", () => parseCrashBackoff(crashBackoff)) ??
      parseCrashBackoff("0"),
    ...(typeof speed === "number" && { speed }),
    end: readEnd(given.end, fields) ?? 3_600_000,
    hasEnd: given.end !== undefined,
    expected: readExpectations(given, fields, names),
  };
}

function readFaults(
  inject: readonly string[],
  fields: FieldReader,
  names: NameUses,
): readonly Fault[] {
  return inject.flatMap((text, index) => {
    const field = `inject[${index}]`;
    const fault = fields.parse(field, () => parseFault(text));
    if (fault === undefined) return [];
    names.add({ field, kind: "any container", name: fault.container });
    return [fault];
  });
}

function readEnd(value: unknown, fields: FieldReader): Millis | undefined {
  const end = fields.duration(value, "end");
  return end === 0 ? fields.refuse("end", "Invalid", "must be later than 0") : end;
}

function readRequired(value: unknown, path: string, fields: FieldReader): string {
  if (value === undefined) fields.refuse("", "Required", `${path} is missing`);
  return fields.text(value, path) ?? "";
}

/** A list of strings, without the items that are none. */
function readTexts(value: unknown, path: string, fields: FieldReader): readonly string[] {
  const texts = fields.list(
    value,
    path,
    (it, at) => typeof it === "string" ? it : fields.wrong(at, "string", it),
  );
  return texts?.filter((text) => text !== undefined) ?? [];
}
