/**
 * Makes the directories behind a container's view of the file system, and says how to mount them.
 */
import { exists } from "../../base/files.ts";
import type { CgroupView } from "../cgroup/cgroup.ts";
import { CGROUP_FOLDER } from "../cgroup/cgroup_layout.ts";
import { type CredentialScope, formatCredentials } from "../launch/credentials.ts";
import type { Machine } from "../machine/machine.ts";
import type { FstabEntry, LaunchView, PinnedMount, PinnedPath } from "../launch/launch.ts";
import {
  makeMountPoint,
  MountPointError,
  namesOf,
  resolveInView,
  type Surface,
} from "./mount_points.ts";
import { isWithin, type MountEntry, mountOf } from "../machine/mount_table.ts";
import { PRIVATE_PATHS, type RootView } from "./root_view.ts";
import { type ContainerConfig, type Mount, RuntimeError, type SecurityConfig } from "../runtime.ts";
import { makeMessageFile, type MessageFile } from "./termination_log.ts";
import { LIBRARIES, NULL_DEVICE, OWN_USERS, type ViewTools } from "../machine/view_tools.ts";

/** What all views of a run have in common. */
export interface ViewBase {
  /** What the machine can do. */
  readonly machine: Machine;
  /** Undefined with `--rootfs host`: the host's own files. */
  readonly root: RootView | undefined;
  /** Directory with the folders `root` and `tools`, on which views are laid, and an empty one. */
  readonly skeleton: string;
  /** What is in `tools`. */
  readonly tools: ViewTools;
  /** Directories of podling that no container sees. */
  readonly hidden: readonly string[];
  /** Those, and others that no volume shows. */
  readonly covered: readonly string[];
  /** Parts of `/proc` and `/sys` that containers do not see, and those that they cannot change. */
  readonly masks: { readonly hidden: readonly string[]; readonly readOnly: readonly string[] };
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

/** The view of one run of a container. */
export interface ContainerView {
  /** How it is laid. */
  readonly launch: LaunchView;
  /** Its writable layers on the host. */
  readonly layers: readonly string[];
  /** Files in them that the node has put there, by path on the host. */
  readonly made: ReadonlySet<string>;
  /** Where its termination message is. */
  readonly message: MessageFile;
}

/** What a container has of its own, and sees in place of the machine's wherever a volume would show that. */
export const KERNEL_TREES: readonly string[] = ["/proc", "/sys", "/dev"];
/** Devices that every container has. */
export const DEVICES: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS = {
  ptmx: "pts/ptmx",
  fd: "/proc/self/fd",
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
};
const TERMINATION_LOG = "/dev/termination-log";
/** Where a view has its tools. */
const TOOLS_PLACE = "/.podling";

/** What container runtimes hide. */
const HIDDEN_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];
/** What container runtimes protect. */
const PROTECTED_PATHS = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** Those of them that this machine has. */
export function findMasks(): ViewBase["masks"] {
  return { hidden: HIDDEN_PATHS.filter(exists), readOnly: PROTECTED_PATHS.filter(exists) };
}

/**
 * Makes the frames that all views of a run are laid on; `tools` is empty.
 * @param places of the hierarchies of cgroups that containers see.
 */
export function makeSkeleton(
  skeleton: string,
  root: RootView | undefined,
  places: readonly string[],
): void {
  Deno.mkdirSync(skeleton);
  for (const name of ["root", "empty", "tools", "cgroup"]) {
    Deno.mkdirSync(`${skeleton}/${name}`, { mode: 0o755 });
  }
  for (const place of places.filter((it) => it !== "")) {
    Deno.mkdirSync(`${skeleton}/cgroup/${place}`, { mode: 0o755 });
    // Hierarchies with several controllers are known by each of them.
    const names = place.includes(",") ? place.split(",") : [];
    for (const name of names) Deno.symlinkSync(place, `${skeleton}/cgroup/${name}`);
  }
  for (const [index, { isBound }] of (root?.layers ?? []).entries()) {
    if (isBound) Deno.mkdirSync(lowerPlace(skeleton, index));
  }
  for (const { path, link, copied } of root?.skeleton ?? []) {
    const made = `${skeleton}/root${path}`;
    if (link !== undefined) Deno.symlinkSync(link, made);
    else if (copied) copySmallFile(path, made);
    else Deno.mkdirSync(made, { mode: 0o755 });
  }
}

/** Where the lower directory of a layer is bound that no option can name. */
function lowerPlace(skeleton: string, index: number): string {
  return `${skeleton}/lower${index}`;
}

/** Larger files beside a mount are not shown: they would cost each run their copying. */
const LARGEST_COPY_BYTES = 1 << 20;

/** Copies a file that this user can read and that is small; others are left out, such as a namespace that is mounted. */
function copySmallFile(from: string, to: string): void {
  try {
    const { isFile, size } = Deno.statSync(from);
    if (isFile && size <= LARGEST_COPY_BYTES) Deno.copyFileSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return;
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return;
    throw error;
  }
}

/**
 * What a view is laid on: folders that know nothing of the container yet, so that they can be there before it is asked for.
 */
export interface ViewFrame {
  /** Holds all the rest. */
  readonly folder: string;
  /** Shorter paths first; `kept`: what is written there would be missed. */
  readonly surfaces: readonly (Surface & { readonly kept?: true })[];
  /** Files that the node has put into the layers. */
  readonly made: readonly string[];
  /** Where its termination message is to be. */
  readonly message: MessageFile;
}

/** Makes a fresh writable layer, and all else that a view is laid on, in a new folder. */
export function makeFrame(
  { root, machine, skeleton }: ViewBase,
  pod: PodFolders,
  folder: string,
): ViewFrame {
  Deno.mkdirSync(`${folder}/root`, { recursive: true });
  const message = makeMessageFile(`${folder}/termination-log`);
  // With `--rootfs host` nothing is made anywhere.
  if (root === undefined) {
    return { folder, surfaces: [{ target: "/", lower: "", upper: undefined }], made: [], message };
  }
  const surfaces: ViewFrame["surfaces"][number][] = [];
  root.layers.forEach((layer, index) => {
    const upper = `${folder}/layer${index}`;
    Deno.mkdirSync(upper);
    Deno.mkdirSync(`${upper}.work`);
    if (layer.mode !== 0o755) Deno.chmodSync(upper, layer.mode);
    if (machine.privileged && (layer.uid !== 0 || layer.gid !== 0)) {
      Deno.chownSync(upper, layer.uid, layer.gid);
    }
    const lower = layer.lower || `${skeleton}/root`;
    surfaces.push({ target: layer.target, lower, upper, kept: true });
  });
  for (const path of ["/proc", "/sys"]) {
    surfaces.push({ target: path, lower: path, upper: undefined });
  }
  makeDevices(`${folder}/dev`);
  for (const [name, mode] of [["run", 0o755], ["tmp", 0o1777]] as const) {
    Deno.mkdirSync(`${folder}/${name}`);
    Deno.chmodSync(`${folder}/${name}`, mode);
  }
  for (const name of ["dev", "run", "tmp"]) {
    surfaces.push({ target: `/${name}`, lower: undefined, upper: `${folder}/${name}` });
  }
  Deno.mkdirSync(`${folder}/layer0${TOOLS_PLACE}`);
  return { folder, surfaces, made: writePodFiles(pod, root.layers, folder), message };
}

/** What a container has of its own beside its files. */
export interface OwnThings {
  /** The path of its terminal on the host. */
  readonly terminal?: string;
  /** The process that holds its user namespace, as the host numbers it. */
  readonly users?: number;
  /** What it sees of its cgroup. */
  readonly cgroups: readonly CgroupView[];
}

/**
 * Makes the rest of a view, and says how to mount it.
 * @throws {RuntimeError} `StartError` for a volume that cannot be mounted.
 */
export function makeContainerView(
  base: ViewBase,
  pod: PodFolders,
  config: ContainerConfig,
  frame: ViewFrame,
  { terminal, users, cgroups }: OwnThings,
): ContainerView {
  const { folder } = frame;
  const root = `${folder}/root`;
  Deno.mkdirSync(coverOf(folder), { recursive: true });
  const planner = new MountPlanner(frame.surfaces, root, folder);
  planMounts(base, pod, config, frame, planner);
  const tools = base.root === undefined ? `${base.skeleton}/tools` : TOOLS_PLACE;
  const pinnedDirectory = planner.findDirectory(config.workingDir ?? pod.workdirPath);
  const credentials = formatCredentials(config.security, credentialScope(base.machine, pod));
  const locked = keptOptions(base.machine.mounts, base.skeleton);
  return {
    launch: {
      root,
      mounts: [
        bind(
          `${base.skeleton}/empty`,
          coverOf(folder),
          readOnlyBind(base.machine, base.skeleton, "bind"),
        ),
        ...(base.root === undefined
          ? hostRootMounts(base, pod, root)
          : privateRootMounts(base, base.root, pod, config, folder)),
        ...cgroupMounts(base, config.security, cgroups, root),
        ...terminal === undefined ? [] : consoleMounts(base, folder, terminal),
        ...planner.mounts,
        ...toolsMounts(base, root + tools, locked),
        ...users === undefined
          ? []
          : [bind(`/proc/${users}/ns/user`, `${root}${tools}/${OWN_USERS}`)],
      ],
      pinnedMounts: planner.pinned,
      denied: [...ownTrees(base), ...base.covered],
      ...pinnedDirectory === undefined ? {} : { pinnedDirectory },
      readOnly: config.readOnlyRootFilesystem && base.root !== undefined
        ? base.root.layers.map(({ target }) => root + (target === "/" ? "" : target))
        : [],
      toolsPlace: tools,
      tools: base.tools,
      credentials,
    },
    layers: frame.surfaces.flatMap(({ upper, kept }) => kept && upper !== undefined ? [upper] : []),
    made: new Set([...frame.made, ...planner.made]),
    message: frame.message,
  };
}

/** Whose power a container of a pod may have. */
export function credentialScope(
  { namespaces }: Machine,
  { hostNetwork }: Pick<PodFolders, "hostNetwork">,
): CredentialScope {
  return { ids: namespaces?.ids ?? "all", hostNetwork };
}

/** All of the host's own files. */
function hostRootMounts(base: ViewBase, pod: PodFolders, root: string): FstabEntry[] {
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

function privateRootMounts(
  base: ViewBase,
  { layers }: RootView,
  pod: PodFolders,
  config: ContainerConfig,
  folder: string,
): FstabEntry[] {
  const { machine, skeleton } = base;
  const root = `${folder}/root`;
  const xattr = machine.privileged ? "" : ",userxattr";
  const readOnly = config.readOnlyRootFilesystem ? ",ro" : "";
  return [
    ...layers.flatMap(({ lower, target, isBound }, index) => {
      const upper = `${folder}/layer${index}`;
      const below = isBound ? lowerPlace(skeleton, index) : lower || `${skeleton}/root`;
      const folders = `lowerdir=${below},upperdir=${upper},workdir=${upper}.work`;
      const overlay = {
        source: "overlay",
        target: root + (target === "/" ? "" : target),
        type: "overlay",
        // Nobody mounts these layers again: what they hold need not reach the disk before they are let go.
        options: `nosuid,nodev,volatile,${folders}${xattr}`,
      };
      return isBound ? [bind(lower, below), overlay] : [overlay];
    }),
    { source: "proc", target: `${root}/proc`, type: "proc", options: "nosuid,nodev,noexec" },
    machine.privileged
      ? { source: "sysfs", target: `${root}/sys`, type: "sysfs", options: "ro,nosuid,nodev,noexec" }
      : bind("/sys", `${root}/sys`, "rbind,ro,nosuid,nodev,noexec,relatime"),
    bind(`${folder}/dev`, `${root}/dev`, "bind,nosuid,nodev"),
    // They are the host's: whoever is root may use them, but not give them another owner or other permissions.
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
      bind(`${folder}/${name}`, `${root}/${name}`, `bind,nosuid,nodev${readOnly}`)
    ),
    ...maskMounts(base, config.security, root),
    ...hidingMounts(base, root, (path) =>
      !PRIVATE_PATHS.some((own) => isWithin(path, own)) ||
      (pod.hostIPC && isWithin(path, pod.shm))),
  ];
}

/** The container's terminal by the name that programs know, where there can be such a name. */
function consoleMounts({ root }: ViewBase, folder: string, terminal: string): FstabEntry[] {
  if (root !== undefined) Deno.writeFileSync(`${folder}/dev/console`, new Uint8Array());
  else if (!exists("/dev/console")) return [];
  return [bind(terminal, `${folder}/root/dev/console`)];
}

/**
 * What a container runtime hides and protects, unless it is told not to. Root itself is never told: whatever its capabilities,
 * much of the kernel's is written by whoever has its number.
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
    ...masks.hidden.filter(applies).map((path) =>
      Deno.statSync(path).isDirectory
        ? bind(`${skeleton}/empty`, root + path, empty)
        : bind("/dev/null", root + path, deviceBind(machine, "null"))
    ),
    ...masks.readOnly.filter(applies).map((path) =>
      bind(root + path, root + path, "bind,ro,nosuid,nodev,noexec")
    ),
  ];
}

/**
 * Its own cgroup where programs look for their limits, in place of the machine's. What can be changed there bears no limit.
 */
function cgroupMounts(
  { root: privateRoot, machine, skeleton }: ViewBase,
  { privileged }: SecurityConfig,
  cgroups: readonly CgroupView[],
  root: string,
): FstabEntry[] {
  if (!exists(CGROUP_FOLDER) || (cgroups.length === 0 && privateRoot === undefined)) return [];
  const options = (source: string) =>
    `bind,${privileged ? "" : "ro,"}nosuid,nodev,noexec${keptOptions(machine.mounts, source)}`;
  const target = root + CGROUP_FOLDER;
  // What lies there on the host is mounted there, and a user may own a part of it.
  const folder = `${skeleton}/cgroup`;
  const frame = cgroups.some(({ place }) => place === "")
    ? []
    : [bind(folder, target, readOnlyBind(machine, skeleton, "bind"))];
  const views = [...cgroups].sort((a, b) => a.place.length - b.place.length).map((it) =>
    bind(it.folder, it.place === "" ? target : `${target}/${it.place}`, options(it.folder))
  );
  return [...frame, ...views];
}

function toolsMounts(base: ViewBase, target: string, kept: string): FstabEntry[] {
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

/** What the Pod has in `/etc`, by name. */
function podFiles(pod: PodFolders): Readonly<Record<string, string>> {
  return { hosts: pod.hosts, hostname: `${pod.hostname}\n`, "resolv.conf": pod.resolvConf };
}

/** Host name, hosts and resolver files are written straight into the writable layer: no mounts. */
function writePodFiles(
  pod: PodFolders,
  layers: RootView["layers"],
  folder: string,
): readonly string[] {
  const index = layers.findIndex(({ target }) => target === "/etc");
  const etc = index > 0 ? `${folder}/layer${index}` : `${folder}/layer0/etc`;
  Deno.mkdirSync(etc, { recursive: true });
  return Object.entries(podFiles(pod)).map(([name, content]) => {
    Deno.writeTextFileSync(`${etc}/${name}`, content, { createNew: true });
    Deno.chmodSync(`${etc}/${name}`, 0o644);
    return `${etc}/${name}`;
  });
}

/** A `/dev` with places for what is mounted in it; small enough to be faster than a layer over a common one. */
function makeDevices(dev: string): void {
  Deno.mkdirSync(dev);
  for (const name of ["pts", "shm", "mqueue"]) Deno.mkdirSync(`${dev}/${name}`);
  for (const name of DEVICES) Deno.writeFileSync(`${dev}/${name}`, new Uint8Array());
  for (const [name, target] of Object.entries(DEVICE_LINKS)) {
    Deno.symlinkSync(target, `${dev}/${name}`);
  }
}

/** Everything that the manifest, or we, put somewhere in the view; shorter paths first. */
function planMounts(
  base: ViewBase,
  pod: PodFolders,
  config: ContainerConfig,
  { folder, message }: ViewFrame,
  planner: MountPlanner,
): void {
  const wanted = config.mounts.map((mount) => placementOf(base, pod, mount, folder, config.name));
  wanted.push({
    ...placeFolder(base, pod.workdir, folder),
    path: pod.workdirPath,
    isFile: false,
    mode: OPEN,
    readOnly: [],
    isSpecial: false,
    fault: "cannot mount the working directory",
  });
  const file = (source: string, path: string, options: string): Placement => ({
    source: { base: source, names: [] },
    path,
    options,
    isFile: true,
    mode: OPEN,
    pinned: false,
    over: [],
    readOnly: [],
    isSpecial: false,
    fault: "cannot mount a file",
  });
  wanted.push(
    ...writeCoveredFiles(base, pod, config, folder).map(([source, path]) =>
      file(source, path, "bind,nosuid,nodev")
    ),
  );
  const path = config.terminationMessagePath || TERMINATION_LOG;
  // Among the host's own files nothing is made: where there is none, there is no message.
  if (base.root !== undefined || exists(path)) {
    wanted.push(file(message.path, path, "bind,nosuid,nodev"));
  }
  const [program = ""] = config.argv;
  // The image `deno` is the Deno that runs us, wherever that lies: in our /tmp too.
  if (program === Deno.execPath() && PRIVATE_PATHS.some((own) => isWithin(program, own))) {
    wanted.push(file(Deno.realPathSync(program), program, "bind,ro,nosuid,nodev"));
  }
  // A volume at the very place of the working directory or the message takes it.
  const byPath = new Map(wanted.reverse().map((it) => [it.path.replace(/\/+$/, "") || "/", it]));
  for (const [path, placement] of [...byPath].sort(([a], [b]) => a.length - b.length)) {
    planner.place(path, placement);
  }
}

/**
 * Files of the Pod in `/etc` that a volume hides: copies to be mounted in that volume, by source and place (R-HOST-2, Kubernetes,
 * pkg/kubelet/kubelet_pods.go, makeMounts). Elsewhere they are in the writable layer.
 */
function writeCoveredFiles(
  { root }: ViewBase,
  pod: PodFolders,
  { mounts }: ContainerConfig,
  folder: string,
): readonly (readonly [source: string, path: string])[] {
  if (root === undefined) return [];
  const volumes = mounts.map(({ mountPath }) => resolveInView(mountPath));
  return Object.entries(podFiles(pod)).flatMap(([name, content]) => {
    const path = `/etc/${name}`;
    if (!volumes.some((volume) => isWithin(path, volume)) || volumes.includes(path)) return [];
    const source = `${folder}/${name}`;
    Deno.writeTextFileSync(source, content);
    Deno.chmodSync(source, 0o644);
    return [[source, path] as const];
  });
}

/** Permissions of a folder that anybody may enter. */
const OPEN = 0o755;

interface Placement {
  /** On the host. */
  readonly source: PinnedPath;
  /** In the view. */
  readonly path: string;
  readonly options: string;
  readonly isFile: boolean;
  /** Permissions of folders that are missing in the source. */
  readonly mode: number;
  /** Somebody may put something else in the place of the source. */
  readonly pinned: boolean;
  /** What is mounted over parts of it; targets are relative to it. */
  readonly over: readonly FstabEntry[];
  /** Mounts in it that are made read-only too, relative to it. */
  readonly readOnly: readonly string[];
  /** The source is neither a directory nor a regular file. */
  readonly isSpecial: boolean;
  /** What an error says of a source that cannot be mounted, before the reason. */
  readonly fault: string;
}

function placementOf(
  base: ViewBase,
  pod: PodFolders,
  mount: Mount,
  folder: string,
  container: string,
): Placement {
  const { machine } = base;
  const volume = pod.volumes.get(mount.volumeName);
  if (volume === undefined) throw new Error(`volume ${mount.volumeName} has not been prepared`);
  const names = namesOf(mount.subPath ?? "");
  const info = statWithin(volume, names);
  const whole = placeFolder(base, volume, folder);
  const type = info?.isDirectory === false || names.length > 0 ? "bind" : "rbind";
  const isDevice = names.length === 0 && DEVICES.some((name) => volume === `/dev/${name}`);
  const kept = keptOptions(machine.mounts, volume);
  // The kernel's trees keep the flags that they have in the view: flags of its own would take away that a part is read-only.
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
    // A device is written to in a read-only mount too; what is read-only is its owner, its permissions and its times.
    options: isTree
      ? `rbind${mount.readOnly ? ",ro,nosuid,noexec" : ""}`
      : `${type}${mount.readOnly || isDevice ? ",ro" : ""}${isDevice ? "" : ",nodev"}${kept}`,
    // What is missing becomes a directory, as open as the volume: whoever can write there can write in it (R-VOL-5).
    isFile: info?.isDirectory === false,
    mode: names.length === 0 ? OPEN : ((statWithin(volume, [])?.mode ?? OPEN) & 0o7777),
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
function placeFolder(
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
    // Another Pod, or another user of the machine, may put something else in its place before each start.
    pinned: !isOurs && !isTrees(path),
    over: [
      ...trees.filter(within).map((tree) => bind(root + tree, below(tree, path), "rbind")),
      ...covered.filter((own) => within(own) && !isTrees(own)).map((own) =>
        bind(coverOf(folder), below(own, path), "bind")
      ),
    ],
  };
}

/** What lies over what no container sees: a mount with the flags of its own that a bind of it then has too. */
function coverOf(folder: string): string {
  return `${folder}/cover`;
}

/** The trees of the kernel that the view has of its own. */
function ownTrees({ root }: ViewBase): readonly string[] {
  return root === undefined ? ["/proc"] : KERNEL_TREES;
}

function below(path: string, folder: string): string {
  return folder === "/" ? path : path.slice(folder.length);
}

/** Collects mounts, and makes the places for them. */
class MountPlanner {
  readonly mounts: FstabEntry[] = [];
  readonly pinned: PinnedMount[] = [];
  readonly made: string[] = [];
  /** Paths whose content is not ours: mount points below them are looked for by whoever mounts. */
  readonly #taken: string[] = [];

  constructor(
    private readonly surfaces: readonly Surface[],
    private readonly root: string,
    private readonly folder: string,
  ) {}

  /**
   * Puts a mount at a path of the view.
   * @throws {RuntimeError} `StartError`: mounts are part of the start, as in an OCI runtime (R-START-1).
   */
  place(path: string, placement: Placement): void {
    try {
      this.#place(path, placement);
    } catch (error) {
      if (!(error instanceof MountPointError)) throw error;
      const source = [placement.source.base, ...placement.source.names].join("/");
      const what = `error mounting "${source}" to rootfs at "${path}": ${error.message}`;
      throw new RuntimeError("StartError", `error during container init: ${what}`, {
        cause: error,
      });
    }
  }

  #place(path: string, placement: Placement): void {
    const { source, options, isFile, mode, pinned, over, readOnly, isSpecial, fault } = placement;
    const resolved = resolveInView(path);
    if (resolved === "/" || isWithin(resolved, TOOLS_PLACE)) {
      throw new MountPointError("the mount would hide the programs that start the container");
    }
    const around = this.#around(resolved);
    const target = this.root + resolved;
    if (around === undefined) this.#make(resolved, isFile ? "file" : "directory");
    if (around === undefined && !pinned) {
      this.mounts.push(
        bind(source.base, target, options),
        ...readOnly.map((path) => bind(target + path, target + path, "rbind,ro")),
        ...over.map((mount) => ({ ...mount, target: target + mount.target })),
      );
    } else {
      const stage = `${this.folder}/stage${this.pinned.length}`;
      Deno.mkdirSync(`${stage}.d`);
      Deno.writeFileSync(`${stage}.f`, new Uint8Array());
      this.pinned.push({
        source: isFile && source.names.length === 0 ? splitLast(source.base) : source,
        mode: mode.toString(8),
        target: around ?? (isFile ? splitLast(target) : { base: target, names: [] }),
        stage,
        options,
        over,
        readOnly,
        isSpecial,
        fault,
      });
    }
    this.#taken.push(resolved);
  }

  /**
   * The working directory: made, or, in a volume, to be made by whoever mounts. Where it cannot be made the program does not
   * start, and is told why by its own way there.
   */
  findDirectory(path: string): PinnedPath | undefined {
    try {
      const resolved = resolveInView(path);
      const around = this.#around(resolved);
      if (around !== undefined) return around.names.length === 0 ? undefined : around;
      this.#make(resolved, "directory");
    } catch (error) {
      if (!(error instanceof MountPointError)) throw error;
    }
    return undefined;
  }

  #around(path: string): PinnedPath | undefined {
    const inside = this.#taken.filter((taken) => isWithin(path, taken));
    if (inside.length === 0) return undefined;
    const base = inside.reduce((best, next) => next.length > best.length ? next : best);
    return { base: this.root + base, names: namesOf(path.slice(base.length)) };
  }

  #make(path: string, kind: "directory" | "file"): void {
    if (makeMountPoint(this.surfaces, path, kind) && kind === "file") {
      const { target, upper } = this.surfaces.filter((it) => isWithin(path, it.target)).at(-1)!;
      this.made.push(`${upper}${target === "/" ? path : path.slice(target.length)}`);
    }
  }
}

function splitLast(path: string): PinnedPath {
  const at = path.lastIndexOf("/");
  return { base: path.slice(0, at) || "/", names: [path.slice(at + 1)] };
}

/** What a path within a volume is now, if it leads anywhere; whoever mounts it looks again. */
function statWithin(source: string, names: readonly string[]): Deno.FileInfo | undefined {
  try {
    return Deno.statSync([source, ...names].join("/"));
  } catch (error) {
    // A loop of links, a closed folder, too long a name: whoever mounts it says that it cannot be reached.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

function readOnlyBind(machine: Machine, source: string, type: "bind" | "rbind"): string {
  return `${type},ro,nodev${keptOptions(machine.mounts, source)}`;
}

/** A device can be written to in a read-only mount too. */
function deviceBind(machine: Machine, name: string): string {
  return `bind,ro${keptOptions(machine.mounts, `/dev/${name}`)}`;
}

/** In a user namespace the flags that the host's mount has are locked: they have to be said again. */
function keptOptions(mounts: readonly MountEntry[], source: string): string {
  const kept =
    mountOf(mounts, source)?.options.filter((option) =>
      /^(ro|nosuid|noexec|noatime|nodiratime|relatime|strictatime)$/.test(option)
    ) ?? [];
  return kept.map((option) => `,${option}`).join("");
}

function bind(source: string, target: string, options = "bind"): FstabEntry {
  return { source, target, type: "none", options };
}
