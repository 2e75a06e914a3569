/**
 * YAML text to plain values as kubectl reads it, and back from a field's path to its place in the
 * text.
 *
 * kubectl's parser keeps much of YAML 1.1: unquoted `yes`, `on`, `y` are booleans, `0644` is octal,
 * `<<` merges; yet numbers of base 60 and dates are strings. The parser underneath only gives the
 * tree: words are read here.
 *
 * Rule: go-yaml v2, resolve.go and decode.go, as sigs.k8s.io/yaml carries it.
 */
// @ts-types="yaml-types"
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "yaml";
// @ts-types="yaml-types"
import type { Alias, CST, Document, Node, Scalar, YAMLMap } from "yaml";
import type { FieldError } from "../types/errors.ts";

/** How deep collections may be nested; a Pod needs a dozen levels. */
const MAX_DEPTH = 100;

/** What the values that aliases repeat may come to, each counted as its characters and 16 more. */
const MAX_ALIASED_SIZE = 3 * 1024 * 1024;

/** An error and where in the text it is. */
export interface YamlError {
  /** What is wrong, without line and column. */
  readonly error: FieldError;
  /** In UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** One document of a text. */
export interface YamlDocument {
  /**
   * Objects, lists, strings, numbers, booleans and null; undefined if the text is not well-formed.
   */
  readonly value: unknown;
  /** Repeated keys, or the first reason why the text is not well-formed. */
  readonly errors: readonly YamlError[];
  /**
   * Where a field stands: at its key, or at its start in a list; its nearest ancestor if it is not
   * there.
   */
  offsetOf(path: string): number;
  /** A scalar as it was written; undefined if there is none at that path. */
  sourceOf(path: string): string | undefined;
}

const OPTIONS = {
  schema: "failsafe",
  resolveKnownTags: false,
  // The parser's own check takes quadratic time; `readMap` has one.
  uniqueKeys: false,
  logLevel: "silent",
} as const;

const WORDS: ReadonlyMap<string, boolean | number | null> = new Map(([
  [true, "y Y yes Yes YES true True TRUE on On ON"],
  [false, "n N no No NO false False FALSE off Off OFF"],
  [null, "~ null Null NULL"],
  [NaN, ".nan .NaN .NAN"],
  [Infinity, ".inf .Inf .INF +.inf +.Inf +.INF"],
  [-Infinity, "-.inf -.Inf -.INF"],
] as const).flatMap(([value, words]) => words.split(" ").map((word) => [word, value])));

const INTEGER = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/** Reads every document of a text; never throws for what the text is. */
export function parseYaml(text: string): YamlDocument[] {
  const composer = new Composer(OPTIONS);
  const parser = new Parser();
  const documents: YamlDocument[] = [];
  const hasEscapedApostrophes = text.includes("\\'");
  const take = (token: CST.Token) => {
    if (hasEscapedApostrophes) acceptEscapedApostrophes(token);
    for (const document of composer.next(token)) documents.push(new Reader(document).read());
  };
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(token);
    // Looked at while parsing: what comes after the parser is recursive.
    if (parser.stack.length > MAX_DEPTH) {
      const message = `nested more than ${MAX_DEPTH} levels deep`;
      return [...documents, broken(message, parser.offset)];
    }
  }
  for (const token of parser.end()) take(token);
  for (const document of composer.end()) documents.push(new Reader(document).read());
  const [error] = composer.streamInfo().errors;
  if (error) documents.push(broken(error.message, error.pos[0]));
  return documents;
}

/** What an unquoted word stands for. */
export function resolvePlain(text: string): string | number | boolean | null {
  if (text === "") return null;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;

  const digits = text.replaceAll("_", "");
  const integer = INTEGER.exec(digits);
  if (integer) {
    const [, sign, magnitude] = integer as unknown as [string, string, string];
    const octal = /^0[0-7]/.test(magnitude) ? `0o${magnitude.slice(1)}` : magnitude;
    return sign === "-" ? 0 - Number(octal) : toNumber(octal);
  }
  return FLOAT.test(text.startsWith(".") ? text : digits) ? Number(digits) : text;
}

/**
 * The last numbers that an int64 holds are nearest to 2^63, which it does not: they become the
 * double below.
 */
function toNumber(digits: string): number {
  const number = Number(digits);
  const isInt64 = number === 2 ** 63 && BigInt(digits) < 2n ** 63n;
  return isInt64 ? LAST_INT64 : number;
}

/** The greatest double below 2^63. */
const LAST_INT64 = 2 ** 63 - 1024;

function syntaxError(message: string): FieldError {
  return { field: "", reason: "Syntax", message };
}

function broken(message: string, offset: number): YamlDocument {
  return {
    value: undefined,
    errors: [{ error: syntaxError(message), offset }],
    offsetOf: () => offset,
    sourceOf: () => undefined,
  };
}

/**
 * kubectl's parser knows `\'` in double quotes; YAML does not. Nesting is bounded by `MAX_DEPTH`.
 */
function acceptEscapedApostrophes(token: CST.Token | null | undefined): void {
  if (!token) return;
  if (token.type === "double-quoted-scalar") {
    token.source = token.source.replace(/\\([^])/g, (escape, char) => char === "'" ? "'" : escape);
  } else if (token.type === "document") acceptEscapedApostrophes(token.value);
  else if ("items" in token) {
    for (const item of token.items) {
      acceptEscapedApostrophes(item.key);
      acceptEscapedApostrophes(item.value);
    }
  }
}

/** An error that makes the rest of the document meaningless. */
class Unreadable extends Error {
  constructor(readonly at: YamlError) {
    super(at.error.message);
  }
}

interface Anchored {
  readonly node: Node;
  readonly value: unknown;
  /** As `MAX_ALIASED_SIZE` counts it, aliases within included. */
  readonly size: number;
}

/** Turns one document's tree into a value, and finds paths in the tree. */
class Reader {
  readonly #document: Document.Parsed;
  readonly #errors: YamlError[] = [];
  /** Undefined while the anchored node itself is being read. */
  readonly #anchors = new Map<string, Anchored | undefined>();
  readonly #targets = new Map<Alias, Node>();
  readonly #indexes = new Map<YAMLMap, Map<string, { readonly key: Node; readonly value: Node }>>();
  readonly #path: (string | number)[] = [];
  #size = 0;
  #aliasedSize = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  read(): YamlDocument {
    const [error] = this.#document.errors;
    if (error) return broken(error.message, error.pos[0]);
    try {
      const value = this.#readNode(this.#document.contents);
      return {
        value,
        errors: this.#errors,
        offsetOf: (path) => offsetOf(this.#find(path).at),
        sourceOf: (path) => {
          const { node } = this.#find(path, "exactly");
          return isScalar(node) ? node.source : undefined;
        },
      };
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return broken(error.message, error.at.offset);
    }
  }

  #readNode(node: Node | null): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#readAlias(node);
    const { anchor } = node as { anchor?: string };
    const before = this.#size;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    this.#size += 16;
    let value: unknown;
    if (isScalar(node)) value = this.#readScalar(node);
    else if (isMap(node)) value = this.#readMap(node);
    else if (isSeq(node)) value = this.#readList(node.items as Node[], node);
    if (anchor !== undefined) {
      this.#anchors.set(anchor, { node, value, size: this.#size - before });
    }
    return value;
  }

  #readAlias(alias: Alias): unknown {
    const anchored = this.#anchors.get(alias.source);
    if (!anchored) {
      const why = this.#anchors.has(alias.source) ? "contains itself" : "is not defined before it";
      throw this.#unreadable(`alias *${alias.source}: its anchor ${why}`, alias);
    }
    this.#targets.set(alias, anchored.node);
    this.#size += anchored.size;
    this.#aliasedSize += anchored.size;
    if (this.#aliasedSize > MAX_ALIASED_SIZE) {
      throw this.#unreadable("its aliases repeat too much", alias);
    }
    return anchored.value;
  }

  #readScalar(node: Scalar): unknown {
    const text = String(node.value);
    this.#size += text.length;
    switch (node.tag) {
      case undefined:
        return node.type === "PLAIN" ? resolvePlain(text) : text;
      case "!":
      case "tag:yaml.org,2002:str":
      case "tag:yaml.org,2002:timestamp":
        return text;
      case "tag:yaml.org,2002:null":
      case "tag:yaml.org,2002:bool":
      case "tag:yaml.org,2002:int":
      case "tag:yaml.org,2002:float": {
        const value = resolvePlain(text);
        if (isOfTag(value, node.tag)) return value;
        throw this.#unreadable(`${JSON.stringify(text)} is no !!${node.tag.slice(18)}`, node);
      }
      case "tag:yaml.org,2002:binary": {
        const bytes = decodeBinary(text);
        if (bytes !== undefined) return bytes;
        throw this.#unreadable("!!binary holds no text in base64", node);
      }
      default:
        throw this.#unreadable(`unknown tag ${node.tag}`, node);
    }
  }

  #readList(items: readonly Node[], node: Node): unknown[] {
    this.#checkTag(node, "tag:yaml.org,2002:seq");
    return items.map((item, index) => {
      this.#path.push(index);
      const value = this.#readNode(item);
      this.#path.pop();
      return value;
    });
  }

  #readMap(node: YAMLMap): Record<string, unknown> {
    this.#checkTag(node, "tag:yaml.org,2002:map");
    const values = new Map<string, unknown>();
    const index = new Map<string, { key: Node; value: Node }>();
    const merged: Node[] = [];
    for (const pair of node.items as { key: Node; value: Node }[]) {
      if (isScalar(pair.key) && pair.key.value === "<<" && pair.key.type === "PLAIN") {
        merged.push(pair.value);
        continue;
      }
      const key = this.#readKey(pair.key, node);
      this.#path.push(key);
      if (values.has(key)) {
        const field = formatPath(this.#path);
        const message = `duplicate field ${JSON.stringify(field)}`;
        this.#errors.push({
          error: { field, reason: "DuplicateField", message },
          offset: offsetOf(pair.key),
        });
      } else index.set(key, pair);
      values.set(key, this.#readNode(pair.value));
      this.#path.pop();
    }
    this.#indexes.set(node, index);
    for (const source of merged) this.#merge(source, values, index);
    // Defines properties, so that a key `__proto__` is a key like any other.
    return Object.fromEntries(values);
  }

  /** `<<`: a map's own keys stay, and of several maps the first to have a key gives it. */
  #merge(
    source: Node,
    values: Map<string, unknown>,
    index: Map<string, { key: Node; value: Node }>,
  ): void {
    const value = this.#readNode(source);
    const node = this.#follow(source);
    const sources = isSeq(node) ? node.items as Node[] : [source];
    const maps = isSeq(node) ? value as unknown[] : [value];
    maps.forEach((map, position) => {
      const from = this.#follow(sources[position]!);
      if (!isMap(from)) {
        throw this.#unreadable("<< takes a map or a list of maps", source);
      }
      const found = this.#indexes.get(from)!;
      for (const [key, merged] of Object.entries(map as Record<string, unknown>)) {
        if (values.has(key)) continue;
        this.#size += 16 + key.length;
        values.set(key, merged);
        index.set(key, found.get(key)!);
      }
    });
  }

  #readKey(node: Node | null, parent: Node): string {
    const value = this.#readNode(node);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw this.#unreadable("a key must be a string", node ?? parent);
  }

  #checkTag(node: Node, own: string): void {
    const { tag } = node as { tag?: string };
    if (tag !== undefined && tag !== own && tag !== "!") {
      throw this.#unreadable(`unknown tag ${tag}`, node);
    }
  }

  #unreadable(message: string, node: Node): Unreadable {
    return new Unreadable({ error: syntaxError(message), offset: offsetOf(node) });
  }

  #follow(node: Node): Node {
    return isAlias(node) ? this.#targets.get(node)! : node;
  }

  /** Walks down a path: `at` is the last key or item that was there, `node` its value. */
  #find(path: string, how?: "exactly"): { at: Node | null; node: Node | undefined } {
    let at: Node | null = this.#document.contents;
    let node: Node | undefined = at ?? undefined;
    let rest = path;
    while (rest !== "" && node) {
      node = this.#follow(node);
      const step = isMap(node)
        ? this.#stepIntoMap(node, rest)
        : isSeq(node)
        ? stepIntoList(node.items as Node[], rest)
        : undefined;
      if (!step) break;
      ({ at, node, rest } = step);
    }
    return rest !== "" && how === "exactly" ? { at, node: undefined } : { at, node };
  }

  #stepIntoMap(map: YAMLMap, rest: string): Step | undefined {
    const index = this.#indexes.get(map)!;
    const bracketed = rest.startsWith("[");
    const start = bracketed || rest.startsWith(".") ? 1 : 0;
    // A key may itself hold the characters that end one: the shortest that is there is taken.
    for (let end = start + 1; end <= rest.length; end++) {
      const ends = bracketed ? rest[end] === "]" : end === rest.length || /[.[]/.test(rest[end]!);
      const pair = ends ? index.get(rest.slice(start, end)) : undefined;
      if (pair) {
        return { at: pair.key, node: pair.value, rest: rest.slice(bracketed ? end + 1 : end) };
      }
    }
    return undefined;
  }
}

interface Step {
  readonly at: Node;
  readonly node: Node;
  readonly rest: string;
}

function stepIntoList(items: readonly Node[], rest: string): Step | undefined {
  const match = /^\[(\d+)\]/.exec(rest);
  const item = match ? items[Number(match[1])] : undefined;
  return match && item ? { at: item, node: item, rest: rest.slice(match[0].length) } : undefined;
}

/** `spec.containers[0].name`; keys that are not plain names in brackets (R-VALID-5). */
function formatPath(segments: readonly (string | number)[]): string {
  return segments.map((it, index) => {
    if (typeof it === "number" || !/^[\w-]+$/.test(it)) return `[${it}]`;
    return index === 0 ? it : `.${it}`;
  }).join("");
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function isOfTag(value: unknown, tag: string): boolean {
  switch (tag.slice(18)) {
    case "null":
      return value === null;
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    default:
      return typeof value === "number";
  }
}

function decodeBinary(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Neither base64 nor text: the caller reports it.
    return undefined;
  }
}
