/**
 * The two places where podling keeps things, and the folders of one run in them.
 *
 * Run-time state (small, gone after a reboot): `$PODLING_STATE`, else `/run/podling` for root, else
 * `$XDG_RUNTIME_DIR/podling`, else below the temporary directory. Data (large, on a disk):
 * `$PODLING_DATA`, else `/var/lib/podling` for root, else
 * `${XDG_STATE_HOME:-~/.local/state}/podling`. Both belong to the user alone.
 */
import { lstatIfPresent } from "../../base/files.ts";
import { type MountEntry, mountOf } from "./mount_table.ts";
import { isInMachineUsers } from "./process.ts";
import { RuntimeError } from "../runtime.ts";

/** Where the folders of one run are, or are to be made. */
export interface RunPaths {
  /** Names the folders: letters and digits. */
  readonly id: string;
  /** Locks, links, the pause processes' numbers. */
  readonly state: string;
  /** Writable layers, `emptyDir`s, logs, working directories. */
  readonly data: string;
  /** On a memory file system: secrets, `medium: Memory`, `/dev/shm`, what views are made of. */
  readonly memory: string;
  /** Volumes that outlive their pods: of all runs, and never removed. */
  readonly persistent: string;
  /** The roots that hold the folders of all runs; a container's view shows none of them. */
  readonly roots: readonly string[];
  /**
   * All paths to remove with the run, the state first; also those that exist only while others are
   * made.
   */
  readonly all: readonly string[];
}

/** The two roots, as the environment names them; they need not exist. */
export interface StateRoots {
  readonly state: string;
  readonly data: string;
}

/**
 * The folders of one run; they exist, belong to the user alone and are locked until the run is
 * over.
 */
export interface RunFolders extends RunPaths {
  /** Held while the run lives: the sweep of a later start leaves locked folders alone. */
  readonly locks: readonly Deno.FsFile[];
}

/**
 * Where the state and data directories are, for the user that asks.
 * @param isRoot the machine's root, who has folders of the system's own; root of another user
 * namespace has not.
 */
export function stateRoots(
  uid: number,
  isRoot: boolean = uid === 0 && isInMachineUsers(),
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): StateRoots {
  const named = (name: string) => env(name) || undefined;
  const home = named("HOME") ?? "/";
  const runtimeDir = named("XDG_RUNTIME_DIR");
  return {
    state: named("PODLING_STATE") ??
      (isRoot
        ? "/run/podling"
        : runtimeDir !== undefined
        ? `${runtimeDir}/podling`
        : `${named("TMPDIR") ?? "/tmp"}/podling-${uid}`),
    data: named("PODLING_DATA") ??
      (isRoot
        ? "/var/lib/podling"
        : `${named("XDG_STATE_HOME") ?? `${home}/.local/state`}/podling`),
  };
}

/**
 * Folders that no volume of a run shows: its own roots, those of runs that name none, and these.
 * Those that are not there are left out.
 */
export function coveredFolders(
  { roots }: Pick<RunPaths, "roots">,
  uid: number,
  more: readonly (string | undefined)[],
): readonly string[] {
  const defaults = stateRoots(
    uid,
    undefined,
    (name) => name.startsWith("PODLING_") ? undefined : Deno.env.get(name),
  );
  const others = [defaults.state, defaults.data, `/dev/shm/podling-${uid}`];
  const there = [...others, ...more].filter((path) => path !== undefined)
    .filter((path) => lstatIfPresent(path) !== undefined);
  return [...new Set([...roots, ...there.map((path) => Deno.realPathSync(path))])];
}

/**
 * Says where the folders of a new run go; makes only the roots. With `keep` its data lies where no
 * later start sweeps it.
 * @throws {RuntimeError} `StateDirectory` if one of the roots is not the user's alone.
 */
export function planRunFolders(
  id: string,
  mounts: readonly MountEntry[],
  place: "runs" | "kept",
  named: StateRoots,
): RunPaths {
  const uid = Deno.uid() ?? 0;
  const state = claimDirectory(named.state, uid);
  const data = claimDirectory(named.data, uid);
  if (data === state) {
    throw new RuntimeError(
      "StateDirectory",
      `Cannot use ${data} for both PODLING_STATE and PODLING_DATA: name two directories`,
    );
  }
  const stateIsMemory = ["tmpfs", "ramfs"].includes(mountOf(mounts, state)?.fsType ?? "");
  const memory = stateIsMemory ? state : claimDirectory(`/dev/shm/podling-${uid}`, uid, TMPFS);
  const paths = {
    state: `${state}/runs/${id}`,
    memory: `${memory}/runs/${id}-memory`,
    data: `${data}/${place}/${id}`,
  };
  const removed = [paths.state, paths.memory, ...(place === "runs" ? [paths.data] : [])];
  return {
    id,
    ...paths,
    persistent: `${data}/volumes`,
    roots: [...new Set([state, data, memory])],
    all: [...removed, ...removed.map(unnamed)],
  };
}

/**
 * Makes the folders of a new run, and locks them.
 * @throws {RuntimeError} `StateDirectory` where that cannot be: read-only, full, no inodes.
 */
export function makeRunFolders(paths: RunPaths): RunFolders {
  const locks: Deno.FsFile[] = [];
  for (const path of [paths.state, paths.memory, paths.data]) {
    locks.push(refusing(path, () => claimRunFolder(path)));
  }
  for (const name of ["sandboxes", "sessions"]) {
    refusing(paths.state, () => Deno.mkdirSync(`${paths.state}/${name}`, { mode: 0o700 }));
  }
  return { ...paths, locks };
}

/** Makes something in one of the roots. */
function refusing<T>(path: string, make: () => T, other = OTHER): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new RuntimeError(
      "StateDirectory",
      `Cannot make ${path}: ${error.message}; ${other}`,
      { cause: error },
    );
  }
}

/**
 * Creates a folder that is locked before it has its name: it can never be found without an owner.
 */
function claimRunFolder(path: string): Deno.FsFile {
  const fresh = unnamed(path);
  Deno.mkdirSync(fresh.slice(0, fresh.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  Deno.mkdirSync(fresh, { mode: 0o700 });
  const lock = Deno.openSync(`${fresh}/lock`, { write: true, createNew: true });
  lock.lockSync(true);
  Deno.renameSync(fresh, path);
  return lock;
}

/** The path of a folder until it is locked. */
function unnamed(path: string): string {
  const name = path.lastIndexOf("/") + 1;
  return path.slice(0, name) + UNNAMED + path.slice(name);
}

/** The prefix of a folder's name until it is locked, and for how long such a one is left alone. */
const UNNAMED = ".new-";
const UNNAMED_MS = 60_000;

/**
 * Folders of runs without an owner: killed together with their janitor, or cut off by a power
 * failure.
 *
 * @param roots the state directory first: a run's folder in it names what a janitor waits for.
 * @param wallTime milliseconds since 1970.
 * @returns for each run its folders.
 */
export function findAbandonedRuns(
  roots: readonly string[],
  wallTime: number,
): readonly (readonly string[])[] {
  const folders = new Map<string, string[]>();
  for (const root of roots) {
    // In one root the state, whose name is the shorter one, comes before the memory.
    for (const name of readDirectory(`${root}/runs`).map((entry) => entry.name).sort()) {
      const path = `${root}/runs/${name}`;
      if (name.startsWith(UNNAMED) && wallTime - modifiedAt(path) < UNNAMED_MS) continue;
      const id = name.replace(UNNAMED, "").replace(/-memory$/, "");
      folders.set(id, [...folders.get(id) ?? [], path]);
    }
  }
  return [...folders.values()].filter((paths) => !paths.some(isLocked));
}

/** What helps where a root cannot be used. */
const OTHER = "name another with PODLING_STATE and PODLING_DATA";
/** Where it is for what must be in memory, since the state is not. */
const TMPFS = "name a directory on a tmpfs with PODLING_STATE";

/**
 * Creates a directory of mode 0700, or checks that the existing one belongs to the user and has
 * that mode.
 * @param other what helps where it cannot be used.
 * @returns its path without symbolic links.
 * @throws {RuntimeError} `StateDirectory`
 */
export function claimOwnDirectory(path: string, uid: number, other: string): string {
  const info = makeOwnDirectory(path, other);
  // In a folder such as /tmp only its owner and root remove it.
  const removal = info.uid === uid ? "remove it" : `have user ${info.uid} or root remove it`;
  const refuse = (what: string, remedy = removal) => {
    throw new RuntimeError(
      "StateDirectory",
      `Cannot use ${path}: it ${what}; ${remedy}, or ${other}`,
    );
  };
  if (info.isSymlink) refuse("is a symbolic link");
  if (!info.isDirectory) refuse("is not a directory");
  if (info.uid !== uid) refuse(`belongs to user ${info.uid}, not to user ${uid}`);
  if (((info.mode ?? 0) & 0o077) !== 0) {
    refuse(`is open to others (mode ${((info.mode ?? 0) & 0o7777).toString(8)})`, "chmod 700 it");
  }
  return Deno.realPathSync(path);
}

/**
 * The data directory, made if it is not there.
 * @throws {RuntimeError} `StateDirectory` if it is not the user's alone.
 */
export function claimDataDirectory(uid: number): string {
  return claimDirectory(stateRoots(uid).data, uid);
}

/** One of the roots. */
function claimDirectory(path: string, uid: number, other = OTHER): string {
  const real = claimOwnDirectory(path, uid, other);
  // The options of an overlay are separated by these.
  if (!/[,:\\"\n]/.test(real)) return real;
  throw new RuntimeError(
    "StateDirectory",
    `Cannot use ${path}: it has a comma, a colon, a quotation mark, a backslash or a line break ` +
      `in its name; rename it, or ${other}`,
  );
}

function makeOwnDirectory(path: string, other: string): Deno.FileInfo {
  const make = () => {
    const found = lstatIfPresent(path);
    if (found !== undefined) return found;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    return Deno.lstatSync(path);
  };
  return refusing(path, make, other);
}

function isLocked(folder: string): boolean {
  let file;
  try {
    file = Deno.openSync(`${folder}/lock`, { write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  using lock = file;
  return !lock.tryLockSync(true);
}

function modifiedAt(path: string): number {
  return lstatIfPresent(path)?.mtime?.getTime() ?? 0;
}

function readDirectory(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
