/**
 * Container logs in the CRI format: `TIME STREAM TAG LINE`, tag `F` for a full line, `P` for a part
 * of one.
 */
import { ByteBuilder, concatBytes } from "../../base/bytes.ts";

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

/** What stands before a line that came at one moment. */
interface Heads {
  readonly full: Uint8Array;
  readonly part: Uint8Array;
}

/** Cuts one stream of bytes into lines and renders them for the log file. */
export class CriFormatter {
  /** Shared: what was rendered is used before anything else is. */
  static readonly #rendered = new ByteBuilder();
  /** The beginning of a line whose end has not come yet. */
  #rest = NOTHING;

  /** Cuts one of the two streams; its name stands in every line. */
  constructor(private readonly stream: "stdout" | "stderr") {}

  /**
   * Renders the lines that a chunk completes. They are only valid until a formatter is called
   * again.
   * @param wallTime Milliseconds since 1970; all lines of a chunk share it.
   */
  format(chunk: Uint8Array, wallTime: number): Uint8Array {
    const heads = this.#headsAt(wallTime);
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#render(heads.full, this.#cut(chunk.subarray(from, end), heads));
      from = end + 1;
    }
    const rest = this.#cut(chunk.subarray(from), heads);
    this.#rest = rest.length === 0 ? NOTHING : rest.slice();
    return CriFormatter.#rendered.take();
  }

  /** Renders what is left of a last line that had no end; valid as {@link format} has it. */
  finish(wallTime: number): Uint8Array {
    if (this.#rest.length > 0) this.#render(this.#headsAt(wallTime).full, this.#rest);
    this.#rest = NOTHING;
    return CriFormatter.#rendered.take();
  }

  /** Renders whole parts of the line that a piece goes on with; returns what is left of it. */
  #cut(piece: Uint8Array, heads: Heads): Uint8Array {
    let bytes = this.#rest.length === 0 ? piece : concatBytes([this.#rest, piece]);
    this.#rest = NOTHING;
    while (bytes.length > MAX_LINE_BYTES) {
      this.#render(heads.part, bytes.subarray(0, MAX_LINE_BYTES));
      bytes = bytes.subarray(MAX_LINE_BYTES);
    }
    return bytes;
  }

  #render(head: Uint8Array, line: Uint8Array): void {
    CriFormatter.#rendered.append(head);
    CriFormatter.#rendered.append(line);
    CriFormatter.#rendered.appendByte(NEWLINE);
  }

  #headsAt(wallTime: number): Heads {
    const time = formatNanoTime(wallTime);
    return {
      full: encoder.encode(`${time} ${this.stream} F `),
      part: encoder.encode(`${time} ${this.stream} P `),
    };
  }
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
