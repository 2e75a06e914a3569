/** What the views of a run and of a Pod have in common, and the options of their mounts. Pure. */
import { type MountEntry, mountOf } from "../machine/mount_table.ts";
import type { FstabEntry } from "../launch/view_steps.ts";
import type { Machine } from "../machine/machine.ts";
import type { RootView } from "./root_view.ts";
import type { ViewTools } from "../machine/view_tools.ts";

/** What all views of a run have in common. */
export interface ViewBase {
  /** What the machine can do. */
  readonly machine: Machine;
  /** Undefined with `--rootfs host`: the host's own files. */
  readonly root: RootView | undefined;
  /** Directory with the folders `root` and `tools`, on which views are built, and an empty one. */
  readonly skeleton: string;
  /** What is in `tools`. */
  readonly tools: ViewTools;
  /** Directories of podling that no container sees. */
  readonly hidden: readonly string[];
  /** Those, and others that no volume shows. */
  readonly covered: readonly string[];
  /** Parts of `/proc` and `/sys` that containers do not see, and those that they cannot change. */
  readonly masks: ViewMasks;
  /**
   * Directory with a place for each hierarchy of cgroups; undefined where the machine does not show
   * its cgroups at the usual place.
   */
  readonly cgroupFrame: string | undefined;
}

/** Parts of the kernel's trees that containers do not see, or cannot change. */
export interface ViewMasks {
  /** What is covered. */
  readonly hidden: readonly { readonly path: string; readonly isDirectory: boolean }[];
  /** What is made read-only. */
  readonly readOnly: readonly string[];
}

/** What the views of one pod have in common. */
export interface PodFolders {
  /** The shared working directory on the host. */
  readonly workdir: string;
  /** Where it appears in the containers. */
  readonly workdirPath: string;
  /** Its network is the machine's. */
  readonly hostNetwork: boolean;
  /** Its IPC objects are the machine's. */
  readonly hostIPC: boolean;
  /** `/dev/shm` of all its containers. */
  readonly shm: string;
  /** The content of `/etc/hostname`. */
  readonly hostname: string;
  /** The content of `/etc/hosts`. */
  readonly hosts: string;
  /** The content of `/etc/resolv.conf`. */
  readonly resolvConf: string;
  /** Volumes by name: where they lie on the node. */
  readonly volumes: ReadonlyMap<string, string>;
}

/** Two new folders, or one, for a container alone. */
export interface ViewPlace {
  /** What the node makes: links, tables, what `/dev` begins with, and where the view is mounted. */
  readonly folder: string;
  /** What the container writes: its layers, `/dev`, `/tmp`, `/run`, its termination message. */
  readonly writable: string;
}

/**
 * What a container has of its own, and sees in place of the machine's wherever a volume would show
 * that.
 */
export const KERNEL_TREES: readonly string[] = ["/proc", "/sys", "/dev"];
/** Devices that every container has. */
export const DEVICES: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty"];
/** Where a view has its tools. */
export const TOOLS_PLACE = "/.podling";

/** Where the lower directory of a layer is bound that no option can name. */
export function lowerPlace(skeleton: string, index: number): string {
  return `${skeleton}/lower${index}`;
}

/**
 * What lies over what no container sees: a mount with the flags of its own that a bind of it then
 * has too.
 */
export function coverOf(folder: string): string {
  return `${folder}/cover`;
}

/** The trees of the kernel that the view has of its own. */
export function ownTrees({ root }: ViewBase): readonly string[] {
  return root === undefined ? ["/proc"] : KERNEL_TREES;
}

/** What is left of a path below a folder; begins with a slash. */
export function below(path: string, folder: string): string {
  return folder === "/" ? path : path.slice(folder.length);
}

/** A bind mount that nothing is written through, with the flags that are locked. */
export function readOnlyBind(machine: Machine, source: string, type: "bind" | "rbind"): string {
  return `${type},ro,nodev${keptOptions(machine.mounts, source)}`;
}

/** A device can be written to in a read-only mount too. */
export function deviceBind(machine: Machine, name: string): string {
  return `bind,ro${keptOptions(machine.mounts, `/dev/${name}`)}`;
}

/**
 * In a user namespace the flags that the host's mount has are locked: they have to be repeated.
 */
export function keptOptions(mounts: readonly MountEntry[], source: string): string {
  const kept =
    mountOf(mounts, source)?.options.filter((option) =>
      /^(ro|nosuid|noexec|noatime|nodiratime|relatime|strictatime)$/.test(option)
    ) ?? [];
  return kept.map((option) => `,${option}`).join("");
}

/** A bind mount. */
export function bind(source: string, target: string, options = "bind"): FstabEntry {
  return { source, target, type: "none", options };
}
