/**
 * Brings a container to its first program: its cgroup, its view and its links are made, then it is
 * launched.
 */
import type { Cgroup } from "../cgroup/cgroup.ts";
import { type RunningContainer, startContainerProcess } from "../launch/container.ts";
import { type LaunchPlan, makeNonce } from "../launch/launch.ts";
import { launchChain } from "../launch/namespace_chain.ts";
import type { ContainerConfig } from "../config.ts";
import { asRefusal } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";
import { type ContainerView, makeContainerView } from "../view/container_view.ts";
import { makeFrame } from "../view/view_frame.ts";
import { findContainerLimit } from "./disk_usage.ts";
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
}

/** What it gets beside its output. */
export interface LaunchStreams {
  /** Its terminal. */
  readonly terminal: Terminal | undefined;
  /** What is opened as its standard input. */
  readonly input: string | undefined;
}

/** A container that is ready to be launched. */
export interface PreparedLaunch extends LaunchStreams {
  readonly cgroup: Cgroup;
  /** Undefined without a sandbox. */
  readonly view: ContainerView | undefined;
  /** How its program is reached. */
  readonly plan: LaunchPlan;
  /** The log of this run. */
  readonly logFile: string;
}

/**
 * Makes its cgroup, its view, its links and its log folder, and plans the launch.
 * @param users holds the user namespace of its own, if it has one.
 * @throws {RuntimeError} `CreateContainerError`
 */
export function prepareLaunch(
  container: CreatedContainer,
  { terminal, input, users }: LaunchStreams & { readonly users: number | undefined },
): PreparedLaunch {
  const { context, sandbox, config, place } = container;
  const { machine, level, views, disk } = context;
  const { id, folder } = place;
  const sandboxed = level === "sandbox";
  const nonce = makeNonce(crypto.randomUUID());
  const cgroup = sandbox.cgroup.container(id, config.resources, place.cgroup);
  const logFolder = `${context.logFolder(sandbox.config)}/${config.name}`;
  const view = asRefusal("CreateContainerError", () => {
    Deno.mkdirSync(folder, { recursive: true });
    const { uid } = config.security.user;
    // The container's user may open it by its name, too.
    if (terminal && machine.privileged) Deno.chownSync(terminal.path, uid, null);
    const frame = sandboxed
      ? place.frame ?? makeFrame(views.base, sandbox.folders, folder)
      : undefined;
    const view = frame &&
      makeContainerView(views.base, sandbox.folders, config, frame, {
        cgroups: cgroup.views,
        ...terminal === undefined ? {} : { terminal: terminal.path },
        ...users === undefined ? {} : { users },
      });
    context.linkNonce(folder, nonce);
    if (sandboxed) Deno.symlinkSync(machine.tools.unshare, unsharePath(folder, nonce));
    Deno.mkdirSync(logFolder, { recursive: true });
    return view;
  });
  disk.add(config.podUid, findContainerLimit(config, [...view?.layers ?? [], logFolder]));
  const plan = planLaunch(container, { nonce, cgroup, view, ownsUsers: users !== undefined });
  const logFile = `${logFolder}/${config.restartCount}.log`;
  return { cgroup, view, plan, logFile, terminal, input };
}

function planLaunch(
  { context, sandbox, config, place }: CreatedContainer,
  { nonce, cgroup, view, ownsUsers }: Pick<PreparedLaunch, "cgroup" | "view"> & {
    readonly nonce: string;
    readonly ownsUsers: boolean;
  },
): LaunchPlan {
  const { machine, level, openFiles, ignoresSignals } = context;
  const sandboxed = level === "sandbox";
  const shared = sandbox.config.shareProcessNamespace;
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
    oomScoreAdj: config.resources.oomScoreAdj,
    watched: shared || ownsUsers,
    mark: needsMark ? context.newMark() : undefined,
    openFiles,
    opensPipes: sandboxed && config.security.user.uid !== 0,
    resetSignals: ignoresSignals,
  };
}

/**
 * Launches it; resolves when its program runs.
 * @throws {RuntimeError} `StartError`, `CreateContainerError`
 * @throws the signal's reason when it is aborted before the program runs.
 */
export async function launchContainer(
  { context, sandbox, config, place }: CreatedContainer,
  { plan, cgroup, logFile, terminal, input }: PreparedLaunch,
  signal: AbortSignal | undefined,
): Promise<RunningContainer> {
  const { machine: { tools }, clock, logLimits, listener } = context;
  const target = sandbox.chainTarget;
  const unshare = unsharePath(place.folder, plan.nonce);
  const processes = sandbox.config.shareProcessNamespace ? "shared" : "own";
  try {
    return await startContainerProcess({
      config,
      plan,
      cgroup,
      tools,
      chain: target === undefined ? [] : launchChain(target, tools, unshare, processes),
      ...terminal === undefined ? {} : { terminal },
      ...input === undefined ? {} : { input },
      ...signal === undefined ? {} : { signal },
      logFile,
      limits: logLimits,
      clock,
      onOutput: (output) => listener.onOutput(output),
      warn: (line) => listener.onWarning(line),
    });
  } catch (error) {
    await cgroup.remove();
    await sandbox.endedIfEnding();
    throw error;
  }
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
