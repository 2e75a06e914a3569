/**
 * The mounts of this machine, as the kernel lists them. Pure: text in, rows out.
 */

/** One row of `/proc/self/mountinfo`. */
export interface MountEntry {
  readonly path: string;
  /** `ext4`, `overlay`, `tmpfs`, … */
  readonly fsType: string;
  /** Options of the mount (not of the file system): `rw`, `nosuid`, `relatime`, … */
  readonly options: readonly string[];
}

/**
 * Parses `/proc/self/mountinfo`; later mounts on the same path hide earlier ones, which are left
 * out.
 */
export function parseMountInfo(text: string): readonly MountEntry[] {
  const byPath = new Map<string, MountEntry>();
  for (const line of text.split("\n")) {
    const [front, back] = line.split(" - ");
    const fields = front?.split(" ") ?? [];
    const path = fields[4];
    const fsType = back?.split(" ")[0];
    if (path === undefined || fsType === undefined) continue;
    const entry = { path: unescapePath(path), fsType, options: fields[5]?.split(",") ?? [] };
    byPath.delete(entry.path);
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()];
}

/** The mount that a path lies on. */
export function mountOf(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const mount of mounts) {
    if (!isWithin(path, mount.path)) continue;
    if (best === undefined || mount.path.length >= best.path.length) best = mount;
  }
  return best;
}

/**
 * The flags that a bind mount of a path has to repeat: in a user namespace the flags that the mount
 * has are locked.
 */
export function mountFlags(mounts: readonly MountEntry[], path: string): readonly string[] {
  return mountOf(mounts, path)?.options.filter((option) =>
    /^(nosuid|nodev|noexec|noatime|nodiratime|relatime|strictatime)$/.test(option)
  ) ?? [];
}

/** Whether `path` is `folder` or lies below it. Both are absolute and have no `..`. */
export function isWithin(path: string, folder: string): boolean {
  // Called thousands of times in a start: it makes no text.
  return folder === "/" ||
    path.startsWith(folder) && (path.length === folder.length || path[folder.length] === "/");
}

/** A path as it is: in the list blanks and backslashes come as `\040` and so on. */
export function unescapePath(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, octal: string) => String.fromCharCode(parseInt(octal, 8)),
  );
}
