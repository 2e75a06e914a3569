/**
 * A private view of the host's files, put together from overlays: which ones, is decided here.
 * Pure but for the listing of directories, which is handed in.
 */
import { isWithin, type MountEntry } from "../machine/mount_table.ts";

/** A copy-on-write layer over one directory of the host. */
export interface OverlayLayer {
  /** Directory of the host, or of the skeleton. */
  readonly lower: string;
  /** No option of an overlay can name that directory, so that it is bound to a plain path first. */
  readonly isBound?: true;
  /** Where it appears in the view; `/` is the root itself. */
  readonly target: string;
  /** Permissions and owner of the directory, which the upper layer's root repeats. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What the skeleton directory holds: the frame of a view that no single overlay can give. */
export interface SkeletonEntry {
  /** Absolute path in the view. */
  readonly path: string;
  /** Target if it is a symbolic link. */
  readonly link?: string;
  /**
   * A file of the host, of which the skeleton has a copy if it is small. A directory if there is
   * neither.
   */
  readonly copied?: true;
}

/** How a container's root file system is put together, the same for all containers of a run. */
export interface RootView {
  /** Empty when the root is one overlay of the host's. */
  readonly skeleton: readonly SkeletonEntry[];
  /** In mounting order; the first is the root. */
  readonly layers: readonly OverlayLayer[];
  /**
   * Directories too large to be taken apart: of each, containers see only what is mounted in it.
   */
  readonly closed: readonly string[];
}

/** What is asked about one directory of the host. */
export interface DirectoryFacts {
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Undefined if this user cannot list it. */
  readonly entries: readonly DirectoryEntry[] | undefined;
}

/** One name in a directory of the host. */
export interface DirectoryEntry {
  /** Without a folder. */
  readonly name: string;
  /** Anything that is neither directory nor link counts as a file. */
  readonly kind: "directory" | "file" | "link";
  /** Where a link points. */
  readonly link?: string;
}

/** Paths that a container has of its own, never the host's. */
export const PRIVATE_PATHS: readonly string[] = ["/proc", "/sys", "/dev", "/run", "/tmp"];

/** A directory with more that containers could see than this is closed rather than taken apart. */
const MAX_TAKEN_APART = 1024;

/**
 * Decides how the host's tree is covered.
 *
 * With privilege one overlay covers `/`, and each mount below it gets one of its own. Without, the
 * kernel refuses an overlay over a directory with mounts below it (they are locked together): such
 * a directory is taken apart and each of its entries is covered by itself.
 *
 * Nothing is shown without an overlay over it: through a bind mount, read-only or not, containers
 * could connect to the unix sockets of the host.
 */
export function planRootView(
  mounts: readonly MountEntry[],
  privileged: boolean,
  readDirectory: (path: string) => DirectoryFacts,
): RootView {
  const shown = mounts.filter((mount) =>
    mount.path !== "/" && !PRIVATE_PATHS.some((path) => isWithin(mount.path, path)) &&
    mount.fsType !== "autofs"
  ).map((mount) => mount.path).sort();
  const skeleton: SkeletonEntry[] = [];
  const layers: OverlayLayer[] = [];
  const closed: string[] = [];

  const cover = (path: string, { mode, uid, gid }: DirectoryFacts) =>
    layers.push({
      lower: path,
      target: path,
      mode,
      uid,
      gid,
      ...(/[,:\\"\n]/.test(path) && { isBound: true }),
    });
  const leadsToMount = (path: string) => shown.some((mount) => isWithin(mount, path));
  const visit = (path: string) => {
    const facts = readDirectory(path);
    const below = shown.some((mount) => mount !== path && isWithin(mount, path));
    if (facts.entries === undefined || facts.entries.length === 0) return;
    if (!below) return void cover(path, facts);
    const all = facts.entries;
    const isLarge = all.length > MAX_TAKEN_APART &&
      all.filter((entry) => isVisible(`${path}/${entry.name}`, entry)).length > MAX_TAKEN_APART;
    if (isLarge) closed.push(path);
    takeApart(path, isLarge ? all.filter(({ name }) => leadsToMount(`${path}/${name}`)) : all);
  };
  const isVisible = (path: string, { kind }: DirectoryEntry) =>
    kind === "file" || (kind === "directory" && (readDirectory(path).entries?.length ?? 0) > 0);
  const takeApart = (path: string, entries: readonly DirectoryEntry[]) => {
    for (const entry of entries) {
      const child = path === "/" ? `/${entry.name}` : `${path}/${entry.name}`;
      if (entry.kind === "link") skeleton.push({ path: child, link: entry.link ?? "" });
      else if (entry.kind === "file") skeleton.push({ path: child, copied: true });
      else if (entry.kind === "directory") {
        skeleton.push({ path: child });
        if (!PRIVATE_PATHS.includes(child)) visit(child);
      }
    }
  };

  const root = readDirectory("/");
  if (privileged) {
    cover("/", root);
    for (const path of shown) {
      const facts = readDirectory(path);
      if (facts.entries !== undefined && facts.entries.length > 0) cover(path, facts);
    }
  } else {
    layers.push({ lower: "", target: "/", mode: 0o755, uid: root.uid, gid: root.gid });
    takeApart("/", root.entries ?? []);
  }
  return { skeleton, layers, closed };
}
