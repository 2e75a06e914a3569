/**
 * The log file of one run of a container, rotated under the kubelet's names: `0.log`, `0.log.TIME`,
 * older ones `0.log.TIME.gz`.
 */

import { systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";

/** How much of a container's output is kept. */
export interface LogLimits {
  /** A file that has grown to this is rotated. */
  readonly maxBytes: number;
  /** Files of one run, the one that is being written included; at least 2. */
  readonly maxFiles: number;
  /**
   * Wall milliseconds after a rotation before older files are compressed: of a flood most are gone
   * by then.
   */
  readonly compressAfterMs: number;
}

/**
 * The kubelet's `containerLogMaxSize`, `containerLogMaxFiles` and `containerLogMonitorInterval`.
 */
export const defaultLogLimits: LogLimits = {
  maxBytes: 10 << 20,
  maxFiles: 5,
  compressAfterMs: 10_000,
};

/** What a log file needs. */
export interface LogFileOptions {
  /** What is kept. */
  readonly limits: LogLimits;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
}

/** What is there already may be a link that a container has made: it is never followed. */
const OPENING: Deno.OpenOptions = { append: true, createNew: true, mode: 0o640 };
/** The end of the name of a compressed file. */
export const COMPRESSED = ".gz";
/** What is not whole yet. */
const TEMPORARY = ".tmp";

/** A log that is being written. A fault of its disk never affects the container that writes it. */
export class LogFile {
  readonly #path: string;
  readonly #options: LogFileOptions;
  /** Undefined once nothing is written any more. */
  #file: Deno.FsFile | undefined;
  #size: number;
  #lastRotation = 0;
  #isCompressing = false;
  /** The name of the file that is being compressed. */
  #busyWith: string | undefined;
  readonly #closed = new AbortController();

  private constructor(path: string, options: LogFileOptions, file: Deno.FsFile | undefined) {
    this.#path = path;
    this.#options = options;
    this.#file = file;
    this.#size = file?.statSync().size ?? 0;
  }

  /** Makes it; where something is there already, the log is lost. */
  static async open(path: string, options: LogFileOptions): Promise<LogFile> {
    try {
      return new LogFile(path, options, await Deno.open(path, OPENING));
    } catch (error) {
      options.warn(`Cannot open ${path}: ${messageOf(error)}; this log is lost`);
      return new LogFile(path, options, undefined);
    }
  }

  /**
   * Writes whole lines. With the first failure, of which the user is notified, the log ends.
   * @param wallTime milliseconds since 1970.
   */
  write(lines: Uint8Array, wallTime: number): void {
    try {
      if (this.#size >= this.#options.limits.maxBytes) this.#rotate(wallTime);
      for (let at = 0; this.#file !== undefined && at < lines.length;) {
        at += this.#file.writeSync(lines.subarray(at));
      }
      this.#size += lines.length;
    } catch (error) {
      const what = `Cannot write ${this.#path}: ${messageOf(error)}`;
      this.#options.warn(`${what}; the rest of this log is lost`);
      this.#end();
    }
  }

  /** Writes no more; a file that is being compressed stays as it is. */
  close(): void {
    this.#closed.abort();
    this.#end();
  }

  #end(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #rotate(wallTime: number): void {
    if (this.#file === undefined) return;
    // Names have whole seconds, and no two files have the same.
    this.#lastRotation = Math.max(wallTime, this.#lastRotation + 1000);
    Deno.renameSync(this.#path, `${this.#path}.${formatRotationTime(this.#lastRotation)}`);
    this.#end();
    this.#file = Deno.openSync(this.#path, OPENING);
    this.#size = 0;
    this.#removeExcess();
    if (!this.#isCompressing) void this.#compressOld();
  }

  #removeExcess(): void {
    const { folder, remove } = this.#plan();
    for (const name of remove) {
      if (this.#busyWith !== undefined && name.startsWith(this.#busyWith)) continue;
      try {
        Deno.removeSync(folder + name);
      } catch (error) {
        // Another process has removed it.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  /**
   * Compresses what is old when some time has gone by since this rotation; what comes meanwhile
   * waits for the next.
   */
  async #compressOld(): Promise<void> {
    const { limits, warn } = this.#options;
    const { signal } = this.#closed;
    const clock = systemClock();
    this.#isCompressing = true;
    try {
      await clock.sleepUntil(clock.now() + limits.compressAfterMs, signal);
      for (const name of this.#plan().compress) {
        const { folder, compress } = this.#plan();
        if (!compress.includes(name)) continue;
        this.#busyWith = name;
        await compressFile(folder + name, signal);
        this.#busyWith = undefined;
        this.#removeExcess();
      }
    } catch (error) {
      if (!signal.aborted) warn(`Cannot compress ${this.#path}: ${messageOf(error)}`);
    } finally {
      this.#busyWith = undefined;
      this.#isCompressing = false;
    }
  }

  #plan(): ReturnType<typeof planTidying> & { readonly folder: string } {
    const at = this.#path.lastIndexOf("/") + 1;
    const folder = this.#path.slice(0, at);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    return { folder, ...planTidying(names, this.#path.slice(at), this.#options.limits.maxFiles) };
  }
}

/**
 * The changes to rotated files: the newest stays as it is, those before it are compressed, as many
 * as may be.
 *
 * @param names all names in the folder.
 * @param log the name of the file that is being written.
 * @param maxFiles with that one.
 */
export function planTidying(
  names: readonly string[],
  log: string,
  maxFiles: number,
): { readonly remove: readonly string[]; readonly compress: readonly string[] } {
  const own = new Set(names.filter((name) => name.startsWith(`${log}.`)));
  const times = [...own].map((name) => name.slice(log.length + 1).split(".")[0]!);
  const kept = [...new Set(times)].sort().slice(1 - maxFiles);
  const remove = [...own].filter((name) => {
    const [time = ""] = name.slice(log.length + 1).split(".");
    // The sources of compressed files, and what a failed compression left.
    return !kept.includes(time) || name.endsWith(TEMPORARY) || own.has(name + COMPRESSED);
  });
  const compress = kept.slice(0, -1).map((time) => `${log}.${time}`)
    .filter((name) => own.has(name) && !remove.includes(name));
  return { remove, compress };
}

/** The end of a rotated file's name: `20060102-150405`, in UTC. */
export function formatRotationTime(wallTime: number): string {
  return new Date(wallTime).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
}

/**
 * Opens what a name itself stands for: never what a link leads to, and nothing that one would have
 * to wait for.
 */
async function openRegularFile(path: string): Promise<Deno.FsFile> {
  const refuse = () => new Error("something else is in its place");
  if (!(await Deno.lstat(path)).isFile) throw refuse();
  const file = await Deno.open(path);
  const [opened, named] = [await file.stat(), await Deno.lstat(path)];
  if (opened.ino === named.ino && opened.dev === named.dev) return file;
  file.close();
  throw refuse();
}

async function compressFile(path: string, signal: AbortSignal): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}${TEMPORARY}`;
  using source = await openRegularFile(path);
  const target = await Deno.open(temporary, OPENING);
  try {
    const bytes = source.readable.pipeThrough(new CompressionStream("gzip"));
    await bytes.pipeTo(target.writable, { signal });
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
  await Deno.rename(temporary, path + COMPRESSED);
  await Deno.remove(path);
}
