/** The mounts of a view that no manifest names: its root, the kernel's trees, its tools. Pure. */
import type { CgroupView } from "../cgroup/cgroup.ts";
import { CGROUP_FOLDER } from "../cgroup/cgroup_layout.ts";
import type { FstabEntry } from "../launch/view_steps.ts";
import type { Machine } from "../machine/machine.ts";
import { isWithin } from "../machine/mount_table.ts";
import { LIBRARIES, NULL_DEVICE } from "../machine/view_tools.ts";
import type { ContainerConfig, SecurityConfig } from "../config.ts";
import { PRIVATE_PATHS, type RootView } from "./root_view.ts";
import {
  bind,
  deviceBind,
  DEVICES,
  keptOptions,
  lowerPlace,
  type PodFolders,
  readOnlyBind,
  type ViewBase,
  type ViewPlace,
} from "./view_base.ts";

/** All of the host's own files. */
export function hostRootMounts(base: ViewBase, pod: PodFolders, root: string): FstabEntry[] {
  return [
    bind("/", root, "rbind"),
    { source: "proc", target: `${root}/proc`, type: "proc", options: "nosuid,nodev,noexec" },
    bind(pod.shm, `${root}/dev/shm`, shmOptions(base.machine, pod)),
    ...hidingMounts(base, root, (path) => pod.hostIPC && isWithin(path, pod.shm)),
  ];
}

/** Empty folders in place of podling's own. */
function hidingMounts(
  { hidden, machine, skeleton }: ViewBase,
  root: string,
  isShown: (path: string) => boolean,
): FstabEntry[] {
  const options = readOnlyBind(machine, skeleton, "bind");
  return hidden.filter(isShown).map((path) => bind(`${skeleton}/empty`, root + path, options));
}

/** What is mounted in the machine's comes along. */
function shmOptions({ mounts }: Machine, { hostIPC, shm }: PodFolders): string {
  return hostIPC ? `rbind,nosuid,nodev${keptOptions(mounts, shm)}` : "bind,nosuid,nodev,noexec";
}

/** The message queues: only its own root may mount those of an IPC namespace. */
function mqueueMounts(machine: Machine, pod: PodFolders, root: string): FstabEntry[] {
  const path = "/dev/mqueue";
  const target = root + path;
  if (!pod.hostIPC || machine.privileged) {
    return [{ source: "mqueue", target, type: "mqueue", options: "nosuid,nodev,noexec" }];
  }
  const mounted = machine.mounts.some((mount) => mount.path === path && mount.fsType === "mqueue");
  const options = `bind,nosuid,nodev,noexec${keptOptions(machine.mounts, path)}`;
  return mounted ? [bind(path, target, options)] : [];
}

/**
 * The overlays of a view. A folder of the host may be gone when it is mounted: it is an empty one
 * to the container, and only the root has to be there.
 */
export function layerMounts(
  layers: RootView["layers"],
  { skeleton, place: { folder, writable }, privileged }: {
    readonly skeleton: string;
    /** Of the container. */
    readonly place: ViewPlace;
    readonly privileged: boolean;
  },
): FstabEntry[] {
  return layers.flatMap(({ lower, target, isBound }, index) => {
    const upper = `${writable}/layer${index}`;
    const below = isBound ? lowerPlace(skeleton, index) : lower || `${skeleton}/root`;
    const orEmpty = target === "/" ? "" : ",nofail";
    const overlay = overlayMount(
      `${folder}/root${target === "/" ? "" : target}`,
      { below, upper, privileged },
      orEmpty,
    );
    return isBound ? [bind(lower, below, `bind${orEmpty}`), overlay] : [overlay];
  });
}

/** @param upper what is written; beside it is the folder that the kernel works in, `UPPER.work`. */
function overlayMount(
  target: string,
  { below, upper, privileged }: {
    readonly below: string;
    readonly upper: string;
    readonly privileged: boolean;
  },
  more = "",
): FstabEntry {
  const folders = `lowerdir=${below},upperdir=${upper},workdir=${upper}.work`;
  const xattr = privileged ? "" : ",userxattr";
  return {
    source: "overlay",
    target,
    type: "overlay",
    // These layers are never mounted again: what they hold need not reach the disk before they are
    // released.
    options: `nosuid,nodev,volatile,${folders}${xattr}${more}`,
  };
}

/**
 * A container's `/dev`. What it writes there must not fill the machine's memory: it is on the disk
 * where all else that the container writes is.
 */
export function deviceMount(
  { privileged, mounts }: Pick<Machine, "privileged" | "mounts">,
  { folder, writable }: ViewPlace,
): FstabEntry {
  const [source, target] = [`${folder}/dev`, `${folder}/root/dev`];
  if (writable === folder) {
    return bind(source, target, `bind,nosuid,nodev${keptOptions(mounts, folder)}`);
  }
  return overlayMount(target, { below: source, upper: `${writable}/dev`, privileged });
}

/** Overlays of the host's files, and the kernel's trees and folders that are a container's own. */
export function privateRootMounts(
  base: ViewBase,
  { layers }: RootView,
  pod: PodFolders,
  config: ContainerConfig,
  place: ViewPlace,
): FstabEntry[] {
  const { machine, skeleton } = base;
  const { folder, writable } = place;
  const root = `${folder}/root`;
  const readOnly = config.readOnlyRootFilesystem ? ",ro" : "";
  return [
    ...layerMounts(layers, { skeleton, place, privileged: machine.privileged }),
    { source: "proc", target: `${root}/proc`, type: "proc", options: "nosuid,nodev,noexec" },
    machine.privileged
      ? { source: "sysfs", target: `${root}/sys`, type: "sysfs", options: "ro,nosuid,nodev,noexec" }
      : bind("/sys", `${root}/sys`, "rbind,ro,nosuid,nodev,noexec,relatime"),
    deviceMount(machine, place),
    // They are the host's: root may use them, but not give them another owner or other permissions.
    ...DEVICES.map((name) =>
      bind(`/dev/${name}`, `${root}/dev/${name}`, deviceBind(machine, name))
    ),
    {
      source: "devpts",
      target: `${root}/dev/pts`,
      type: "devpts",
      options: "newinstance,ptmxmode=0666,mode=0620,nosuid,noexec",
    },
    ...mqueueMounts(machine, pod, root),
    bind(pod.shm, `${root}/dev/shm`, shmOptions(machine, pod)),
    ...["run", "tmp"].map((name) =>
      bind(`${writable}/${name}`, `${root}/${name}`, `bind,nosuid,nodev${readOnly}`)
    ),
    ...maskMounts(base, config.security, root),
    ...hidingMounts(base, root, (path) =>
      !PRIVATE_PATHS.some((own) => isWithin(path, own)) ||
      (pod.hostIPC && isWithin(path, pod.shm))),
  ];
}

/**
 * What a container runtime hides and protects, unless it is asked not to. Mask it for uid 0 always:
 * it may write many kernel files even without capabilities.
 */
function maskMounts(
  { masks, skeleton, machine }: ViewBase,
  { privileged, procMount }: SecurityConfig,
  root: string,
): FstabEntry[] {
  const protects = machine.privileged;
  if (privileged && !protects) return [];
  const applies = (path: string) =>
    procMount === "Default" || protects || !path.startsWith("/proc/");
  const empty = readOnlyBind(machine, skeleton, "bind");
  return [
    ...masks.hidden.filter(({ path }) => applies(path)).map(({ path, isDirectory }) =>
      isDirectory
        ? bind(`${skeleton}/empty`, root + path, empty)
        : bind("/dev/null", root + path, deviceBind(machine, "null"))
    ),
    ...masks.readOnly.filter(applies).map((path) =>
      bind(root + path, root + path, "bind,ro,nosuid,nodev,noexec")
    ),
  ];
}

/**
 * Its own cgroup where programs look for their limits, in place of the machine's. What can be
 * changed there bears no limit.
 */
export function cgroupMounts(
  { root: privateRoot, machine, cgroupFrame }: ViewBase,
  { privileged }: SecurityConfig,
  cgroups: readonly CgroupView[],
  root: string,
): FstabEntry[] {
  if (cgroupFrame === undefined) return [];
  if (cgroups.length === 0 && privateRoot === undefined) return [];
  const options = (source: string) =>
    `bind,${privileged ? "" : "ro,"}nosuid,nodev,noexec${keptOptions(machine.mounts, source)}`;
  const target = root + CGROUP_FOLDER;
  // What lies there on the host is mounted there, and a user may own a part of it.
  const frame = cgroups.some(({ place }) => place === "")
    ? []
    : [bind(cgroupFrame, target, readOnlyBind(machine, cgroupFrame, "bind"))];
  const views = [...cgroups].sort((a, b) => a.place.length - b.place.length).map((it) =>
    bind(it.folder, it.place === "" ? target : `${target}/${it.place}`, options(it.folder))
  );
  return [...frame, ...views];
}

/**
 * The programs that start the container's.
 * @param kept flags that are locked.
 */
export function toolsMounts(base: ViewBase, target: string, kept: string): FstabEntry[] {
  const { skeleton, tools, machine } = base;
  const options = `bind,ro,nosuid,nodev${kept}`;
  return [
    bind(`${skeleton}/tools`, target, options),
    bind("/dev/null", `${target}/${NULL_DEVICE}`, deviceBind(machine, "null")),
    ...tools.libraries === undefined
      ? []
      : [bind(tools.libraries, `${target}/${LIBRARIES}`, options)],
  ];
}
