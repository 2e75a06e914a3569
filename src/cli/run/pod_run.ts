/** One run from the first Pod to the exit status: what `run` and `simulate` have in common. */
import { withServiceAccount } from "../../api/service_account.ts";
import { mapPods } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { systemClock } from "../../base/clock.ts";
import { lineLogger } from "../../base/log.ts";
import {
  type Cluster,
  type ClusterOptions,
  type ObjectProgress,
  startCluster,
} from "../../cluster.ts";
import type { LogEvent } from "../../lifecycle/trace/log_event.ts";
import type { PodProgress } from "../../node/pod_worker.ts";
import { createFaultyRuntime } from "../../runtime/simulated/faulty_runtime.ts";
import { describeIgnored, isAutomounted } from "../manifest/other_objects.ts";
import { expectsMore, type Plan, withHostPaths } from "../manifest/plan.ts";
import { describeEnding } from "../output/ending.ts";
import type { Output } from "../output/output.ts";
import { UserAttachment } from "../terminal/user_attachment.ts";
import type { UserTerminal } from "../terminal/user_terminal.ts";
import { PodNames } from "../../scenario/pod_names.ts";
import { computeExitStatus, exitStatus, type RunEnd } from "./exit_status.ts";
import { findIgnoredFields } from "./ignored_fields.ts";
import type { RunEnvironment, RunOptions } from "./run_environment.ts";
import { RunChanges } from "./run_changes.ts";
import { RunJobs } from "./run_jobs.ts";
import { RunObjects } from "./run_objects.ts";
import { isIndependent, RunPods } from "./run_pods.ts";
import { RunRecorder } from "./run_recorder.ts";
import { describeFinished, describeRestart, describeStuckAll } from "./run_report.ts";
import { computeSettings } from "./run_settings.ts";
import { findMissed, isReached } from "./until.ts";

/** How long an end may take that leaves no grace, in wall milliseconds. */
const STOP_PATIENCE_MS = 5000;

/**
 * The grace of containers whose output nothing reads any more, where their own is longer: the least
 * there is (R-TERM-2).
 */
const UNREAD_GRACE_SECONDS = 2;

/** One run. Created before anything starts, so that it can be ended at any time. */
export class PodRun {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #environment: RunEnvironment;
  readonly #recorder: RunRecorder;
  readonly #output: Output;
  readonly #terminal: UserTerminal | undefined;
  readonly #user: UserAttachment;
  readonly #cluster: Cluster;
  readonly #pods: RunPods;
  readonly #objects: RunObjects;
  readonly #names = new PodNames();
  readonly #changes: RunChanges;
  readonly #jobs: RunJobs;
  /** Why the run is over, once it is; the first reason stays. */
  #end: RunEnd | undefined;
  /** The hint about the restart policy has been given. */
  #hinted = false;
  /** The run does not wait for the end of its pods. */
  #endedNow = false;
  /** Resolves when nothing is waited for any more. */
  readonly #stopped = Promise.withResolvers<void>();
  /** Ends timers: the exit status is decided. */
  readonly #over = new AbortController();

  /**
   * Opens the output files; nothing runs yet.
   * @throws {UsageError}
   */
  constructor(plan: Plan, options: RunOptions, environment: RunEnvironment) {
    const { clock, speed, warnings } = environment;
    this.#plan = plan;
    this.#options = options;
    this.#environment = environment;
    this.#pods = new RunPods(() => this.#cluster.pods());
    this.#recorder = new RunRecorder(options, environment, {
      pods: plan.pods,
      expectsMore: expectsMore(plan),
      templates: plan.templates.filter((it) => !plan.pods.includes(it)),
      readObjects: () => [...this.#objects.list(), ...this.#listPods()],
      isRaw: () => this.#terminal?.isRaw ?? false,
      onOutputEnded: (isClosed) =>
        this.endGracefully({ type: isClosed ? "outputClosed" : "undecided" }),
    });
    this.#output = this.#recorder.output;
    const warn = (line: string) => this.#output.warn(line);
    for (const line of warnings) warn(line);
    const terminal = environment.createTerminal?.(warn);
    this.#terminal = terminal;
    this.#user = new UserAttachment({ terminal, runtime: () => this.#cluster.runtime, warn });
    this.#cluster = startCluster({
      ...environment,
      createRuntime: this.#withFaults(environment),
      settings: computeSettings(options, { clock, speed }),
      admitPod: (pod) => this.#admit(pod),
      onLogEvent: (event) => this.#onLogEvent(event),
      onObjectEvent: (event) => this.#recorder.onLogEvent(event),
      onOutput: (output) => this.#output.onOutput(output),
      onWarning: warn,
      onPodAdded: (pod, owners) => this.#onPodAdded(pod, owners),
      onPodChange: (progress) => this.#onPodChange(progress),
      log: lineLogger(warn),
    });
    this.#changes = new RunChanges({
      plan,
      clock,
      cluster: () => this.#cluster,
      names: this.#names,
      onApply: (apply) => this.#noteIgnored(apply, []),
      onMade: () => this.#onObjectChange(),
      warn,
    });
    this.#jobs = new RunJobs(this.#cluster.client);
    this.#objects = new RunObjects(this.#cluster.client, () => this.#onObjectChange());
  }

  /** Starts the pods, waits for the end of what was submitted and returns the exit status. */
  async finish(): Promise<number> {
    try {
      return await this.#finish();
    } finally {
      this.#user.close();
    }
  }

  async #finish(): Promise<number> {
    const submitted = this.#cluster.submit(
      [...this.#plan.objects].map(([document, object]) =>
        mapPods(object, (pod) => withHostPaths(pod, document.folder))
      ),
    );
    this.#noteIgnored(this.#plan, submitted);
    const { timeout } = this.#options;
    if (timeout !== undefined) this.#endAfter(timeout);
    this.#environment.onSubmitted?.(this.#cluster, this.#over.signal);
    const ended = this.#changes.run().then(() => this.#cluster.waitFor(() => this.#isOver()));
    await Promise.race([ended, this.#stopped.promise]);
    this.#changes.stop();
    if (this.#end === undefined) this.#noteStuck();
    const pods = this.#listPods();
    const status = this.#computeStatus(pods);
    this.#over.abort();
    const { clock, closingLines } = this.#environment;
    const result = { exitCode: status, isKilled: this.#endedNow, at: clock.now() };
    for (const event of describeFinished(pods, result)) this.#output.onEvent(event);
    this.#recorder.writeStatus();
    await patiently(this.#cluster.stop());
    for (const line of closingLines?.(pods) ?? []) this.#output.warn(line);
    await this.#recorder.close(this.#end === undefined ? "reader" : "brief");
    return this.#recorder.isBroken && status === 0 ? exitStatus.undecided : status;
  }

  /** What an API server's admission adds. */
  #admit(pod: Pod): Pod {
    const { newEnding, mountsFolders } = this.#environment;
    if (!mountsFolders || !isAutomounted(pod, this.#plan.others)) return pod;
    return withServiceAccount(pod, newEnding());
  }

  /**
   * Waits for readers that have fallen behind; for a clock that makes events faster than they can
   * be read.
   */
  async caughtUp(): Promise<void> {
    await this.#output.caughtUp();
  }

  /**
   * Whether all that can end has ended, or can never go on: what was submitted, and Pods which
   * appeared later and belong to no other object. A run that is being ended waits for every Pod,
   * and so does one with controllers: what belongs to an object that is gone is being deleted.
   */
  #isOver(): boolean {
    const isSettled = (state: ObjectProgress["state"]) => state === "done" || state === "stuck";
    if (this.#end !== undefined) return this.#cluster.pods().every(({ state }) => isSettled(state));
    const hasControllers = this.#environment.startControllers !== undefined;
    return this.#cluster.submitted().every(({ state }) => isSettled(state)) &&
      this.#cluster.pods().every(({ pod, state }) =>
        isSettled(state) || !(hasControllers || isIndependent(pod))
      );
  }

  #listPods(): Pod[] {
    return this.#pods.list().map(({ pod }) => pod);
  }

  /** The container whose terminal is the user's: they see it as it is. */
  #findScreen(pod: Pod): string | undefined {
    const { reader } = this.#user;
    if (reader?.podUid !== pod.metadata.uid || !reader?.tty) return undefined;
    const isScreen = this.#terminal?.types && this.#environment.stdout.terminal;
    return isScreen ? reader.container : undefined;
  }

  #computeStatus(pods: readonly Pod[]): number {
    const lastPods = this.#jobs.failed().map(({ lastPod }) => lastPod);
    return computeExitStatus({
      end: this.#end ?? { type: "finished" },
      pods: [...pods.filter(isIndependent), ...lastPods.filter((it) => it !== undefined)],
      hasBareFailure: lastPods.includes(undefined),
      exits: this.#recorder.exits,
      policy: this.#options["exit-policy"],
      codeFrom: this.#options["exit-code-from"],
      until: this.#options.until !== undefined,
    });
  }

  #withFaults(environment: RunEnvironment): ClusterOptions["createRuntime"] {
    const { clock, createRuntime } = environment;
    const { inject: faults } = this.#options;
    if (faults.length === 0) return createRuntime;
    const onFault = (text: string) => this.#output.hint(`On purpose: ${text}`);
    return (listener) => createFaultyRuntime({ clock, faults, createRuntime, onFault }, listener);
  }

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
   * Ends every pod as `kubectl delete` would, with its own grace; with a short one where nothing
   * reads the output any more, so that the prompt of `run … | head -1` is back.
   */
  endGracefully(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (end.type === "missed") this.#output.warn(end.why);
    this.#objects.noteEnd();
    this.#changes.stop();
    // First, so that nothing takes the place of what ends.
    this.#cluster.deleteOwners();
    const active = this.#cluster.pods().filter(({ state }) => state !== "done");
    if (end.type === "signal") {
      const pods = active.map(({ pod }) => pod);
      const ending = describeEnding(pods, end.signal, this.#environment.speed);
      if (ending !== undefined) this.#output.hint(ending);
    }
    for (const progress of active) this.#deletePod(progress);
    // Without a Pod there is no change to wait for.
    if (active.length === 0) this.#stopped.resolve();
  }

  #deletePod(progress: PodProgress): void {
    const { metadata: { namespace = "default", name }, spec } = progress.pod;
    const own = spec.terminationGracePeriodSeconds ?? UNREAD_GRACE_SECONDS;
    const isShort = this.#end?.type === "outputClosed" && own > UNREAD_GRACE_SECONDS;
    this.#pods.noteDeletion(progress);
    this.#cluster.deletePod(namespace, name, isShort ? UNREAD_GRACE_SECONDS : undefined);
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
    if (event.type === "container.started") this.#user.onStarted(event);
    this.#recorder.onLogEvent(event);
    if (event.type === "container.exited") this.#jobs.noteExit(event);
    if (this.#hinted || this.#end !== undefined || this.#options["restart-policy"]) return;
    const hint = describeRestart(event, this.#plan.pods);
    if (hint === undefined) return;
    this.#hinted = true;
    this.#output.hint(hint);
  }

  #onPodAdded(pod: Pod, owners: readonly KubernetesObject[]): void {
    this.#names.add(pod, owners);
    this.#environment.onPodAdded?.(pod, owners);
    this.#user.add(pod);
    this.#output.add(pod, this.#findScreen(pod));
    this.#recorder.noteChange();
    // It came too late. A watcher does not write while it is being notified.
    if (this.#end !== undefined) {
      queueMicrotask(() => this.#deletePod({ pod, state: "active" }));
    }
  }

  #onPodChange(progress: PodProgress): void {
    this.#pods.noteChange(progress);
    this.#jobs.noteChange(progress.pod);
    this.#recorder.noteChange();
    const end = this.#findEnd();
    if (end !== undefined) this.endGracefully(end);
  }

  #onObjectChange(): void {
    this.#recorder.noteChange();
    const end = this.#findEnd();
    // A watcher does not write while it is being notified.
    if (end !== undefined) queueMicrotask(() => this.endGracefully(end));
  }

  /** How `--until` ends the run now, if it does: not while changes are to come. */
  #findEnd(): RunEnd | undefined {
    const { until } = this.#options;
    if (until === undefined || this.#end !== undefined || this.#changes.isPending) return undefined;
    const readPods = () => this.#cluster.pods().map(({ pod }) => pod);
    const objects = this.#objects.list();
    if (isReached(until, { readPods, objects, jobs: this.#jobs.list() })) {
      return { type: "reached" };
    }
    const why = findMissed(until, objects);
    return why === undefined ? undefined : { type: "missed", why };
  }

  #noteIgnored(plan: Pick<Plan, "objects" | "others">, submitted: readonly Pod[]): void {
    const { clock, unsupportedFieldsOf } = this.#environment;
    const at = clock.now();
    for (const ignored of describeIgnored(plan.others)) {
      this.#output.onEvent({ type: "object.ignored", at, ...ignored });
    }
    const facts = { pods: submitted, reader: this.#user.reader, unsupportedFieldsOf, at };
    for (const event of findIgnoredFields(plan, facts)) this.#output.onEvent(event);
  }

  #noteStuck(): void {
    const lines = describeStuckAll(this.#cluster);
    if (lines.length > 0) this.#end = { type: "undecided" };
    for (const line of lines) this.#output.warn(line);
  }
}

/**
 * What does not end in time ends with this process: the pause processes and the janitor see to
 * that.
 */
async function patiently(end: Promise<void>): Promise<void> {
  const clock = systemClock();
  const late = new AbortController();
  const patience = clock.sleepUntil(clock.now() + STOP_PATIENCE_MS, late.signal).catch(() => {});
  await Promise.race([end, patience]);
  late.abort();
}
