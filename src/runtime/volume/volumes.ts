/**
 * The directories and files of a pod's volumes, on the node's side.
 */
import { formatSystemError } from "../../base/error_text.ts";
import { readLink, statIfPresent } from "../../base/files.ts";
import type { VolumeConfig, VolumeFile, VolumeOwnership } from "../config.ts";
import { asRefusal, RuntimeError, VolumesError } from "../runtime.ts";
import { formatSetUpError } from "../volume_text.ts";
import { DEVICES, KERNEL_TREES } from "../view/view_base.ts";
import { isWithin } from "../machine/mount_table.ts";
import { type OwnedFolder, ownFolders } from "./volume_ownership.ts";
import { runVolumeProgram, type VolumeAccess } from "./volume_program.ts";

/** Where the volumes of one pod lie. */
export interface VolumeFolders {
  /** On a disk. */
  readonly disk: string;
  /** On a memory file system. */
  readonly memory: string;
  /** Of all pods: what outlives them. */
  readonly persistent: string;
}

/** Where volumes are made. */
export interface VolumeSite {
  /** Where they lie. */
  readonly folders: VolumeFolders;
  /** Directories of podling, which no `hostPath` shows. */
  readonly hidden: readonly string[];
  /** Undefined where there is no sandbox: nothing is mounted, and nothing given away. */
  readonly access?: VolumeAccess;
}

/**
 * Makes volumes, or finds them: data in an `emptyDir` stays, files are swapped for their newest
 * content.
 * @param ownership undefined: they belong to the user of this program.
 * @returns by name their paths on the node: a directory, or for `hostPath` whatever is there.
 * @throws {VolumesError} after all those have been made that can be.
 * @throws {RuntimeError} `FailedMount`
 */
export async function prepareVolumes(
  volumes: readonly VolumeConfig[],
  { folders, hidden, access }: VolumeSite,
  ownership?: VolumeOwnership,
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, MadeVolume>();
  const failures = new Map<string, string>();
  for (const volume of volumes) {
    const { name } = volume;
    try {
      const it = asRefusal("FailedMount", () => makeVolume(volume, folders, hidden, ownership));
      const { path, memoryBytes } = it;
      if (access && memoryBytes !== undefined) await mountMemory(path, memoryBytes, access);
      made.set(name, it);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      failures.set(name, formatSetUpError(name, error.message));
    }
  }
  if (access !== undefined) {
    if (ownership !== undefined) {
      const owned = Array.from(made.values(), (it) => it.owned ?? []).flat();
      await ownFolders(owned, ownership.fsGroup, access);
    }
  }
  asRefusal("FailedMount", () => made.forEach(({ publish }) => publish?.()));
  if (failures.size > 0) throw new VolumesError(failures);
  return new Map(Array.from(made, ([name, { path }]) => [name, path]));
}

/** Whether a volume is a file system of its own, mounted where the sandboxes are made. */
export function isMountedInMemory(volume: VolumeConfig): boolean {
  return volume.type === "emptyDir" && volume.medium === "Memory" && !!volume.sizeLimitBytes;
}

/** A volume that is there but for its last step. */
interface MadeVolume {
  readonly path: string;
  /** A file system of this size is to be mounted on it. */
  readonly memoryBytes?: number;
  /** What is the owner's. */
  readonly owned?: OwnedFolder;
  /** Shows its content to containers. */
  publish?(): void;
}

function makeVolume(
  volume: VolumeConfig,
  folders: VolumeFolders,
  hidden: readonly string[],
  ownership: VolumeOwnership | undefined,
): MadeVolume {
  switch (volume.type) {
    case "emptyDir": {
      const inMemory = volume.medium === "Memory";
      const path = `${inMemory ? folders.memory : folders.disk}/${volume.name}`;
      // R-VOL-2: every user of a container can write.
      if (!makeDirectory(path)) return { path };
      Deno.chmodSync(path, inMemory ? 0o1777 : 0o777);
      return {
        path,
        ...(isMountedInMemory(volume) && { memoryBytes: volume.sizeLimitBytes! }),
        owned: { path, access: "write", shared: false, onlyOnMismatch: false },
      };
    }
    case "hostPath":
      checkHostPath(volume.path, volume.hostPathType);
      return { path: resolveHostPath(volume.path, hidden) };
    case "persistent": {
      const path = `${folders.persistent}/${volume.namespace}/${volume.claimName}`;
      // Every user of a container, now or later, can write (R-VOL-1).
      if (makeDirectory(path)) Deno.chmodSync(path, 0o777);
      const onlyOnMismatch = ownership?.changePolicy === "OnRootMismatch";
      return { path, owned: { path, access: "write", shared: true, onlyOnMismatch } };
    }
    case "unsupported":
      return fail(`${volume.kind} volumes are not supported on this node`);
    case "files": {
      const path = `${folders.memory}/${volume.name}`;
      if (makeDirectory(path)) Deno.chmodSync(path, volume.rootMode ?? 0o1777);
      const next = writeFiles(path, volume.files);
      return {
        path,
        owned: { path: `${path}/${next}`, access: "read", shared: false, onlyOnMismatch: false },
        publish: () => publishFiles(path, next, volume.files),
      };
    }
  }
}

/**
 * Mounts a memory file system that can be full (R-VOL-2), where the sandboxes are made: on the host
 * nothing is mounted, and it goes with the folder.
 */
async function mountMemory(
  path: string,
  bytes: number,
  { enter, tools }: VolumeAccess,
): Promise<void> {
  const options = `size=${bytes},mode=1777,nosuid,nodev`;
  const words = [tools.mount, "-n", "-t", "tmpfs", "-o", options, "emptyDir", path];
  const why = await runVolumeProgram([...enter, ...words]);
  if (why === undefined) return;
  // Else the next attempt would find it there, and without a limit.
  Deno.removeSync(path);
  fail(`Cannot mount a memory file system: ${why}`);
}

/**
 * Remounts submounts of a hostPath nodev, so that a container with MKNOD cannot use devices; where
 * the sandboxes are made, and nowhere else. In a user namespace there are no devices to be made.
 *
 * @returns whether anything is mounted otherwise there.
 * @throws {RuntimeError} `FailedMount`
 */
export async function forbidDevices(
  paths: readonly string[],
  { enter, tools, mounts, makesDevices }: VolumeAccess,
): Promise<boolean> {
  if (!makesDevices) return false;
  const open = mounts.filter(({ path, options }) =>
    !options.includes("nodev") && !KERNEL_TREES.some((tree) => isWithin(path, tree)) &&
    paths.some((shown) => shown !== path && isWithin(path, shown)) &&
    // Else a later mount hides it.
    statIfPresent(path) !== undefined
  );
  for (const { path } of open) {
    const why = await runVolumeProgram([
      ...enter,
      tools.mount,
      "-n",
      "-o",
      "remount,bind,nodev",
      path,
    ]);
    if (why !== undefined) fail(`Cannot forbid devices in ${path}: ${why}`);
  }
  return open.length > 0;
}

/**
 * Where a path of the host leads now; that is what is mounted, or nothing.
 * @throws {RuntimeError} `FailedMount` for what is not the host's to show.
 */
function resolveHostPath(path: string, hidden: readonly string[]): string {
  const real = Deno.realPathSync(path);
  if (hidden.some((folder) => isWithin(real, folder))) {
    fail(`hostPath ${path}: ${real} is podling's own, and no container sees it`);
  }
  const { isBlockDevice, isCharDevice } = Deno.statSync(real);
  if ((isBlockDevice || isCharDevice) && !DEVICES.some((name) => real === `/dev/${name}`)) {
    const names = DEVICES.join(", ");
    fail(`hostPath ${path}: ${real} is a device; containers have ${names}, and no others`);
  }
  return real;
}

/** Checks, and for the `…OrCreate` types makes, what a `hostPath` names (R-VOL-3). */
function checkHostPath(path: string, type: string): void {
  let info = statIfPresent(path);
  // Without a type nothing is checked, and container runtimes make what is missing (containerd,
  // pkg/oci/spec_opts.go, WithMounts).
  if (info === undefined && (type === "DirectoryOrCreate" || type === "")) {
    try {
      Deno.mkdirSync(path, { recursive: true, mode: 0o755 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      fail(`mkdir ${path}: ${formatSystemError(error)}`);
    }
    info = statIfPresent(path);
  } else if (info === undefined && type === "FileOrCreate") {
    const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 1));
    if (statIfPresent(parent) === undefined) fail(`open ${path}: no such file or directory`);
    Deno.writeFileSync(path, new Uint8Array(), { createNew: true, mode: 0o644 });
    info = statIfPresent(path);
  }
  const check = (holds: boolean | null | undefined, what: string) => {
    if (holds !== true) fail(`hostPath type check failed: ${path} is not a ${what}`);
  };
  switch (type) {
    case "Directory":
    case "DirectoryOrCreate":
      return check(info?.isDirectory, "directory");
    case "File":
    case "FileOrCreate":
      return check(info?.isFile, "file");
    case "Socket":
      return check(info?.isSocket, "socket file");
    case "CharDevice":
      return check(info?.isCharDevice, "character device");
    case "BlockDevice":
      return check(info?.isBlockDevice, "block device");
  }
}

/** Writes files into a new folder of the volume. @returns its name. */
function writeFiles(path: string, files: readonly VolumeFile[]): string {
  const published = readLink(`${path}/..data`);
  for (const { name } of Deno.readDirSync(path)) {
    // Of an attempt that came to nothing.
    const isAbandoned = name.startsWith("..") && name !== "..data" && name !== published;
    if (isAbandoned) Deno.removeSync(`${path}/${name}`, { recursive: true });
  }
  const time = new Date(performance.timeOrigin + performance.now()).toISOString().slice(0, 19)
    .replace(/[-T:]/g, "_");
  const next = `..${time}.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  Deno.mkdirSync(`${path}/${next}`, { mode: 0o755 });
  Deno.chmodSync(`${path}/${next}`, 0o755);
  for (const file of files) {
    const parts = file.path.split("/");
    const target = `${path}/${next}/${file.path}`;
    if (parts.length > 1) {
      Deno.mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    }
    Deno.writeFileSync(target, file.data, { mode: 0o600 });
    Deno.chmodSync(target, file.mode);
  }
  return next;
}

/**
 * Shows a folder's files the way the kubelet does, by one rename of the link `..data`: a reader
 * sees the old files or the new ones, never a mixture (R-VOL-4).
 */
function publishFiles(path: string, next: string, files: readonly VolumeFile[]): void {
  const link = `${path}/..data`;
  const previous = readLink(link);
  const heads = new Set(files.map((file) => file.path.split("/")[0]!));
  Deno.symlinkSync(next, `${path}/..data_tmp`);
  Deno.renameSync(`${path}/..data_tmp`, link);
  for (const head of heads) {
    if (readLink(`${path}/${head}`) === undefined) {
      Deno.symlinkSync(`..data/${head}`, `${path}/${head}`);
    }
  }
  for (const { name } of Deno.readDirSync(path)) {
    if (!name.startsWith("..") && !heads.has(name)) Deno.removeSync(`${path}/${name}`);
  }
  if (previous !== undefined) Deno.removeSync(`${path}/${previous}`, { recursive: true });
}

/** @returns whether it was made just now. */
function makeDirectory(path: string): boolean {
  if (statIfPresent(path) !== undefined) return false;
  Deno.mkdirSync(path, { recursive: true });
  return true;
}

function fail(message: string): never {
  throw new RuntimeError("FailedMount", message);
}
