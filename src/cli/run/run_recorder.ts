/** What is written of a run: output, event log and status file. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { describeFailure } from "../output/failure.ts";
import { Output } from "../output/output.ts";
import type { StatusFile } from "../output/status_file.ts";
import { ExitRecord } from "./exit_record.ts";
import type { ContainerExit } from "./exit_status.ts";
import type { RunEnvironment, RunOptions } from "./run_environment.ts";
import { checkFiles, openEventsFile, openStatusFile } from "./run_files.ts";
import { TimelineFile } from "./timeline_file.ts";

/** What a recorder reads, and what it reports to. */
export interface RecorderSources {
  /** The Pods of the manifests. */
  readonly pods: readonly Pod[];
  /** The templates of what manages Pods. */
  readonly templates: readonly Pod[];
  /** Whether more Pods are expected than those. */
  readonly expectsMore: boolean;
  /** Returns every Pod of the run as it is, and every object that manages Pods. */
  readonly readObjects: () => readonly KubernetesObject[];
  /** Whether the user's terminal is in raw mode. */
  readonly isRaw: () => boolean;
  /**
   * Called when standard output takes nothing any more.
   * @param isClosed its reader has gone away.
   */
  readonly onOutputEnded: (isClosed: boolean) => void;
}

/** Writes the records of one run, and remembers the exits that decide its status. */
export class RunRecorder {
  /** What is printed. */
  readonly output: Output;
  readonly #options: RunOptions;
  readonly #eventsFile: Deno.FsFile | undefined;
  readonly #statusFile: StatusFile | undefined;
  readonly #timeline: TimelineFile | undefined;
  readonly #exits = new ExitRecord();
  readonly #onRunEvent: RunEnvironment["onRunEvent"];
  readonly #onOutputEnded: RecorderSources["onOutputEnded"];
  #isBroken = false;

  /**
   * Opens the files; nothing is printed yet.
   * @throws {UsageError}
   */
  constructor(options: RunOptions, environment: RunEnvironment, sources: RecorderSources) {
    const { clock, directory, stdout, stderr } = environment;
    checkFiles(options, directory);
    this.#options = options;
    this.#onOutputEnded = sources.onOutputEnded;
    this.#onRunEvent = environment.onRunEvent;
    this.#timeline = options.timeline === undefined
      ? undefined
      : new TimelineFile(options.timeline, environment);
    this.#eventsFile = openEventsFile(options["events-file"], environment);
    this.output = new Output({
      format: options.output,
      quiet: options.quiet,
      prefix: options.prefix,
      stdout,
      stderr,
      clock,
      isRaw: sources.isRaw,
      onFailed: (target, error) => this.#onOutputFailed(target, error),
      ...(this.#eventsFile && { eventsFile: this.#eventsFile }),
    }, sources);
    this.#statusFile = openStatusFile(options["status-file"], environment, {
      read: sources.readObjects,
      onFailed: (message) => {
        this.#isBroken = true;
        this.output.warn(message);
      },
    });
  }

  /** Ends of containers as {@link ExitRecord} keeps them, in order. */
  get exits(): readonly ContainerExit[] {
    return this.#exits.list();
  }

  /** A record that was asked for could not be written. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes an event. */
  onLogEvent(event: RunEvent): void {
    this.output.onEvent(event);
    this.#timeline?.add(event);
    this.#onRunEvent?.(event);
    if (event.type !== "container.exited") return;
    const { uid, container, exitCode, reason, restartCount, message } = event;
    this.#exits.note({ uid, container, exitCode });
    // A program that never ran cannot have reported why, and no lifecycle line does.
    const isUnreported = this.#options.quiet && reason === "StartError" && restartCount === 0;
    if (isUnreported) this.output.warn(message);
  }

  /**
   * A Pod is gone: no line names it any more.
   *
   * @param counts whether its exits decide the status of the run nevertheless.
   */
  forget(pod: Pod, counts: boolean): void {
    this.output.forget(pod);
    if (!counts) this.#exits.forget(pod.metadata.uid ?? "");
  }

  /** Takes note that an object has appeared or changed: the status file follows soon. */
  noteChange(): void {
    this.#statusFile?.noteChange();
  }

  /** Writes the last status of the objects. */
  writeStatus(): void {
    this.#statusFile?.write();
  }

  /** Waits until everything is written; see {@link Output.close}. */
  async close(patience: "reader" | "brief"): Promise<void> {
    this.#statusFile?.close();
    try {
      await this.#timeline?.write();
    } catch (error) {
      this.#noteBroken(this.#options.timeline!, error);
    }
    await this.output.close(patience);
    this.#eventsFile?.close();
  }

  #onOutputFailed(target: "stdout" | "eventsFile", error: unknown): void {
    const isClosed = target === "stdout" && error instanceof Deno.errors.BrokenPipe;
    if (!isClosed) {
      this.#noteBroken(
        target === "stdout" ? "Standard output" : this.#options["events-file"]!,
        error,
      );
    }
    if (target === "stdout") this.#onOutputEnded(isClosed);
  }

  #noteBroken(what: string, error: unknown): void {
    this.#isBroken = true;
    this.output.warn(`${what} cannot be written any more: ${describeFailure(error)}`);
  }
}
