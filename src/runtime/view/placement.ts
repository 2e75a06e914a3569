/** Where volumes and single files go in a view, and with which options. Pure. */
import type { FstabEntry, PinnedPath } from "../launch/view_steps.ts";
import { isWithin } from "../machine/mount_table.ts";
import type { Mount } from "../config.ts";
import { namesOf } from "./mount_points.ts";
import {
  below,
  bind,
  coverOf,
  DEVICES,
  keptOptions,
  ownTrees,
  type PodFolders,
  type ViewBase,
} from "./view_base.ts";

/** Permissions of a folder that every user may enter. */
export const OPEN = 0o755;

/** What is mounted where. */
export interface Placement {
  /** On the host. */
  readonly source: PinnedPath;
  /** In the view. */
  readonly path: string;
  /** Separated by commas. */
  readonly options: string;
  /** The source is a file, or nothing that can be looked into. */
  readonly isFile: boolean;
  /** Permissions of folders that are missing in the source. */
  readonly mode: number;
  /** Another program may put something else in the place of the source. */
  readonly pinned: boolean;
  /** What is mounted over parts of it; targets are relative to it. */
  readonly over: readonly FstabEntry[];
  /** Mounts in it that are made read-only too, relative to it. */
  readonly readOnly: readonly string[];
  /** The source is neither a directory nor a regular file. */
  readonly isSpecial: boolean;
  /** The message for a source that cannot be mounted, before the reason. */
  readonly fault: string;
}

/** What a path within a volume is now, if it leads anywhere. */
export type VolumeLook = (
  volume: string,
  names: readonly string[],
) =>
  | { readonly isDirectory: boolean; readonly isFile: boolean; readonly mode: number | null }
  | undefined;

/**
 * Where a volume mount goes.
 * @param container its name, for errors.
 */
export function placementOf(
  base: ViewBase,
  pod: PodFolders,
  mount: Mount,
  folder: string,
  container: string,
  look: VolumeLook,
): Placement {
  const { machine } = base;
  const volume = pod.volumes.get(mount.volumeName);
  if (volume === undefined) throw new Error(`volume ${mount.volumeName} has not been prepared`);
  const names = namesOf(mount.subPath ?? "");
  const info = look(volume, names);
  const whole = placeFolder(base, volume, folder);
  const type = info?.isDirectory === false || names.length > 0 ? "bind" : "rbind";
  const isDevice = names.length === 0 && DEVICES.some((name) => volume === `/dev/${name}`);
  const kept = keptOptions(machine.mounts, volume);
  // The kernel's trees keep the flags that they have in the view: flags of its own would take away
  // that a part is read-only.
  const isTree = ownTrees(base).some((tree) =>
    whole.source.base.startsWith(`${folder}/root${tree}`)
  );
  const mounted = mount.recursiveReadOnly
    ? machine.mounts.map(({ path }) => path).filter((path) => path !== volume)
      .filter((path) => isWithin(path, volume)).map((path) => below(path, volume))
    : [];
  return {
    source: { ...whole.source, names },
    path: mount.mountPath,
    // A device is written to in a read-only mount too; what is read-only is its owner, its
    // permissions and its times.
    options: isTree
      ? `rbind${mount.readOnly ? ",ro,nosuid,noexec" : ""}`
      : `${type}${mount.readOnly || isDevice ? ",ro" : ""}${isDevice ? "" : ",nodev"}${kept}`,
    // What is missing becomes a directory, as open as the volume: every writer there can write in
    // it (R-VOL-5).
    isFile: info?.isDirectory === false,
    mode: names.length === 0 ? OPEN : ((look(volume, [])?.mode ?? OPEN) & 0o7777),
    pinned: whole.pinned || names.length > 0,
    over: whole.over,
    readOnly: mounted,
    isSpecial: info !== undefined && !info.isDirectory && !info.isFile,
    fault: names.length === 0
      ? `cannot mount volume "${mount.volumeName}" in container "${container}"`
      : `failed to prepare subPath for volumeMount "${mount.volumeName}" of container "${container}"`,
  };
}
/** All of a folder, or file, of the host: but not what no container sees. */
export function placeFolder(
  base: ViewBase,
  path: string,
  folder: string,
): Pick<Placement, "source" | "options" | "pinned" | "over"> {
  const { machine, covered } = base;
  const root = `${folder}/root`;
  const isOurs = covered.some((own) => isWithin(path, own));
  const trees = ownTrees(base);
  const isTrees = (it: string) => trees.some((tree) => isWithin(it, tree));
  const within = (own: string) => own !== path && isWithin(own, path);
  return {
    source: {
      base: !isOurs && isTrees(path) ? root + path : path,
      names: [],
    },
    options: `rbind,nodev${keptOptions(machine.mounts, path)}`,
    // Another Pod, or another user of the machine, may put something else in its place before each
    // start.
    pinned: !isOurs && !isTrees(path),
    over: [
      ...trees.filter(within).map((tree) => bind(root + tree, below(tree, path), "rbind")),
      ...covered.filter((own) => within(own) && !isTrees(own)).map((own) =>
        bind(coverOf(folder), below(own, path), "bind")
      ),
    ],
  };
}
