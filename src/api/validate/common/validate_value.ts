/**
 * The forms of single values: names, words, numbers, paths. Shared by everything that is validated.
 *
 * Rule: apimachinery, pkg/util/validation/validation.go, pkg/api/validate/content.
 */
import { type FieldError, invalid, notSupported, required } from "../../types/errors.ts";
import type { IntOrString } from "../../types/meta.ts";

/** Errors, found one after the other in Kubernetes' order. */
export type FieldErrors = Generator<FieldError, void, undefined>;

/** What is wrong with a value, as details of `Invalid value`; empty if nothing is. */
export type ValueRule = (value: string) => readonly string[];

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SEARCH_DOMAIN = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const HTTP_HEADER = /^[-A-Za-z0-9]+$/;
const ENV_NAME = /^[ -<>-~]*$/;

const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

/** LABEL: a DNS label, as names of containers, volumes and namespaces are. */
export function dnsLabelDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_LABEL) details.push(maxCharacters(MAX_LABEL));
  if (!LABEL.test(value)) {
    details.push(
      SUBDOMAIN.test(value) ? "must not contain dots" : formDetail(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        LABEL,
        ["my-name", "123-abc"],
      ),
    );
  }
  return details;
}

/** A DNS label that begins with a letter, as names of Services are. */
export function dns1035LabelDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_LABEL) details.push(maxCharacters(MAX_LABEL));
  if (!LABEL_1035.test(value)) {
    details.push(formDetail(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035,
      ["my-name", "abc-123"],
    ));
  }
  return details;
}

/** SUBDOMAIN: a DNS subdomain, as names of objects are. */
export function dnsSubdomainDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_SUBDOMAIN) details.push(maxCharacters(MAX_SUBDOMAIN));
  if (!SUBDOMAIN.test(value)) {
    details.push(formDetail(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      ["example.com"],
    ));
  }
  return details;
}

/** An entry of `dnsConfig.searches`: a subdomain that may have underscores. */
export function searchDomainDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_SUBDOMAIN) details.push(maxCharacters(MAX_SUBDOMAIN));
  if (!SEARCH_DOMAIN.test(value)) {
    details.push(formDetail(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
      SEARCH_DOMAIN,
      ["example.com"],
    ));
  }
  return details;
}

/**
 * A qualified name such as `example.com/MyName`: keys of labels, names of resources and conditions.
 */
export function qualifiedNameDetails(value: string): readonly string[] {
  const form = formDetail(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    QUALIFIED_NAME,
    ["MyName", "my.name", "123-abc"],
  );
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.pop() ?? "";
  const prefix = parts.pop();
  const details = [];
  if (prefix === "") details.push("prefix part must be non-empty");
  else if (prefix !== undefined) {
    if (byteLength(prefix) > MAX_SUBDOMAIN) {
      details.push(`prefix part ${maxBytes(MAX_SUBDOMAIN)}`);
    }
    if (!SUBDOMAIN.test(prefix)) details.push(`prefix part ${dnsSubdomainDetails(prefix).at(-1)}`);
  }
  if (name === "") details.push("name part must be non-empty");
  else if (byteLength(name) > MAX_LABEL) details.push(`name part ${maxBytes(MAX_LABEL)}`);
  if (!QUALIFIED_NAME.test(name)) details.push(`name part ${form}`);
  return details;
}

/** The value of a label (R-VALID-9). */
export function labelValueDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_LABEL) details.push(maxBytes(MAX_LABEL));
  if (!LABEL_VALUE.test(value)) {
    details.push(formDetail(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE,
      ["MyValue", "my_value", "12345"],
    ));
  }
  return details;
}

/** A key of a ConfigMap or Secret (R-VALID-39, R-VALID-65). */
export function configKeyDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > MAX_SUBDOMAIN) details.push(maxCharacters(MAX_SUBDOMAIN));
  if (!CONFIG_KEY.test(value)) {
    details.push(formDetail(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      CONFIG_KEY,
      ["key.name", "KEY_NAME", "key-name"],
    ));
  }
  if (value === "." || value === "..") details.push(`must not be '${value}'`);
  else if (value.startsWith("..")) details.push("must not start with '..'");
  return details;
}

/** The name of an environment variable, or a prefix of such names (R-VALID-36). */
export function envNameDetails(value: string): readonly string[] {
  return ENV_NAME.test(value) ? [] : [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ];
}

/** The name of a header (R-VALID-50). */
export function httpHeaderDetails(value: string): readonly string[] {
  return HTTP_HEADER.test(value) ? [] : [formDetail(
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    HTTP_HEADER,
    ["X-Header-Name"],
  )];
}

/** The name of a port (R-VALID-33). */
export function portNameDetails(value: string): readonly string[] {
  const details = [];
  if (byteLength(value) > 15) details.push(maxCharacters(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    details.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) details.push("must contain at least one letter (a-z)");
  if (value.includes("--")) details.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) {
    details.push("must not begin or end with a hyphen");
  }
  return details;
}

/** An IP address of either family, written without doubt (R-VALID-75). */
export function ipDetails(value: string): readonly string[] {
  const form = readAddress(value);
  if (form === undefined) {
    return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  }
  if (form === "zeros") return ["must not have leading 0s"];
  return form === "mapped" ? ["must not be an IPv4-mapped IPv6 address"] : [];
}

/** A whole number within bounds: `must be between 1 and 65535, inclusive`. */
export function* validateRange(
  path: string,
  value: number,
  low: number,
  high: number,
): FieldErrors {
  if (value < low || value > high) {
    yield invalid(path, value, `must be between ${low} and ${high}, inclusive`);
  }
}

/** NONNEG; a number that is not there is fine. */
export function* validateNonNegative(path: string, value: number | undefined): FieldErrors {
  if (value !== undefined && value < 0) {
    yield invalid(path, value, "must be greater than or equal to 0");
  }
}

/** A port by number or name. */
export function* validatePort(path: string, port: IntOrString): FieldErrors {
  if (typeof port === "number") yield* validateRange(path, port, 1, 65535);
  else yield* validateValue(path, port, portNameDetails);
}

/** One `Invalid value` for each detail that a rule finds. */
export function* validateValue(path: string, value: string, rule: ValueRule): FieldErrors {
  for (const detail of rule(value)) yield invalid(path, value, detail);
}

/** A value that has to be there and to obey a rule. */
export function* validateRequired(
  path: string,
  value: string | undefined,
  rule: ValueRule,
): FieldErrors {
  if (!value) yield required(path);
  else yield* validateValue(path, value, rule);
}

/** A word out of a closed list, in the order in which the error shows it; it has to be there. */
export function* validateWord(
  path: string,
  value: string | undefined,
  words: readonly string[],
): FieldErrors {
  if (!value) yield required(path);
  else if (!words.includes(value)) yield notSupported(path, value, words);
}

/** A path within a volume that has to be there, and names nothing that the kubelet makes itself. */
export function* validateLocalPath(path: string, value: string): FieldErrors {
  if (!value) return yield required(path);
  yield* validateDescendingPath(path, value);
  if (value.startsWith("..") && !value.startsWith("../")) {
    yield invalid(path, value, "must not start with '..'");
  }
}

/** A path that stays below where it starts. */
export function* validateDescendingPath(path: string, value: string): FieldErrors {
  if (value.startsWith("/")) yield invalid(path, value, "must be a relative path");
  yield* validateNoBacksteps(path, value);
}

/** A path without a step up. */
export function* validateNoBacksteps(path: string, value: string): FieldErrors {
  if (value.split("/").includes("..")) yield invalid(path, value, "must not contain '..'");
}

/** UTF-8 bytes, which is what Kubernetes counts. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Half of a surrogate pair counts as two of the pair's four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/**
 * How an address is written: with zeros that some take for octal, as IPv4 within IPv6, or plainly;
 * else undefined.
 */
function readAddress(value: string): "plain" | "zeros" | "mapped" | undefined {
  if (!value.includes(":")) return readIPv4(value);
  // An IPv4 address at the end stands for the last two of eight groups.
  const [, head = "", tail = ""] = /^(.*:)([^:]*\..*)$/s.exec(value) ?? ["", value];
  const last = tail === "" ? "plain" : readIPv4(tail);
  if (last === undefined) return undefined;
  const text = tail === "" ? value : `${head}0:0`;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [before = [], after = []] = halves.map((it) => it === "" ? [] : it.split(":"));
  const groups = [...before, ...after];
  const fits = halves.length === 2 ? groups.length < 8 : groups.length === 8;
  if (!fits || !groups.every((it) => /^0*[0-9a-f]{1,4}$/i.test(it))) return undefined;
  if (last === "zeros" || groups.some((it) => it.length > 4)) return "zeros";
  const missing = Array<string>(8 - groups.length).fill("0");
  const numbers = [...before, ...missing, ...after].map((it) => parseInt(it, 16));
  return numbers[5] === 0xffff && numbers.slice(0, 5).every((it) => it === 0) ? "mapped" : "plain";
}

function readIPv4(value: string): "plain" | "zeros" | undefined {
  const parts = value.split(".");
  if (parts.length !== 4 || !parts.every((it) => /^0*\d{1,3}$/.test(it) && Number(it) < 256)) {
    return undefined;
  }
  return parts.some((it) => /^0\d/.test(it)) ? "zeros" : "plain";
}

/** Two blanks stand before each "or": Kubernetes' message builder puts them there. */
function formDetail(message: string, form: RegExp, examples: readonly string[]): string {
  const quoted = examples.map((it) => `'${it}', `).join(" or ");
  return `${message} (e.g. ${quoted}regex used for validation is '${form.source.slice(1, -1)}')`;
}

function maxCharacters(count: number): string {
  return `must be no more than ${count} characters`;
}

function maxBytes(count: number): string {
  return `must be no more than ${count} bytes`;
}
