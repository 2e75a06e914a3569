/** Collects the mounts of a view, and makes the mount points that are missing. */
import type { FstabEntry, PinnedMount, PinnedPath } from "../launch/view_steps.ts";
import { isWithin } from "../machine/mount_table.ts";
import { RuntimeError } from "../runtime.ts";
import {
  makeMountPoint,
  MountPointError,
  namesOf,
  resolveInView,
  type Surface,
} from "./mount_points.ts";
import type { Placement } from "./placement.ts";
import { bind, TOOLS_PLACE } from "./view_base.ts";

/** Collects mounts, and makes the places for them. */
export class MountPlanner {
  /** Mounts at paths that only the node can change, in order. */
  readonly mounts: FstabEntry[] = [];
  /** Mounts from or onto paths that others can change, in order. */
  readonly pinned: PinnedMount[] = [];
  /** Files that were made as mount points. */
  readonly made: string[] = [];
  /**
   * Paths whose content is not our own: mount points below them are looked up by the mounting
   * process.
   */
  readonly #taken: string[] = [];

  /**
   * Plans nothing yet.
   * @param folder of the run of the container; the view's root is in it.
   */
  constructor(
    private readonly surfaces: readonly Surface[],
    private readonly root: string,
    private readonly folder: string,
  ) {}

  /**
   * Puts a mount at a path of the view.
   * @throws {RuntimeError} `StartError`: mounts are part of the start, as in an OCI runtime
   * (R-START-1).
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
   * The working directory: created, or, in a volume, created by the launcher. Where it cannot be
   * created the program does not start, and the launcher reports why.
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
