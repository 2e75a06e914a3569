/** Files and folders of an installation: which are podling's, and how they are taken away. */
import { PARTS_FOLDER } from "./bundle.ts";
import { parentOf } from "./layout.ts";

/** In the head of each installed file: only what has it is replaced or removed. */
export const MARKER = "podling, installed by `deno task install`; `deno task uninstall` removes it";

/** Names of files that are not in their places yet. */
const TEMPORARY = /^\.podling-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A path that is free, for a file that is put into its place in the same folder later. */
export function temporaryBeside(path: string): string {
  return `${parentOf(path)}/.podling-${crypto.randomUUID()}`;
}

/** Whether a file has been installed by us. */
export function isOurs(path: string): boolean {
  try {
    // The open of a pipe would wait.
    if (!Deno.statSync(path).isFile) return false;
    // A head is enough, and the parts of the bundle are long.
    using file = Deno.openSync(path);
    const head = new Uint8Array(256);
    const length = file.readSync(head) ?? 0;
    return new TextDecoder().decode(head.subarray(0, length)).includes(MARKER);
  } catch (error) {
    if (NOTHING.some((it) => error instanceof it)) return false;
    throw error;
  }
}

/** What the system reports of a path that leads to no file. */
const NOTHING = [
  Deno.errors.NotFound,
  Deno.errors.NotADirectory,
  Deno.errors.FilesystemLoop,
];

/** Whether something is at a path, a broken link too. */
export function exists(path: string): boolean {
  return readKind(path) !== undefined;
}

/** Whether a folder is at a path, not a link to one. */
export function isFolder(path: string): boolean {
  return readKind(path)?.isDirectory ?? false;
}

function readKind(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Makes a folder and those above it.
 * @param made gets those that were not there, the deepest last.
 */
export function makeFolders(path: string, made: string[]): void {
  if (exists(path)) return;
  makeFolders(parentOf(path), made);
  try {
    Deno.mkdirSync(path);
    made.push(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** The folder and those above it that are not there, the deepest last. */
export function findMissingFolders(path: string): readonly string[] {
  return exists(path) ? [] : [...findMissingFolders(parentOf(path)), path];
}

/** Removes a file, if it is there. */
export function removeIfPresent(path: string): void {
  if (exists(path)) Deno.removeSync(path);
}

/** Removes a folder, if it is there and nothing is in it; a link to one stays. */
export function removeIfEmpty(path: string): void {
  if (isFolder(path) && [...Deno.readDirSync(path)].length === 0) Deno.removeSync(path);
}

/** The processes that have been started with a program, and may load more of its parts. */
export function findProcesses(program: string): readonly number[] {
  const runs = (pid: string) => {
    const words = readCommandLine(pid);
    return words[1] === "run" && words.includes(program);
  };
  return [...Deno.readDirSync("/proc")].map(({ name }) => name)
    .filter((name) => /^\d+$/.test(name) && runs(name)).map(Number);
}

function readCommandLine(pid: string): readonly string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
  } catch (error) {
    // It has ended.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The folder of parts that an installed program loads; none if it is one file or not there. */
export function readPartsFolder(program: string): string | undefined {
  if (!isOurs(program)) return undefined;
  const [, name] = /"\.\/([0-9a-f]+)\//.exec(Deno.readTextFileSync(program)) ?? [];
  return name !== undefined && PARTS_FOLDER.test(name) ? `${parentOf(program)}/${name}` : undefined;
}

/**
 * Removes folders of parts and what killed installations have left; files that are not podling's
 * stay, and the folders that have some.
 *
 * @param folder podling's own.
 * @param isKept of a folder of parts that is to stay.
 * @returns the folders of parts that are gone.
 */
export function removeParts(folder: string, isKept: (path: string) => boolean): readonly string[] {
  removeTemporary(folder);
  const parts = [...Deno.readDirSync(folder)]
    .filter(({ name, isDirectory }) => isDirectory && PARTS_FOLDER.test(name))
    .map(({ name }) => `${folder}/${name}`);
  for (const path of parts) {
    removeTemporary(path);
    if (isKept(path)) continue;
    for (const { name, isFile } of [...Deno.readDirSync(path)]) {
      if (isFile && isOurs(`${path}/${name}`)) Deno.removeSync(`${path}/${name}`);
    }
    removeIfEmpty(path);
  }
  return parts.filter((path) => !exists(path));
}

/** Removes what killed installations have left in a folder, if there is one. */
export function removeTemporary(folder: string): void {
  if (!leadsToFolder(folder)) return;
  for (const { name, isFile } of [...Deno.readDirSync(folder)]) {
    if (isFile && TEMPORARY.test(name)) Deno.removeSync(`${folder}/${name}`);
  }
}

function leadsToFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (NOTHING.some((it) => error instanceof it)) return false;
    throw error;
  }
}
