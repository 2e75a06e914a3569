/** Facts about this machine, in the words that the rooms of the runtime share. */
import type { MountEntry } from "./mount_table.ts";
import type { NodeNamespaces } from "./node_holder.ts";
import type { ProgramLoader, ViewTool } from "./view_tools.ts";

/** One thing that a container runtime gives, and whether it is available here. */
export interface IsolationRow {
  /** What it is about: `private root`, `volumes`, … */
  readonly name: string;
  /** Whether it is available. */
  readonly status: "yes" | "no" | "partly";
  /** How it is done here, or why it is not. */
  readonly detail: string;
  /** What would make it better. */
  readonly remedy?: string;
}

/** Why something is not available here. */
export interface Refusal {
  readonly reason: string;
  /** What would make it available. */
  readonly remedy: string;
}

/** Facts that the runtime works with. */
export interface Machine {
  /** The user that runs the program. */
  readonly uid: number;
  /** Root with the capability to make namespaces and mounts, without a user namespace. */
  readonly privileged: boolean;
  /** Absolute paths of the programs in the launch chain. */
  readonly tools: Tools;
  /** What all sandboxes of this run are made in; undefined where the kernel gives none. */
  readonly namespaces: NodeNamespaces | undefined;
  /**
   * How the machine's own programs are loaded; undefined where they need no loader, or there is no
   * sandbox.
   */
  readonly loader: ProgramLoader | undefined;
  /** Capabilities that root needs for containers and does not have here. */
  readonly lacking: readonly string[];
  /** Whether a container can see its cgroup as the topmost. */
  readonly cgroupNamespaces: boolean;
  /** What is mounted, as this process sees it. */
  readonly mounts: readonly MountEntry[];
  /** Whether a private copy-on-write root can be created, and where its layers have to be. */
  readonly overlay: "disk" | "memory" | "none";
}

/** Programs that the runtime starts, by absolute path. */
export type Tools = Readonly<Record<ToolName, string>>;
/** A program that the runtime starts. */
export type ToolName = typeof HOST_TOOLS[number] | ViewTool;
/** Started on the host's files: as the user's `PATH` has them. */
export const HOST_TOOLS = [
  "setsid",
  "rm",
  "rmdir",
  "chmod",
  "grep",
  "sleep",
  "mount",
  "umount",
  "pivot_root",
  "mkdir",
  "readlink",
  "stat",
] as const;
