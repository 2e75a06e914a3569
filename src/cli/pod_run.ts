/** One run from the first Pod to the exit status: what `run` and `simulate` have in common. */
import { ignoredFields, type UnsupportedField } from "../api/field_support.ts";
import { findMissingCertificates, withServiceAccount } from "../api/service_account.ts";
import type { Pod } from "../api/types/pod.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { lineLogger } from "../base/log.ts";
import {
  type Cluster,
  type ClusterOptions,
  type ObjectProgress,
  startCluster,
} from "../cluster.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import { defaultSettings, type LifecycleSettings } from "../lifecycle/record/record.ts";
import type { PodProgress } from "../node/pod_worker.ts";
import type { Runtime, RuntimeListener } from "../runtime/runtime.ts";
import { createFaultyRuntime } from "../runtime/simulated/faulty_runtime.ts";
import { findInputReader, type InputReader, type UserTerminal } from "./terminal/user_terminal.ts";
import { computeExitStatus, type ContainerExit, exitStatus, type RunEnd } from "./exit_status.ts";
import { findUnread } from "./manifest/isolation_check.ts";
import { describeFailure } from "./manifest/manifests.ts";
import type { OptionValues, workloadOptions } from "./arguments/options.ts";
import { describeEnding } from "./output/ending.ts";
import { Output } from "./output/output.ts";
import type { OutputTarget } from "./output/run_writers.ts";
import { describeIgnored, isAutomounted } from "./manifest/other_objects.ts";
import { resolvePath } from "./manifest/paths.ts";
import { type Plan, withHostPaths } from "./manifest/plan.ts";
import { StatusFile } from "./output/status_file.ts";
import { UsageError } from "../base/usage_error.ts";
import type { UntilCondition } from "./arguments/values.ts";

/** How long an end may take that leaves no grace, in wall milliseconds. */
const STOP_PATIENCE_MS = 5000;

/** The grace of containers whose output nothing reads any more, where their own is longer: the least there is (R-TERM-2). */
const UNREAD_GRACE_SECONDS = 2;

type RunOptions = OptionValues<typeof workloadOptions>;

/** What a node is made of beside the run itself. */
export type NodeOption =
  | "clock"
  | "resolveImage"
  | "resolveCommand"
  | "user"
  | "home"
  | "newUid"
  | "node"
  | "startsAtOnce";

/** The environment of a run: clock, runtime, files and terminal. */
export interface RunEnvironment extends Pick<ClusterOptions, NodeOption> {
  /** Lifecycle milliseconds per wall millisecond. */
  readonly speed: number;
  /** The time of `--timeout`, as it passes for the person who waits. */
  readonly timeoutClock: Clock;
  /** Where the person stands, absolute. */
  readonly directory: string;
  /** What of a new file's mode the caller's mask leaves, where the process has another one by now. @default 0o666 */
  readonly fileMode?: number;
  /** Makes the runtime, which reports to the listener. */
  readonly createRuntime: (
    listener: RuntimeListener,
    terminal: UserTerminal | undefined,
  ) => Runtime;
  /** The user of this program's standard input and terminal. @default containers have neither */
  readonly createTerminal?: (warn: (line: string) => void) => UserTerminal;
  /** The ending of the next name that is to be generated. */
  readonly newEnding: () => number;
  /** Containers see folders of their own, which are not the host's. */
  readonly mountsFolders: boolean;
  /** What the table of fields promises and this environment does not support. */
  readonly unsupportedFieldsOf: (pod: Pod) => readonly UnsupportedField[];
  /** What to report before anything starts. */
  readonly warnings: readonly string[];
  /** Called when the Pods have been submitted; what it starts ends with the signal. */
  readonly onSubmitted?: (cluster: Cluster, over: AbortSignal) => void;
  /** What to report when nothing runs any more. */
  readonly closingLines?: (pods: readonly Pod[]) => readonly string[];
}

/** One run. Created before anything starts, so that it can be ended at any time. */
export class PodRun {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #environment: RunEnvironment;
  readonly #output: Output;
  readonly #eventsFile: Deno.FsFile | undefined;
  readonly #statusFile: StatusFile | undefined;
  readonly #terminal: UserTerminal | undefined;
  readonly #cluster: Cluster;
  readonly #exits: ContainerExit[] = [];
  /** Why the run is over, once it is; the first reason stays. */
  #end: RunEnd | undefined;
  /** Something of the record that was asked for could not be written. */
  #broken = false;
  #hinted = false;
  /** The run does not wait for the end of its pods. */
  #endedNow = false;
  /** Ends timers: the exit status is decided. */
  readonly #over = new AbortController();

  /**
   * Opens the output files; nothing runs yet.
   * @throws {UsageError}
   */
  constructor(plan: Plan, options: RunOptions, environment: RunEnvironment) {
    const { clock, directory, speed, warnings } = environment;
    checkFiles(options, directory);
    this.#plan = plan;
    this.#options = options;
    this.#environment = environment;
    this.#eventsFile = openEventsFile(options["events-file"], environment);
    this.#output = new Output({
      format: options.output,
      quiet: options.quiet,
      prefix: options.prefix,
      stdout: standardStream(Deno.stdout),
      stderr: standardStream(Deno.stderr),
      clock,
      isRaw: () => this.#terminal?.isRaw ?? false,
      onFailed: (target, error) => this.#onOutputFailed(target, error),
      ...(this.#eventsFile && { eventsFile: this.#eventsFile }),
    }, plan.pods);
    this.#statusFile = this.#openStatusFile(options["status-file"], environment);
    for (const line of warnings) this.#output.warn(line);
    const warn = (line: string) => this.#output.warn(line);
    this.#terminal = environment.createTerminal?.(warn);
    this.#cluster = startCluster({
      ...environment,
      createRuntime: this.#withFaults(environment),
      settings: computeSettings(options, { clock, speed }),
      onLogEvent: (event) => this.#onLogEvent(event),
      onOutput: (output) => this.#output.onOutput(output),
      onWarning: warn,
      onPodChange: () => this.#onPodChange(),
      log: lineLogger(warn),
    });
  }

  /** Starts the pods, waits for their end and returns the exit status. */
  async finish(): Promise<number> {
    try {
      return await this.#finish();
    } finally {
      this.#terminal?.close();
    }
  }

  async #finish(): Promise<number> {
    const pods = this.#cluster.submit(
      [...this.#plan.objects].map(([document, object]) =>
        object.kind === "Pod" ? this.#admit(object, document.folder) : object
      ),
    );
    const reader = findInputReader(pods);
    this.#terminal?.giveTo(reader);
    for (const pod of pods) this.#output.add(pod, this.#findScreen(pod, reader));
    this.#noteIgnoredObjects();
    this.#noteIgnoredFields(pods, reader);
    const { timeout } = this.#options;
    if (timeout !== undefined) this.#endAfter(timeout);
    this.#environment.onSubmitted?.(this.#cluster, this.#over.signal);
    await Promise.race([
      this.#cluster.waitFor(() => this.#cluster.submitted().every(isOver)),
      this.#stopped.promise,
    ]);
    const last = this.#cluster.pods();
    const stuck = last.filter(({ state }) => state === "stuck");
    if (stuck.length > 0 && this.#end === undefined) this.#tellStuck(stuck);
    const status = this.#computeStatus(last.map(({ pod }) => pod));
    this.#over.abort();
    this.#tellFinished(last.map(({ pod }) => pod), status);
    this.#statusFile?.write();
    await patiently(this.#cluster.stop());
    const closing = this.#environment.closingLines?.(last.map(({ pod }) => pod)) ?? [];
    for (const line of closing) this.#output.warn(line);
    await this.#output.close(this.#end === undefined ? "reader" : "brief");
    this.#eventsFile?.close();
    return this.#broken && status === 0 ? exitStatus.undecided : status;
  }

  /** What an API server's admission adds, and where its host paths lead. */
  #admit(pod: Pod, folder: string): Pod {
    const { newEnding, mountsFolders } = this.#environment;
    const located = withHostPaths(pod, folder);
    if (!mountsFolders || !isAutomounted(pod, this.#plan.others)) return located;
    return withServiceAccount(located, newEnding());
  }

  /** Waits for readers that have fallen behind; for producers of events that are faster than them. */
  async caughtUp(): Promise<void> {
    await this.#output.caughtUp();
  }

  /** The container whose terminal is the caller's: they see it as it is. */
  #findScreen(pod: Pod, reader: InputReader | undefined): string | undefined {
    if (reader?.podUid !== pod.metadata.uid || !reader?.tty) return undefined;
    return this.#terminal?.types && Deno.stdout.isTerminal() ? reader.container : undefined;
  }

  #computeStatus(pods: readonly Pod[]): number {
    return computeExitStatus({
      end: this.#end ?? { type: "finished" },
      pods,
      exits: this.#exits,
      policy: this.#options["exit-policy"],
      codeFrom: this.#options["exit-code-from"],
      until: this.#options.until !== undefined,
    });
  }

  #withFaults(environment: RunEnvironment): ClusterOptions["createRuntime"] {
    const { clock } = environment;
    const { inject: faults } = this.#options;
    const createRuntime = (listener: RuntimeListener) =>
      environment.createRuntime(listener, this.#terminal);
    if (faults.length === 0) return createRuntime;
    const onFault = (text: string) => this.#output.hint(`On purpose: ${text}`);
    return (listener) => createFaultyRuntime({ clock, faults, createRuntime, onFault }, listener);
  }

  /** A second signal asked for the end at once, and that has come. */
  readonly #stopped = Promise.withResolvers<void>();

  #endAfter(timeoutMs: number): void {
    const { timeoutClock } = this.#environment;
    timeoutClock.sleepUntil(timeoutClock.now() + timeoutMs, this.#over.signal).then(
      () => this.endGracefully({ type: "timeout" }),
      (error) => {
        if (!this.#over.signal.aborted) throw error;
      },
    );
  }

  /**
   * Ends every pod as `kubectl delete` would, with its own grace; with a short one where nothing reads the output any more, so
   * that the prompt of `run … | head -1` is back.
   */
  endGracefully(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const pods = this.#cluster.pods().filter(({ state }) => state !== "done").map(({ pod }) => pod);
    if (end.type === "signal") {
      const ending = describeEnding(pods, end.signal, this.#environment.speed);
      if (ending !== undefined) this.#output.hint(ending);
    }
    for (const { metadata: { namespace = "default", name }, spec } of pods) {
      const own = spec.terminationGracePeriodSeconds ?? UNREAD_GRACE_SECONDS;
      const isShort = end.type === "outputClosed" && own > UNREAD_GRACE_SECONDS;
      this.#cluster.deletePod(namespace, name, isShort ? UNREAD_GRACE_SECONDS : undefined);
    }
  }

  /** Ends every pod at once; status, events and report come to their end as ever. */
  endNow(): void {
    if (this.#endedNow) return;
    this.#endedNow = true;
    this.#cluster.kill();
    const isOver = (all: readonly PodProgress[]) => all.every(({ state }) => state === "done");
    void patiently(this.#cluster.waitFor(isOver)).then(() => this.#stopped.resolve());
  }

  #onLogEvent(event: LogEvent): void {
    this.#output.onEvent(event);
    if (event.type === "container.exited") {
      const { uid, container, exitCode, reason, restartCount, message } = event;
      this.#exits.push({ uid, container, exitCode });
      // A program that never ran cannot have reported why, and no lifecycle line does.
      const unheard = this.#options.quiet && reason === "StartError" && restartCount === 0;
      if (unheard) this.#output.warn(message);
    } else if (event.type === "container.started" && event.restartCount > 0) {
      // Not where a probe, a policy of its own or a rule has decided.
      const isByPod = event.role === "app" && event.decidedBy === "podPolicy";
      if (isByPod) this.#hintRestart(event.pod, event.container);
    }
  }

  #onPodChange(): void {
    this.#statusFile?.noteChange();
    const { until } = this.#options;
    if (until === undefined || this.#end !== undefined) return;
    const pods = this.#cluster.pods();
    if (pods.every(({ pod }) => holds(pod, until))) this.endGracefully({ type: "reached" });
  }

  /** A default that surprises: a Pod without a restartPolicy is restarted indefinitely. */
  #hintRestart(podName: string, container: string): void {
    if (this.#hinted || this.#end !== undefined || this.#options["restart-policy"]) return;
    const silent = this.#plan.pods.some((pod) =>
      pod.spec.restartPolicy === undefined &&
      podName === `${pod.metadata.namespace || "default"}/${pod.metadata.name}`
    );
    if (!silent) return;
    this.#hinted = true;
    this.#output.hint(
      `Container "${container}" ended and was started again, as restartPolicy is Always by ` +
        "default; --restart-policy Never or OnFailure lets the Pod end",
    );
  }

  #noteIgnoredObjects(): void {
    for (const ignored of describeIgnored(this.#plan.others)) {
      this.#output.onEvent({
        type: "object.ignored",
        at: this.#environment.clock.now(),
        ...ignored,
      });
    }
  }

  #hasConfigMap(name: string, namespace = ""): boolean {
    return [...this.#plan.objects.values()].some(({ kind, metadata }) =>
      kind === "ConfigMap" && metadata.name === name &&
      (metadata.namespace || "default") === (namespace || "default")
    );
  }

  #noteIgnoredFields(pods: readonly Pod[], reader: InputReader | undefined): void {
    for (const [document, object] of this.#plan.objects) {
      if (object.kind !== "Pod") continue;
      const { namespace, name } = object.metadata;
      const pod = pods.find(({ metadata }) =>
        metadata.name === name && metadata.namespace === (namespace || "default")
      );
      const unsupported = [
        ...this.#environment.unsupportedFieldsOf(object),
        ...findMissingCertificates(object, (it) => this.#hasConfigMap(it, namespace)),
        ...findUnread(pod ?? object, reader),
      ];
      for (const { field, note } of ignoredFields(object, unsupported)) {
        this.#output.onEvent({
          type: "field.ignored",
          at: this.#environment.clock.now(),
          pod: `${namespace || "default"}/${name}`,
          uid: pod?.metadata.uid ?? "",
          message: `${field} is not enforced: ${note}`,
          field,
          ...document.positionOf(field),
        });
      }
    }
  }

  #tellStuck(stuck: readonly PodProgress[]): void {
    this.#end = { type: "undecided" };
    for (const { pod, stuck: why } of stuck) {
      if (why?.type === "idle") {
        this.#output.warn(`Pod "${pod.metadata.name}" can never go on: ${why.because}`);
        continue;
      }
      const waiting = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
      ].flatMap(({ name, state }) =>
        state?.waiting?.message === undefined
          ? []
          : [`container "${name}": ${state.waiting.reason}: ${state.waiting.message}`]
      );
      const events = this.#cluster.events().filter((it) =>
        it.podUid === pod.metadata.uid && it.type === "Warning"
      );
      // Several volumes may have failed in one try.
      const last = events.filter(({ lastAt }) => lastAt === events.at(-1)?.lastAt);
      const reasons = waiting.length > 0 ? waiting : last.map((it) => it.message);
      this.#output.warn(`Pod "${pod.metadata.name}" can never start: ${reasons.join("; ")}`);
    }
  }

  #tellFinished(pods: readonly Pod[], exitCode: number): void {
    // One that succeeded has no part in what another one failed with.
    const words = pods.length > 1 ? "the run's exit status" : "exit status";
    for (const { metadata, status } of pods) {
      const phase = status?.phase ?? "Pending";
      const reason = status?.reason;
      const cutOff = this.#endedNow && phase !== "Succeeded" && phase !== "Failed";
      this.#output.onEvent({
        type: "pod.finished",
        at: this.#environment.clock.now(),
        pod: `${metadata.namespace}/${metadata.name}`,
        uid: metadata.uid ?? "",
        message: `Pod ${cutOff ? `killed while ${phase}` : phase}${
          reason ? ` (${reason})` : ""
        }, ${words} ${exitCode}`,
        phase,
        ...(reason && { reason }),
        exitCode,
      });
    }
  }

  #openStatusFile(
    path: string | undefined,
    { directory, fileMode }: RunEnvironment,
  ): StatusFile | undefined {
    if (path === undefined) return undefined;
    try {
      return new StatusFile(resolvePath(directory, path), {
        read: () => this.#cluster.pods().map(({ pod }) => pod),
        onFailed: (error) => {
          this.#broken = true;
          this.#output.warn(`${path} cannot be written any more: ${describeFailure(error)}`);
        },
        ...(fileMode !== undefined && { mode: fileMode }),
      });
    } catch (error) {
      const why = error instanceof UsageError ? error.message : describeFailure(error);
      throw new UsageError(`--status-file: ${path} cannot be written: ${why}`);
    }
  }

  #onOutputFailed(target: "stdout" | "eventsFile", error: unknown): void {
    if (target === "stdout" && error instanceof Deno.errors.BrokenPipe) {
      return this.endGracefully({ type: "outputClosed" });
    }
    this.#broken = true;
    const what = target === "stdout" ? "Standard output" : this.#options["events-file"];
    this.#output.warn(`${what} cannot be written any more: ${describeFailure(error)}`);
    if (target === "stdout") this.endGracefully({ type: "undecided" });
  }
}

/** An object can make no further progress; a run waits for nothing else. */
function isOver({ state }: ObjectProgress): boolean {
  return state === "done" || state === "stuck";
}

/** What does not end in time ends with this process: the pause processes and the janitor see to that. */
async function patiently(end: Promise<void>): Promise<void> {
  const clock = systemClock();
  const late = new AbortController();
  const patience = clock.sleepUntil(clock.now() + STOP_PATIENCE_MS, late.signal).catch(() => {});
  await Promise.race([end, patience]);
  late.abort();
}

/** Whether a phase or condition of a pod is as `--until` wants it. */
function holds(pod: Pod, until: UntilCondition): boolean {
  if (pod.status?.phase === until) return true;
  return pod.status?.conditions?.some(({ type, status }) => type === until && status === "True") ??
    false;
}

/** The wall time that a hook's answer may take, however fast lifecycle time runs. */
const ANSWER_FLOOR_MS = 1000;

function computeSettings(
  options: RunOptions,
  { clock, speed }: Pick<RunEnvironment, "clock" | "speed">,
): LifecycleSettings {
  const { baseMs, maxMs } = options["crash-backoff"];
  return {
    ...defaultSettings,
    backoff: { baseMs, maxMs, resetMs: 2 * maxMs },
    // Processes run in real time, however fast the waiting goes.
    stopFloorMs: defaultSettings.stopFloorMs * speed,
    answerFloorMs: speed > 1 ? ANSWER_FLOOR_MS * speed : 0,
    wallZeroMs: clock.wallTime(0),
    speed,
  };
}

/** @throws {UsageError} one file cannot be both. */
function checkFiles(options: RunOptions, directory: string): void {
  const { "events-file": events, "status-file": status } = options;
  if (events === undefined || status === undefined) return;
  if (resolvePath(directory, events) !== resolvePath(directory, status)) return;
  throw new UsageError(`--status-file: ${status} is the --events-file already`);
}

/**
 * Opens the events file and empties it. It belongs to one run at a time: lines of two would be cut through each other.
 * @throws {UsageError}
 */
function openEventsFile(
  path: string | undefined,
  { directory, fileMode }: RunEnvironment,
): Deno.FsFile | undefined {
  if (path === undefined) return undefined;
  const refuse = (why: string) => new UsageError(`--events-file: ${path} ${why}`);
  try {
    const file = openAs(fileMode, () =>
      Deno.openSync(resolvePath(directory, path), {
        write: true,
        create: true,
        ...(fileMode !== undefined && { mode: fileMode }),
      }));
    // A device, such as /dev/null, may belong to many.
    if (!file.statSync().isFile) return file;
    if (!file.tryLockSync(true)) {
      file.close();
      throw refuse("is being written by another run; name another file");
    }
    file.truncateSync();
    return file;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refuse(`cannot be written: ${describeFailure(error)}`);
  }
}

/** Makes a file of exactly this mode, whatever mask the process has by now. */
function openAs<T>(mode: number | undefined, open: () => T): T {
  if (mode === undefined) return open();
  const mask = Deno.umask(0);
  try {
    return open();
  } finally {
    Deno.umask(mask);
  }
}

function standardStream(stream: typeof Deno.stdout | typeof Deno.stderr): OutputTarget {
  const terminal = stream.isTerminal();
  return {
    terminal,
    colour: terminal && !Deno.noColor,
    write: (bytes) => stream.write(bytes),
  };
}
