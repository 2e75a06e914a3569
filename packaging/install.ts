/** Puts the program into a user's home, and takes exactly that away again. */
import { makeBundle, PackagingError, readSettings } from "./bundle.ts";
import { formatCompletion, type Shell } from "./completion.ts";
import { formatInstalledSearch, formatLauncher } from "./launcher.ts";
import { formatManPage } from "./man_page.ts";
import { describeMissingPaths, type Layout, parentOf, planLayout } from "./layout.ts";

/** In the head of each installed file: only what has it is replaced or removed. */
const MARKER = "podling, installed by `deno task install`; `deno task uninstall` removes it";

/** A file that is to be installed. */
interface InstalledFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Installs the program, in place of an earlier installation: a command that starts meanwhile
 * gets the earlier program or this one, whole.
 *
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function install(): Promise<readonly string[]> {
  const layout = readLayout();
  const { version, tasks } = readSettings();
  const program = await makeBundle();
  const search = formatInstalledSearch(Deno.execPath(), layout.program);
  const completion = (shell: Shell): InstalledFile => ({
    path: layout.completions[shell],
    content: formatCompletion(shell, MARKER),
    mode: 0o644,
  });
  const files = [
    { path: layout.program, content: `// ${MARKER}\n${program}`, mode: 0o644 },
    ...(["bash", "zsh", "fish"] as const).map(completion),
    { path: layout.manPage, content: formatManPage(version, MARKER), mode: 0o644 },
    // Last: it starts the others.
    {
      path: layout.launcher,
      content: formatLauncher({ marker: MARKER, search, tasks }),
      mode: 0o755,
    },
  ];
  await report(`install podling in ${layout.folder}`, () => replaceFiles(layout, files));
  return [
    `podling ${version} is installed as ${layout.launcher}`,
    ...files.slice(0, -1).map(({ path }) => `  with ${path}`),
    ...describeMissingPaths(layout, Deno.env.toObject()),
  ];
}

/**
 * Removes what {@link install} has written, and the folders that it made, where nothing else is in
 * them.
 *
 * @returns what was done, a line each.
 * @throws {PackagingError}
 */
export async function uninstall(): Promise<readonly string[]> {
  const layout = readLayout();
  return await report(`uninstall podling from ${layout.folder}`, async () => {
    if (!exists(layout.folder)) return [`podling is not installed in ${layout.folder}`];
    const lock = await lockFolder(layout, []);
    try {
      const { launcher, completions, manPage, program } = layout;
      const paths = [launcher, ...Object.values(completions), manPage, program];
      const removed = paths.filter((path) => isOurs(path));
      const folders = readRecord(layout);
      for (const path of removed) Deno.removeSync(path);
      for (const path of [layout.record, layout.lock]) removeIfPresent(path);
      for (const path of [layout.folder, ...folders]) removeIfEmpty(path);
      return removed.map((path) => `removed ${path}`);
    } finally {
      lock.close();
    }
  });
}

function readLayout(): Layout {
  const layout = planLayout(Deno.env.toObject());
  if (layout !== undefined) return layout;
  throw new PackagingError("Cannot install podling for this user: HOME is not an absolute path");
}

/**
 * Writes all files beside their places, then puts each into its place: a full disk changes nothing.
 */
async function replaceFiles(layout: Layout, files: readonly InstalledFile[]): Promise<void> {
  const made: string[] = [];
  const written = new Map<string, string>();
  let lock: Deno.FsFile | undefined;
  try {
    lock = await lockFolder(layout, made);
    for (const { path } of files) {
      if (exists(path) && !isOurs(path)) {
        throw new PackagingError(
          `Cannot install podling: ${path} exists and is not podling's; move it away first`,
        );
      }
    }
    for (const { path, content, mode } of files) {
      makeFolders(parentOf(path), made);
      const folder = parentOf(path);
      const temporary = `${folder}/.podling-${crypto.randomUUID()}`;
      written.set(temporary, path);
      Deno.writeTextFileSync(temporary, content, { createNew: true });
      // Whatever the umask is.
      Deno.chmodSync(temporary, mode);
    }
    const folders = [...new Set([...made.toReversed(), ...readRecord(layout)])];
    const record = `${layout.folder}/.podling-${crypto.randomUUID()}`;
    Deno.writeTextFileSync(record, folders.map((it) => `${it}\n`).join(""), { createNew: true });
    Deno.renameSync(record, layout.record);
    for (const [temporary, path] of written) {
      Deno.renameSync(temporary, path);
      written.delete(temporary);
    }
  } catch (error) {
    for (const temporary of written.keys()) removeIfPresent(temporary);
    if (lock !== undefined && !exists(layout.program)) {
      for (const path of [layout.record, layout.lock]) removeIfPresent(path);
    }
    for (const folder of made.toReversed()) removeIfEmpty(folder);
    throw error;
  } finally {
    lock?.close();
  }
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

function makeFolders(path: string, made: string[]): void {
  if (exists(path)) return;
  makeFolders(parentOf(path), made);
  try {
    Deno.mkdirSync(path);
    made.push(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
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

/** Whether a file has been installed by us. */
function isOurs(path: string): boolean {
  try {
    // A head is enough, and the bundle is long.
    using file = Deno.openSync(path);
    const head = new Uint8Array(256);
    const length = file.readSync(head) ?? 0;
    return new TextDecoder().decode(head.subarray(0, length)).includes(MARKER);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) {
      return false;
    }
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeIfPresent(path: string): void {
  if (exists(path)) Deno.removeSync(path);
}

function removeIfEmpty(path: string): void {
  if (exists(path) && [...Deno.readDirSync(path)].length === 0) Deno.removeSync(path);
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
