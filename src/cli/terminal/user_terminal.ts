/**
 * Standard input and terminal of the user of this program: their input, and the size of their
 * window.
 */
import type { Pod } from "../../api/types/pod.ts";
import { messageOf } from "../../base/error_text.ts";
import type { AttachedTerminal, ContainerTerminal, WindowSize } from "../../runtime/runtime.ts";
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
  for (const { metadata, spec } of pods) {
    const reader = [...spec.initContainers ?? [], ...spec.containers].find(({ stdin }) => stdin);
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

/** The caller, as the containers know them. */
export class UserTerminal implements AttachedTerminal {
  readonly #isManifest: boolean;
  readonly #warn: (line: string) => void;
  readonly #terminals = new Set<ContainerTerminal>();
  readonly #onResize = () => this.#resize([...this.#terminals]);
  #reader: InputReader | undefined;
  #next: Promise<Uint8Array | undefined> | undefined;
  #ahead: Uint8Array = new Uint8Array(0);
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

  /** From now on this container reads what they write. */
  giveTo(reader: InputReader | undefined): void {
    this.#reader = reader;
  }

  /** Whether this container reads what they write. */
  isAttachedTo(podUid: string, container: string): boolean {
    return this.#reader?.podUid === podUid && this.#reader.container === container;
  }

  /** The next of standard input. */
  peek(): Promise<Uint8Array | undefined> {
    return this.#next ??= this.#read();
  }

  /** Takes that many bytes of it. */
  take(count: number): void {
    this.#ahead = this.#ahead.subarray(count);
    this.#next = this.#ahead.length === 0 ? undefined : Promise.resolve(this.#ahead);
  }

  /** The size of the terminal that any of the standard streams is. */
  windowSize(): WindowSize | undefined {
    if (![Deno.stdin, Deno.stdout, Deno.stderr].some((it) => it.isTerminal())) return undefined;
    const { rows, columns } = Deno.consoleSize();
    return rows > 0 && columns > 0 ? { rows, columns } : undefined;
  }

  /**
   * Keeps a container's terminal as large as the window; where it accepts input, the user's is in
   * raw mode meanwhile.
   */
  show(terminal: ContainerTerminal): Disposable {
    this.#terminals.add(terminal);
    if (this.#terminals.size === 1) Deno.addSignalListener("SIGWINCH", this.#onResize);
    this.#resize([terminal]);
    const types = terminal.acceptsInput && this.types;
    if (types) this.#enterRawMode();
    return {
      [Symbol.dispose]: () => {
        this.#terminals.delete(terminal);
        if (this.#terminals.size === 0) Deno.removeSignalListener("SIGWINCH", this.#onResize);
        if (types) this.close();
      },
    };
  }

  /** Leaves their terminal as it was. */
  close(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    try {
      raw?.[Symbol.dispose]();
    } catch (error) {
      this.#warn(messageOf(error));
    }
  }

  #enterRawMode(): void {
    try {
      this.#raw ??= enterRawMode();
    } catch (error) {
      this.#warn(`${messageOf(error)}; input reaches the container line by line`);
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    if (this.#isManifest) return undefined;
    const chunk = new Uint8Array(CHUNK_BYTES);
    try {
      const count = await Deno.stdin.read(chunk);
      if (count === null) return undefined;
      this.#ahead = chunk.subarray(0, count);
      return this.#ahead;
    } catch (error) {
      this.#warn(`Cannot read standard input: ${messageOf(error)}; for containers it has ended`);
      return undefined;
    }
  }

  #resize(terminals: readonly ContainerTerminal[]): void {
    const size = this.windowSize();
    if (size !== undefined) terminals.forEach((terminal) => terminal.resize(size));
  }
}
