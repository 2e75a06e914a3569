/**
 * Functions that rules in CEL have in Kubernetes, beside those of CEL itself.
 *
 * Rule: Kubernetes, apiserver, pkg/cel/library/lists.go, regex.go, urls.go, ip.go, cidr.go and
 * quantity.go; cel-go, ext/strings.go.
 */
// @ts-types="cel-js-types"
import { Environment } from "cel-js";
import { compareQuantities, parseQuantity } from "../../types/quantity.ts";
import { findFormat } from "../formats.ts";
import { compilePattern, type Pattern } from "../patterns.ts";

/** A quantity, of which rules know no more than how it compares. */
class RuleQuantity {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

class RuleURL {
  readonly scheme: string;
  /** With the port, as it is written. */
  readonly host: string;
  readonly port: string;
  readonly path: string;

  constructor(text: string) {
    const [, scheme = "", host = "", path = ""] =
      /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?([^?#]*)/i.exec(text) ?? [];
    [this.scheme, this.host, this.path] = [scheme, host, path];
    this.port = /:(\d+)$/.exec(host)?.[1] ?? "";
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, "").replace(/^\[|\]$/g, "");
  }
}

type Comparable = bigint | number | string | boolean | Date;

const durations = new Environment().registerVariable("text", "string").parse("duration(text)");

/** A duration as rules have it; the text itself where it is none. */
export function readRuleDuration(text: string): unknown {
  try {
    return durations({ text });
  } catch {
    return text;
  }
}

/** What functions are added to: an environment of the library. */
export interface RuleLibrary {
  /** Adds a function by its signature: `name(string): bool`, or `string.name(): bool`. */
  registerFunction(signature: string, handler: (...values: never[]) => unknown): unknown;
  /** Adds a type of values. */
  registerType(name: string, type: new (...values: never[]) => object): unknown;
  /** Adds a name for a value. */
  registerConstant(name: string, type: string, value: unknown): unknown;
}

/** Adds the functions. */
export function addRuleFunctions(environment: RuleLibrary): void {
  addLists(environment);
  addTexts(environment);
  addQuantities(environment);
  environment.registerType("kubernetes.URL", RuleURL);
  const add = environment.registerFunction.bind(environment);
  add("isURL(string): bool", isUrl);
  add("url(string): kubernetes.URL", (text: string) => {
    if (!isUrl(text)) throw new TypeError(`URL parse error during conversion from string: ${text}`);
    return new RuleURL(text);
  });
  const addPart = (name: string, read: (url: RuleURL) => string) =>
    add(`kubernetes.URL.${name}(): string`, read);
  addPart("getScheme", ({ scheme }) => scheme);
  addPart("getHost", ({ host }) => host);
  addPart("getHostname", ({ hostname }) => hostname);
  addPart("getPort", ({ port }) => port);
  addPart("getEscapedPath", ({ path }) => path);
  add("isIP(string): bool", isIp);
  add("isCIDR(string): bool", (text: string) => findFormat({ format: "cidr" })!(text));
}

function isIp(text: string): boolean {
  return findFormat({ format: "ipv4" })!(text) || findFormat({ format: "ipv6" })!(text);
}

/** Absolute, or a path from the root. */
function isUrl(text: string): boolean {
  return text.startsWith("/") || /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text);
}

function addLists(environment: RuleLibrary): void {
  const add = environment.registerFunction.bind(environment);
  add(
    "list<dyn>.isSorted(): bool",
    (list: Comparable[]) => list.every((it, i) => i === 0 || list[i - 1]! <= it),
  );
  add(
    "list<dyn>.sum(): dyn",
    (list: (bigint | number)[]) =>
      list.length === 0 ? 0n : list.reduce((all, it) => (all as number) + (it as number)),
  );
  const pick = (isBetter: (a: Comparable, b: Comparable) => boolean, name: string) =>
  (
    list: Comparable[],
  ) => {
    if (list.length === 0) throw new TypeError(`${name} called on empty list`);
    return list.reduce((best, it) => isBetter(it, best) ? it : best);
  };
  add("list<dyn>.min(): dyn", pick((a, b) => a < b, "min"));
  add("list<dyn>.max(): dyn", pick((a, b) => a > b, "max"));
  add(
    "list<dyn>.indexOf(dyn): int",
    (list: unknown[], it: unknown) => BigInt(list.findIndex((other) => isSameValue(it, other))),
  );
  add(
    "list<dyn>.lastIndexOf(dyn): int",
    (list: unknown[], it: unknown) => BigInt(list.findLastIndex((other) => isSameValue(it, other))),
  );
}

/** Equality of CEL: of numbers of any type, and of what lists and maps hold. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((it, i) => isSameValue(it, b[i]));
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size &&
      [...a].every(([key, it]) => b.has(key) && isSameValue(it, b.get(key)));
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  const isNumber = (it: unknown) => typeof it === "bigint" || typeof it === "number";
  // deno-lint-ignore eqeqeq -- 1n == 1
  return a === b || isNumber(a) && isNumber(b) && a == b;
}

function addTexts(environment: RuleLibrary): void {
  const add = environment.registerFunction.bind(environment);
  add(
    "string.replace(string, string): string",
    (text: string, old: string, by: string) => checkLength(text.replaceAll(old, () => by)),
  );
  add(
    "string.replace(string, string, int): string",
    (text: string, old: string, by: string, count: bigint) => {
      const parts = text.split(old);
      const most = count < 0n ? parts.length : Number(count) + 1;
      const last = parts.slice(Math.max(most - 1, 0)).join(old);
      return [...parts.slice(0, Math.max(most - 1, 0)), last].join(by);
    },
  );
  add("string.charAt(int): string", (text: string, index: bigint) => {
    const letters = [...text];
    if (index < 0n || index > BigInt(letters.length)) {
      throw new TypeError(`index out of range: ${index}`);
    }
    return letters[Number(index)] ?? "";
  });
  add(
    "string.find(string): string",
    (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? "",
  );
  add(
    "string.findAll(string): list<string>",
    (text: string, pattern: string) => findAll(text, pattern),
  );
  add(
    "string.matchesPattern(string): bool",
    (text: string, pattern: string) => readPattern(pattern).test(text),
  );
  add("string.reverse(): string", (text: string) => [...text].toReversed().join(""));
  add("string(google.protobuf.Timestamp): string", showValue);
  add("string(google.protobuf.Duration): string", showValue);
  add("string.format(list<dyn>): string", formatText);
}

/** A body has 3 MB: what is longer was blown up, and would be again. */
const MOST_LETTERS = 1 << 24;

/** @throws {TypeError} */
function checkLength(text: string): string {
  if (text.length <= MOST_LETTERS) return text;
  throw new TypeError(`a text of ${text.length} letters is too long`);
}

/** The parts of a text that match, one behind the other. */
function findAll(text: string, pattern: string, most = Infinity): string[] {
  const found: string[] = [];
  const matcher = readPattern(pattern).matcher(text);
  while (found.length < most && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

function readPattern(pattern: string): Pattern {
  const made = compilePattern(pattern);
  if (made instanceof Error) throw new TypeError(made.message);
  return made;
}

/** `%s` and `%d` alone have the same form for every value. */
function formatText(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%(.)/g, (_, letter: string) => {
    if (letter === "%") return "%";
    if (letter !== "s" && letter !== "d") {
      throw new TypeError(`could not parse formatting clause: unrecognized formatting clause`);
    }
    if (next >= values.length) {
      throw new TypeError(`index ${next} out of range`);
    }
    return showValue(values[next++]);
  });
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, it]) => `${showValue(key)}: ${showValue(it)}`).join(", ")}}`;
  }
  return value instanceof Date ? value.toISOString().replace(/\.000Z$/, "Z") : String(value);
}

function addQuantities(environment: RuleLibrary): void {
  environment.registerType("kubernetes.Quantity", RuleQuantity);
  const add = environment.registerFunction.bind(environment);
  const isQuantity = (text: string) => parseQuantity(text) !== undefined;
  add("isQuantity(string): bool", isQuantity);
  add("quantity(string): kubernetes.Quantity", (text: string) => {
    if (isQuantity(text)) return new RuleQuantity(text);
    throw new TypeError(
      "quantities must match the regular expression " +
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });
  const compare = (a: RuleQuantity, b: RuleQuantity) => compareQuantities(a.text, b.text);
  const pair = (name: string) => `kubernetes.Quantity.${name}(kubernetes.Quantity)`;
  add(`${pair("compareTo")}: int`, (a, b) => BigInt(Math.sign(compare(a, b))));
  add(`${pair("isLessThan")}: bool`, (a, b) => compare(a, b) < 0);
  add(`${pair("isGreaterThan")}: bool`, (a, b) => compare(a, b) > 0);
}
