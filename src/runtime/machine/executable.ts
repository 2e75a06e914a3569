/**
 * Whether a container's program is one that the kernel executes, as far as the node can know
 * beforehand.
 */
import { exists } from "../../base/files.ts";
import { isWithin } from "./mount_table.ts";

/** Where a program is looked for, and what the node cannot see into. */
export interface ProgramLookup {
  /** First word of the command. */
  readonly name: string;
  /** The container's `PATH`. */
  readonly searchPath: string;
  /**
   * Paths at which the container sees something else than the host does: volumes, its own
   * directories.
   */
  readonly covered: readonly string[];
}

/**
 * ELF files that the kernel executes. A kind is written in bytes: word size and byte order, colon,
 * machine: `2 1:62 0`.
 */
export interface ElfMachine {
  /** The kind of this machine's own programs. */
  readonly native: string;
  /**
   * Kinds that it may execute beside them; `*` where programs for other machines are handed to an
   * emulator.
   */
  readonly others: readonly string[];
}

/** What this machine executes. */
export function readElfMachine(): ElfMachine {
  const others: string[] = [];
  // There on x86-64 with 32-bit programs.
  if (exists("/proc/sys/abi/vsyscall32")) others.push("1 1:3 0");
  if (exists("/proc/sys/fs/binfmt_misc/status")) others.push("*");
  return { native: kindOf(readHead("/proc/self/exe", ELF_HEADER_BYTES)), others };
}

function kindOf(header: Uint8Array): string {
  return `${header.subarray(4, 6).join(" ")}:${header.subarray(18, 20).join(" ")}`;
}

/**
 * True if the kernel certainly executes the program: an ELF file of this machine, or a script with
 * `#!` whose interpreter is one. False if it does not, or if only a look from inside the container
 * can show it: then the launch script looks, and reports what is wrong.
 */
export function isKnownProgram(
  { name, searchPath, covered }: ProgramLookup,
  elf: ElfMachine,
): boolean {
  if (name.includes("=")) return false;
  const places = covered.flatMap((path) => [path, realPath(path) ?? path]);
  const isCovered = (path: string) => places.some((place) => isWithin(path, place));
  for (const candidate of candidates(name, searchPath)) {
    if (!candidate.startsWith("/") || isCovered(candidate)) return false;
    const path = realPath(candidate);
    if (path === undefined) continue;
    if (isCovered(path) || !isExecutable(path)) return false;
    const interpreter = readInterpreter(path);
    if (interpreter === undefined) return isElf(path, elf);
    const real = interpreter.startsWith("/") ? realPath(interpreter) : undefined;
    if (real === undefined || isCovered(interpreter) || isCovered(real)) return false;
    return isExecutable(real) && isElf(real, elf);
  }
  return false;
}

/** Where this machine has a program; undefined if it has none of that name. */
export function findProgram(name: string, searchPath: string): string | undefined {
  return candidates(name, searchPath).find((path) =>
    realPath(path) !== undefined && isExecutable(path)
  );
}

/** An empty part of a search path is the working directory. */
function candidates(name: string, searchPath: string): readonly string[] {
  if (name.includes("/")) return [name];
  return searchPath.split(":").map((folder) => `${folder || "."}/${name}`);
}

function isExecutable(path: string): boolean {
  const info = Deno.statSync(path);
  return info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
}

/** The program that a `#!` names; undefined where there is none. */
function readInterpreter(path: string): string | undefined {
  const line = String.fromCharCode(...readHead(path, 256)).split("\n")[0] ?? "";
  return /^#![ \t]*([^ \t]+)/.exec(line)?.[1];
}

/** The size of the 64-bit header; the 32-bit one is shorter. */
const ELF_HEADER_BYTES = 64;

/**
 * Whether the file is a whole program for this machine: not another's, no object file, not cut off.
 */
function isElf(path: string, elf: ElfMachine): boolean {
  const header = readHead(path, ELF_HEADER_BYTES);
  if (header.length < ELF_HEADER_BYTES) return false;
  if (header.subarray(0, 4).join(" ") !== "127 69 76 70") return false;
  // Other machines' programs, and unusual ones of this machine, are left to the script.
  if (kindOf(header) !== elf.native || !elf.native.startsWith("2 1:")) return false;
  const view = new DataView(header.buffer);
  const type = view.getUint16(16, true);
  const segments = view.getUint16(54, true) * view.getUint16(56, true);
  return (type === 2 || type === 3) && segments > 0 &&
    Number(view.getBigUint64(32, true)) + segments <= Deno.statSync(path).size;
}

/** The first bytes of a file; none if it is not for this user to read. */
export function readHead(path: string, length: number): Uint8Array<ArrayBuffer> {
  let opened: Deno.FsFile;
  try {
    opened = Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return new Uint8Array(0);
    throw error;
  }
  using file = opened;
  const bytes = new Uint8Array(length);
  return bytes.slice(0, file.readSync(bytes) ?? 0);
}

/** Undefined for what is not there, is not to be seen by this user, or cannot be a path. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.FilesystemLoop ||
      error instanceof Error && "code" in error && error.code === "ENAMETOOLONG"
    ) return undefined;
    throw error;
  }
}
