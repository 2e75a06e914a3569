/** Variables in files of a pod's volumes, as `fileKeyRef` names them; pure. */
import type { Container, FileKeySelector } from "../../api/types/pod.ts";
import { ConfigError } from "./config_error.ts";

/** What the node found where a `fileKeyRef` points. */
export type EnvFile =
  | {
    readonly type: "text";
    readonly path: string;
    readonly text: string;
  }
  /** It is missing, or not a file that can be read. */
  | { readonly type: "unreadable"; readonly why: string }
  /** No program has run that could have written it: a simulation. */
  | { readonly type: "unknown" };

/** The files that the variables of a container come from, by {@link envFileKey}. */
export type EnvFiles = ReadonlyMap<string, EnvFile>;

/** Distinguishes the files of a pod: names of volumes have no slash. */
export function envFileKey({ volumeName, path }: FileKeySelector): string {
  return `${volumeName}/${path}`;
}

/** The files that a container's variables come from; some more than once. */
export function findFileKeys(container: Container): readonly FileKeySelector[] {
  return (container.env ?? []).flatMap(({ value, valueFrom }) =>
    value || valueFrom?.fileKeyRef === undefined ? [] : valueFrom.fileKeyRef
  );
}

/** Lines of this many bytes are too long. */
const LONG_LINE_BYTES = 64 * 1024;

/**
 * The value of the first line of an env file that defines a key; empty where none does. What
 * follows that line is not looked at.
 *
 * Rule: R-ENV-10; Kubernetes, pkg/kubelet/util/env/env_util.go, ParseEnv.
 *
 * @throws {ConfigError} `CreateContainerConfigError`, with what is wrong as its cause.
 */
export function findEnvFileValue(text: string, key: string): string {
  const lines = text.split("\n");
  // What ends with a line break has no further line.
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = readLine(lines, at).replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    if (equals < 0) malformed(at, "missing '='");
    if (equals === 0) malformed(at, "empty variable name");
    const name = line.slice(0, equals);
    if (/[ \t]$/.test(name)) malformed(at, "whitespace before '=' is not allowed");
    const rest = line.slice(equals + 1);
    if (/^[ \t]/.test(rest)) {
      if (name === key) return "";
      continue;
    }
    if (!rest.startsWith("'")) malformed(at, "value must be enclosed in single quotes");
    const { value, last } = readQuoted(lines, at, rest.slice(1));
    if (name === key) return value;
    at = last;
  }
  return "";
}

/** Reads up to the closing quote, which may stand on a later line. */
function readQuoted(
  lines: readonly string[],
  first: number,
  opening: string,
): { readonly value: string; readonly last: number } {
  const parts: string[] = [];
  let part = opening;
  for (let at = first;;) {
    const quote = part.indexOf("'");
    if (quote >= 0) {
      if (!/^[ \t]*(#|$)/.test(part.slice(quote + 1))) {
        malformed(at, "unexpected content after closing quote");
      }
      return { value: [...parts, part.slice(0, quote)].join("\n"), last: at };
    }
    parts.push(part);
    at++;
    if (at === lines.length) malformed(first, "unclosed single quote", "starting at");
    part = readLine(lines, at);
  }
}

function readLine(lines: readonly string[], at: number): string {
  const line = lines[at]!;
  if (new TextEncoder().encode(line).length >= LONG_LINE_BYTES) malformed(at, "line too long");
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function malformed(at: number, what: string, where = "at"): never {
  refuseEnvFile(`invalid environment variable format ${where} line ${at + 1}: ${what}`);
}

/**
 * The kubelet's message for every file that it cannot use; the reason is only in its log.
 * Rule: R-ENV-7; Kubernetes, pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
 */
export function refuseEnvFile(why: string): never {
  throw new ConfigError("CreateContainerConfigError", "couldn't parse env file", { cause: why });
}
