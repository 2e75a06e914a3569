/**
 * Values of options as people type them: text in, value out, {@link UsageError} for the rest; pure.
 */
import { findNearest } from "../../base/nearest.ts";
import type { Millis } from "../../base/clock.ts";
import { parseDuration } from "../../base/duration.ts";
import { parseJson } from "../../base/plain_data.ts";
import { UsageError } from "../../base/usage_error.ts";

/** One of a few words. */
export function parseChoice<const Word extends string>(
  words: readonly Word[],
): (text: string) => Word {
  return (text) => {
    const found = words.find((it) => it === text);
    if (found !== undefined) return found;
    const near = findNearest(text, words);
    throw new UsageError(
      `${quote(text)} is not one of ${words.join(", ")} (did you mean "${near}"?)`,
    );
  };
}

/** A number above 0, such as 0.5 or 10. */
export function parsePositiveNumber(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${quote(text)} is not a number above 0`);
}

/** A whole number above 0. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`${quote(text)} is not a whole number above 0`);
}

/** A manifest that is applied during a run. */
export interface TimedManifest {
  /** As it was typed. */
  readonly file: string;
  /** The moment of lifecycle time. */
  readonly at: Millis;
}

/** `FILE[@TIME]`; without a time at once. */
export function parseTimedManifest(text: string): TimedManifest {
  const [, file = "", time] = /^(.+)@(\d[^@/]*)$/.exec(text) ?? [];
  return time === undefined ? { file: text, at: 0 } : { file, at: parseDuration(time) };
}

/** An object that is deleted during a run. */
export interface TimedDeletion {
  /** As it was typed: `Pod`, `deploy`; undefined: a Pod. */
  readonly kind?: string;
  /** Its name; of a Pod also `OWNER#2` or `OWNER/*`. */
  readonly name: string;
  /** The moment of lifecycle time. */
  readonly at: Millis;
}

/** `[KIND/]NAME@TIME`. */
export function parseTimedDeletion(text: string): TimedDeletion {
  const [, object = "", time] = /^(.+)@(\d[^@/]*)$/.exec(text) ?? [];
  if (time === undefined) {
    throw new UsageError(`${quote(text)} is not [KIND/]NAME@TIME, such as Deployment/web@5s`);
  }
  const [, kind, name] = /^([A-Za-z]+)\/((?!\*).+)$/.exec(object) ?? [];
  const at = parseDuration(time);
  return name === undefined ? { name: object, at } : { kind: kind!, name, at };
}

/** What someone expects as the answer to a question. */
export interface Prediction {
  /** The question's name. */
  readonly question: string;
  /** As it was typed. */
  readonly answer: string;
}

/** `QUESTION=ANSWER`. */
export function parsePrediction(text: string): Prediction {
  const [, question, answer] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (question === undefined || answer === undefined) {
    throw new UsageError(`${quote(text)} is not QUESTION=ANSWER, such as phase=Running`);
  }
  return { question, answer };
}

/** What an image name runs. */
export interface ImageEntry {
  /** The image as the manifest names it. */
  readonly image: string;
  /** Program and arguments, at least one. */
  readonly argv: readonly string[];
}

/** `NAME=ARGV`; ARGV is a JSON list of strings, or words as a shell would split them. */
export function parseImageEntry(text: string): ImageEntry {
  const split = text.indexOf("=");
  if (split < 1) throw new UsageError(`${quote(text)} is not NAME=ARGV, such as web="sleep 60"`);
  const argv = parseArgv(text.slice(split + 1));
  if (argv.length === 0) throw new UsageError(`${quote(text)} names no program`);
  return { image: text.slice(0, split), argv };
}

/**
 * A JSON list of strings, or words split and unquoted as by a POSIX shell, with nothing expanded.
 */
export function parseArgv(text: string): string[] {
  if (text.trimStart().startsWith("[")) {
    const list = parseJson(text);
    if (Array.isArray(list) && list.every((it) => typeof it === "string")) return list;
    throw new UsageError(`${quote(text)} is not a JSON list of strings`);
  }
  const words: string[] = [];
  // A word is a run of plain characters, escapes and quoted parts.
  const word = /(?:[^\s'"\\]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+/y;
  const blank = /\s*/y;
  for (let at = 0;;) {
    blank.lastIndex = at;
    blank.exec(text);
    if (blank.lastIndex === text.length) return words;
    word.lastIndex = blank.lastIndex;
    const found = word.exec(text);
    const end = word.lastIndex;
    if (found === null || (end < text.length && !/\s/.test(text[end]!))) {
      throw new UsageError(`${quote(text)} has a quote or backslash without its end`);
    }
    words.push(unquote(found[0]));
    at = end;
  }
}

function unquote(word: string): string {
  const part = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g;
  return word.replace(part, (_, single, double, escaped) => {
    if (single !== undefined) return single;
    if (escaped !== undefined) return escaped === "\n" ? "" : escaped;
    return double.replace(/\\([$`"\\\n])/g, (_: string, it: string) => it === "\n" ? "" : it);
  });
}

/** A variable to set. */
export interface Variable {
  /** Its name; not empty. */
  readonly name: string;
  /** Undefined: the caller's own value. */
  readonly value?: string;
}

/** A variable of one container. */
export interface ContainerVariable extends Variable {
  readonly container: string;
}

/** `CONTAINER:NAME[=VALUE]`. */
export function parseContainerVariable(text: string): ContainerVariable {
  const found = /^([^:=]+):([^=]+)(?:=([^]*))?$/.exec(text);
  if (found === null) throw new UsageError(`${quote(text)} is not CONTAINER:NAME[=VALUE]`);
  const [, container, name, value] = found;
  return { container: container!, name: name!, ...(value === undefined ? {} : { value }) };
}

/**
 * The lines of an `--env-file`: `NAME=VALUE` or `NAME` alone, taken as they are, without quotes or
 * expansion; empty lines and lines that begin with `#` do not count.
 *
 * @throws {UsageError} naming the line.
 */
export function parseEnvFile(text: string, file: string): Variable[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trimStart();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const split = trimmed.indexOf("=");
    const name = (split < 0 ? trimmed : trimmed.slice(0, split)).trimEnd();
    if (name === "" || /\s/.test(name)) {
      throw new UsageError(`${file}:${index + 1}: ${quote(line)} is not NAME=VALUE`);
    }
    return [{ name, ...(split < 0 ? {} : { value: trimmed.slice(split + 1) }) }];
  });
}

/** The condition or phase that `--until` waits for. */
export const UNTIL_CONDITIONS = [
  "PodScheduled",
  "PodReadyToStartContainers",
  "Initialized",
  "ContainersReady",
  "Ready",
  "Running",
  "Succeeded",
  "Failed",
  "Available",
  "Complete",
] as const;

/** One of {@link UNTIL_CONDITIONS}. */
export type UntilCondition = typeof UNTIL_CONDITIONS[number];

/** As an error shows what was typed: escaped, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

/** An address to listen on. */
export interface ListenAddress {
  /** Without the brackets of IPv6. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * `127.0.0.1:6443`, `[::1]:0`.
 * @throws {UsageError}
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new UsageError(`${JSON.stringify(text)} is not an ADDRESS:PORT such as 127.0.0.1:6443`);
  }
  return { hostname: match[1] ?? match[2]!, port };
}

/** A label of the node. */
export interface NodeLabel {
  readonly key: string;
  readonly value: string;
}

/** A taint of the node. */
export interface NodeTaint extends NodeLabel {
  readonly effect: TaintEffect;
}

/** What a taint does to Pods that do not tolerate it. */
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

const TAINT_EFFECTS: readonly TaintEffect[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** As an API server takes them (R-VALID-9). */
const LABEL =
  /^((?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)(?:=((?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?))?$/;

/**
 * `KEY[=VALUE]`.
 * @throws {UsageError}
 */
export function parseNodeLabel(text: string): NodeLabel {
  const [, key, value = ""] = LABEL.exec(text) ?? [];
  if (key !== undefined) return { key, value };
  throw new UsageError(`${quote(text)} is not a label KEY[=VALUE], such as disktype=ssd`);
}

/**
 * `KEY[=VALUE]:EFFECT`.
 * @throws {UsageError}
 */
export function parseNodeTaint(text: string): NodeTaint {
  const split = text.lastIndexOf(":");
  const effect = TAINT_EFFECTS.find((it) => it === text.slice(split + 1));
  const [, key, value = ""] = LABEL.exec(text.slice(0, Math.max(split, 0))) ?? [];
  if (key !== undefined && effect !== undefined) return { key, value, effect };
  throw new UsageError(
    `${quote(text)} is not a taint KEY[=VALUE]:EFFECT; the effects are ${TAINT_EFFECTS.join(", ")}`,
  );
}

/**
 * The name of a node: a DNS subdomain.
 * @throws {UsageError}
 */
export function parseNodeName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)) return text;
  throw new UsageError(
    `${JSON.stringify(text)} is not the name of a node: small letters, digits, dashes and dots`,
  );
}

/** An exit code, 0 to 255. */
export function parseExitCode(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 255) return Number(text);
  throw new UsageError(`${quote(text)} is not an exit code: the range is 0 to 255`);
}
