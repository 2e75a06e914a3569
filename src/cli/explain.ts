/**
 * `explain …`: why, in sentences: a reason word, an exit code, a run's events, or a Pod of a status
 * file.
 */
import { findKind, FOLLOWED_KINDS } from "../api/kinds/kinds.ts";
import { fieldsOf } from "../api/manifest/decode.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import { isObject, parseJson } from "../base/plain_data.ts";
import { signalNumber } from "../base/signals.ts";
import { EventFileError, parseEventFile } from "../report/event_file.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import {
  explainObjectEvents,
  explainObjectStatus,
  type ObjectEvent,
} from "../report/explain_object.ts";
import {
  explainEvents,
  explainExitCode,
  explainPod,
  explainWord,
  knownWords,
} from "../report/explain.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";
import { breakLines, readLineWidth } from "./output/columns.ts";
import { describeFailure } from "./output/failure.ts";
import { findNearest } from "../base/nearest.ts";
import { helpOptions } from "./arguments/option_table.ts";
import { resolvePath } from "./manifest/paths.ts";
import { print } from "./output/print.ts";
import { UsageError } from "../base/usage_error.ts";

/**
 * Explains each of the words: a number is an exit code, what names a file (or `-`, standard input)
 * is read, anything else is a word of Kubernetes.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function explain(words: readonly string[], project: string): Promise<number> {
  const { operands } = parseOptions(helpOptions, words);
  if (operands.length === 0) {
    throw new UsageError(
      "Nothing to explain: give a reason, an exit code, or a file of events or status",
    );
  }
  const directory = readUserDirectory(project);
  const parts: string[] = [];
  for (const operand of operands) {
    parts.push((await explainOperand(operand, directory)).join("\n"));
  }
  await print(breakLines(parts.join("\n\n").split("\n"), readLineWidth()).join("\n"));
  return exitStatus.success;
}

async function explainOperand(operand: string, directory: string): Promise<string[]> {
  if (/^\d+$/.test(operand)) {
    const code = Number(operand);
    if (code <= 255) return explainExitCode(code);
    throw new UsageError(`${operand} is not an exit code: the range is 0 to 255`);
  }
  const text = await readText(operand, directory);
  if (text !== undefined) return explainText(text, operand);
  const lines = explainWord(operand);
  if (lines !== undefined) return lines;
  if (operand.includes("/")) {
    throw new UsageError(`${operand} cannot be read: there is no such file`);
  }
  const signal = signalNumber(operand.toUpperCase());
  if (signal !== undefined) return explainExitCode(128 + signal);
  const near = findNearest(operand, knownWords);
  throw new UsageError(
    `Unknown operand "${operand}": not a file, exit code, reason or rule (did you mean "${near}"?)`,
  );
}

/** Undefined if there is no such file. */
async function readText(operand: string, directory: string): Promise<string | undefined> {
  try {
    if (operand === "-") return await new Response(Deno.stdin.readable).text();
    return await Deno.readTextFile(resolvePath(directory, operand));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UsageError(`${operand} cannot be read: ${describeFailure(error)}`);
  }
}

/**
 * A Pod or an object that a run reports of, a List of them, or events, one a line.
 * @throws {UsageError}
 */
export function explainText(text: string, file: string): string[] {
  const whole = parseJson(text);
  if (isObject(whole) && whole.kind !== undefined) {
    const objects = whole.kind === "List" && Array.isArray(whole.items) ? whole.items : [whole];
    const other = objects.find((it) => !isPod(it) && !isFollowed(it));
    if (other !== undefined) {
      throw new UsageError(`${file}: expected a Pod with a status, got ${describe(other)}`);
    }
    const parts = (objects as KubernetesObject[]).map((it) =>
      it.kind === "Pod" ? explainPod(it) : explainObjectStatus(it)
    );
    return separate(parts);
  }
  const events = readEvents(text, file);
  const ofPods = events.filter((event): event is LogEvent => "pod" in event);
  const ofObjects = events.filter((event): event is ObjectEvent => "object" in event);
  const parts = [explainObjectEvents(ofObjects), explainEvents(ofPods)];
  const lines = separate(parts.filter(({ length }) => length > 0));
  if (lines.length === 0) throw new UsageError(`${file}: no events found`);
  return lines;
}

/** @throws {UsageError} */
function readEvents(text: string, file: string) {
  try {
    return parseEventFile(text);
  } catch (error) {
    if (error instanceof EventFileError) {
      throw new UsageError(`${file}:${error.line}: ${error.message}`);
    }
    throw error;
  }
}

/** With a blank line in between. */
function separate(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((lines, index) => [...(index === 0 ? [] : [""]), ...lines]);
}

/** What every explanation of another object looks at. */
function isFollowed(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.metadata)) return false;
  const row = findKind(String(value.apiVersion), String(value.kind));
  if (row === undefined || !FOLLOWED_KINDS.includes(row.kind)) return false;
  return isObject(value.spec) || !fieldsOf(row.struct)!.has("spec");
}

/** What every explanation of a Pod looks at. */
function isPod(value: unknown): value is Pod {
  return isObject(value) && value.kind === "Pod" && isObject(value.metadata) &&
    isObject(value.spec) && Array.isArray(value.spec.containers);
}

function describe(value: unknown): string {
  return isObject(value) && typeof value.kind === "string" ? value.kind : quote(String(value));
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
