/**
 * What this machine can separate and limit. `doctor` prints the same report that the runtime
 * decides by.
 */
import { exists, readTextIfPresent } from "../../base/files.ts";
import { readCgroups } from "../cgroup/cgroup.ts";
import { type CgroupSupport, describeLimits } from "../cgroup/cgroup_layout.ts";
import { type MountEntry, mountOf, parseMountInfo } from "../machine/mount_table.ts";
import { type NodeNamespaces, startNodeHolder } from "../machine/node_holder.ts";
import type { IsolationLevel } from "../config.ts";
import { findProgram } from "../machine/executable.ts";
import { isInMachineUsers } from "../machine/process.ts";
import { noRememberedFacts, type RememberedFacts } from "../machine/remembered_facts.ts";
import { stateRoots } from "../machine/state_dir.ts";
import { type IsolationRow, type Machine, type Refusal, type Tools } from "../machine/machine.ts";
import { findTools } from "../machine/tool_search.ts";
import { readProgramLoader } from "../machine/view_tools.ts";

/** What was found out, for people and for `--isolation auto`. */
export interface IsolationReport {
  /** The best level that works here. */
  readonly level: IsolationLevel;
  /** Why it is not `sandbox`. */
  readonly reason?: string;
  /** What would make `sandbox` possible. */
  readonly remedy?: string;
  /** What `doctor` prints. */
  readonly rows: readonly IsolationRow[];
  readonly machine: Machine;
  /** What can be limited, and where. */
  readonly limits: CgroupSupport;
}

/** File systems that an overlay's upper layer cannot lie on. */
const NO_UPPER_LAYER = /^(overlay|aufs|nfs4?|cifs|fuse(\..*)?|vfat|exfat|9p|ecryptfs|virtiofs)$/;
const CAP_SYS_ADMIN = 21n;

/**
 * Finds out what this machine can do; starts one process that tries.
 * @param remembered what earlier starts have found out; by default everything is tested.
 */
export async function readIsolation(
  remembered: RememberedFacts = noRememberedFacts,
): Promise<IsolationReport> {
  const uid = Deno.uid() ?? 0;
  const tools = await findTools(remembered);
  const mounts = parseMountInfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  const privileged = uid === 0 && isInMachineUsers() &&
    hasCapability(Deno.readTextFileSync("/proc/self/status"));
  const trial = tools.missing.length > 0
    ? {
      reason: `${tools.missing.join(" and ")} cannot be found on PATH`,
      remedy: "install util-linux and coreutils",
    }
    : tryNamespaces(tools.found, privileged, remembered);
  const asked = tools.missing.length > 0 ? undefined : readProgramLoader(tools.found, remembered);
  const limits = readCgroups();
  const [found, loader] = await Promise.all([trial, asked]);
  const refusal = "reason" in found ? found : undefined;
  const machine = {
    uid,
    privileged,
    tools: tools.found,
    namespaces: "reason" in found ? undefined : found,
    loader,
    lacking: privileged ? findLacking(Deno.readTextFileSync("/proc/self/status")) : [],
    cgroupNamespaces: exists("/proc/self/ns/cgroup"),
    mounts,
    overlay: findOverlay(mounts, uid),
  };
  return {
    level: refusal === undefined ? "sandbox" : "process",
    ...refusal,
    rows: describeIsolation(machine, limits, refusal),
    machine,
    limits,
  };
}

/** What is left where `--isolation process` is asked for, whatever the machine could do. Pure. */
export function withoutSandbox(report: IsolationReport): IsolationReport {
  if (report.level === "process") return report;
  const refusal = {
    reason: "--isolation process needs none",
    remedy: "--isolation sandbox works here",
  };
  return {
    ...report,
    level: "process",
    ...refusal,
    rows: describeIsolation(report.machine, report.limits, refusal),
  };
}

async function tryNamespaces(
  tools: Tools,
  privileged: boolean,
  remembered: RememberedFacts,
): Promise<NodeNamespaces | Refusal> {
  const { sh, setsid, unshare, nsenter } = tools;
  const programs = { sh, setsid, unshare, nsenter };
  const found = await startNodeHolder(programs, privileged, !privileged && hasSubIds(), remembered);
  if (!("message" in found)) return found;
  return { reason: `the kernel refuses namespaces here (${found.message})`, remedy: findRemedy() };
}

/** Whether others than the user itself may be mapped, and the programs that do it are there. */
function hasSubIds(): boolean {
  const uid = String(Deno.uid());
  const rows = (path: string) =>
    (readTextIfPresent(path)?.trim() ?? "").split("\n").map((it) => it.split(":"));
  const names = rows("/etc/passwd").filter((row) => row[2] === uid).map(([name]) => name);
  const owns = (path: string) => rows(path).some(([name]) => name === uid || names.includes(name));
  const system = "/usr/bin:/bin";
  return owns("/etc/subuid") && owns("/etc/subgid") &&
    findProgram("newuidmap", system) !== undefined &&
    findProgram("newgidmap", system) !== undefined;
}

/** The setting that usually stands in the way. */
function findRemedy(): string {
  const blocked = (path: string, value: string) => readTextIfPresent(path)?.trim() === value;
  if (blocked("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
    return "sysctl kernel.apparmor_restrict_unprivileged_userns=0 lets ordinary users have them";
  }
  if (blocked("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
    return "sysctl kernel.unprivileged_userns_clone=1 lets ordinary users have them";
  }
  if (blocked("/proc/sys/user/max_user_namespaces", "0")) {
    return "sysctl user.max_user_namespaces=10000 lets ordinary users have them";
  }
  return "in a container, run it with --privileged, or with --security-opt seccomp=unconfined,apparmor=unconfined,systempaths=unconfined";
}

function hasCapability(status: string, number = CAP_SYS_ADMIN): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return (BigInt(`0x${effective}`) >> number & 1n) === 1n;
}

/**
 * What the launcher's programs do beside mounting: become a user and groups, drop power, change the
 * root.
 */
const LAUNCH_CAPABILITIES: readonly (readonly [name: string, number: bigint])[] = [
  ["CAP_SETGID", 6n],
  ["CAP_SETUID", 7n],
  ["CAP_SETPCAP", 8n],
  ["CAP_SYS_CHROOT", 18n],
];

function findLacking(status: string): readonly string[] {
  return LAUNCH_CAPABILITIES.filter(([, number]) => !hasCapability(status, number))
    .map(([name]) => name);
}

function findOverlay(mounts: readonly MountEntry[], uid: number): Machine["overlay"] {
  if (!/\boverlay$/m.test(readTextIfPresent("/proc/filesystems")?.trim() ?? "")) return "none";
  const { data } = stateRoots(uid);
  return NO_UPPER_LAYER.test(mountOf(mounts, data)?.fsType ?? "") ? "memory" : "disk";
}

function describeIsolation(
  machine: Machine,
  limits: CgroupSupport,
  refusal: Refusal | undefined,
): readonly IsolationRow[] {
  const sandbox = refusal === undefined;
  const row = (name: string, detail: string): IsolationRow =>
    sandbox ? { name, status: "yes", detail } : { name, status: "no", detail: "needs the sandbox" };
  const layers = machine.overlay === "memory"
    ? "its changes are kept in memory"
    : "its changes are kept on disk";
  return [
    sandbox
      ? row(
        "sandbox",
        machine.privileged ? "namespaces made by root" : "namespaces inside a user namespace",
      )
      : { name: "sandbox", status: "no", detail: refusal.reason, remedy: refusal.remedy },
    row("processes", "a PID namespace for each pod, another for each container"),
    row("host name, IPC", "one namespace each for a pod"),
    machine.overlay === "none"
      ? {
        name: "private root",
        status: "no",
        detail: "the kernel has no overlay file system",
        remedy: "modprobe overlay",
      }
      : row("private root", `a copy-on-write view of the host's files; ${layers}`),
    row("volumes", "at their mountPath, without touching the host's directories"),
    describeUsers(machine, sandbox),
    sandbox
      ? {
        name: "privileges",
        status: "yes",
        detail:
          "the usual capabilities; what reaches further, over a container's own namespaces alone",
      }
      : { name: "privileges", status: "no", detail: "containers run with your privileges" },
    {
      name: "network",
      status: "yes",
      detail: "the machine's own, by default; each pod has a loopback address of its own",
    },
    describeLimits(limits),
    sandbox
      ? {
        name: "clean-up",
        status: "yes",
        detail: "the kernel ends all of a pod with its pause process",
      }
      : {
        name: "clean-up",
        status: "partly",
        detail:
          "processes are found by their session and by a CPU limit that marks them; one that leaves the session and sets a limit of its own can escape",
      },
  ];
}

function describeUsers({ namespaces }: Machine, sandbox: boolean): IsolationRow {
  const name = "users";
  if (!sandbox || namespaces === undefined) {
    return { name, status: "no", detail: "containers run as you" };
  }
  switch (namespaces.ids) {
    case "all":
      return {
        name,
        status: "yes",
        detail: "every user and group; containers run as root by default",
      };
    case "sub-ids":
      return {
        name,
        status: "yes",
        detail:
          `users and groups 0 to ${namespaces.highestId}; root in the container is your user on the host`,
      };
    case "self":
      return {
        name,
        status: "partly",
        detail: "one uid and gid per container, mapped to your user",
        remedy:
          "install uidmap (newuidmap) and give this user a line in /etc/subuid and /etc/subgid",
      };
  }
}
