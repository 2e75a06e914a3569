/**
 * Manifest text to objects, with line numbers: several documents, YAML or JSON, `List`s taken
 * apart. Text in, data out: reading files is the caller's.
 */
import { decodeObject } from "./decode.ts";
import type { FieldError } from "../types/errors.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import { hintTemplate } from "./foreign.ts";
import type { OtherObject } from "./other_object.ts";
import { parseYaml, type YamlDocument } from "./yaml.ts";

/** What is wrong in a file, or with it. */
export interface ManifestError extends FieldError {
  /** As the person named it. */
  readonly file: string;
}

/** What one document may have; Kubernetes takes 3 MiB in a request. */
const MAX_DOCUMENT_BYTES = 3 * 1024 * 1024;

/** What one manifest may have. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** A place in a manifest; both count from 1. */
export interface Position {
  /** Line of the manifest. */
  readonly line: number;
  /** Column of the line, in UTF-16 units. */
  readonly column: number;
}

/** One object of a manifest. */
export interface ManifestDocument extends ManifestPlace {
  /** Decoded: every field known and of its type. */
  readonly object: KubernetesObject;
}

/** One object of a kind that nothing here acts on. */
export interface OtherDocument extends ManifestPlace {
  /** What it is. */
  readonly other: OtherObject;
}

/** Where an object of a manifest stands. */
export interface ManifestPlace {
  /**
   * Fields of a wrong type, which the object lacks: their absence is not reported as another error.
   */
  readonly undecoded: readonly string[];
  /** As it was named to `parseManifest`. */
  readonly file: string;
  /**
   * Where a field such as `spec.containers[0].image` stands; its nearest ancestor if it is not
   * there.
   */
  positionOf(field: string): Position;
  /** The error with its line and column. */
  locate(error: FieldError): FieldError;
}

/** What a manifest holds, and what is wrong with it. */
export interface Manifest {
  /** Objects of known kinds, in order; what is wrong with their fields is among the errors. */
  readonly documents: readonly ManifestDocument[];
  /** Objects of other kinds, in order. */
  readonly others: readonly OtherDocument[];
  /** Every error, with line and column, in the order of the text. */
  readonly errors: readonly FieldError[];
}

/**
 * Reads a manifest as kubectl would; never throws for what the text is.
 * @param source text, or the bytes of a file
 */
export function parseManifest(
  source: string | Uint8Array,
  { file }: { readonly file: string },
): Manifest {
  const text = readText(source);
  if (typeof text !== "string") return { documents: [], others: [], errors: [text] };
  const positions = new Positions(text);
  const unreadable = firstControlCharacter(text);
  if (unreadable) {
    const error = { ...unreadable.error, ...positions.at(unreadable.offset) };
    return { documents: [], others: [], errors: [error] };
  }

  const trees = new Trees();
  const documents: ManifestDocument[] = [];
  const others: OtherDocument[] = [];
  const errors: FieldError[] = [];
  for (const part of splitDocuments(text)) {
    const size = byteLength(part.text);
    if (size > MAX_DOCUMENT_BYTES) {
      const error = tooLarge("document", size, MAX_DOCUMENT_BYTES);
      errors.push({ ...error, ...positions.at(part.start) });
      continue;
    }
    for (const [index, yaml] of trees.of(part).entries()) {
      for (const { error, offset } of yaml.errors) {
        // What is missing at the end is missing behind the last word, not on the line of the next
        // document.
        const within = Math.min(offset, part.text.trimEnd().length);
        const hint = error.reason === "Syntax" ? hintTemplate(part.text) : {};
        errors.push({ ...error, ...hint, ...positions.at(part.start + within) });
      }
      for (const { value, path } of objectsOf(yaml.value, "")) {
        const place = placeIn({ part, index, path, trees, positions });
        const { object, other, errors: found, undecoded } = isList(value)
          ? { object: undefined, other: undefined, errors: [listError(value)], undecoded: [] }
          : decodeObject(value, (field) => yaml.sourceOf(joinPath(path, field)));
        errors.push(...found.map(place.locate));
        if (object) documents.push({ object, undecoded, file, ...place });
        if (other) others.push({ other, undecoded, file, ...place });
      }
    }
  }
  errors.sort((a, b) => a.line! - b.line! || a.column! - b.column!);
  return { documents, others, errors };
}

/** The text of a source that is small enough and UTF-8, else why it is not read. */
function readText(source: string | Uint8Array): string | FieldError {
  const size = typeof source === "string" ? byteLength(source) : source.byteLength;
  if (size > MAX_MANIFEST_BYTES) return tooLarge("manifest", size, MAX_MANIFEST_BYTES);
  if (typeof source === "string") return source;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source);
  } catch {
    // Bytes that are not UTF-8 are not a manifest in any case.
    return {
      field: "",
      reason: "Syntax",
      message: "not a text file: it is not UTF-8",
      line: 1,
      column: 1,
    };
  }
}

function tooLarge(what: string, bytes: number, most: number): FieldError {
  const message = `${what} of ${bytes} bytes is too large: at most ${most} bytes are read`;
  return { field: "", reason: "Syntax", message, line: 1, column: 1 };
}

function firstControlCharacter(text: string) {
  // deno-lint-ignore no-control-regex
  const match = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (!match) return undefined;
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const message = `not a text file: it holds the control character U+${code}`;
  return { error: { field: "", reason: "Syntax", message } as const, offset: match.index };
}

interface DocumentText {
  readonly text: string;
  /** Where it starts in the manifest. */
  readonly start: number;
}

/**
 * Where documents begin and end: at lines of `---`, and between JSON objects that follow each
 * other.
 */
function* splitDocuments(text: string): Generator<DocumentText> {
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (match.index > start) yield* splitJson(text.slice(start, match.index), start);
    start = match.index;
  }
  if (start < text.length) yield* splitJson(text.slice(start), start);
}

function* splitJson(text: string, start: number): Generator<DocumentText> {
  const tokens = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}]|[^\s"{}]+/g;
  let from = 0;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (depth === 0) {
      if (token !== "{") break;
      if (text.slice(from, index).trim() !== "") {
        yield { text: text.slice(from, index), start: start + from };
        from = index;
      }
    }
    if (token === "{") depth++;
    else if (token === "}") depth--;
  }
  yield { text: text.slice(from), start: start + from };
}

/**
 * The objects of a document: itself, or the items of a list, each with its path; empty ones are
 * skipped.
 */
function* objectsOf(value: unknown, path: string): Generator<{ value: unknown; path: string }> {
  if (value === null || value === undefined) return;
  const list = isList(value) ? value.items ?? [] : undefined;
  if (!Array.isArray(list)) {
    yield { value, path };
    return;
  }
  for (const [index, item] of list.entries()) {
    yield* objectsOf(typedItem(value, item), `${joinPath(path, "items")}[${index}]`);
  }
}

/** `kind: List`, and the lists of one kind that an API server answers with: `PodList`. */
function isList(value: unknown): value is ManifestList {
  const { apiVersion, kind, items } = (value ?? {}) as Record<string, unknown>;
  if (typeof kind !== "string" || !kind.endsWith("List")) return false;
  return kind === "List" ? apiVersion === "v1" : items !== undefined;
}

interface ManifestList {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly items?: unknown;
}

/**
 * An item of a list of one kind has neither version nor kind: they are the list's.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/unstructured/helpers.go, decodeToList.
 */
function typedItem(list: unknown, item: unknown): unknown {
  const { apiVersion, kind } = list as ManifestList;
  const isObject = typeof item === "object" && item !== null && !Array.isArray(item);
  if (kind === "List" || !isObject || "apiVersion" in item || "kind" in item) return item;
  return { apiVersion, kind: String(kind).slice(0, -"List".length), ...item };
}

function listError({ items }: ManifestList): FieldError {
  const message = `expected list, got ${typeof items}`;
  return { field: "items", reason: "WrongType", message };
}

function joinPath(prefix: string, path: string): string {
  return prefix === "" || path === "" ? prefix + path : `${prefix}.${path}`;
}

function byteLength(text: string): number {
  // A UTF-16 unit takes three bytes at most: small texts need no counting.
  return text.length * 3 <= MAX_DOCUMENT_BYTES
    ? text.length
    : new TextEncoder().encode(text).length;
}

/**
 * Parsed documents for later questions about positions. They are many times the size of their text,
 * so that only the last one is kept: a question about another document reads that one again.
 */
class Trees {
  #last: { readonly part: DocumentText; readonly trees: readonly YamlDocument[] } | undefined;

  of(part: DocumentText): readonly YamlDocument[] {
    if (this.#last?.part !== part) this.#last = { part, trees: parseYaml(part.text) };
    return this.#last.trees;
  }
}

/** Not part of the loop above, where it would keep every tree alive. */
function placeIn({ part, index, path, trees, positions }: {
  readonly part: DocumentText;
  /** Of the document in its part. */
  readonly index: number;
  /** Of the object in its document. */
  readonly path: string;
  readonly trees: Trees;
  readonly positions: Positions;
}): Pick<ManifestPlace, "positionOf" | "locate"> {
  const positionOf = (field: string) =>
    positions.at(part.start + trees.of(part)[index]!.offsetOf(joinPath(path, field)));
  const locate = ({ key, ...error }: FieldError): FieldError => {
    const place = key === undefined ? error.field : `${error.field}[${key}]`;
    // As an API server names them (ValidatePodTemplateSpec).
    const written = place.replace(/\btemplate\.(?=labels|annotations)/, "template.metadata.");
    return { ...error, ...positionOf(written) };
  };
  return { positionOf, locate };
}

/** Offsets to lines and columns; the lines are counted at the first question. */
export class Positions {
  readonly #text: string;
  #lineStarts: number[] | undefined;

  /** Of places in this text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The place of an offset in UTF-16 units. */
  at(offset: number): Position {
    this.#lineStarts ??= [0, ...Array.from(this.#text.matchAll(/\n/g), (it) => it.index + 1)];
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }
}
