/**
 * Makes the directories behind a container's view of the file system, and says how to mount them.
 */
import type { FstabEntry, LaunchView, ViewMount } from "./launch.ts";
import { OLD_ROOT } from "./launch.ts";
import type { Machine } from "./isolation.ts";
import { isWithin, mountOf } from "./mount_table.ts";
import { PRIVATE_PATHS, type RootView } from "./root_view.ts";
import type { ContainerConfig } from "./runtime.ts";
import { resolveMountSource } from "./volumes.ts";

/** What all views of a run have in common. */
export interface ViewBase {
  /** What the machine can do. */
  readonly machine: Machine;
  /** Undefined with `--rootfs host`: the host's own files. */
  readonly root: RootView | undefined;
  /** Directory with the folders `root` and `dev`: the frames on which views are laid. */
  readonly skeleton: string;
  /** Directories of podling that no container sees. */
  readonly hidden: readonly string[];
  /** The node's `/etc/resolv.conf`. */
  readonly resolvConf: string;
}

/** What the views of one pod have in common. */
export interface PodFolders {
  /** The shared working directory, at the same path inside. */
  readonly workdir: string;
  /** An empty directory, but for the mount point of `workdir` if that lies in a hidden one. */
  readonly cover: string;
  /** `/dev/shm` of all its containers; undefined with the host's IPC. */
  readonly shm: string;
  /** The content of `/etc/hostname`. */
  readonly hostname: string;
  /** The content of `/etc/hosts`. */
  readonly hosts: string;
  /** Volumes by name: where they lie on the node. */
  readonly volumes: ReadonlyMap<string, string>;
}

/** Devices that every container has. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const TERMINATION_LOG = "/dev/termination-log";

/** Makes the frames that all views of a run are laid on. */
export function makeSkeleton(base: ViewBase): void {
  const dev = `${base.skeleton}/dev`;
  for (const name of ["pts", "shm", "mqueue"]) {
    Deno.mkdirSync(`${dev}/${name}`, { recursive: true });
  }
  for (const name of [...DEVICES, "termination-log"]) {
    Deno.writeFileSync(`${dev}/${name}`, new Uint8Array());
  }
  const links = { ptmx: "pts/ptmx", fd: "/proc/self/fd", stdin: "/proc/self/fd/0" };
  for (
    const [name, target] of Object.entries({
      ...links,
      stdout: "/proc/self/fd/1",
      stderr: "/proc/self/fd/2",
    })
  ) Deno.symlinkSync(target, `${dev}/${name}`);
  Deno.chmodSync(dev, 0o755);
  Deno.mkdirSync(`${base.skeleton}/root`, { mode: 0o755 });
  for (const { path, link, copied } of base.root?.skeleton ?? []) {
    const made = `${base.skeleton}/root${path}`;
    if (link !== undefined) Deno.symlinkSync(link, made);
    else if (copied) copySmallFile(path, made);
    else Deno.mkdirSync(made, { mode: 0o755 });
  }
}

/** Larger files beside a mount are not shown: they would cost each run their copying. */
const LARGEST_COPY_BYTES = 1 << 20;

/** Copies a file that this user can read and that is small; others are left out. */
function copySmallFile(from: string, to: string): void {
  try {
    const { isFile, size } = Deno.statSync(from);
    if (isFile && size <= LARGEST_COPY_BYTES) Deno.copyFileSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound)) {
      throw error;
    }
  }
}

/**
 * Makes a fresh writable layer in `folder` and says what to mount.
 * @throws {RuntimeError} `CreateContainerConfigError` for a `subPath` that leads out of its volume.
 */
export function makeContainerView(
  base: ViewBase,
  pod: PodFolders,
  config: ContainerConfig,
  folder: string,
): LaunchView {
  Deno.mkdirSync(folder, { recursive: true });
  const viewMounts = volumeMounts(base.machine, pod, config);
  const terminationLog = `${folder}/termination-log`;
  makeOpenFile(terminationLog);
  if (base.root === undefined) {
    return {
      root: "/",
      mounts: [
        { source: "proc", target: "/proc", type: "proc", options: "nosuid,nodev,noexec" },
        bind(pod.shm, "/dev/shm"),
      ],
      viewMounts,
      readOnly: [],
    };
  }
  const root = `${folder}/root`;
  Deno.mkdirSync(root);
  const mounts: FstabEntry[] = [];
  const xattr = base.machine.privileged ? "" : ",userxattr";
  const overlay = (lower: string, target: string, upper: string) => {
    Deno.mkdirSync(`${upper}.work`);
    mounts.push({
      source: "overlay",
      target: root + target,
      type: "overlay",
      options: `lowerdir=${lower},upperdir=${upper},workdir=${upper}.work${xattr}`,
    });
  };
  base.root.layers.forEach((layer, index) => {
    const upper = `${folder}/layer${index}`;
    Deno.mkdirSync(upper);
    if (layer.mode !== 0o755) Deno.chmodSync(upper, layer.mode);
    if (base.machine.privileged && (layer.uid !== 0 || layer.gid !== 0)) {
      Deno.chownSync(upper, layer.uid, layer.gid);
    }
    overlay(
      layer.lower || `${base.skeleton}/root`,
      layer.target === "/" ? "" : layer.target,
      upper,
    );
  });
  for (const { path } of base.root.binds) {
    mounts.push(bind(path, root + path, readOnlyBind(base.machine, path, "rbind")));
  }
  Deno.mkdirSync(`${folder}/layer0${OLD_ROOT}`);
  writePodFiles(base, pod, folder);

  Deno.mkdirSync(`${folder}/dev`);
  const readOnly = config.readOnlyRootFilesystem ? ",ro" : "";
  mounts.push({
    source: "proc",
    target: `${root}/proc`,
    type: "proc",
    options: "nosuid,nodev,noexec",
  });
  mounts.push(
    base.machine.privileged
      ? { source: "sysfs", target: `${root}/sys`, type: "sysfs", options: "ro,nosuid,nodev,noexec" }
      : bind("/sys", `${root}/sys`, "rbind,ro,nosuid,nodev,noexec,relatime"),
  );
  overlay(`${base.skeleton}/dev`, "/dev", `${folder}/dev`);
  for (const name of DEVICES) mounts.push(bind(`/dev/${name}`, `${root}/dev/${name}`));
  mounts.push({
    source: "devpts",
    target: `${root}/dev/pts`,
    type: "devpts",
    options: "newinstance,ptmxmode=0666,mode=0620,nosuid,noexec",
  });
  mounts.push({
    source: "mqueue",
    target: `${root}/dev/mqueue`,
    type: "mqueue",
    options: "nosuid,nodev,noexec",
  });
  mounts.push(bind(pod.shm, `${root}/dev/shm`));
  mounts.push({
    source: "tmpfs",
    target: `${root}/run`,
    type: "tmpfs",
    options: `mode=755,nosuid,nodev${readOnly}`,
  });
  Deno.mkdirSync(`${folder}/tmp`);
  Deno.chmodSync(`${folder}/tmp`, 0o1777);
  mounts.push(
    bind(`${folder}/tmp`, `${root}/tmp`, config.readOnlyRootFilesystem ? "bind,ro" : "bind"),
  );
  if (config.terminationMessagePath === TERMINATION_LOG) {
    mounts.push(bind(terminationLog, `${root}${TERMINATION_LOG}`));
  } else {
    viewMounts.push({
      source: terminationLog,
      target: config.terminationMessagePath,
      kind: "file",
      options: "bind",
    });
  }
  const hidden = base.hidden.filter((path) => !PRIVATE_PATHS.some((own) => isWithin(path, own)));
  for (const path of hidden) mounts.push(bind(pod.cover, root + path));
  if (hidden.some((path) => isWithin(pod.workdir, path))) {
    mounts.push(bind(pod.workdir, root + pod.workdir));
  } else {
    viewMounts.push({
      source: pod.workdir,
      target: pod.workdir,
      kind: "directory",
      options: "rbind",
    });
  }
  return {
    root,
    mounts,
    viewMounts,
    readOnly: config.readOnlyRootFilesystem ? base.root.layers.map(({ target }) => target) : [],
  };
}

/** Host name, hosts and resolver files are written straight into the writable layer: no mounts. */
function writePodFiles(base: ViewBase, pod: PodFolders, folder: string): void {
  const layers = base.root?.layers ?? [];
  const index = layers.findIndex(({ target }) => target === "/etc");
  const etc = index > 0 ? `${folder}/layer${index}` : `${folder}/layer0/etc`;
  Deno.mkdirSync(etc, { recursive: true });
  const files = { hosts: pod.hosts, hostname: `${pod.hostname}\n`, "resolv.conf": base.resolvConf };
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(`${etc}/${name}`, content, { createNew: true });
    Deno.chmodSync(`${etc}/${name}`, 0o644);
  }
}

function volumeMounts(machine: Machine, pod: PodFolders, config: ContainerConfig): ViewMount[] {
  return config.mounts.map((mount) => {
    const volume = pod.volumes.get(mount.volumeName);
    if (volume === undefined) throw new Error(`volume ${mount.volumeName} has not been prepared`);
    const source = resolveMountSource(volume, mount);
    const isDirectory = Deno.statSync(source).isDirectory;
    const type = isDirectory ? "rbind" : "bind";
    return {
      source: Deno.realPathSync(source),
      target: mount.mountPath,
      kind: isDirectory ? "directory" : "file",
      options: mount.readOnly ? readOnlyBind(machine, source, type) : type,
    };
  });
}

/** In a user namespace the flags that the host's mount has are locked: they have to be said again. */
function readOnlyBind(machine: Machine, source: string, type: "bind" | "rbind"): string {
  const kept =
    mountOf(machine.mounts, source)?.options.filter((option) =>
      /^(nosuid|nodev|noexec|noatime|nodiratime|relatime|strictatime)$/.test(option)
    ) ?? [];
  return [type, "ro", ...kept].join(",");
}

function bind(source: string, target: string, options = "bind"): FstabEntry {
  return { source, target, type: "none", options };
}

function makeOpenFile(path: string): void {
  Deno.writeFileSync(path, new Uint8Array());
  Deno.chmodSync(path, 0o666);
}
