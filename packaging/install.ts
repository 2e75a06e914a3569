/** Puts the program into a user's home, and takes exactly that away again. */
import { type Bundle, makeBundle, readSettings } from "./bundle.ts";
import { formatCompletion, type Shell } from "./completion.ts";
import { formatInstalledSearch, formatLauncher } from "./launcher.ts";
import { formatManPage } from "./man_page.ts";
import {
  describeMissingPaths,
  type Environment,
  type Layout,
  parentOf,
  planLayout,
} from "./layout.ts";
import {
  exists,
  isFolder,
  isOurs,
  makeFolders,
  MARKER,
  readPartsFolder,
  removeIfEmpty,
  removeIfPresent,
  removeParts,
  temporaryBeside,
} from "./own_files.ts";
import { PackagingError } from "./packaging_error.ts";

/** A file that is to be installed. */
interface InstalledFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Installs the program.
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function install(env: Environment): Promise<readonly string[]> {
  // Said before the work.
  readLayout(env);
  return await installBundle(await makeBundle(), env);
}

/**
 * Installs a bundle in place of an earlier installation: a command that starts meanwhile gets the
 * earlier program or this one, whole.
 *
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function installBundle(
  { program, folder, parts }: Bundle,
  env: Environment,
): Promise<readonly string[]> {
  const layout = readLayout(env);
  const settings = readSettings();
  const search = formatInstalledSearch(Deno.execPath(), layout.program);
  const completion = (shell: Shell): InstalledFile => ({
    path: layout.completions[shell],
    content: formatCompletion(shell, MARKER),
    mode: 0o644,
  });
  const script = (path: string, text: string): InstalledFile => ({
    path,
    content: `// ${MARKER}\n${text}`,
    mode: 0o644,
  });
  const partsFolder = `${layout.folder}/${folder}`;
  const files = [
    // First: the program loads them.
    ...parts.map(({ name, text }) => script(`${partsFolder}/${name}`, text)),
    script(layout.program, program),
    ...(["bash", "zsh", "fish"] as const).map(completion),
    { path: layout.manPage, content: formatManPage(settings.version, MARKER), mode: 0o644 },
    // Last: it starts the others.
    {
      path: layout.launcher,
      content: formatLauncher({ marker: MARKER, search, settings }),
      mode: 0o755,
    },
  ];
  await report(
    `install podling in ${layout.folder}`,
    () => replaceFiles(layout, files, partsFolder),
  );
  const others = [partsFolder, ...files.slice(parts.length, -1).map(({ path }) => path)];
  return [
    `podling ${settings.version} is installed as ${layout.launcher}`,
    ...others.map((path) => `  with ${path}`),
    ...describeMissingPaths(layout, env),
  ];
}

/**
 * Removes what {@link install} has written, and the folders that it made, where nothing else is in
 * them.
 *
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function uninstall(env: Environment): Promise<readonly string[]> {
  const layout = readLayout(env);
  return await report(`uninstall podling from ${layout.folder}`, async () => {
    if (!exists(layout.folder)) return [`podling is not installed in ${layout.folder}`];
    const lock = await lockFolder(layout, []);
    try {
      const { launcher, completions, manPage, program } = layout;
      const paths = [launcher, ...Object.values(completions), manPage, program];
      const removed = paths.filter((path) => isOurs(path));
      const folders = readRecord(layout);
      for (const path of removed) Deno.removeSync(path);
      const parts = removeParts(layout.folder, () => false);
      for (const path of [layout.record, layout.lock]) removeIfPresent(path);
      for (const path of [layout.folder, ...folders]) removeIfEmpty(path);
      return [...removed, ...parts].map((path) => `removed ${path}`);
    } finally {
      lock.close();
    }
  });
}

function readLayout(env: Environment): Layout {
  const layout = planLayout(env);
  if (layout !== undefined) return layout;
  throw new PackagingError("Cannot install podling for this user: HOME is not an absolute path");
}

/**
 * Writes all files beside their places, then puts each into its place: a full disk changes nothing.
 *
 * A program of the replaced installation that still runs may load more of its parts: they stay
 * until the next installation of another program.
 *
 * @param partsFolder where files are that a killed installation of the same program may have left.
 */
async function replaceFiles(
  layout: Layout,
  files: readonly InstalledFile[],
  partsFolder: string,
): Promise<void> {
  const made: string[] = [];
  const written = new Map<string, string>();
  let lock: Deno.FsFile | undefined;
  try {
    lock = await lockFolder(layout, made);
    refuseForeign(files, partsFolder);
    const replaced = readPartsFolder(layout.program);
    for (const { path, content, mode } of files) {
      makeFolders(parentOf(path), made);
      const temporary = temporaryBeside(path);
      written.set(temporary, path);
      Deno.writeTextFileSync(temporary, content, { createNew: true });
      // Whatever the umask is.
      Deno.chmodSync(temporary, mode);
    }
    writeRecord(layout, made.filter((path) => path !== partsFolder));
    for (const [temporary, path] of written) {
      Deno.renameSync(temporary, path);
      written.delete(temporary);
    }
    const kept = [partsFolder, replaced];
    removeParts(layout.folder, (path) => replaced === partsFolder || kept.includes(path));
  } catch (error) {
    for (const temporary of written.keys()) removeIfPresent(temporary);
    if (made.includes(partsFolder) && readPartsFolder(layout.program) !== partsFolder) {
      removeParts(layout.folder, (path) => path !== partsFolder);
    }
    if (lock !== undefined && !exists(layout.program)) {
      for (const path of [layout.record, layout.lock]) removeIfPresent(path);
    }
    for (const folder of made.toReversed()) removeIfEmpty(folder);
    throw error;
  } finally {
    lock?.close();
  }
}

/** @throws {PackagingError} if something that is not podling's is where a file is to be. */
function refuseForeign(files: readonly InstalledFile[], partsFolder: string): void {
  // What is in the folder has the names that it is to have, and is replaced.
  const places = files.map(({ path }) => path).filter((path) => parentOf(path) !== partsFolder);
  const isForeign = (path: string) => path === partsFolder ? !isFolder(path) : !isOurs(path);
  const found = [partsFolder, ...places].find((path) => exists(path) && isForeign(path));
  if (found === undefined) return;
  throw new PackagingError(
    `Cannot install podling: ${found} exists and is not podling's; move it away first`,
  );
}

/** Adds folders to the record of those that were made. */
function writeRecord(layout: Layout, made: readonly string[]): void {
  const folders = [...new Set([...made.toReversed(), ...readRecord(layout)])];
  const temporary = temporaryBeside(layout.record);
  Deno.writeTextFileSync(temporary, folders.map((it) => `${it}\n`).join(""), { createNew: true });
  Deno.renameSync(temporary, layout.record);
}

/**
 * Waits until no other installation is under way.
 * @param made gets the folders that had to be made.
 */
async function lockFolder(layout: Layout, made: string[]): Promise<Deno.FsFile> {
  for (;;) {
    makeFolders(layout.folder, made);
    const lock = await Deno.open(layout.lock, { create: true, read: true, write: true }).catch(
      (error) => {
        // Another one has just been uninstalled.
        if (error instanceof Deno.errors.NotFound && !exists(layout.folder)) return undefined;
        throw error;
      },
    );
    if (lock === undefined) continue;
    await lock.lock(true);
    const held = lock.statSync();
    const there = exists(layout.lock) ? Deno.statSync(layout.lock) : undefined;
    if (there?.ino === held.ino) return lock;
    lock.close();
  }
}

/**
 * Deepest first; what a line names is a folder of ours alone, or it stays because something is in
 * it.
 */
function readRecord({ record }: Layout): readonly string[] {
  if (!exists(record)) return [];
  return Deno.readTextFileSync(record).split("\n").filter((line) => line.startsWith("/"));
}

/** Turns a refusal of the system into one line. */
async function report<T>(purpose: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof PackagingError || !(error instanceof Error)) throw error;
    if (!Object.values(Deno.errors).some((it) => error instanceof it) && !("code" in error)) {
      throw error;
    }
    throw new PackagingError(`Cannot ${purpose}: ${error.message}`);
  }
}
