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
  findMissingFolders,
  findProcesses,
  isFolder,
  isOurs,
  makeFolders,
  MARKER,
  readPartsFolder,
  removeIfEmpty,
  removeIfPresent,
  removeParts,
  removeTemporary,
  temporaryBeside,
} from "./own_files.ts";
import { PackagingError, report } from "./packaging_error.ts";
import { formatRecord, parseRecord } from "./record.ts";

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
  readLayout(env, "install");
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
  const layout = readLayout(env, "install");
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
 * them; not while the program runs, which may still load some of it.
 *
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function uninstall(env: Environment): Promise<readonly string[]> {
  const layout = readLayout(env, "uninstall");
  return await report(`uninstall podling from ${layout.folder}`, async () => {
    if (!exists(layout.folder)) return [describeNone(layout)];
    const lock = await lockFolder(layout, []);
    try {
      const { launcher, completions, manPage, program } = layout;
      refuseRunning(program);
      const paths = [launcher, ...Object.values(completions), manPage, program];
      const removed = paths.filter((path) => isOurs(path));
      const folders = readRecord(layout);
      for (const path of removed) Deno.removeSync(path);
      for (const path of paths) removeTemporary(parentOf(path));
      const parts = removeParts(layout.folder, () => false);
      removeNotes(layout);
      for (const path of [layout.folder, ...folders]) removeIfEmpty(path);
      const gone = [...removed, ...parts].map((path) => `removed ${path}`);
      return gone.length > 0 ? gone : [describeNone(layout)];
    } finally {
      lock.close();
    }
  });
}

const describeNone = ({ folder }: Layout) => `podling is not installed in ${folder}`;

function refuseRunning(program: string): void {
  const running = findProcesses(program);
  if (running.length === 0) return;
  const processes = `process${running.length === 1 ? "" : "es"} ${running.join(", ")}`;
  throw new PackagingError(
    `Cannot uninstall podling: ${program} is still run by ${processes}; end ${
      running.length === 1 ? "it" : "them"
    } first`,
  );
}

function readLayout(env: Environment, purpose: "install" | "uninstall"): Layout {
  const layout = planLayout(env);
  if (layout !== undefined) return layout;
  const seen = env["HOME"] === undefined ? "not set" : `"${env["HOME"]}", not an absolute path`;
  throw new PackagingError(`Cannot ${purpose} podling for this user: HOME is ${seen}`);
}

/**
 * Writes all files beside their places, then puts each into its place: a full disk changes nothing.
 *
 * A program of the replaced installation that starts meanwhile loads more of its parts: they stay
 * until the next installation of another program. While any program of an installation runs, the
 * parts of all stay.
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
  let isFirst = true;
  try {
    lock = await lockFolder(layout, made);
    isFirst = !exists(layout.record);
    refuseForeign(files, partsFolder);
    const replaced = readPartsFolder(layout.program);
    const folders = [...new Set(files.map(({ path }) => parentOf(path)))];
    const missing = folders.flatMap((path) => findMissingFolders(path));
    writePlan(layout, [...made, ...missing].filter((path) => path !== partsFolder));
    for (const folder of folders) removeTemporary(folder);
    for (const { path, content, mode } of files) {
      makeFolders(parentOf(path), made);
      const temporary = temporaryBeside(path);
      written.set(temporary, path);
      Deno.writeTextFileSync(temporary, content, { createNew: true });
      // Whatever the umask is.
      Deno.chmodSync(temporary, mode);
    }
    Deno.renameSync(layout.plan, layout.record);
    for (const [temporary, path] of written) {
      Deno.renameSync(temporary, path);
      written.delete(temporary);
    }
    const kept = [partsFolder, replaced];
    const keepsAll = replaced === partsFolder || findProcesses(layout.program).length > 0;
    removeParts(layout.folder, (path) => keepsAll || kept.includes(path));
  } catch (error) {
    for (const temporary of written.keys()) removeIfPresent(temporary);
    if (made.includes(partsFolder) && readPartsFolder(layout.program) !== partsFolder) {
      removeParts(layout.folder, (path) => path !== partsFolder);
    }
    const folders = lock === undefined ? sortFolders(made) : undoNotes(layout, made, isFirst);
    for (const folder of folders) removeIfEmpty(folder);
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

/**
 * Writes what the record will be. It is there before the folders are: they are known though the
 * installation is killed.
 *
 * @param made folders that are, or will be.
 */
function writePlan(layout: Layout, made: readonly string[]): void {
  const folders = sortFolders([...made, ...readRecord(layout)]);
  const temporary = temporaryBeside(layout.plan);
  Deno.writeTextFileSync(temporary, formatRecord(folders), { createNew: true });
  Deno.renameSync(temporary, layout.plan);
}

/**
 * Removes the notes of an installation that has failed.
 * @param isFirst whether there was no record before it.
 * @returns the folders that are not needed any more, the deepest first.
 */
function undoNotes(
  layout: Layout,
  made: readonly string[],
  isFirst: boolean,
): readonly string[] {
  if (!isFirst || isOurs(layout.program)) {
    removeIfPresent(layout.plan);
    return sortFolders(made);
  }
  const folders = sortFolders([...made, ...readRecord(layout)]);
  removeNotes(layout);
  return folders;
}

/** Removes what podling's folder holds beside the program. */
function removeNotes({ record, plan, lock }: Layout): void {
  for (const path of [record, plan, lock]) removeIfPresent(path);
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
 * Deepest first; what it names is a folder of ours alone, or it stays because something is in it.
 */
function readRecord({ record, plan }: Layout): readonly string[] {
  // The plan is that of a killed installation.
  const texts = [plan, record].filter((path) => exists(path)).map((path) =>
    Deno.readTextFileSync(path)
  );
  return sortFolders(texts.flatMap((text) => parseRecord(text)));
}

/** Each once, the deepest first. */
function sortFolders(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].toSorted((one, other) => other.length - one.length);
}
