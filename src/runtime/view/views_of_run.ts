/** What the views of all containers of a run have in common, made when it is first needed. */
import { exists } from "../../base/files.ts";
import { findMasks, makeCgroupFrame, makeSkeleton } from "./skeleton.ts";
import type { ViewBase } from "./view_base.ts";
import { CGROUP_FOLDER } from "../cgroup/cgroup_layout.ts";
import type { CgroupSupport } from "../cgroup/cgroup_layout.ts";
import type { Machine } from "../machine/machine.ts";
import { mountOf } from "../machine/mount_table.ts";
import { type DirectoryFacts, planRootView, PRIVATE_PATHS, type RootView } from "./root_view.ts";
import type { ContainerConfig } from "../config.ts";
import type { RunFolders } from "../machine/state_dir.ts";
import { makeViewTools } from "../machine/view_tools.ts";

/** The views of one run. */
export class ViewsOfRun {
  #root: { readonly view: RootView | undefined } | undefined;
  #base: ViewBase | undefined;

  /**
   * Makes nothing yet.
   * @param rootfs undefined: `overlay` where available.
   */
  constructor(
    private readonly machine: Machine,
    private readonly limits: CgroupSupport,
    private readonly folders: RunFolders,
    private readonly rootfs: "overlay" | "host" | undefined,
    private readonly covered: readonly string[],
  ) {}

  /** How the private root is put together; undefined: the host's own files. */
  get root(): RootView | undefined {
    const { mounts, privileged, overlay } = this.machine;
    this.#root ??= {
      view: this.rootfs !== "host" && overlay !== "none"
        ? planRootView(mounts, privileged, readDirectoryFacts)
        : undefined,
    };
    return this.#root.view;
  }

  /** The frames and tools of all views. */
  get base(): ViewBase {
    if (this.#base !== undefined) return this.#base;
    const { machine, root } = this;
    const { memory, data } = this.folders;
    const skeleton = placeSkeleton({ memory, data }, machine.mounts, root !== undefined);
    const cgroupFrame = exists(CGROUP_FOLDER) ? `${memory}/cgroup` : undefined;
    try {
      const { hierarchies, confining } = this.limits;
      const places = [...hierarchies, ...confining].map(({ place }) => place);
      makeSkeleton(skeleton, root);
      if (cgroupFrame !== undefined) makeCgroupFrame(cgroupFrame, places);
      const tools = makeViewTools(machine.tools, machine.loader, `${skeleton}/tools`);
      const hidden = this.folders.roots;
      return this.#base = {
        machine,
        root,
        skeleton,
        tools,
        hidden,
        covered: this.covered,
        masks: findMasks(),
        cgroupFrame,
      };
    } catch (error) {
      // So that the next attempt begins afresh.
      for (const folder of [skeleton, cgroupFrame]) {
        if (folder !== undefined && exists(folder)) Deno.removeSync(folder, { recursive: true });
      }
      throw error;
    }
  }

  /** Where a container does not see what the host has. */
  coveredPaths(config: ContainerConfig): readonly string[] {
    const volumes = config.mounts.map(({ mountPath }) => mountPath);
    return this.root === undefined
      ? ["/proc", ...volumes]
      : [...PRIVATE_PATHS, ...this.folders.roots, ...volumes];
  }
}

function readDirectoryFacts(path: string): DirectoryFacts {
  let facts = { mode: 0o755, uid: 0, gid: 0 };
  try {
    const info = Deno.statSync(path);
    facts = { mode: (info.mode ?? 0o755) & 0o7777, uid: info.uid ?? 0, gid: info.gid ?? 0 };
    const entries = [...Deno.readDirSync(path)].map(({ name, isDirectory, isSymlink }) =>
      isSymlink
        ? {
          name,
          kind: "link" as const,
          link: Deno.readLinkSync(path === "/" ? `/${name}` : `${path}/${name}`),
        }
        : { name, kind: isDirectory ? "directory" as const : "file" as const }
    );
    return { ...facts, entries };
  } catch (error) {
    // What this user cannot list, a container does not see either: a closed directory, a file that
    // something is mounted on, another user's FUSE, a file server that is gone, a mount hidden by a
    // later one.
    if (error instanceof Error && "code" in error) return { ...facts, entries: undefined };
    throw error;
  }
}

/**
 * The folder of what all views are built on: some thirty files, which memory makes and removes
 * sooner than a disk. There are programs in it, which have to be executable, and to be seen where
 * the root is the machine's but for its memory files.
 */
export function placeSkeleton(
  { memory, data }: Pick<RunFolders, "memory" | "data">,
  mounts: Machine["mounts"],
  isRootPrivate: boolean,
): string {
  const isExecutable = !mountOf(mounts, memory)?.options.includes("noexec");
  return `${isRootPrivate && isExecutable ? memory : data}/skeleton`;
}
