/** One run from the first Pod to the exit status: what `run` and `simulate` have in common. */
import { isAutomounted, withServiceAccount } from "../../api/service_account.ts";
import { mapPods } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { lineLogger } from "../../base/log.ts";
import {
  type Cluster,
  type ClusterOptions,
  type ObjectProgress,
  startCluster,
} from "../../cluster.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import type { LogEvent } from "../../lifecycle/trace/log_event.ts";
import type { PodProgress } from "../../node/pod_worker.ts";
import { createFaultyRuntime } from "../../runtime/simulated/faulty_runtime.ts";
import { expectsMore, type Plan, withHostPaths } from "../manifest/plan.ts";
import type { Output } from "../output/output.ts";
import { UserAttachment } from "../terminal/user_attachment.ts";
import { PodNames } from "../../scenario/pod_names.ts";
import { computeExitStatus, exitStatus, type RunEnd } from "./exit_status.ts";
import { findIgnored } from "./ignored_fields.ts";
import { patiently, RunEnding } from "./run_ending.ts";
import type { RunEnvironment, RunOptions, RunUser } from "./run_environment.ts";
import { RunChanges } from "./run_changes.ts";
import { RunJobs } from "./run_jobs.ts";
import { RunObjects } from "./run_objects.ts";
import { isIndependent, RunPods } from "./run_pods.ts";
import { RunRecorder } from "./run_recorder.ts";
import { describeFinished, describeRestart, describeStuckAll } from "./run_report.ts";
import { computeSettings } from "./run_settings.ts";
import { findMissed, isReached } from "./until.ts";

/** One run. Created before anything starts, so that it can be ended at any time. */
export class PodRun {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #environment: RunEnvironment;
  readonly #recorder: RunRecorder;
  readonly #output: Output;
  readonly #terminal: RunUser | undefined;
  readonly #user: UserAttachment;
  readonly #cluster: Cluster;
  readonly #pods: RunPods;
  readonly #objects: RunObjects;
  readonly #names: PodNames;
  readonly #changes: RunChanges;
  readonly #jobs: RunJobs;
  readonly #ending: RunEnding;
  /** The hint about the restart policy has been given. */
  #hinted = false;
  /**
   * Opens the output files; nothing runs yet.
   * @throws {UsageError}
   */
  constructor(plan: Plan, options: RunOptions, environment: RunEnvironment) {
    const { clock, speed, warnings } = environment;
    this.#plan = plan;
    this.#options = options;
    this.#environment = environment;
    this.#names = environment.names ?? new PodNames();
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
    const terminal = this.#terminal = environment.createTerminal?.(warn);
    this.#user = new UserAttachment({ terminal, runtime: () => this.#cluster.runtime, warn });
    this.#cluster = startCluster({
      ...environment,
      createRuntime: withFaults(environment, options.inject, this.#output),
      settings: computeSettings(options, { clock, speed }),
      admitPod: (pod) => admit(pod, plan, environment),
      onLogEvent: (event) => this.#onLogEvent(event),
      onObjectEvent: (event) => this.#recorder.onLogEvent(event),
      onOutput: (output) => this.#output.onOutput(output),
      onWarning: warn,
      onPodAdded: (pod, owners) => this.#onPodAdded(pod, owners),
      onPodGone: (pod) => this.#onPodGone(pod),
      onPodChange: (progress) => this.#onPodChange(progress),
      log: lineLogger(warn),
    });
    this.#changes = new RunChanges({
      plan,
      clock,
      cluster: () => this.#cluster,
      nodeName: environment.node.name,
      names: this.#names,
      onApply: (apply) => this.#noteIgnored(apply, []),
      onMade: () => this.#onObjectChange(),
      warn,
    });
    this.#ending = new RunEnding({
      environment,
      cluster: this.#cluster,
      pods: this.#pods,
      output: this.#output,
      onEnd: () => {
        this.#objects.noteEnd();
        this.#changes.stop();
      },
    });
    this.#jobs = new RunJobs(this.#cluster.client);
    this.#objects = new RunObjects(
      this.#cluster.client,
      () => this.#onObjectChange(),
      ({ metadata }) => controllerOf(metadata) && this.#names.forgetOwner(metadata.name),
    );
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
    const objects = [...this.#plan.objects].map(([document, object]) =>
      mapPods(object, (pod) => withHostPaths(pod, document.folder))
    );
    const submitted = this.#cluster.submit([...this.#plan.namespaces, ...objects]);
    this.#noteIgnored(this.#plan, submitted);
    const { timeout } = this.#options;
    if (timeout !== undefined) this.#ending.endAfter(timeout);
    this.#environment.onSubmitted?.(this.#cluster, this.#ending.over);
    const ended = this.#changes.run().then(() => this.#cluster.waitFor(() => this.#isOver()));
    await Promise.race([ended, this.#ending.stopped]);
    this.#changes.stop();
    if (this.#ending.end === undefined) {
      for (const line of describeStuckAll(this.#cluster)) {
        this.#ending.noteUndecided();
        this.#output.warn(line);
      }
    }
    const pods = this.#listPods();
    const status = this.#computeStatus(pods);
    this.#ending.noteDecided();
    const { clock, closingLines } = this.#environment;
    const result = { exitCode: status, isKilled: this.#ending.isNow, at: clock.now() };
    for (const event of describeFinished(pods, result)) this.#recorder.onLogEvent(event);
    this.#recorder.writeStatus();
    await patiently(this.#cluster.stop());
    await this.#environment.onOver?.();
    for (const line of closingLines?.(pods) ?? []) this.#output.warn(line);
    await this.#recorder.close(this.#ending.end === undefined ? "reader" : "brief");
    return this.#recorder.isBroken && status === 0 ? exitStatus.undecided : status;
  }

  /** As {@link RunEnding.endGracefully}. */
  endGracefully(end: RunEnd): void {
    this.#ending.endGracefully(end);
  }

  /** As {@link RunEnding.endNow}. */
  endNow(): void {
    this.#ending.endNow();
  }

  /** Waits for readers that have fallen behind: a clock may make events faster than they read. */
  async caughtUp(): Promise<void> {
    await this.#output.caughtUp();
  }

  /**
   * Whether all that can end has ended, or can never go on: what was submitted, and Pods which
   * appeared later and belong to no other object. A run that is being ended waits for every Pod,
   * and so does one with controllers: what belongs to an object that is gone is being deleted.
   */
  #isOver(): boolean {
    const { waitsForStuck = false, startControllers } = this.#environment;
    const isSettled = (state: ObjectProgress["state"]) =>
      state === "done" || (state === "stuck" && !waitsForStuck);
    if (this.#ending.end !== undefined) {
      return this.#cluster.everyPod(({ state }) => isSettled(state));
    }
    const hasControllers = startControllers !== undefined;
    return this.#cluster.submitted().every(({ state }) => isSettled(state)) &&
      this.#cluster.everyPod(({ pod, state }) =>
        isSettled(state) || !(hasControllers || isIndependent(pod))
      );
  }

  #listPods(): Pod[] {
    return this.#pods.list().map(({ pod }) => pod);
  }

  #computeStatus(pods: readonly Pod[]): number {
    const lastPods = this.#jobs.failed().map(({ lastPod }) => lastPod);
    return computeExitStatus({
      end: this.#ending.end ?? { type: "finished" },
      pods: [
        // Pods that a missed condition ends have not failed by themselves.
        ...this.#ending.end?.type === "missed" ? [] : pods.filter(isIndependent),
        ...lastPods.filter((it) => it !== undefined),
      ],
      hasBareFailure: lastPods.includes(undefined),
      exits: this.#recorder.exits,
      policy: this.#options["exit-policy"],
      codeFrom: this.#options["exit-code-from"],
      until: this.#options.until !== undefined,
    });
  }

  #onLogEvent(event: LogEvent): void {
    if (event.type === "container.started") this.#user.onStarted(event);
    this.#recorder.onLogEvent(event);
    if (event.type === "container.exited") this.#jobs.noteExit(event);
    if (this.#hinted || this.#ending.end !== undefined || this.#options["restart-policy"]) return;
    const hint = describeRestart(event, this.#plan.pods);
    if (hint === undefined) return;
    this.#hinted = true;
    this.#output.hint(hint);
  }

  #onPodAdded(pod: Pod, owners: readonly KubernetesObject[]): void {
    this.#names.add(pod, owners);
    this.#environment.onPodAdded?.(pod, owners);
    this.#user.add(pod);
    this.#output.add(pod, this.#environment.stdout.terminal ? this.#user.screenOf(pod) : undefined);
    this.#recorder.noteChange();
    // It came too late. A watcher does not write while it is being notified.
    if (this.#ending.end !== undefined) {
      queueMicrotask(() => this.#ending.deletePod({ pod, state: "active" }));
    }
  }

  /** A run without an end keeps nothing of it; one that is being ended reports of it. */
  #onPodGone(pod: Pod): void {
    if (this.#ending.end !== undefined) return;
    this.#names.forget(pod);
    this.#environment.onPodGone?.(pod);
    this.#user.forget(pod);
    this.#recorder.forget(pod, this.#jobs.isLastFailure(pod));
  }

  #onPodChange(progress: PodProgress): void {
    this.#environment.onPodChange?.(progress);
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
    if (until === undefined || this.#ending.end !== undefined || this.#changes.isPending) {
      return undefined;
    }
    const readPods = () => this.#cluster.pods().map(({ pod }) => pod);
    const objects = this.#objects.list();
    const jobs = this.#jobs.list();
    if (isReached(until, { readPods, objects, jobs })) return { type: "reached" };
    const why = findMissed(until, { objects, jobs });
    return why === undefined ? undefined : { type: "missed", why };
  }

  #noteIgnored(plan: Pick<Plan, "objects" | "others">, submitted: readonly Pod[]): void {
    const { clock, unsupportedFieldsOf } = this.#environment;
    const { reader } = this.#user;
    const facts = { pods: submitted, reader, unsupportedFieldsOf, at: clock.now() };
    for (const event of findIgnored(plan, facts)) this.#recorder.onLogEvent(event);
  }
}

/** What makes a runtime whose containers fail as `--inject` asks. */
function withFaults(
  { clock, createRuntime }: RunEnvironment,
  faults: RunOptions["inject"],
  output: Output,
): ClusterOptions["createRuntime"] {
  if (faults.length === 0) return createRuntime;
  const onFault = (text: string) => output.hint(`On purpose: ${text}`);
  return (listener) => createFaultyRuntime({ clock, faults, createRuntime, onFault }, listener);
}

/** What an API server's admission adds. */
function admit(
  pod: Pod,
  { objects }: Plan,
  { newEnding, mountsFolders }: RunEnvironment,
): Pod {
  const accounts = [...objects.values()].filter((it) => it.kind === "ServiceAccount");
  if (!mountsFolders || !isAutomounted(pod, accounts)) return pod;
  return withServiceAccount(pod, newEnding());
}
