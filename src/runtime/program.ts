/**
 * Whether a container's program is one that the kernel executes, as far as the node can tell beforehand.
 */
import { isWithin } from "./mount_table.ts";

/** Where a program is looked for, and what the node cannot see into. */
export interface ProgramLookup {
  /** First word of the command. */
  readonly name: string;
  /** The container's `PATH`. */
  readonly searchPath: string;
  /** Paths at which the container sees something else than the host does: volumes, its own directories. */
  readonly covered: readonly string[];
}

/**
 * True if the program certainly is an ELF file or a script with `#!`, and executable. False if it is not, or if only
 * a look from inside the container can tell: then the launch script looks, and says what is wrong.
 */
export function isKnownProgram({ name, searchPath, covered }: ProgramLookup): boolean {
  if (name.includes("=")) return false;
  const places = covered.flatMap((path) => [path, realPath(path) ?? path]);
  const isCovered = (path: string) => places.some((place) => isWithin(path, place));
  for (const candidate of candidates(name, searchPath)) {
    if (!candidate.startsWith("/") || isCovered(candidate)) return false;
    const path = realPath(candidate);
    if (path === undefined) continue;
    return !isCovered(path) && isExecutable(path);
  }
  return false;
}

function candidates(name: string, searchPath: string): readonly string[] {
  return name.includes("/") ? [name] : searchPath.split(":").map((folder) => `${folder}/${name}`);
}

function isExecutable(path: string): boolean {
  const info = Deno.statSync(path);
  if (!info.isFile || ((info.mode ?? 0) & 0o111) === 0) return false;
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
  const magic = new Uint8Array(4);
  const length = file.readSync(magic) ?? 0;
  file.close();
  const text = String.fromCharCode(...magic.subarray(0, length));
  return text.startsWith("#!") || text === "\x7fELF";
}

/** Undefined for what is not there, or not to be seen by this user. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.FilesystemLoop
    ) return undefined;
    throw error;
  }
}
