/**
 * Creates the directories behind a container's view of the file system, and plans its mounts.
 */
import { exists } from "../../base/files.ts";
import type { CgroupView } from "../cgroup/cgroup.ts";
import { type CredentialScope, formatCredentials } from "../launch/credentials.ts";
import type { LaunchView } from "../launch/launch.ts";
import type { Machine } from "../machine/machine.ts";
import { isWithin } from "../machine/mount_table.ts";
import { OWN_USERS } from "../machine/view_tools.ts";
import type { ContainerConfig } from "../config.ts";
import { MountPlanner } from "./mount_planner.ts";
import { resolveInView } from "./mount_points.ts";
import { OPEN, placeFolder, type Placement, placementOf } from "./placement.ts";
import { cgroupMounts, hostRootMounts, privateRootMounts, toolsMounts } from "./root_mounts.ts";
import { PRIVATE_PATHS } from "./root_view.ts";
import type { MessageFile } from "./termination_log.ts";
import {
  bind,
  coverOf,
  keptOptions,
  ownTrees,
  type PodFolders,
  readOnlyBind,
  TOOLS_PLACE,
  type ViewBase,
} from "./view_base.ts";
import { podFiles, type ViewFrame } from "./view_frame.ts";

/** The view of one run of a container. */
export interface ContainerView {
  /** How it is mounted. */
  readonly launch: LaunchView;
  /** Its writable layers on the host. */
  readonly layers: readonly string[];
  /** Files in them that the node has put there, by path on the host. */
  readonly made: ReadonlySet<string>;
  /** Where its termination message is. */
  readonly message: MessageFile;
}

const TERMINATION_LOG = "/dev/termination-log";

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
 * Creates the rest of a view, and plans its mounts.
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
  const mounts = [
    bind(
      `${base.skeleton}/empty`,
      coverOf(folder),
      readOnlyBind(base.machine, base.skeleton, "bind"),
    ),
    ...(base.root === undefined
      ? hostRootMounts(base, pod, root)
      : privateRootMounts(base, base.root, pod, config, frame)),
    ...cgroupMounts(base, config.security, cgroups, root),
    ...terminal === undefined || !makeConsole(base, folder)
      ? []
      : [bind(terminal, `${root}/dev/console`)],
    ...planner.mounts,
    ...toolsMounts(base, root + tools, locked),
    ...users === undefined ? [] : [bind(`/proc/${users}/ns/user`, `${root}${tools}/${OWN_USERS}`)],
  ];
  const readOnly = config.readOnlyRootFilesystem && base.root !== undefined
    ? base.root.layers.map(({ target }) => root + (target === "/" ? "" : target))
    : [];
  return {
    launch: {
      root,
      denied: [...ownTrees(base), ...base.covered],
      steps: [
        ...mounts.map((mount) => ({ type: "mount", mount }) as const),
        ...planner.pinned.map((mount) => ({ type: "pinnedMount", mount }) as const),
        ...pinnedDirectory === undefined
          ? []
          : [{ type: "pinnedDirectory", path: pinnedDirectory } as const],
        ...readOnly.map((path) => ({ type: "readOnly", path }) as const),
      ],
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

/**
 * Makes a place for the container's terminal by the name that programs know.
 * @returns false where there can be no such name.
 */
function makeConsole({ root }: ViewBase, folder: string): boolean {
  if (root === undefined) return exists("/dev/console");
  Deno.writeFileSync(`${folder}/dev/console`, new Uint8Array());
  return true;
}

/** Everything that the manifest, or we, put somewhere in the view; shorter paths first. */
function planMounts(
  base: ViewBase,
  pod: PodFolders,
  config: ContainerConfig,
  { folder, message }: ViewFrame,
  planner: MountPlanner,
): void {
  const wanted = config.mounts.map((mount) =>
    placementOf(base, pod, mount, folder, config.name, statWithin)
  );
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
 * Files of the Pod in `/etc` that a volume hides: copies to be mounted in that volume, by source
 * and place (R-HOST-2, Kubernetes, pkg/kubelet/kubelet_pods.go, makeMounts). Elsewhere they are in
 * the writable layer.
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

/** What a path within a volume is now, if it leads anywhere; the mount looks again. */
function statWithin(source: string, names: readonly string[]): Deno.FileInfo | undefined {
  try {
    return Deno.statSync([source, ...names].join("/"));
  } catch (error) {
    // A loop of links, a closed folder, too long a name: the mount reports that it cannot be
    // reached.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
