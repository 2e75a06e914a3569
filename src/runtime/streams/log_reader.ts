/**
 * Reads the log of one run of a container, as the kubelet does for `kubectl logs`
 * (pkg/kubelet/kuberuntime/logs/logs.go): the file that is being written, and with `follow` those
 * that come after a rotation.
 */
import { concatBytes } from "../../base/bytes.ts";
import { joinSignals } from "../../base/abort.ts";
import { systemClock } from "../../base/clock.ts";
import type { LogOptions } from "../runtime.ts";

/** A log and the run that writes it. */
export interface LogSource {
  /** The file that is being written: `…/NAME/0.log`. */
  readonly path: string;
  /** Aborted when the run has written its last line; undefined if it has already. */
  readonly ended: AbortSignal | undefined;
}

const NEWLINE = 10;
const SPACE = 32;
/** How often a file that is followed is looked at. */
const FOLLOW_MS = 100;
const CHUNK_BYTES = 1 << 16;
const decoder = new TextDecoder();

/**
 * Yields the lines of a log, each with its newline; of a line that the log has in parts, the parts.
 * @param signal ends it without an error.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let left = options.limitBytes ?? Infinity;
  let isNewLine = true;
  for await (const record of readRecords(source, options, signal)) {
    const parsed = parseRecord(record);
    if (parsed === undefined || Date.parse(parsed.time) < (options.sinceTime ?? -Infinity)) {
      continue;
    }
    const { time, isFull, text } = parsed;
    const prefix = options.timestamps && isNewLine ? `${time} ` : "";
    isNewLine = isFull;
    const line = concatBytes([
      new TextEncoder().encode(prefix),
      text,
      Uint8Array.from(isFull ? [NEWLINE] : []),
    ]);
    const bytes = line.subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
    if (left <= 0) return;
  }
}

/** A record of the CRI's log format; undefined if it is not one. */
function parseRecord(
  record: Uint8Array,
): { readonly time: string; readonly isFull: boolean; readonly text: Uint8Array } | undefined {
  const afterTime = record.indexOf(SPACE);
  const afterStream = record.indexOf(SPACE, afterTime + 1);
  const afterTag = record.indexOf(SPACE, afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return undefined;
  return {
    time: decoder.decode(record.subarray(0, afterTime)),
    isFull: record[afterStream + 1] === "F".charCodeAt(0),
    text: record.subarray(afterTag + 1),
  };
}

/** Yields records without their newline. */
async function* readRecords(
  { path, ended }: LogSource,
  { tailLines, follow = false }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const first = await openFirst({ path, ended }, signal);
  if (first === undefined) return;
  let file: Deno.FsFile = first;
  let next: Deno.FsFile | undefined;
  try {
    if (tailLines !== undefined) await seekTail(file, tailLines);
    let rest: Uint8Array = new Uint8Array(0);
    const chunk = new Uint8Array(CHUNK_BYTES);
    while (!signal.aborted) {
      // Asked before the file is read: what is written until then is read too.
      const isOver = !follow || ended === undefined || ended.aborted;
      const count = await file.read(chunk);
      if (count !== null) {
        let bytes = concatBytes([rest, chunk.subarray(0, count)]);
        for (let end; (end = bytes.indexOf(NEWLINE)) >= 0; bytes = bytes.subarray(end + 1)) {
          yield bytes.subarray(0, end);
        }
        rest = bytes;
        continue;
      }
      if (next !== undefined) {
        file.close();
        file = next;
        next = undefined;
        continue;
      }
      next = follow ? openNext(path, file) : undefined;
      // Once it is rotated nothing is added to a file: it is read once more to its end.
      if (next !== undefined) continue;
      if (isOver) return;
      await pause(signal, ended);
    }
  } finally {
    file.close();
    next?.close();
  }
}

/** The file of a run; undefined if there is none: a run that has just started opens it soon. */
async function openFirst(
  { path, ended }: LogSource,
  signal: AbortSignal,
): Promise<Deno.FsFile | undefined> {
  while (!signal.aborted) {
    const isOver = ended === undefined || ended.aborted;
    try {
      return await Deno.open(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      if (isOver) return undefined;
    }
    await pause(signal, ended);
  }
  return undefined;
}

/** Waits until there may be more: for a while, or until the run or the reader has ended. */
async function pause(signal: AbortSignal, ended: AbortSignal): Promise<void> {
  const clock = systemClock();
  using over = joinSignals([signal, ended]);
  await clock.sleepUntil(clock.now() + FOLLOW_MS, over.signal).catch(() => {}); // Looked at above.
}

/**
 * The file after this one, if it has been rotated; undefined if it is still being written.
 * Synchronous, so that no rotation comes between the look at the folder and the opening.
 */
function openNext(path: string, file: Deno.FsFile): Deno.FsFile | undefined {
  const { ino } = file.statSync();
  const at = path.lastIndexOf("/") + 1;
  const [folder, name] = [path.slice(0, at), path.slice(at)];
  const rotated = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((it) => it.startsWith(`${name}.`) && !/\.(gz|tmp)$/.test(it)).toSorted();
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

/** Moves to where the last so many lines begin. */
async function seekTail(file: Deno.FsFile, lines: number): Promise<void> {
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
