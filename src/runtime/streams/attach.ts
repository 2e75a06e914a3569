/**
 * Joins containers with the user who is attached to them: terminals, standard input and its end.
 */
import { orAborted } from "../../base/abort.ts";
import { systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import type { InputPipe } from "./input_pipe.ts";
import type { ContainerConfig } from "../config.ts";
import { type AttachedTerminal, RuntimeError } from "../runtime.ts";
import type { Terminal } from "./terminal.ts";

/** What the streams of a run's containers need. */
export interface AttachOptions {
  /** Undefined: no user is attached. */
  readonly user: AttachedTerminal | undefined;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
}

/** Ctrl-D: a terminal takes it for the end of what is typed. */
const END_OF_INPUT = Uint8Array.of(4);
/** How often it is looked whether that has been read. */
const END_INTERVAL_MS = 50;

/**
 * The streams of a run's containers that are more than output. What they take is loaded when the
 * first container asks for it.
 */
export class Attachment {
  readonly #options: AttachOptions;
  /** Of the one container without a terminal that accepts the user's input. */
  #pipe: Promise<InputPipe> | undefined;

  constructor(options: AttachOptions) {
    this.#options = options;
  }

  /**
   * Makes a terminal of the size of the user's.
   * @throws {RuntimeError} `CreateContainerError`
   */
  async openTerminal(): Promise<Terminal> {
    return await refusing(async () => {
      const { Terminal } = await import("./terminal.ts");
      const terminal = Terminal.open();
      const size = this.#options.user?.windowSize();
      if (size !== undefined) terminal.resize(size);
      return terminal;
    });
  }

  /**
   * What a run without a terminal opens as its standard input; undefined where that is at its end.
   * @throws {RuntimeError} `CreateContainerError`
   */
  async openInput(config: ContainerConfig): Promise<string | undefined> {
    const { user } = this.#options;
    if (!acceptsInput(config, user)) return undefined;
    return await refusing(async () => (await (this.#pipe ??= this.#openPipe(user))).path);
  }

  /**
   * Shows a run's terminal to the user, and types there what they write, until it is over.
   * @param over aborted then.
   */
  attach(terminal: Terminal, config: ContainerConfig, over: AbortSignal): void {
    const { user, warn } = this.#options;
    this.#attach(terminal, config, user, over).catch((error) => {
      if (!over.aborted) warn(`Cannot type to container "${config.name}": ${messageOf(error)}`);
    });
  }

  /** Nothing reads any more. */
  async close(): Promise<void> {
    (await this.#pipe)?.close();
  }

  async #openPipe(user: AttachedTerminal): Promise<InputPipe> {
    const { InputPipe } = await import("./input_pipe.ts");
    const pipe = new InputPipe();
    void pipe.fill(user);
    return pipe;
  }

  async #attach(
    terminal: Terminal,
    config: ContainerConfig,
    user: AttachedTerminal | undefined,
    over: AbortSignal,
  ): Promise<void> {
    const accepts = acceptsInput(config, user);
    using _shown = user?.show({
      acceptsInput: accepts,
      resize: (size) => terminal.resize(size),
    });
    if (accepts) await typeAll(terminal, user, over);
    if (config.stdin) await typeEnd(terminal, over);
    await orAborted(new Promise(() => {}), over);
  }
}

/**
 * Whether a run reads what the user writes; of a container with `stdinOnce` only the first does.
 */
export function acceptsInput(
  { podUid, name, restartCount, stdin, stdinOnce }: ContainerConfig,
  user: AttachedTerminal | undefined,
): user is AttachedTerminal {
  const isOver = stdinOnce && restartCount > 0;
  return stdin && !isOver && (user?.isAttachedTo(podUid, name) ?? false);
}

async function typeAll(
  terminal: Terminal,
  user: AttachedTerminal,
  over: AbortSignal,
): Promise<void> {
  for (;;) {
    const bytes = await orAborted(user.peek(), over);
    if (bytes === undefined) return;
    user.take(await terminal.write(bytes));
  }
}

/**
 * An end lasts, but a key is pressed once: it is pressed again whenever a program has read the last
 * one and goes on.
 * @throws the signal's reason when it is over.
 */
export async function typeEnd(terminal: Terminal, over: AbortSignal): Promise<never> {
  const clock = systemClock();
  for (;;) {
    if (!terminal.hasUnreadInput) await terminal.write(END_OF_INPUT);
    await clock.sleepUntil(clock.now() + END_INTERVAL_MS, over);
  }
}

async function refusing<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw new RuntimeError("CreateContainerError", messageOf(error), { cause: error });
  }
}
