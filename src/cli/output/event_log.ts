/** The event log as NDJSON: `--events-file`; pure. */
import { formatDate } from "../../base/go_text.ts";
import type { ContainerRole, RunEvent } from "../../lifecycle/trace/log_event.ts";
import { EVENT_FILE_VERSION } from "../../report/event_file.ts";
import type { LineBlock } from "./line_buffer.ts";

/** RFC 3339 with microseconds, UTC. */
function formatTime(wallMs: number): string {
  const micros = Math.round(wallMs * 1000);
  const millis = Math.floor(micros / 1000);
  const rest = micros - millis * 1000;
  return `${formatDate(millis).slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}

/** Lifecycle milliseconds as the log shows them: to the microsecond. */
function roundMillis(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** The first line of an events file, newline included: which version of the format follows. */
export function formatOpening(at: number, wallMs: number): string {
  const line = {
    type: "log.opened",
    version: EVENT_FILE_VERSION,
    time: formatTime(wallMs),
    at: roundMillis(at),
    message: "Event log opened",
  };
  return JSON.stringify(line) + "\n";
}

/** One line of the event log, newline included. */
export function formatEvent(event: RunEvent, wallMs: number): string {
  const { at, type, message, ...facts } = event;
  // What belongs to no pod has neither, and JSON leaves them out.
  const { pod, uid, ...rest } = { pod: undefined, uid: undefined, ...facts };
  const line: Record<string, unknown> = {
    time: formatTime(wallMs),
    at: roundMillis(at),
    type,
    pod,
    uid,
    message,
    ...rest,
  };
  for (const key of ["startMs", "durationMs", "delayMs"]) {
    const ms = line[key];
    if (typeof ms === "number") line[key] = roundMillis(ms);
  }
  return JSON.stringify(line) + "\n";
}

/** Where lines come from. */
export interface OutputSource {
  /** `namespace/name`. */
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  /** What the container is to its pod. */
  readonly role: ContainerRole;
  /** Which of its streams. */
  readonly stream: "stdout" | "stderr";
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The `log` events of lines that came at one moment, newlines included. What is not UTF-8 becomes
 * U+FFFD.
 *
 * @param at lifecycle milliseconds.
 */
export function formatOutput(
  source: OutputSource,
  block: LineBlock,
  moment: { readonly at: number; readonly wallMs: number },
): string {
  const { pod, uid, container, role, stream } = source;
  const head = JSON.stringify({
    time: formatTime(moment.wallMs),
    at: roundMillis(moment.at),
    type: "log",
    pod,
    uid,
    message: `${container} wrote to ${stream}`,
    container,
    role,
    stream,
  }).slice(0, -1) + ',"line":';
  const tail = ',"partial":false}\n';
  const text = decoder.decode(block.bytes);
  const whole = block.partial ? text : text.slice(0, -1);
  const between = `"${tail}${head}"`.replaceAll("$", "$$$$");
  // Most output has no backslash: then those before an n are of newlines, and one pass does.
  const lines = whole.includes("\\")
    ? head + whole.split("\n").map((it) => JSON.stringify(it)).join(tail + head) + tail
    : head + JSON.stringify(whole).replaceAll("\\n", between) + tail;
  return block.partial ? lines.slice(0, -tail.length) + ',"partial":true}\n' : lines;
}
