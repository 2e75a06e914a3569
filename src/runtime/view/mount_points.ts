/**
 * Where mounts go in a container's view: the paths that links lead to, and the mount points that
 * are missing. They are made in the writable layers before those are mounted, so that nothing has
 * to be looked up, or made, through the view itself.
 */
import { isWithin } from "../machine/mount_table.ts";
import { PRIVATE_PATHS } from "./root_view.ts";

/** A part of the view into which the node can put files. */
export interface Surface {
  /** Where it appears in the view. */
  readonly target: string;
  /** What shines through from below; undefined if nothing does. */
  readonly lower: string | undefined;
  /** Its writable layer on the host; undefined if nothing can be made there. */
  readonly upper: string | undefined;
}

/** What stands at a mount point. */
export type MountPointKind = "directory" | "file";

/** A path cannot be a mount point; the message has the reason, in the words of the system. */
export class MountPointError extends Error {
  /** Of the class. */
  override readonly name = "MountPointError";
}

const MAX_LINKS = 40;

/**
 * Follows the links of a path as they are in the view of a container that has not started: the
 * host's, but for the directories that it has of its own, in which there is nothing yet.
 *
 * @throws {MountPointError} for links that lead in a circle.
 */
export function resolveInView(path: string): string {
  let parts = namesOf(path);
  let resolved = "";
  for (let links = 0; parts.length > 0;) {
    const [name = "", ...rest] = parts;
    parts = rest;
    if (name === "..") {
      resolved = resolved.slice(0, Math.max(resolved.lastIndexOf("/"), 0));
      continue;
    }
    const next = `${resolved}/${name}`;
    const link = PRIVATE_PATHS.some((own) => isWithin(next, own)) ? undefined : readLink(next);
    if (link === undefined) {
      resolved = next;
      continue;
    }
    if (++links > MAX_LINKS) throw new MountPointError("too many levels of symbolic links");
    if (link.startsWith("/")) resolved = "";
    parts = [...namesOf(link), ...rest];
  }
  return resolved || "/";
}

/**
 * Sees that a mount point is there, and makes it where it is missing.
 *
 * @param path as {@link resolveInView} gives it.
 * @returns whether it has been made.
 * @throws {MountPointError}
 */
export function makeMountPoint(
  surfaces: readonly Surface[],
  path: string,
  kind: MountPointKind,
): boolean {
  const surface = surfaces.filter(({ target }) => isWithin(path, target))
    .reduce((best, next) => next.target.length > best.target.length ? next : best);
  const names = namesOf(path.slice(surface.target === "/" ? 0 : surface.target.length));
  const steps = names.map((_, index) => {
    const below = `/${names.slice(0, index + 1).join("/")}`;
    const upper = surface.upper === undefined ? undefined : stat(surface.upper + below);
    const lower = surface.lower === undefined ? undefined : stat(surface.lower + below);
    return { below, upper, lower, wanted: index === names.length - 1 ? kind : "directory" };
  });
  for (const { upper, lower, wanted } of steps) {
    const found = upper ?? lower;
    if (found !== undefined && found.isDirectory !== (wanted === "directory")) {
      throw new MountPointError(found.isDirectory ? "is a directory" : "not a directory");
    }
  }
  if (steps.every(({ upper, lower }) => upper !== undefined || lower !== undefined)) return false;
  if (surface.upper === undefined) {
    throw new MountPointError("no such file or directory, and nothing can be created there");
  }
  for (const { below, upper, lower, wanted } of steps) {
    const made = surface.upper + below;
    if (upper !== undefined) continue;
    if (lower !== undefined) copyUp(made, lower);
    else if (wanted === "file") Deno.writeFileSync(made, new Uint8Array(), { mode: 0o644 });
    else Deno.mkdirSync(made, { mode: 0o755 });
  }
  return true;
}

/**
 * A directory of the writable layer stands for the one below it: it takes its owner and permissions
 * along.
 */
function copyUp(path: string, info: Deno.FileInfo): void {
  Deno.mkdirSync(path);
  Deno.chmodSync(path, (info.mode ?? 0o755) & 0o7777);
  if (Deno.uid() === 0) Deno.chownSync(path, info.uid, info.gid);
}

/** The names on a path, without empty ones and `.`. */
export function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function readLink(path: string): string | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.readLinkSync(path) : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What this user may not look at is not there for its containers either. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.PermissionDenied;
}
