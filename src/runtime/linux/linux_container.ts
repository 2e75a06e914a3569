/**
 * One run of a container on this machine: its view, its launch, what is asked of it meanwhile, its
 * end.
 */
import { joinSignals } from "../../base/abort.ts";
import { removeIfPresent } from "../../base/files.ts";
import {
  cannotRemoveCgroup,
  type ContainerPlace,
  discardLaunch,
  launchContainer,
  type PreparedLaunch,
  withoutMounts,
} from "./container_launch.ts";
import type { ContainerCgroup } from "../cgroup/cgroup.ts";
import type { UsageSource } from "../cgroup/usage.ts";
import { formatEnded, formatNotRunning } from "../handler_text.ts";
import type { ExecSite } from "../launch/container_exec.ts";
import type { ContainerEnd, RunningContainer } from "../launch/container.ts";
import { findOwnUser } from "../launch/credentials.ts";
import type { LaunchPlan } from "../launch/launch.ts";
import { computeIdMaps, holdUserNamespace } from "../launch/user_namespace.ts";
import type { ContainerConfig } from "../config.ts";
import type {
  AttachRequest,
  ContainerAttachment,
  ExecEnd,
  ExecRequest,
} from "../joined_streams.ts";
import {
  asRefusal,
  type ContainerInfo,
  type ContainerOutput,
  type ContainerStart,
  type HandlerRequest,
  type HandlerResult,
  RuntimeError,
  type RuntimeEvent,
} from "../runtime.ts";
import type { ContainerStreams } from "../streams/attach.ts";
import { type ContainerView, credentialScope } from "../view/container_view.ts";
import { readTerminationMessage } from "../view/termination_log.ts";
import type { ViewRemains } from "../disk/folder_removal.ts";
import type { ClaimedLaunch } from "./ahead_container.ts";
import type { LinuxSandbox, SandboxMember } from "./linux_sandbox.ts";
import type { RunContext } from "./run_context.ts";

/** What the id of a container begins with. */
const ID_PREFIX = "podling://";

/** What its end needs of its start. */
interface RunRemains extends Pick<PreparedLaunch, "cgroup"> {
  /** The file of its termination message. */
  readonly message: ContainerView["message"] | undefined;
  /** Names its session to the janitor. */
  readonly session: string | undefined;
}

/** A container that was created, and runs or has run once it was started. */
export class LinuxContainer implements SandboxMember {
  /** Names it in later calls. */
  readonly id: string;
  readonly config: ContainerConfig;
  /** The sandbox of its pod. */
  readonly sandbox: LinuxSandbox;
  readonly #context: RunContext;
  readonly #place: ContainerPlace;
  readonly #target: LinuxContainer | undefined;
  #running: RunningContainer | undefined;
  #view: ViewRemains | undefined;
  #cgroup: ContainerCgroup | undefined;
  /** Loaded where it has more than output, or something is attached to it. */
  #streams: ContainerStreams | undefined;
  /** How it was launched, without what is mounted. */
  #plan: LaunchPlan | undefined;
  /** Cancels what is still asked of it. */
  readonly #ended = new AbortController();
  /** What was made before it was due, until it is started. */
  #ahead: PreparedLaunch | undefined;
  /** What waited for it is its own now, and is ended with it. */
  #isStarted = false;

  /**
   * Starts nothing.
   * @param target the container in whose PID namespace it is to run.
   */
  constructor(
    context: RunContext,
    sandbox: LinuxSandbox,
    config: ContainerConfig,
    ahead: ClaimedLaunch | undefined,
    target?: LinuxContainer,
  ) {
    this.#context = context;
    this.#place = ahead?.place ?? choosePlace(context, sandbox, config, target);
    this.#ahead = ahead?.prepared;
    this.#target = target;
    this.id = ID_PREFIX + this.#place.id;
    this.config = config;
    this.sandbox = sandbox;
    sandbox.add(this);
  }

  /** As {@link Runtime.list} has it. */
  get info(): ContainerInfo {
    const { id: containerId, config: { podUid, name, restartCount } } = this;
    const state = this.#ended.signal.aborted ? "exited" : this.#running ? "running" : "created";
    return { containerId, podUid, name, restartCount, state };
  }

  /** @throws {RuntimeError} `CreateContainerError` where it does not run. */
  #findWaiter(): number {
    const { info: { state }, config: { name } } = this;
    if (this.#running !== undefined && state === "running") return this.#running.waiter.pid;
    throw new RuntimeError(
      "CreateContainerError",
      `target container "${name}" is not running: there are no processes of it to be among`,
    );
  }

  /** Where its usage is counted; undefined while it does not run. */
  get usageSource(): UsageSource | undefined {
    if (this.#running === undefined || this.info.state !== "running") return undefined;
    const cgroup = this.#cgroup;
    return {
      folders: cgroup?.folders.map(({ folder }) => folder) ?? [],
      mark: this.#plan?.mark,
      first: this.#running.process,
      listProcesses: () => cgroup?.listProcesses() ?? [],
    };
  }

  /** What limits it while it runs. */
  get cgroup(): ContainerCgroup | undefined {
    return this.info.state === "running" ? this.#cgroup : undefined;
  }

  /** Aborted when it has ended and its log is complete; never if its program does not start. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** What there is to count when its folder is removed; undefined before it was started. */
  get view(): ViewRemains | undefined {
    return this.#view;
  }

  /**
   * Starts its program.
   * @throws {RuntimeError} `StartError`, `CreateContainerError`
   * @throws the signal's reason when it is aborted before the program runs.
   */
  async start(signal?: AbortSignal): Promise<ContainerStart> {
    const begun = performance.now();
    checkStart(this.config, this.#context);
    using undo = new DisposableStack();
    const { machine, level } = this.#context;
    const { config, sandbox } = this;
    const scope = credentialScope(machine, sandbox.folders);
    const user = level === "sandbox" ? findOwnUser(config.security, scope) : undefined;
    if (level === "sandbox") asRefusal("CreateContainerError", () => this.#context.views.base);
    // What is mounted of it lasts as long as the container.
    await using users = user &&
      await holdUserNamespace(machine, computeIdMaps(user, machine.namespaces!));
    const streams = config.tty || config.stdin ? await this.#openStreams() : undefined;
    undo.defer(() => streams?.end());
    const container = {
      context: this.#context,
      sandbox,
      config,
      place: this.#place,
      ...level === "sandbox" && this.#target && { targetWaiterPid: this.#target.#findWaiter() },
    };
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#isStarted = true;
    const { running, cgroup, view } = await launchContainer(container, ahead, {
      terminal: streams?.terminal,
      input: streams?.inputPath,
      users: users?.pid,
      ...signal === undefined ? {} : { signal },
      onPrepared: ({ view, plan }) => {
        // Only what outlives the start is kept, so that the rest can be collected.
        if (view !== undefined) this.#view = { layers: view.layers, made: view.made };
        this.#plan = withoutMounts(plan);
      },
      onOutput: (output) => this.#onOutput(output),
    });
    undo.move();
    this.#running = running;
    this.#cgroup = cgroup;
    const session = level === "sandbox"
      ? undefined
      : this.#context.scope.record("sessions", running.process.pid, [running.process]);
    const remains = { cgroup, message: view?.message, session };
    void running.ended.then((end) => this.#finish(remains, end));
    return {
      pid: running.process.pid,
      startedAt: running.startedAt,
      startMs: performance.now() - begun,
    };
  }

  /** Sends a signal to its first process; SIGKILL ends all of it. No error if nothing runs. */
  signal(signal: string): void {
    this.#running?.signal(signal);
  }

  /** As {@link SandboxMember.kill}. */
  kill(): Promise<unknown> | undefined {
    this.signal("SIGKILL");
    return this.#running?.ended;
  }

  /** Answers a probe or runs a hook, as {@link Runtime.runHandler}. */
  async ask(request: HandlerRequest, signal: AbortSignal): Promise<HandlerResult> {
    const running = this.#running;
    if (running === undefined) return endedResult(request);
    // Only pods with probes or hooks pay for it.
    const { runHandler } = await import("../probe/handlers.ts");
    const { signal: ended } = this.#ended;
    using over = joinSignals([signal, ended]);
    const result = await runHandler(
      {
        exec: async (argv, signal) => {
          const { execForHandler } = await import("../launch/container_exec.ts");
          return await execForHandler(this.#execSite(running), argv, signal);
        },
        connect: (host, port) => this.#context.network.connect(host, port),
      },
      request,
      over.signal,
    );
    return result.outcome === "error" && ended.aborted ? endedResult(request) : result;
  }

  /** Runs a program in it, as {@link Runtime.exec}. */
  async exec(request: ExecRequest, signal: AbortSignal): Promise<ExecEnd> {
    const { state } = this.info;
    if (this.#running === undefined || state !== "running") {
      throw new RuntimeError("NotRunning", formatNotRunning(state));
    }
    const { execForUser } = await import("../launch/container_exec.ts");
    return await execForUser(this.#execSite(this.#running), request, { signal, ended: this.ended });
  }

  /** Joins streams with it, as {@link Runtime.attach} does. */
  async attach(request: AttachRequest, signal: AbortSignal): Promise<ContainerAttachment> {
    const { ContainerStreams } = await import("../streams/attach.ts");
    const { state } = this.info;
    if (state !== "running") throw new RuntimeError("NotRunning", formatNotRunning(state));
    this.#streams ??= new ContainerStreams(this.config);
    return this.#streams.attach(request, signal);
  }

  /** Removes its files, unless they are kept; its log stays. */
  async remove(): Promise<void> {
    const { plan } = this.#context;
    this.sandbox.remove(this);
    const waiting = this.#isStarted ? undefined : this.#ahead ?? this.#place.entered;
    if (waiting !== undefined) await discardLaunch(waiting);
    if (plan.keep) return;
    await this.#context.removePlace(this.#place, this.#view === undefined ? [] : [this.#view]);
  }

  #execSite(running: RunningContainer): ExecSite {
    const { config, sandbox } = this;
    const { machine } = this.#context;
    return {
      config,
      plan: this.#plan!,
      running,
      target: sandbox.chainTarget,
      scope: credentialScope(machine, sandbox.folders),
      machine,
      mark: this.#context.newExecMark(),
      check: (argv) => this.#context.elfCheck(config, argv),
      linkNonce: (nonce) => this.#context.linkNonce(this.#place.folder, nonce),
    };
  }

  async #openStreams(): Promise<ContainerStreams> {
    const { ContainerStreams } = await import("../streams/attach.ts");
    return this.#streams = await ContainerStreams.open(this.config, this.#context.terminalSize());
  }

  #onOutput(output: ContainerOutput): Promise<void> {
    const taken = this.#context.listener.onOutput(output);
    if (this.#streams === undefined) return taken;
    return Promise.all([taken, this.#streams.onOutput(output)]).then(() => {});
  }

  /** Removes what it no longer needs and reports its exit. */
  #finish({ cgroup, message, session }: RunRemains, end: ContainerEnd): void {
    const { config, sandbox } = this;
    if (session !== undefined) removeIfPresent(session); // A closing run's are gone.
    this.#streams?.end();
    this.#ended.abort(new Error(`container "${this.id}" has ended`));
    // Without a view nothing has been mounted there.
    const terminationMessage = message === undefined
      ? ""
      : readTerminationMessage(message, config.terminationMessagePath);
    const seen = { oomKilled: cgroup.oomKills() > 0, terminationMessage };
    this.#context.inBackground(cgroup.remove(), cannotRemoveCgroup(config));
    sandbox.reportEnd(() => this.#context.listener.onEvent(exitedEvent(this, end, seen)));
  }
}

/** What has entered for the first container has its output, and a PID namespace of its own. */
function choosePlace(
  context: RunContext,
  sandbox: LinuxSandbox,
  { tty, stdin, podUid }: ContainerConfig,
  target: LinuxContainer | undefined,
): ContainerPlace {
  const isPlain = !tty && !stdin && target === undefined;
  return isPlain ? sandbox.takePlace() : context.newPlace(podUid);
}

/** @throws {RuntimeError} where it cannot be started as things stand. */
function checkStart(
  { workingDir }: ContainerConfig,
  { level, machine: { lacking } }: RunContext,
): void {
  if (workingDir?.startsWith("/") === false) {
    const what = `workingDir "${workingDir}" is not an absolute path`;
    throw new RuntimeError("StartError", what);
  }
  if (level === "sandbox" && lacking.length > 0) {
    const what = `root has no ${lacking.join(" and ")} here, which every container needs; ` +
      "--isolation process needs none";
    throw new RuntimeError("CreateContainerError", what);
  }
}

/** Its end, with what only the machine has seen. */
function exitedEvent(
  { id: containerId, config: { podUid, name } }: LinuxContainer,
  { logTail, ...exit }: ContainerEnd,
  seen: { readonly oomKilled: boolean; readonly terminationMessage: string },
): RuntimeEvent {
  const isFailure = seen.terminationMessage === "" && exit.exitCode !== 0;
  return {
    type: "containerExited",
    containerId,
    podUid,
    name,
    ...exit,
    ...seen,
    logTail: isFailure ? logTail : "",
  };
}

/** The answer of a container that does not run. */
function endedResult({ handler }: HandlerRequest): HandlerResult {
  return { outcome: "error", output: formatEnded(handler) };
}
