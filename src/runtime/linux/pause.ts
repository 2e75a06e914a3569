/**
 * The pause process of a pod, and the namespaces that it holds.
 */
import type { Machine } from "../machine/machine.ts";
import {
  IPC_NAMESPACE,
  type NodeNamespaces,
  readLine,
  SANDBOX_NAMESPACES,
} from "../machine/node_holder.ts";
import { killIfSlow, spawnHelper } from "../machine/subprocess.ts";
import {
  identifyProcess,
  isAlive,
  killUnlessGone,
  type ProcessIdentity,
  signalProcess,
} from "../machine/process.ts";
import type { IsolationLevel } from "../config.ts";
import { RuntimeError } from "../runtime.ts";
import pauseScript from "./pause.sh" with { type: "text" };

/** A running pause process. */
export interface Pause {
  /** Ends when it is signalled, and takes the sandbox with it. */
  readonly process: ProcessIdentity;
  /** The process that waits for that one, where it is the first of a namespace. */
  readonly waiter: ProcessIdentity | undefined;
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<void>;
  /** Ends it, and with it, where there are namespaces, everything in the sandbox. */
  stop(): Promise<void>;
}

/** What the pause process is to hold. */
export interface PauseOptions {
  /** Undefined to keep the machine's. */
  readonly hostname: string | undefined;
  /** Holds a network namespace of its own, in which nothing is set up yet. */
  readonly ownNetwork: boolean;
  /** Holds no IPC namespace. */
  readonly sharesIPC: boolean;
  /** Sees what has been mounted for the pod in the node's own namespaces. */
  readonly sharesMounts: boolean;
  /** Kernel parameters of its namespaces, with dots between the words of a name. */
  readonly sysctls: readonly (readonly [name: string, value: string])[];
  /**
   * A folder on which it mounts the memory file system that is `/dev/shm` of the pod's containers,
   * as large as containerd's (internal/cri/server/podsandbox/sandbox_run_linux.go); undefined where
   * they have the machine's.
   */
  readonly shm: string | undefined;
}

/**
 * Kernel parameters that a network of a pod's own begins with, before those that the pod names
 * (R-SANDBOX-9): every user may listen on any port, and every group that exists here may ping.
 *
 * Rule: containerd, pkg/cri/sandbox_run_linux.go. `Differs:` in a user namespace groups may ping,
 * too.
 */
function computeNetworkSysctls(
  { highestId }: Pick<NodeNamespaces, "highestId">,
): readonly (readonly [name: string, value: string])[] {
  return [
    ["net.ipv4.ip_unprivileged_port_start", "0"],
    ["net.ipv4.ping_group_range", `0 ${highestId}`],
  ];
}

/**
 * Starts the pause process and waits until it holds the namespaces.
 * @throws {RuntimeError} `FailedCreatePodSandBox`
 */
export async function startPause(
  { tools, namespaces }: Machine,
  level: IsolationLevel,
  { hostname, ownNetwork, sharesIPC, sharesMounts, sysctls, shm }: PauseOptions,
): Promise<Pause> {
  const all = [
    ...ownNetwork && namespaces !== undefined ? computeNetworkSysctls(namespaces) : [],
    ...sysctls,
  ];
  const settings = all.map(([name, value]) => `${name.replaceAll(".", "/")}=${value}`);
  const shell = [
    ...[tools.sh, "-c", pauseScript, "pause.sh"],
    ...[level === "sandbox" ? hostname ?? "" : "", ...settings],
  ];
  const words = level === "sandbox" && namespaces !== undefined
    ? [
      // The way through the node's namespaces takes time, and root does not have to go it.
      ...sharesMounts || namespaces.ids !== "all" ? namespaces.enter : [],
      tools.unshare,
      ...SANDBOX_NAMESPACES.filter((name) => !sharesIPC || name !== IPC_NAMESPACE),
      ...ownNetwork ? ["--net"] : [],
      "--",
      ...shell,
    ]
    : shell;
  const command = new Deno.Command(tools.setsid, {
    args: words,
    cwd: "/",
    clearEnv: true,
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      ...level === "sandbox" && shm !== undefined && { MOUNT: tools.mount, SHM: shm },
    },
    stdin: "piped",
    stdout: level === "sandbox" ? "piped" : "null",
    stderr: "piped",
  });
  const reason = "FailedCreatePodSandBox";
  const child = spawnHelper(reason, "the pause process", command);
  const ended = child.status.then(() => undefined);
  // Without namespaces nothing is made that one would have to wait for.
  const pid = level === "sandbox"
    ? Number(await killIfSlow(child, "the pause process", readLine(child.stdout), reason))
    : child.pid;
  const process = pid > 0 ? identifyProcess(pid) : undefined;
  if (process === undefined) {
    await ended;
    const message = (await new Response(child.stderr).text()).trim();
    throw new RuntimeError(
      reason,
      `Cannot start the pause process: ${message || "it ended at once"}`,
    );
  }
  child.stderr.cancel();
  const waiter = pid === child.pid ? undefined : identifyProcess(child.pid);
  return {
    process,
    waiter,
    ended,
    async stop() {
      // Without a PID namespace what reads for it outlives it, if that has been stopped.
      if (level === "process" && isAlive(process)) killUnlessGone(-process.pid, "SIGKILL");
      signalProcess(process, "SIGKILL");
      // A stopped one would not see its end.
      if (waiter !== undefined) signalProcess(waiter, "SIGCONT");
      await ended;
      // Held open until now: its end of file is how pause learns that the node is gone.
      await child.stdin.abort().catch(() => undefined);
    },
  };
}
