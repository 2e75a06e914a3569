/**
 * The programs that lead from the node into a sandbox's namespaces, each to be replaced by the next
 * or to wait for it. Pure.
 */
import type { NodeNamespaces } from "../machine/node_holder.ts";

/** Where programs are led to. */
export interface ChainTarget {
  /** What the sandbox was made in. */
  readonly namespaces: NodeNamespaces;
  /** Its pause process, as the host numbers it. */
  readonly pausePid: number;
  /** Its network is the machine's. */
  readonly sharesNetwork: boolean;
  /** Its IPC objects are the machine's. */
  readonly sharesIPC: boolean;
}

/** Programs of the machine. */
export interface ChainTools {
  /** Of util-linux. */
  readonly nsenter: string;
  /** Of util-linux. */
  readonly setsid: string;
  /** A POSIX shell. */
  readonly sh: string;
}

/**
 * In which PID namespace a container's processes are: one of their own, that of their sandbox, or
 * that of another container, the one that the process of this number waits for.
 */
export type ProcessSharing = "own" | "shared" | { readonly waiterPid: number };

/**
 * Into new namespaces of a container within those of its sandbox, with the root of its mount
 * namespace as the root directory.
 *
 * @param unshare the path of `unshare`, by the name that distinguishes its words from others.
 */
export function launchChain(
  sandbox: ChainTarget,
  tools: ChainTools,
  unshare: string,
  processes: ProcessSharing,
): readonly string[] {
  const { namespaces, pausePid } = sandbox;
  const target = ["-t", String(pausePid), ...namespaces.joinUser, "-m", ...joinOwn(sandbox)];
  // It waits outside: what a container sends to its own group, or to all that it sees, must not
  // reach it. And it is `unshare`: `nsenter`, where it forks, stops itself as soon as the program
  // is stopped, and sees no end any more.
  const [enter, own] = processes === "own"
    ? [["-p"], ["--pid"]]
    : [[processes === "shared" ? "-p" : joinProcesses(processes.waiterPid), "--no-fork"], []];
  const within = ["--mount", "--fork", ...own];
  return [tools.nsenter, ...target, ...enter, "--", unshare, ...within, "--", tools.setsid];
}

/**
 * Into the namespaces of a container that runs, with the sandbox's files as the root directory.
 * @param waiterPid the process that waits for the container, as the host numbers it.
 */
export function execChain(
  sandbox: ChainTarget,
  tools: ChainTools,
  waiterPid: number,
): readonly string[] {
  const { namespaces, pausePid } = sandbox;
  const target = ["-t", String(waiterPid), ...namespaces.joinUser, "-m", joinProcesses(waiterPid)];
  const files = `--root=${rootOf(pausePid)}`;
  const enter = [tools.nsenter, "--no-fork", ...target, ...joinOwn(sandbox), files, "--"];
  return [...enter, tools.sh, "-c", WAIT, "wait", tools.setsid];
}

/** The PID namespace of a container, by the process that waits for it. */
function joinProcesses(waiterPid: number): string {
  return `--pid=/proc/${waiterPid}/ns/pid_for_children`;
}

/** The root directory of a sandbox, as seen where its namespaces can be joined. */
export function rootOf(pausePid: number): string {
  return `/proc/${pausePid}/root`;
}

/** An ordinary user may not even join the machine's. */
function joinOwn({ sharesIPC, sharesNetwork }: ChainTarget): readonly string[] {
  return [...sharesIPC ? [] : ["-i"], "-u", ...sharesNetwork ? [] : ["-n"]];
}

/**
 * Waits outside for a program within, and ends with its code. Unlike `nsenter` it does not stop
 * when the program is stopped, and its own message about a program that a signal has ended is not
 * the program's.
 */
const WAIT = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?';
