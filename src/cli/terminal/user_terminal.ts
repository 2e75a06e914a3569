/**
 * Standard input and terminal of the user of this program: their input, and the size of their
 * window.
 */
import { allContainers } from "../../api/pod_containers.ts";
import type { Pod } from "../../api/types/pod.ts";
import { concatBytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error_text.ts";
import type { WindowSize } from "../../runtime/joined_streams.ts";
import { enterRawMode } from "./raw_mode.ts";

/** The container that reads this program's standard input. */
export interface InputReader {
  /** `metadata.uid` of its pod. */
  readonly podUid: string;
  /** `namespace/name` of that. */
  readonly pod: string;
  readonly container: string;
  /** It has a terminal. */
  readonly tty: boolean;
}

/**
 * The first container with `stdin`, init containers before others: there is one standard input, and
 * two cannot read it.
 */
export function findInputReader(pods: readonly Pod[]): InputReader | undefined {
  for (const pod of pods) {
    const { metadata } = pod;
    const reader = allContainers(pod).find(({ stdin }) => stdin);
    if (reader === undefined) continue;
    return {
      podUid: metadata.uid ?? "",
      pod: `${metadata.namespace ?? "default"}/${metadata.name ?? ""}`,
      container: reader.name,
      tty: reader.tty ?? false,
    };
  }
  return undefined;
}

/** What is read at a time. */
const CHUNK_BYTES = 1 << 16;
const NOTHING = new Uint8Array(0);

/** The terminal of the user, and what they write. */
export class UserTerminal {
  readonly #isManifest: boolean;
  readonly #warn: (line: string) => void;
  /** What was read and no container has taken. */
  #ahead: Uint8Array = NOTHING;
  /** The read under way; the last one stays. */
  #reading: Promise<void> | undefined;
  #raw: Disposable | undefined;

  /**
   * Reads nothing yet.
   * @param options.isManifest the manifest comes from standard input, and nothing of it is left for
   * containers.
   */
  constructor(
    options: { readonly isManifest: boolean; readonly warn: (line: string) => void },
  ) {
    this.#isManifest = options.isManifest;
    this.#warn = options.warn;
  }

  /** Their terminal is in raw mode: a newline alone does not begin a line. */
  get isRaw(): boolean {
    return this.#raw !== undefined;
  }

  /** Whether they sit at a terminal, and what they type there can go to a container. */
  get types(): boolean {
    return !this.#isManifest && Deno.stdin.isTerminal();
  }

  /**
   * What they write, from where the last of these streams has stopped; one is read at a time. A
   * cancelled one takes nothing more.
   */
  readInput(): ReadableStream<Uint8Array> {
    let isCancelled = false;
    return new ReadableStream({
      pull: async (controller) => {
        if (this.#ahead.length === 0) await (this.#reading ??= this.#read());
        if (isCancelled) return;
        const bytes = this.#ahead;
        this.#ahead = NOTHING;
        if (bytes.length > 0) controller.enqueue(bytes);
        else controller.close();
      },
      cancel: () => {
        isCancelled = true;
      },
    }, { highWaterMark: 0 });
  }

  /** Of the last stream: what its reader has no use for, for the next one. */
  putBack(unread: Uint8Array): void {
    this.#ahead = concatBytes([unread, this.#ahead]);
  }

  /** The size of their window, now and whenever it changes, until it is cancelled. */
  watchWindowSize(): ReadableStream<WindowSize> {
    let onResize = () => {};
    return new ReadableStream({
      start: (controller) => {
        onResize = () => {
          const size = readWindowSize();
          if (size !== undefined) controller.enqueue(size);
        };
        onResize();
        Deno.addSignalListener("SIGWINCH", onResize);
      },
      cancel: () => Deno.removeSignalListener("SIGWINCH", onResize),
    });
  }

  /** Hands on each key as it is, until {@link close}. May be repeated. */
  enterRawMode(): void {
    try {
      this.#raw ??= enterRawMode();
    } catch (error) {
      this.#warn(`${messageOf(error)}; input reaches the container line by line`);
    }
  }

  /** Leaves their terminal as it was. May be repeated. */
  close(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    try {
      raw?.[Symbol.dispose]();
    } catch (error) {
      this.#warn(messageOf(error));
    }
  }

  /** Reads once more; at the end this stays the last read. */
  async #read(): Promise<void> {
    if (this.#isManifest) return;
    const chunk = new Uint8Array(CHUNK_BYTES);
    try {
      const count = await Deno.stdin.read(chunk);
      if (count === null) return;
      this.#ahead = concatBytes([this.#ahead, chunk.subarray(0, count)]);
      this.#reading = undefined;
    } catch (error) {
      this.#warn(`Cannot read standard input: ${messageOf(error)}; for containers it has ended`);
    }
  }
}

/** The size of the terminal that any of the standard streams is; undefined if there is none. */
export function readWindowSize(): WindowSize | undefined {
  if (![Deno.stdin, Deno.stdout, Deno.stderr].some((it) => it.isTerminal())) return undefined;
  const { rows, columns } = Deno.consoleSize();
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}
