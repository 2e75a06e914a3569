/**
 * Container logs in the CRI format: `TIME STREAM TAG LINE`, tag `F` for a full line, `P` for a part
 * of one.
 */
import { concatBytes } from "../../base/bytes.ts";

/** Longer lines are cut into parts, as containerd does. */
export const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 10;
const NOTHING: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();

/**
 * Where the logs of a pod's containers lie below the log directory, in the kubelet's layout: a
 * folder for each.
 */
export function podLogDirectory(
  pod: { readonly namespace: string; readonly podName: string; readonly podUid: string },
): string {
  return `${pod.namespace}_${pod.podName}_${pod.podUid}`;
}

/** Cuts one stream of bytes into lines and renders them for the log file. */
export class CriFormatter {
  /** The beginning of a line whose end has not come yet. */
  #rest = NOTHING;

  /** Cuts one of the two streams; its name stands in every line. */
  constructor(private readonly stream: "stdout" | "stderr") {}

  /**
   * Renders the lines that a chunk completes.
   * @param wallTime Milliseconds since 1970; all lines of a chunk share it.
   */
  format(chunk: Uint8Array, wallTime: number): Uint8Array {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#cut(chunk.subarray(from, end), lines, true);
      from = end + 1;
    }
    this.#cut(chunk.subarray(from), lines, false);
    return this.#render(lines, wallTime);
  }

  /** Renders what is left of a last line that had no end. */
  finish(wallTime: number): Uint8Array {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest.length === 0 ? rest : this.#render([{ bytes: rest, full: true }], wallTime);
  }

  #cut(piece: Uint8Array, lines: Line[], full: boolean): void {
    let bytes = this.#rest.length === 0 ? piece : concatBytes([this.#rest, piece]);
    while (bytes.length > MAX_LINE_BYTES) {
      lines.push({ bytes: bytes.subarray(0, MAX_LINE_BYTES), full: false });
      bytes = bytes.subarray(MAX_LINE_BYTES);
    }
    if (full) lines.push({ bytes, full });
    this.#rest = full || bytes.length === 0 ? NOTHING : bytes.slice();
  }

  #render(lines: readonly Line[], wallTime: number): Uint8Array {
    const time = formatNanoTime(wallTime);
    const full = encoder.encode(`${time} ${this.stream} F `);
    const part = encoder.encode(`${time} ${this.stream} P `);
    let size = 0;
    for (const { bytes } of lines) size += full.length + bytes.length + 1;
    const out = new Uint8Array(size);
    let at = 0;
    for (const line of lines) {
      out.set(line.full ? full : part, at);
      at += full.length;
      out.set(line.bytes, at);
      at += line.bytes.length;
      out[at++] = NEWLINE;
    }
    return out;
  }
}

interface Line {
  readonly bytes: Uint8Array;
  readonly full: boolean;
}

/** RFC 3339 with nine digits, as the kubelet's log reader expects. */
function formatNanoTime(wallTime: number): string {
  const whole = Math.floor(wallTime);
  const nanos = String(Math.floor((wallTime - whole) * 1_000_000)).padStart(6, "0");
  return new Date(whole).toISOString().replace("Z", `${nanos}Z`);
}

/** What a log ends with, for `FallbackToLogsOnError`: at most 80 lines and 2048 bytes (R-MSG-2). */
export class LogTail {
  #bytes: Uint8Array = new Uint8Array(0);

  /** Remembers the end of what has been written. */
  push(chunk: Uint8Array): void {
    const joined = chunk.length >= MAX_TAIL_BYTES ? chunk : concatBytes([this.#bytes, chunk]);
    this.#bytes = joined.slice(-MAX_TAIL_BYTES);
  }

  /** The tail as text. */
  get text(): string {
    const text = new TextDecoder().decode(this.#bytes);
    const lines = text.split("\n");
    return lines.slice(-(text.endsWith("\n") ? MAX_TAIL_LINES + 1 : MAX_TAIL_LINES)).join("\n");
  }
}

const MAX_TAIL_LINES = 80;
const MAX_TAIL_BYTES = 2048;
