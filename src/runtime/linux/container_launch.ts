/**
 * Brings a container to its first program, in three parts. Enter: a process goes into its cgroup
 * and its namespaces. Prepare: its view is planned and made. Go: that process becomes the program.
 */
import type { ContainerCgroup, PodCgroup } from "../cgroup/cgroup.ts";
import {
  type RunningContainer,
  startContainerProcess,
  type StartOptions,
} from "../launch/container.ts";
import { type LaunchPlan, makeNonce } from "../launch/launch.ts";
import {
  type ChainTarget,
  launchChain,
  type ProcessSharing,
  rootOf,
} from "../launch/namespace_chain.ts";
import { WaitingLaunch } from "../launch/waiting_launch.ts";
import type { ContainerConfig, PodSandboxConfig } from "../config.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";
import { type ContainerView, makeContainerView } from "../view/container_view.ts";
import type { PodFolders, ViewPlace } from "../view/view_base.ts";
import { makeFrame, type ViewFrame } from "../view/view_frame.ts";
import { findContainerLimit } from "../disk/disk_usage.ts";
import type { RunContext } from "./run_context.ts";

/** A place for a container. */
export interface ContainerPlace extends ViewPlace {
  /** Letters and digits. */
  readonly id: string;
  /** What waits there for it, if that has begun. */
  readonly entered?: EnteredLaunch;
  /** What its view is built from, if that is there already. */
  readonly frame?: ViewFrame;
}

/** What a launch needs of the sandbox that it leads into. */
export interface LaunchSandbox {
  readonly config: PodSandboxConfig;
  /** Of the pod. */
  readonly cgroup: PodCgroup;
  /** What the pod's containers have in common on the node. */
  readonly folders: PodFolders;
  /** The pause process, as the host numbers it. */
  readonly pid: number;
  /** Undefined where there are no namespaces. */
  readonly chainTarget: ChainTarget | undefined;
  /** Nothing has begun to end it. */
  readonly isOpen: boolean;
  /** Waits for its end if that has begun. */
  endedIfEnding(): Promise<void>;
}

/** What there is of a container before it is launched. */
export interface CreatedContainer {
  /** Of the run. */
  readonly context: RunContext;
  /** Of its pod. */
  readonly sandbox: LaunchSandbox;
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

/** Where a container is to be. */
export interface EnterSite {
  /** Of the run. */
  readonly context: RunContext;
  /** Its id, and the folder of its files. */
  readonly place: Pick<ContainerPlace, "id" | "folder">;
  readonly cgroup: ContainerCgroup;
  /** What leads into its sandbox; undefined where there are no namespaces. */
  readonly target: ChainTarget | undefined;
  /** Whose PID namespace it runs in. */
  readonly processes: ProcessSharing;
}

/** A process that is where a container is to be, and waits for what the container is. */
export interface EnteredLaunch {
  readonly nonce: string;
  readonly cgroup: ContainerCgroup;
  /** The process that waits. */
  readonly waiting: WaitingLaunch;
}

/** A container whose launch waits for its third part. */
export interface PreparedLaunch extends Omit<EnteredLaunch, "nonce">, LaunchStreams {
  /** Undefined without a sandbox. */
  readonly view: ContainerView | undefined;
  /** How its program is reached. */
  readonly plan: LaunchPlan;
}

/**
 * Starts the first part of a launch.
 * @throws {RuntimeError} `CreateContainerError`
 */
export function enterSandbox(
  { context, place, cgroup, target, processes }: EnterSite,
  { terminal, input }: Partial<LaunchStreams> = {},
): EnteredLaunch {
  const { machine: { tools }, level, clock, listener } = context;
  const { folder } = place;
  const nonce = makeNonce(crypto.randomUUID());
  asRefusal("CreateContainerError", () => {
    Deno.mkdirSync(folder, { recursive: true });
    context.linkNonce(folder, nonce);
    if (level === "sandbox") Deno.symlinkSync(tools.unshare, unsharePath(folder, nonce));
  });
  const waiting = new WaitingLaunch({
    plan: { nonce, linkDirectory: folder, cgroups: cgroup.joinFiles },
    isMarked: needsMark(context, cgroup, processes),
    cgroup,
    tools,
    chain: target === undefined
      ? []
      : launchChain(target, tools, unsharePath(folder, nonce), processes),
    ...input === undefined ? {} : { input },
    hasTerminal: terminal !== undefined,
    clock,
    warn: (line) => listener.onWarning(line),
  });
  return { nonce, cgroup, waiting };
}

/** What a launch is prepared with. */
export interface PrepareOptions extends LaunchStreams {
  /** Holds the user namespace of its own, if it has one. */
  readonly users: number | undefined;
  /** The container is not due yet: what a path leads to may be something else by then. */
  readonly isAhead?: boolean;
}

/**
 * Starts the second part, and the first unless that has been: limits its cgroup, makes its view and
 * plans the launch. Where that fails, what had entered before is left to the caller.
 *
 * @throws {RuntimeError} `CreateContainerError`, or `StartError` where its memory is too little.
 */
export function prepareLaunch(
  container: CreatedContainer,
  { terminal, input, users, isAhead = false }: PrepareOptions,
): PreparedLaunch {
  const { context, sandbox, config, place } = container;
  const cgroup = place.entered?.cgroup ?? sandbox.cgroup.reserve(place.id);
  let launch: { readonly cgroup: ContainerCgroup; readonly waiting?: WaitingLaunch } = { cgroup };
  try {
    asRefusal("CreateContainerError", () => cgroup.limit(config.resources));
    const { chainTarget: target } = sandbox;
    const processes = sharingOf(container);
    const entered = place.entered ??
      enterSandbox({ context, place, cgroup, target, processes }, { terminal, input });
    launch = entered;
    const { nonce, waiting } = entered;
    const view = asRefusal(
      "CreateContainerError",
      () => makeView(container, { cgroup, terminal, users }),
    );
    const isFixed = view?.launch.steps.every(({ type }) => type === "mount" || type === "readOnly");
    if (isAhead && !isFixed) {
      throw new RuntimeError("CreateContainerError", "its view can only be made when it is due");
    }
    const plan = planLaunch(container, { nonce, cgroup, view, ownsUsers: users !== undefined });
    waiting.prepare(plan);
    return { cgroup, view, plan, waiting, terminal, input };
  } catch (error) {
    if (place.entered === undefined) {
      context.inBackground(discardLaunch(launch), cannotRemoveCgroup(config));
    }
    throw error;
  }
}

function sharingOf({ sandbox, targetWaiterPid: waiterPid }: CreatedContainer): ProcessSharing {
  if (waiterPid !== undefined) return { waiterPid };
  return sandbox.config.shareProcessNamespace ? "shared" : "own";
}

function makeView(
  { context, sandbox, config, place }: CreatedContainer,
  { cgroup, terminal, users }: Pick<PreparedLaunch, "cgroup" | "terminal"> & {
    readonly users: number | undefined;
  },
): ContainerView | undefined {
  const { machine, level, views } = context;
  const { uid } = config.security.user;
  // The container's user may open it by its name, too.
  if (terminal && machine.privileged) Deno.chownSync(terminal.path, uid, null);
  if (level !== "sandbox") return undefined;
  const { folders } = sandbox;
  return makeContainerView(
    views.base,
    folders,
    config,
    place.frame ?? makeFrame(views.base, folders, place),
    {
      cgroups: cgroup.views,
      ...terminal === undefined ? {} : { terminal: terminal.path },
      ...users === undefined ? {} : { users },
    },
  );
}

/** What launches a container. */
export interface LaunchOptions extends PrepareOptions, Pick<StartOptions, "signal" | "onOutput"> {
  /** Called with all that was made for it, before its program is reached. */
  onPrepared(prepared: PreparedLaunch): void;
}

/** A container whose program runs, and what was made for it. */
export interface LaunchedContainer extends Pick<PreparedLaunch, "cgroup" | "view"> {
  readonly running: RunningContainer;
}

/**
 * Brings a container to its program. A launch that was begun early, and was killed while it waited
 * or uses more than the container may, is begun once more: nothing of the container has run.
 *
 * @param ahead what was prepared before the container was due.
 * @throws {RuntimeError} `StartError`, `CreateContainerError`
 * @throws the signal's reason when it is aborted before the program runs.
 */
export async function launchContainer(
  container: CreatedContainer,
  ahead: PreparedLaunch | undefined,
  options: LaunchOptions,
): Promise<LaunchedContainer> {
  const { context, sandbox, place: { id, folder, writable, entered } } = container;
  try {
    const prepared = ahead === undefined
      ? prepareLaunch(container, options)
      : renewLaunch(container, ahead);
    return await finishLaunch(container, prepared, options);
  } catch (error) {
    if (entered !== undefined) await discardLaunch(entered);
    const isEarly = ahead !== undefined || entered !== undefined;
    const isLost = error instanceof RuntimeError && error.reason === "CreateContainerError";
    if (!isEarly || !isLost || !sandbox.isOpen) throw error;
  }
  // What its place had ready ended with that launch.
  const place = { id, folder, writable };
  await context.removePlace(place, []);
  const bare = { ...container, place };
  return await finishLaunch(bare, prepareLaunch(bare, options), options);
}

/** A launch that was prepared ahead, for its container as it is configured now. */
function renewLaunch(container: CreatedContainer, prepared: PreparedLaunch): PreparedLaunch {
  const { plan: { nonce }, cgroup, view } = prepared;
  const plan = planLaunch(container, { nonce, cgroup, view, ownsUsers: false });
  return { ...prepared, plan };
}

function planLaunch(
  container: CreatedContainer,
  { nonce, cgroup, view, ownsUsers }: Pick<PreparedLaunch, "cgroup" | "view"> & {
    readonly nonce: string;
    readonly ownsUsers: boolean;
  },
): LaunchPlan {
  const { context, sandbox, config, place } = container;
  const { machine, level, openFiles, ignoresSignals } = context;
  const sandboxed = level === "sandbox";
  const processes = sharingOf(container);
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
    watched: processes !== "own" || ownsUsers,
    mark: needsMark(context, cgroup, processes) ? context.newMark() : undefined,
    openFiles,
    opensPipes: sandboxed && config.security.user.uid !== 0,
    resetSignals: ignoresSignals,
  };
}

/**
 * With namespaces of its own the kernel ends all of it with its first process, and a cgroup knows
 * what belongs to it.
 */
function needsMark(
  { level }: RunContext,
  { folders }: ContainerCgroup,
  processes: ProcessSharing,
): boolean {
  return level !== "sandbox" || processes !== "own" && folders.length === 0;
}

/** Starts the third part; resolves when the program runs. */
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

/** Ends a launch that has started nothing, and removes what it holds. May be repeated. */
export async function discardLaunch(
  { waiting, cgroup }: Partial<Pick<EnteredLaunch, "waiting">> & Pick<EnteredLaunch, "cgroup">,
): Promise<void> {
  await waiting?.end();
  await waiting?.drop();
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
