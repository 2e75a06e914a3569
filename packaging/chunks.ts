/**
 * The parts that the bundler splits the program into, and the fewer files that are made of them;
 * pure.
 *
 * For each set of modules that the same `import()`s lead to, the bundler makes a part: some two
 * hundred, and each costs a start something. Parts that the same of the usual commands load are
 * joined here; the others stay what they are.
 */
import { PackagingError } from "./packaging_error.ts";

/** A part as the bundler has written it. */
export interface Chunk {
  /** Of its file, without `.js`. */
  readonly name: string;
  readonly text: string;
}

/** The parts by their names. */
export type Chunks = ReadonlyMap<string, Chunk>;

/** The program in parts. */
export interface SplitProgram {
  /** The part that is started; no other imports it. */
  readonly main: Chunk;
  /** The others. */
  readonly chunks: Chunks;
}

/** The files that chunks are joined into, by the names of the chunks; each without `.js`. */
export type Files = ReadonlyMap<string, string>;

/** How a chunk imports another: at once, with a list of names or none; or later. */
const IMPORT = /import(?:(?:\{([^{}]*)\}from)?"\.\/([^"]+)\.js"|\("\.\/([^"]+)\.js"\))/g;
const MENTION = /["'`]\.\/([^"'`]+)\.js["'`]/g;
const EXPORTS = /export\{([^{}]*)\};/g;

/** An import of a chunk. */
interface Link {
  readonly to: Chunk;
  /** Whether it is an `import()`. */
  readonly isLater: boolean;
  /** What is imported, and its name where it is used. */
  readonly names: readonly (readonly [theirs: string, ours: string])[];
}

/**
 * A text with its imports of chunks replaced; what looks like an import of something else stays.
 * @throws {PackagingError} if a chunk is mentioned in another form than that of an import.
 */
function replaceLinks(
  chunk: Chunk,
  chunks: Chunks,
  replace: (link: Link, whole: string) => string,
): string {
  checkMentions(chunk, chunks);
  return chunk.text.replaceAll(IMPORT, (whole, list?: string, now?: string, later?: string) => {
    const to = chunks.get(now ?? later ?? "");
    if (to === undefined) return whole;
    const names = splitList(list ?? "").map((it) => {
      const [theirs = "", ours = theirs] = it.split(" as ");
      return [theirs, ours] as const;
    });
    return replace({ to, isLater: later !== undefined, names }, whole);
  });
}

/** @throws {PackagingError} if a chunk is mentioned in another form than that of an import. */
function checkMentions({ name, text }: Chunk, chunks: Chunks): void {
  const rest = text.replaceAll(IMPORT, "");
  const found = [...rest.matchAll(MENTION)].find(([, it]) => chunks.has(it!));
  if (found === undefined) return;
  throw new PackagingError(
    `Cannot use the bundle: ${name} names the part ${
      found[1]
    }, but in no form of an import that is known`,
  );
}

function readLinks(chunk: Chunk, chunks: Chunks): readonly Link[] {
  const links: Link[] = [];
  replaceLinks(chunk, chunks, (link, whole) => {
    links.push(link);
    return whole;
  });
  return links;
}

const splitList = (list: string) => list.split(",").filter((it) => it !== "");

/** The names by which a chunk exports something. */
function readExports({ text }: Chunk): readonly string[] {
  const [, list = ""] = [...text.matchAll(EXPORTS)].at(-1) ?? [];
  return splitList(list).map((it) => it.replace(/^.* as /, ""));
}

/**
 * The chunk of a command.
 * @param command the name of its module.
 * @throws {PackagingError} if the main chunk loads none of that name later.
 */
export function findCommand(command: string, { main, chunks }: SplitProgram): string {
  const later = readLinks(main, chunks).filter(({ isLater }) => isLater);
  // The bundler adds a digest.
  const found = later.find(({ to }) => to.name.replace(/-[^-]*$/, "") === command);
  if (found !== undefined) return found.to.name;
  throw new PackagingError(`Cannot use the bundle: ${main.name} loads no part for ${command}`);
}

/** The chunks that are loaded where one is, itself included. */
function findLoaded(root: Chunk, chunks: Chunks): ReadonlySet<Chunk> {
  const found = new Set([root]);
  // Grows while it is iterated.
  for (const chunk of found) {
    for (const { to, isLater } of readLinks(chunk, chunks)) if (!isLater) found.add(to);
  }
  return found;
}

/**
 * Plans one file for all chunks that the same commands load. What is loaded with the main chunk
 * goes into a file of that name, whatever loads it besides; what none of the commands loads stays
 * alone.
 *
 * @param commands in the order in which they name a file.
 * @throws {PackagingError} if the chunks are not what the bundler has written so far.
 */
export function planFiles(program: SplitProgram, commands: readonly string[]): Files {
  const { main, chunks } = program;
  const first = [...findLoaded(main, chunks)].filter((it) => it !== main);
  const files = new Map(first.map(({ name }) => [name, main.name]));
  for (const command of commands) {
    const root = chunks.get(findCommand(command, program))!;
    for (const { name } of findLoaded(root, chunks)) {
      const before = files.get(name);
      if (before === main.name) continue;
      files.set(name, before === undefined ? command : `${before}-${command}`);
    }
  }
  return files;
}

/** The name by which the file of a chunk exports one of its names. */
const exportedAs = (chunk: Chunk, name: string) => `${chunk.name.replaceAll("-", "_")}_${name}`;

/**
 * The module that a file is bundled from: all that its chunks export, by names of their own.
 * @param folder of the chunks, as the module has to name it.
 */
export function formatEntry(own: readonly Chunk[], folder: string): string {
  return own.map((chunk) => {
    const names = readExports(chunk).map((name) => `${name} as ${exportedAs(chunk, name)}`);
    return `export{${names.join(",")}}from"${folder}/${chunk.name}.js";\n`;
  }).join("");
}

/**
 * The text of a chunk that asks other files for what is joined into them, and stays as it is where
 * it asks for chunks of its own file.
 *
 * @param folder of the files, as the chunk has to name it.
 * @throws {PackagingError} if it imports what another does not export.
 */
export function linkChunk(chunk: Chunk, chunks: Chunks, files: Files, folder = "."): string {
  const home = files.get(chunk.name);
  return replaceLinks(chunk, chunks, ({ to, isLater, names }, whole) => {
    const exported = readExports(to);
    const missing = names.find(([theirs]) => !exported.includes(theirs));
    if (missing !== undefined) {
      throw new PackagingError(
        `Cannot use the bundle: ${chunk.name} imports ${
          missing[0]
        }, which ${to.name} does not export`,
      );
    }
    const file = files.get(to.name);
    if (file === undefined) return whole.replace('"./', `"${folder}/`);
    if (isLater) {
      // They may change later.
      const all = exported.map((name) => `get ${name}(){return m.${exportedAs(to, name)}}`);
      return `import("${folder}/${file}.js").then(m=>({${all.join(",")}}))`;
    }
    if (file === home) return whole;
    const list = names.map(([theirs, ours]) => `${exportedAs(to, theirs)} as ${ours}`);
    return `import${list.length === 0 ? "" : `{${list.join(",")}}from`}"${folder}/${file}.js"`;
  });
}
