/**
 * Brings a container to its first program, in two halves. Prepare: its cgroup, its view and its
 * links are made, and a process waits in its namespaces. Go: that process becomes the program.
 */
import type { ContainerCgroup } from "../cgroup/cgroup.ts";
import {
  type RunningContainer,
  startContainerProcess,
  type StartOptions,
} from "../launch/container.ts";
import { type LaunchPlan, makeNonce } from "../launch/launch.ts";
import { launchChain, rootOf } from "../launch/namespace_chain.ts";
import { WaitingLaunch } from "../launch/waiting_launch.ts";
import type { ContainerConfig } from "../config.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";
import { type ContainerView, makeContainerView } from "../view/container_view.ts";
import { makeFrame } from "../view/view_frame.ts";
import { findContainerLimit } from "../disk/disk_usage.ts";
import type { ContainerPlace, LinuxSandbox } from "./linux_sandbox.ts";
import type { RunContext } from "./run_context.ts";

/** What there is of a container before it is launched. */
export interface CreatedContainer {
  /** Of the run. */
  readonly context: RunContext;
  /** Of its pod. */
  readonly sandbox: LinuxSandbox;
  readonly config: ContainerConfig;
  /** Its id and its folder. */
  readonly place: ContainerPlace;
  /** What waits for the container in whose PID namespace it runs; undefined: it has its own. */
  readonly targetWaiterPid?: number;
}

/** What it gets beside its output. */
export interface LaunchStreams {
  /** Its terminal. */
  readonly terminal: Terminal | undefined;
  /** What is opened as its standard input. */
  readonly input: string | undefined;
}

/** A container for which all is there. */
export interface MadeLaunch extends LaunchStreams {
  readonly cgroup: ContainerCgroup;
  /** Undefined without a sandbox. */
  readonly view: ContainerView | undefined;
  /** How its program is reached. */
  readonly plan: LaunchPlan;
}

/** A container whose launch waits for its second half. */
export interface PreparedLaunch extends MadeLaunch {
  /** The process that waits. */
  readonly waiting: WaitingLaunch;
}

/**
 * Makes its cgroup, its view and its links, and plans the launch.
 * @param users holds the user namespace of its own, if it has one.
 * @throws {RuntimeError} `CreateContainerError`
 */
export function makeLaunch(
  container: CreatedContainer,
  { terminal, input, users }: LaunchStreams & { readonly users: number | undefined },
): MadeLaunch {
  const { sandbox, config, place } = container;
  const nonce = makeNonce(crypto.randomUUID());
  const cgroup = sandbox.cgroup.container(place.id, config.resources, place.cgroup);
  const view = asRefusal(
    "CreateContainerError",
    () => makeView(container, { nonce, cgroup, terminal, users }),
  );
  const plan = planLaunch(container, { nonce, cgroup, view, ownsUsers: users !== undefined });
  return { cgroup, view, plan, terminal, input };
}

/**
 * Starts the first half of its launch.
 * @throws {RuntimeError} `CreateContainerError`
 */
export function startWaiting(
  { context, sandbox, config, place, targetWaiterPid: waiterPid }: CreatedContainer,
  made: MadeLaunch,
): PreparedLaunch {
  const { machine: { tools }, clock } = context;
  const { plan, cgroup, input, terminal } = made;
  const target = sandbox.chainTarget;
  const unshare = unsharePath(place.folder, plan.nonce);
  const own = sandbox.config.shareProcessNamespace ? "shared" : "own";
  const processes = waiterPid === undefined ? own : { waiterPid };
  try {
    const waiting = new WaitingLaunch({
      plan,
      cgroup,
      tools,
      chain: target === undefined ? [] : launchChain(target, tools, unshare, processes),
      ...input === undefined ? {} : { input },
      hasTerminal: terminal !== undefined,
      clock,
      warn: (line) => context.listener.onWarning(line),
    });
    return { ...made, waiting };
  } catch (error) {
    context.inBackground(cgroup.remove(), cannotRemoveCgroup(config));
    throw error;
  }
}

function makeView(
  { context, sandbox, config, place: { folder, frame } }: CreatedContainer,
  { nonce, cgroup, terminal, users }: Pick<MadeLaunch, "cgroup" | "terminal"> & {
    readonly nonce: string;
    readonly users: number | undefined;
  },
): ContainerView | undefined {
  const { machine, level, views } = context;
  Deno.mkdirSync(folder, { recursive: true });
  const { uid } = config.security.user;
  // The container's user may open it by its name, too.
  if (terminal && machine.privileged) Deno.chownSync(terminal.path, uid, null);
  context.linkNonce(folder, nonce);
  if (level !== "sandbox") return undefined;
  Deno.symlinkSync(machine.tools.unshare, unsharePath(folder, nonce));
  const { folders } = sandbox;
  return makeContainerView(
    views.base,
    folders,
    config,
    frame ?? makeFrame(views.base, folders, folder),
    {
      cgroups: cgroup.views,
      ...terminal === undefined ? {} : { terminal: terminal.path },
      ...users === undefined ? {} : { users },
    },
  );
}

/** What launches a container. */
export interface LaunchOptions extends LaunchStreams, Pick<StartOptions, "signal" | "onOutput"> {
  /** Holds the user namespace of its own, if it has one. */
  readonly users: number | undefined;
  /** Called with all that was made for it, before its program is reached. */
  onPrepared(prepared: PreparedLaunch): void;
}

/** A container whose program runs, and what was made for it. */
export interface LaunchedContainer extends Pick<PreparedLaunch, "cgroup" | "view"> {
  readonly running: RunningContainer;
}

/**
 * Brings a container to its program. A launch that was made ahead and was killed while it waited is
 * made again: nothing of the container has run.
 * @param ahead what was made before the container was due.
 * @throws {RuntimeError} `StartError`, `CreateContainerError`
 * @throws the signal's reason when it is aborted before the program runs.
 */
export async function launchContainer(
  container: CreatedContainer,
  ahead: PreparedLaunch | undefined,
  options: LaunchOptions,
): Promise<LaunchedContainer> {
  if (ahead === undefined) return await launch(container, options);
  const launched = await launchAhead(container, ahead, options);
  if (launched !== undefined) return launched;
  // What its place had ready ended with the launch that was made ahead.
  const { id, folder } = container.place;
  return await launch({ ...container, place: { id, folder } }, options);
}

async function launch(
  container: CreatedContainer,
  options: LaunchOptions,
): Promise<LaunchedContainer> {
  const made = makeLaunch(container, options);
  return await finishLaunch(container, startWaiting(container, made), options);
}

/** @returns undefined where it was killed while it waited; its folder is gone then. */
async function launchAhead(
  container: CreatedContainer,
  ahead: PreparedLaunch,
  options: LaunchOptions,
): Promise<LaunchedContainer | undefined> {
  const { context, sandbox, place } = container;
  try {
    return await finishLaunch(container, renewLaunch(container, ahead), options);
  } catch (error) {
    const isLost = error instanceof RuntimeError && error.reason === "CreateContainerError";
    if (!isLost || !sandbox.isOpen) throw error;
  }
  await context.removal.remove(place.folder, []);
  return undefined;
}

/** A launch that was prepared ahead, for its container as it is configured now. */
function renewLaunch(container: CreatedContainer, prepared: PreparedLaunch): PreparedLaunch {
  const { plan: { nonce }, cgroup, view } = prepared;
  const plan = planLaunch(container, { nonce, cgroup, view, ownsUsers: false });
  return { ...prepared, plan };
}

function planLaunch(
  { context, sandbox, config, place, targetWaiterPid }: CreatedContainer,
  { nonce, cgroup, view, ownsUsers }: Pick<MadeLaunch, "cgroup" | "view"> & {
    readonly nonce: string;
    readonly ownsUsers: boolean;
  },
): LaunchPlan {
  const { machine, level, openFiles, ignoresSignals } = context;
  const sandboxed = level === "sandbox";
  const shared = sandbox.config.shareProcessNamespace || targetWaiterPid !== undefined;
  // With namespaces of its own the kernel ends all of it with its first process, and a cgroup knows
  // what belongs to it.
  const needsMark = !sandboxed || shared && cgroup.folders.length === 0;
  return {
    linkDirectory: place.folder,
    nonce,
    view: view?.launch,
    workingDir: config.workingDir ?? sandbox.folders.workdirPath,
    variables: config.env.map(([name]) => name),
    tools: machine.tools,
    check: context.elfCheck(config, config.argv),
    cgroups: cgroup.joinFiles,
    ownCgroups: sandboxed && cgroup.joinFiles.length > 0 && machine.cgroupNamespaces,
    sandboxRoot: sandboxed ? rootOf(sandbox.pid) : "/",
    oomScoreAdj: config.resources.oomScoreAdj,
    watched: shared || ownsUsers,
    mark: needsMark ? context.newMark() : undefined,
    openFiles,
    opensPipes: sandboxed && config.security.user.uid !== 0,
    resetSignals: ignoresSignals,
  };
}

/** Starts the second half; resolves when the program runs. */
async function finishLaunch(
  { context, sandbox, config }: CreatedContainer,
  prepared: PreparedLaunch,
  { signal, onOutput, onPrepared }: LaunchOptions,
): Promise<LaunchedContainer> {
  const { waiting, plan, cgroup, view, terminal } = prepared;
  onPrepared(prepared);
  const { clock, logLimits, listener, disk } = context;
  const logFolder = `${context.logFolder(sandbox.config)}/${config.name}`;
  try {
    asRefusal("CreateContainerError", () => Deno.mkdirSync(logFolder, { recursive: true }));
    disk.add(config.podUid, findContainerLimit(config, [...view?.layers ?? [], logFolder]));
    const running = await startContainerProcess(waiting, {
      config,
      plan,
      cgroup,
      ...terminal === undefined ? {} : { terminal },
      ...signal === undefined ? {} : { signal },
      logFile: `${logFolder}/${config.restartCount}.log`,
      limits: logLimits,
      clock,
      onOutput,
      warn: (line) => listener.onWarning(line),
    });
    return { running, cgroup, view };
  } catch (error) {
    await discardLaunch({ waiting, cgroup });
    await sandbox.endedIfEnding();
    throw error;
  }
}

/** Ends a launch that has started nothing, and removes what it holds. */
export async function discardLaunch(
  { waiting, cgroup }: Pick<PreparedLaunch, "waiting" | "cgroup">,
): Promise<void> {
  await waiting.end();
  await waiting.drop();
  await cgroup.remove();
}

/** What a failure to remove its cgroup is reported with. */
export function cannotRemoveCgroup({ name }: ContainerConfig): string {
  return `Cannot remove the cgroup of container "${name}"`;
}

/** `unshare` by the name that distinguishes its words from the container's. */
function unsharePath(folder: string, nonce: string): string {
  return `${folder}/${nonce}.unshare`;
}

/** The plan for other programs that are run in the container: its view stands by then. */
export function withoutMounts(plan: LaunchPlan): LaunchPlan {
  const none = { steps: [], denied: [] };
  return { ...plan, view: plan.view && { ...plan.view, ...none } };
}
