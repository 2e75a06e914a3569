/**
 * Reads the log of one run of a container, as the kubelet does for `kubectl logs`
 * (pkg/kubelet/kuberuntime/logs/logs.go): through rotations, and with `follow` on to what comes.
 * `Differs:` the kubelet begins with the file that is being written; here files that were rotated
 * before are read too, so that a rotation takes no line from a reader that it has not removed.
 */
import { concatBytes } from "../../base/bytes.ts";
import { joinSignals } from "../../base/abort.ts";
import { systemClock } from "../../base/clock.ts";
import type { LogOptions } from "../runtime.ts";
import { openNext, openRotated, type RotatedLog, seekTail } from "./log_files.ts";

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

/** Yields records without their newline, from the oldest that is wanted. */
async function* readRecords(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const file = await openFirst(source, signal);
  if (file === undefined) return;
  using undo = new DisposableStack();
  undo.defer(() => file.close());
  yield* readOlder(source.path, file, options, signal);
  undo.move();
  yield* readCurrent(file, source, options.follow ?? false, signal);
}

/** Yields the records before those of a file, and moves that to the first that is wanted. */
async function* readOlder(
  path: string,
  file: Deno.FsFile,
  { sinceTime, tailLines }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using files = new DisposableStack();
  const rotated = openRotated(path, file, sinceTime).map((it) => files.use(it));
  if (tailLines === undefined) {
    for (const it of rotated) yield* splitRecords(it.read(), signal);
    return;
  }
  let left = tailLines - await seekTail(file, tailLines);
  const wanted: RotatedLog[] = [];
  for (const it of rotated.toReversed()) {
    if (left <= 0) break;
    wanted.unshift(it);
    left -= await it.seekTail(left);
  }
  for (const it of wanted) yield* splitRecords(it.read(), signal);
}

/** Yields the records of a file from where it stands, and of those that are written after it. */
async function* readCurrent(
  first: Deno.FsFile,
  { path, ended }: LogSource,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let file = first;
  let next: Deno.FsFile | undefined;
  try {
    let rest: Uint8Array = new Uint8Array(0);
    const chunk = new Uint8Array(CHUNK_BYTES);
    // What is written after the request is not part of the answer: a reader that is slower than the
    // writer would never come to an end.
    let left = follow ? Infinity : await bytesLeft(file);
    while (!signal.aborted && left > 0) {
      // Asked before the file is read: what is written until then is read too.
      const isOver = !follow || ended === undefined || ended.aborted;
      const count = await file.read(chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
      if (count !== null) {
        left -= count;
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

/** From where a file stands to its end. */
async function bytesLeft(file: Deno.FsFile): Promise<number> {
  return (await file.stat()).size - await file.seek(0, Deno.SeekMode.Current);
}

/** Yields the records of a file that is not written any more. */
async function* splitRecords(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (signal.aborted) return;
    let bytes = concatBytes([rest, chunk]);
    for (let end; (end = bytes.indexOf(NEWLINE)) >= 0; bytes = bytes.subarray(end + 1)) {
      yield bytes.subarray(0, end);
    }
    rest = bytes;
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
