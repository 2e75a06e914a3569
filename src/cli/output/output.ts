/** What `run` prints: containers' output, lifecycle lines for people, the event log. */
import type { Pod } from "../../api/types/pod.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { formatSummaryLine } from "../../report/summary.ts";
import type { ContainerOutput } from "../../runtime/runtime.ts";
import { ContainerStreams } from "./container_streams.ts";
import { formatEvent } from "./event_log.ts";
import {
  containersOf,
  type ExpectedPods,
  formatPodName,
  Labels,
  type PrefixMode,
} from "./labels.ts";
import { type PrintedStream, RunWriters, type WriterOptions } from "./run_writers.ts";

/** Where to print, and how. */
export interface OutputOptions extends WriterOptions {
  /** No lifecycle lines and no hints. */
  readonly quiet: boolean;
  /** Whether the container's name stands before its lines. */
  readonly prefix: PrefixMode;
}

/** Prints one run. */
export class Output {
  readonly #options: OutputOptions;
  readonly #writers: RunWriters;
  readonly #labels: Labels;
  /** By uid and name. */
  readonly #containers = new Map<string, ContainerStreams>();

  /**
   * Prints nothing yet.
   *
   * @param expected the Pods that are known at the start: their containers decide about prefixes
   * and columns.
   */
  constructor(options: OutputOptions, expected: ExpectedPods) {
    this.#options = options;
    this.#writers = new RunWriters(options);
    this.#labels = new Labels(options.prefix, expected);
  }

  /**
   * Takes a Pod that has appeared, known at the start or not, before anything is reported of its
   * containers.
   *
   * @param screen the container whose terminal is the user's: its bytes pass through unchanged,
   * unless another format or prefixes are asked for.
   */
  add(pod: Pod, screen?: string): void {
    this.#labels.add(pod);
    const { uid = "" } = pod.metadata;
    for (const { name, role } of containersOf(pod)) {
      const source = { pod: formatPodName(pod), uid, container: name, role };
      const isScreen = name === screen && this.#options.prefix === "auto";
      const make = (stream: "stdout" | "stderr") => this.#describe({ ...source, stream }, isScreen);
      this.#containers.set(
        key(uid, name),
        new ContainerStreams(this.#writers, { stdout: make("stdout"), stderr: make("stderr") }),
      );
    }
  }

  /** Takes note that a Pod is gone: nothing is reported of it any more. */
  forget(pod: Pod): void {
    const { uid = "" } = pod.metadata;
    for (const { name } of containersOf(pod)) {
      this.#containers.get(key(uid, name))?.close(this.#options.clock.now());
      this.#containers.delete(key(uid, name));
    }
    this.#labels.forget(pod);
  }

  /** Prints a piece of output; resolves when there is room for more. */
  async onOutput({ podUid, name, stream, chunk }: ContainerOutput): Promise<void> {
    const container = this.#containers.get(key(podUid, name));
    if (container === undefined) throw new Error(`Output of an unknown container "${name}"`);
    await container.write(stream, chunk);
  }

  /** Prints an event; never waits. */
  onEvent(seen: RunEvent): void {
    const { format, quiet, stderr, clock } = this.#options;
    // The log is in the order of the decisions, and so is its time: an exit can be older than what
    // came before.
    const event = { ...seen, at: this.#writers.moment(seen.at) };
    const container = "container" in event
      ? this.#containers.get(key(event.uid, event.container))
      : undefined;
    if (event.type === "container.killing") container?.stopRun();
    else if (event.type === "container.exited") container?.endRun(event.at);
    if (this.#writers.logsEvents) {
      this.#writers.writeEvent(formatEvent(event, clock.wallTime(event.at)));
    }
    if (format === "text" && !quiet) {
      const summary = formatSummaryLine(event, {
        colour: stderr.colour,
        subjectWidth: this.#labels.width,
        naming: this.#labels.namingOf("pod" in event ? event.pod : ""),
      });
      if (summary !== undefined) this.#writers.say(summary);
    }
    if (event.type === "container.started") container?.startRun();
  }

  /** A line of advice for people; not where programs read, nor where silence was asked for. */
  hint(text: string): void {
    if (!this.#options.quiet && this.#options.format === "text") this.warn(text);
  }

  /** A diagnostic on standard error, whatever the format. */
  warn(text: string): void {
    this.#writers.warn(text);
  }

  /** Resolves when no more than a bounded part of what was printed waits to be written. */
  async caughtUp(): Promise<void> {
    await this.#writers.caughtUp();
  }

  /**
   * Waits until everything is written.
   *
   * @param patience `"reader"`: for as long as the reader takes; `"brief"`: not for one that takes
   * nothing.
   */
  async close(patience: "reader" | "brief"): Promise<void> {
    for (const container of this.#containers.values()) container.close(this.#options.clock.now());
    await this.#writers.close(patience);
  }

  #describe(source: PrintedStream["source"], isScreen: boolean): PrintedStream {
    const { pod, container, stream } = source;
    const { prefix = "", colour, isAlone } = this.#labels.labelOf(pod, container) ?? {};
    const coloured = prefix === "" || !this.#options[stream].colour
      ? prefix
      : `\x1b[${colour}m${prefix}\x1b[0m`;
    return {
      source,
      prefix: coloured === "" ? "" : `${coloured} `,
      unchanged: this.#options.format === "text" && (isAlone === true || isScreen),
    };
  }
}

function key(uid: string, container: string): string {
  return `${uid}/${container}`;
}
