/** Reads an NDJSON event log, as `--events-file` and `-o ndjson` write it; pure. */
import { isObject, parseJson } from "../base/plain_data.ts";
import type { RunEvent } from "../lifecycle/trace/log_event.ts";

/** Version of the format: the first line of an events file carries it. */
export const EVENT_FILE_VERSION = 1;

/** A line that is not an event; the message names no file, the caller does. */
export class EventFileError extends Error {
  /** As for every error. */
  override name = "EventFileError";
  /** From 1. */
  readonly line: number;

  /** Names the line, from 1. */
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * The events of a log, in its order. Blank lines and the opening line are left out, and so is a
 * last line without a line feed that is cut off: a run that is killed leaves one.
 *
 * @throws {EventFileError} a line that is not an event, or a file of a newer version.
 */
export function parseEventFile(text: string): RunEvent[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index): RunEvent[] => {
    if (line.trim() === "") return [];
    const value = parseJson(line);
    const isCutOff = value === undefined && index === lines.length - 1 && index > 0;
    if (isCutOff) return [];
    if (isOpening(value)) {
      checkVersion(value.version, index + 1);
      return [];
    }
    if (!isEventLine(value)) {
      throw new EventFileError(index + 1, `expected an event, got ${quote(line)}`);
    }
    return [value as unknown as RunEvent];
  });
}

function checkVersion(version: unknown, line: number): void {
  if (version === EVENT_FILE_VERSION) return;
  throw new EventFileError(
    line,
    `the event log has version ${JSON.stringify(version)}; this podling reads version ` +
      `${EVENT_FILE_VERSION}`,
  );
}

function isOpening(value: unknown): value is { readonly version: unknown } {
  return isObject(value) && value.type === "log.opened";
}

/** What every event has, of a Pod or of another object. */
function isEventLine(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && typeof value.type === "string" && typeof value.at === "number" &&
    typeof value.message === "string" && isName(value.pod) && isName(value.object);
}

function isName(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
