/**
 * Manifests as they are named on a command line: files, directories, standard input; read, checked,
 * located.
 */
import { concatBytes } from "../../base/bytes.ts";
import { escapeControls } from "../../base/control_characters.ts";
import { duplicate, type FieldError, formatFieldError } from "../../api/types/errors.ts";
import { ignoredFields, unsupportedFields } from "../../api/field_support.ts";
import { generateName } from "../../api/generate_name.ts";
import { planCreate } from "../../api/kinds/creation.ts";
import { loadRules } from "../../api/kinds/strategy/late_rules.ts";
import { findInPods, keyOfObject, podTemplatesOf, warnObject } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import {
  type ManifestDocument,
  type ManifestError,
  MAX_MANIFEST_BYTES,
  type OtherDocument,
  parseManifest,
} from "../../api/manifest/manifest.ts";
import { adviseDollars } from "../../api/validate/warn/dollar_advice.ts";
import { warnName, warnPod } from "../../api/validate/warn/pod_warnings.ts";
import { describeFailure } from "../output/failure.ts";
import { anyEnding } from "./any_ending.ts";
import { joinPath, parentPath, resolvePath } from "./paths.ts";
import { UsageError } from "../../base/usage_error.ts";

/** One object, and where it came from. */
export interface SourceDocument extends ManifestDocument {
  /** The folder of its file, absolute: relative host paths start there. */
  readonly folder: string;
}

/** A manifest that is in memory. */
export interface GivenManifest {
  /** As errors name it. */
  readonly file: string;
  readonly text: string;
  /** Where its relative host paths start, absolute. */
  readonly folder: string;
}

/** Everything that the manifests hold, and what is wrong with them. */
export interface LoadedManifests {
  /** In the order of the command line. */
  readonly documents: readonly SourceDocument[];
  /** Objects of kinds that nothing here acts on, in that order too. */
  readonly others: readonly OtherDocument[];
  /** Files that cannot be read, and what cannot be decoded. */
  readonly errors: readonly ManifestError[];
}

/**
 * Reads manifests, each a file, a directory of `*.yaml`, `*.yml` and `*.json`, or `-` for standard
 * input, or given.
 *
 * @param directory where the person stands, absolute.
 * @param newEnding the ending of the next name that is to be generated. @default any
 * @throws {UsageError} no manifest at all, or standard input twice.
 */
export async function loadManifests(
  operands: readonly (string | GivenManifest)[],
  directory: string,
  newEnding: () => number = anyEnding,
): Promise<LoadedManifests> {
  if (operands.length === 0) {
    throw new UsageError("No manifest given: a file, a directory, or - for standard input");
  }
  if (operands.indexOf("-") !== operands.lastIndexOf("-")) {
    throw new UsageError("Standard input can be read only once");
  }
  const documents: SourceDocument[] = [];
  const others: OtherDocument[] = [];
  const errors: ManifestError[] = [];
  for (const operand of operands) {
    for (const { file, path, folder, text } of listFiles(operand, directory, errors)) {
      const bytes = text ?? await readManifest(path, file, errors);
      if (bytes === undefined) continue;
      const manifest = parseManifest(bytes, { file });
      await loadRules(manifest.documents.map(({ object }) => object.kind));
      documents.push(...manifest.documents.map((it) => ({
        ...it,
        object: withName(it.object, newEnding),
        folder,
      })));
      others.push(...manifest.others);
      errors.push(...manifest.errors.map((it) => ({ ...it, file })));
    }
  }
  if (documents.length === 0 && others.length === 0 && errors.length === 0) {
    errors.push({
      file: operands.map((it) => typeof it !== "string" ? it.file : it === "-" ? "<stdin>" : it)
        .join(", "),
      field: "",
      reason: "Syntax",
      message: "no object in it",
    });
  }
  return { documents, others, errors };
}

/** With the name that it asks for, as the API server gives it to what is created. */
function withName(object: KubernetesObject, newEnding: () => number): KubernetesObject {
  const { name, generateName: base } = object.metadata;
  if (name || !base) return object;
  return { ...object, metadata: { ...object.metadata, name: generateName(base, newEnding()) } };
}

interface ManifestFile {
  readonly file: string;
  /** Absolute; undefined for standard input. */
  readonly path: string | undefined;
  /** Where its relative host paths start. */
  readonly folder: string;
  /** What is in it, where that is known. */
  readonly text?: string;
}

function listFiles(
  operand: string | GivenManifest,
  directory: string,
  errors: ManifestError[],
): ManifestFile[] {
  if (typeof operand !== "string") return [{ ...operand, path: undefined }];
  if (operand === "-") return [{ file: "<stdin>", path: undefined, folder: directory }];
  if (/^https?:\/\//i.test(operand)) {
    errors.push(
      unreadable(operand, `nothing is downloaded; curl -fsSLO '${operand}' saves it here`),
    );
    return [];
  }
  const path = resolvePath(directory, operand);
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    // What stands beside a shell's `<(…)` is nothing of the manifest's.
    if (!isDirectory) {
      return [{ file: operand, path, folder: isFile ? parentPath(path) : directory }];
    }
    const names = [...Deno.readDirSync(path)]
      .filter((it) => !it.isDirectory && /\.(ya?ml|json)$/.test(it.name))
      .map((it) => it.name).sort();
    if (names.length === 0) {
      errors.push(unreadable(operand, "the directory has no *.yaml, *.yml or *.json"));
    }
    return names.map((name) => ({
      file: joinPath(operand, name),
      path: resolvePath(path, name),
      folder: path,
    })).filter(({ file, path }) => {
      const isRead = !isPipe(path);
      if (!isRead) errors.push(unreadable(file, NOT_A_FILE));
      return isRead;
    });
  } catch (error) {
    errors.push(unreadable(operand, describeFailure(error)));
    return [];
  }
}

/** Why {@link isPipe} is not read. */
export const NOT_A_FILE = "it is a pipe, a socket or a device, not a file";

/** Whether reading it could wait forever: no one asked for it by its name, as for `<(…)`. */
export function isPipe(path: string): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return !isFile && !isDirectory;
  } catch {
    // What cannot be looked at is reported where it is read.
    return false;
  }
}

/**
 * Reads a file, up to as much as a manifest may have.
 *
 * @param path absolute; undefined: standard input.
 * @returns undefined where it cannot be read: the errors say why.
 */
export async function readManifest(
  path: string | undefined,
  file: string,
  errors: ManifestError[],
): Promise<Uint8Array | undefined> {
  try {
    if (path === undefined) return await readBounded(Deno.stdin.readable, file, errors);
    using source = await Deno.open(path);
    // One at a time: the file may vanish, but what is open stays.
    return await readBounded(chunksOf(source), file, errors);
  } catch (error) {
    errors.push(unreadable(file, describeFailure(error)));
    return undefined;
  }
}

async function* chunksOf(source: Deno.FsFile): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(1 << 16);
    const count = await source.read(chunk);
    if (count === null) return;
    yield chunk.subarray(0, count);
  }
}

async function readBounded(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  errors: ManifestError[],
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) {
      errors.push(unreadable(file, `it is larger than ${MAX_MANIFEST_BYTES >> 20} MiB`));
      return undefined;
    }
  }
  return concatBytes(parts);
}

/** The error of a file that cannot be read at all. */
export function unreadable(file: string, why: string): ManifestError {
  return { file, field: "", reason: "Syntax", message: `cannot be read: ${why}` };
}

/**
 * Everything that is wrong with the objects of these documents, located: what Kubernetes refuses,
 * what is not available here, and names that are given twice.
 *
 * @param objectOf the object as it is to be checked: the document's own, or what the command line
 * made of it.
 * @param isSimulated what this machine cannot give is not an error.
 */
export function checkDocuments(
  documents: readonly SourceDocument[],
  objectOf: (document: SourceDocument) => KubernetesObject = (it) => it.object,
  isSimulated = false,
): ManifestError[] {
  const seen = new Set<string>();
  const valid: KubernetesObject[] = [];
  return documents.flatMap((document) => {
    const object = objectOf(document);
    const { name } = object.metadata;
    const key = keyOfObject(object);
    const repeated = name !== "" && name !== undefined && seen.has(key);
    seen.add(key);
    const { object: stored, errors: refused } = planCreate(object, valid);
    if (refused.length === 0 && !repeated) valid.push(stored);
    const errors = [
      ...(repeated ? [duplicate("metadata.name", name)] : []),
      ...refused,
      ...(isSimulated ? [] : unsupportedFields(object, refused)),
    ];
    return errors.filter((error) => isOwnError(error, document.undecoded))
      .map((error) => ({ ...document.locate(error), file: document.file }));
  });
}

/** Whether an error would be there too if every field of a wrong type were of the right one. */
export function isOwnError({ field, reason }: FieldError, undecoded: readonly string[]): boolean {
  // What is not found may be what could not be decoded.
  if (reason === "NotFound") return undecoded.length === 0;
  return !undecoded.some((it) => it === field || isBelow(it, field) || isBelow(field, it));
}

function isBelow(field: string, above: string): boolean {
  return field.startsWith(`${above}.`) || field.startsWith(`${above}[`);
}

/**
 * Warnings: in a Pod what is seldom meant, in other objects what is ignored, which no Pod's events
 * report; `file:line:col: warning: path: message`.
 */
export function findWarnings(documents: readonly SourceDocument[]): string[] {
  return documents.flatMap(({ object, file, positionOf }) => {
    const warnings = podTemplatesOf(object).length > 0
      ? [
        ...warnName(object),
        ...findInPods(object, (pod) => [
          ...warnPod(pod, object.kind !== "Pod"),
          ...adviseDollars(pod),
        ]),
      ]
      : [
        ...warnObject(object),
        ...ignoredFields(object).map(({ field, note }) => ({
          field,
          message: `not enforced: ${note}`,
        })),
      ];
    return warnings.map(({ field, message }) => {
      const { line, column } = positionOf(field);
      return escapeControls(`${file}:${line}:${column}: warning: ${field}: ${message}`);
    });
  });
}

/** `file:line:col: path: message`; each line once, in the order of files and lines. */
export function formatManifestErrors(errors: readonly ManifestError[]): string[] {
  const files = [...new Set(errors.map(({ file }) => file))];
  const sorted = errors.toSorted((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) ||
    (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
  );
  const lines = sorted.map((error) => {
    const place = error.line === undefined ? "" : `:${error.line}:${error.column}`;
    return escapeControls(`${error.file}${place}: ${formatFieldError(error)}`);
  });
  return [...new Set(lines)];
}
