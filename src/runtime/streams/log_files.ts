/**
 * The files of one run's log, as `log_file.ts` rotates them: which there are, in which order, and
 * where in them their last lines begin.
 */
import { COMPRESSED, formatRotationTime } from "./log_file.ts";

const NEWLINE = 10;
const CHUNK_BYTES = 1 << 16;

/** A file that nothing is added to, open from its beginning. */
export class RotatedLog implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #isCompressed: boolean;
  /** Lines at its beginning that are not read. */
  #skipped = 0;

  /** Owns the file. */
  constructor(file: Deno.FsFile, isCompressed: boolean) {
    this.#file = file;
    this.#isCompressed = isCompressed;
  }

  /** As the function {@link seekTail}. */
  async seekTail(lines: number): Promise<number> {
    if (!this.#isCompressed) return await seekTail(this.#file, lines);
    // From its end it cannot be read.
    let count = 0;
    for await (const chunk of this.#chunks()) {
      for (let at = -1; (at = chunk.indexOf(NEWLINE, at + 1)) >= 0;) count++;
    }
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#skipped = Math.max(0, count - lines);
    return count - this.#skipped;
  }

  /** Yields what it has from there on; the bytes are only valid until the next are asked for. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.#chunks()) {
      let from = 0;
      while (this.#skipped > 0) {
        const end = chunk.indexOf(NEWLINE, from);
        if (end < 0) break;
        this.#skipped--;
        from = end + 1;
      }
      if (this.#skipped === 0) yield chunk.subarray(from);
    }
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #chunks(): AsyncIterable<Uint8Array> {
    const bytes = ReadableStream.from(this.#bytes());
    return this.#isCompressed ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  }

  /** Not the file's own stream, which would close it at its end. */
  async *#bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (;;) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const count = await this.#file.read(chunk);
      if (count === null) return;
      yield chunk.subarray(0, count);
    }
  }
}

/**
 * Opens the files that were rotated before the one that is being written, oldest first.
 * Synchronous, so that no rotation comes between the look at the folder and the opening.
 * @param current the file that is being written, or has been rotated since it was opened.
 * @param sinceTime files that have only lines from before it are left out.
 */
export function openRotated(
  path: string,
  current: Deno.FsFile,
  sinceTime = -Infinity,
): readonly RotatedLog[] {
  const { folder, name } = splitPath(path);
  const { ino } = current.statSync();
  // A name has the second of the rotation, after which nothing was written.
  const first = Number.isNaN(new Date(sinceTime).valueOf())
    ? ""
    : `${name}.${formatRotationTime(sinceTime)}`;
  const names = listRotated(path).filter((it) => it >= first);
  const own = names.findIndex((it) => inodeOf(folder + it) === ino);
  return (own < 0 ? names : names.slice(0, own)).map((it) => openLog(folder + it))
    .filter((it) => it !== undefined);
}

/** A rotated file, by the name that it has now; undefined if it has been removed. */
function openLog(path: string): RotatedLog | undefined {
  for (const name of path.endsWith(COMPRESSED) ? [path] : [path, path + COMPRESSED]) {
    try {
      return new RotatedLog(Deno.openSync(name), name.endsWith(COMPRESSED));
    } catch (error) {
      // It has been compressed or removed meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Names of rotated files, oldest first; of one that is being compressed, the whole one. */
function listRotated(path: string): readonly string[] {
  const { folder, name } = splitPath(path);
  const isRotation = /^\d{8}-\d{6}(\.gz)?$/;
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((it) => it.startsWith(`${name}.`) && isRotation.test(it.slice(name.length + 1)));
  return names.filter((it) => !names.includes(it.slice(0, -COMPRESSED.length))).toSorted();
}

/** @returns the folder with its slash. */
function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, at), name: path.slice(at) };
}

/**
 * The file after this one, if it has been rotated; undefined if it is still being written.
 * Synchronous, so that no rotation comes between the look at the folder and the opening.
 */
export function openNext(path: string, file: Deno.FsFile): Deno.FsFile | undefined {
  const { ino } = file.statSync();
  const { folder, name } = splitPath(path);
  const rotated = listRotated(path).filter((it) => !it.endsWith(COMPRESSED));
  const inodes = [...rotated, name].map((it) => ({ it, ino: inodeOf(folder + it) }))
    .filter(({ ino }) => ino !== undefined);
  // The oldest are compressed and removed first: if this one was, all that are left come after it.
  const next = inodes[inodes.findIndex((it) => it.ino === ino) + 1];
  if (next === undefined) return undefined;
  try {
    return Deno.openSync(folder + next.it);
  } catch (error) {
    // It has been compressed meanwhile.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The inode of a file; undefined if it has been compressed or removed meanwhile. */
function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Moves to where the last so many lines of a file begin.
 * @returns how many they are: fewer only if the file has no more.
 */
export async function seekTail(file: Deno.FsFile, lines: number): Promise<number> {
  const { size } = await file.stat();
  let start = size;
  let found = 0;
  const chunk = new Uint8Array(CHUNK_BYTES);
  scan: for (let end = size; end > 0 && lines > 0;) {
    const from = Math.max(0, end - CHUNK_BYTES);
    await file.seek(from, Deno.SeekMode.Start);
    const bytes = chunk.subarray(0, end - from);
    for (let filled = 0; filled < bytes.length;) {
      const count = await file.read(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    for (let at = bytes.length - 1; at >= 0; at--) {
      // The newline at the end of the file ends its last line.
      if (bytes[at] !== NEWLINE || from + at === size - 1) continue;
      if (++found === lines) {
        start = from + at + 1;
        break scan;
      }
    }
    end = from;
    start = from;
  }
  await file.seek(start, Deno.SeekMode.Start);
  return start === 0 && size > 0 && found < lines ? found + 1 : found;
}

/** The numbers of those runs of a container that have a log, in no order. */
export function listRuns(folder: string): readonly number[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => /^(\d+)\.log$/.exec(name)?.[1])
      .filter((it) => it !== undefined).map(Number);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
