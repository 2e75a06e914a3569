/**
 * Attaches the user of `run` to the containers that have standard input or a terminal, as
 * `kubectl run -it` does.
 */
import { findContainer } from "../../api/pod_containers.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { messageOf } from "../../base/error_text.ts";
import type { ContainerStartedLogEvent } from "../../lifecycle/trace/log_event.ts";
import type { ContainerAttachment } from "../../runtime/joined_streams.ts";
import { type Runtime, RuntimeError } from "../../runtime/runtime.ts";
import { findInputReader, type InputReader, type UserTerminal } from "./user_terminal.ts";

/** What a user has: their terminal, and what they write. */
export type User = Pick<
  UserTerminal,
  "types" | "readInput" | "putBack" | "watchWindowSize" | "enterRawMode" | "close"
>;

/** What it takes to attach a user. */
export interface AttachOptions {
  /** Undefined: the containers have no user. */
  readonly terminal: User | undefined;
  /** Where the containers run. */
  readonly runtime: () => Pick<Runtime, "list" | "attach">;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
}

/** The user of one run. */
export class UserAttachment {
  readonly #options: AttachOptions;
  /** Those with such containers, by uid. */
  readonly #pods = new Map<string, Pod>();
  #reader: InputReader | undefined;
  /** Resolves when no run reads the user's input, and what it left has been put back. */
  #inputFree: Promise<void> = Promise.resolve();
  /** The run for which the user's terminal is in raw mode. */
  #rawFor: ContainerStartedLogEvent | undefined;
  readonly #over = new AbortController();

  /** Attaches to nothing yet. */
  constructor(options: AttachOptions) {
    this.#options = options;
  }

  /** The container that reads standard input: the first that asks. */
  get reader(): InputReader | undefined {
    return this.#reader;
  }

  /** To be called with each Pod before anything of it starts. */
  add(pod: Pod): void {
    const { initContainers = [], containers } = pod.spec;
    if (![...initContainers, ...containers].some(takesUser)) return;
    this.#pods.set(pod.metadata.uid ?? "", pod);
    this.#reader ??= findInputReader([pod]);
  }

  /** The container of a Pod whose terminal is the user's own. */
  screenOf({ metadata }: Pod): string | undefined {
    const reader = this.#reader;
    if (reader?.podUid !== metadata.uid || !reader?.tty) return undefined;
    return this.#options.terminal?.types ? reader.container : undefined;
  }

  /** To be called with each Pod of which nothing is left. */
  forget({ metadata: { uid = "" } }: Pod): void {
    this.#pods.delete(uid);
  }

  /**
   * To be called with each start, before any of its output is shown. A container that does not read
   * the user's input finds it at its end.
   */
  onStarted(event: ContainerStartedLogEvent): void {
    const { terminal, warn } = this.#options;
    const pod = this.#pods.get(event.uid);
    const container = pod && findContainer(pod, event.container);
    if (terminal === undefined || container === undefined || !takesUser(container)) return;
    const reads = this.#reads(event, container);
    if (reads && container.tty && terminal.types) {
      this.#rawFor = event;
      terminal.enterRawMode();
    }
    const free = reads ? this.#inputFree : Promise.resolve();
    const done = free.then(() => this.#attach(event, container, { terminal, reads }))
      .catch((error) =>
        warn(`Cannot attach to container "${event.container}": ${messageOf(error)}`)
      )
      .then(() => {
        if (this.#rawFor === event) terminal.close();
      });
    if (reads) this.#inputFree = done;
  }

  /** Detaches, and leaves the user's terminal as it was. */
  close(): void {
    this.#over.abort();
    this.#options.terminal?.close();
  }

  /** Whether a run reads the user's input; of a container with `stdinOnce` only the first does. */
  #reads({ uid, restartCount }: ContainerStartedLogEvent, { name, stdinOnce }: Container): boolean {
    const reader = this.#reader;
    return reader?.podUid === uid && reader.container === name && !(stdinOnce && restartCount > 0);
  }

  /** Stays attached until the run has ended. */
  async #attach(
    { uid, container: name, restartCount }: ContainerStartedLogEvent,
    { stdin, tty }: Container,
    { terminal, reads }: { readonly terminal: User; readonly reads: boolean },
  ): Promise<void> {
    const runtime = this.#options.runtime();
    const { containers } = await runtime.list();
    const run = containers.find((it) =>
      it.podUid === uid && it.name === name && it.restartCount === restartCount
    );
    if (run === undefined) return;
    const input = reads ? terminal.readInput() : ReadableStream.from<Uint8Array>([]);
    const sizes = tty ? terminal.watchWindowSize() : undefined;
    let attachment: ContainerAttachment;
    try {
      attachment = await runtime.attach(run.containerId, {
        ...stdin ? { stdin: input, endsInput: true } : {},
        ...sizes && { resize: sizes },
      }, this.#over.signal);
    } catch (error) {
      await sizes?.cancel();
      // A short run has ended by now.
      if (error instanceof RuntimeError && error.reason === "NotRunning") return;
      throw error;
    }
    const { unread } = await attachment.ended;
    if (reads) terminal.putBack(unread);
  }
}

/** Whether it has anything of the user's. */
function takesUser({ stdin, tty }: Container): boolean {
  return (stdin || tty) ?? false;
}
