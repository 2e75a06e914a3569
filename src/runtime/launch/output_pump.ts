/** A container's output: from its pipes to its log and to what is attached to it. */
import { concatBytes } from "../../base/bytes.ts";
import { systemClock } from "../../base/clock.ts";
import type { ContainerOutput } from "../runtime.ts";
import type { LogFile } from "../streams/log_file.ts";
import { CriFormatter, type LogTail } from "../streams/logs.ts";
import type { Source } from "../streams/pipe_reader.ts";

/** How long output is waited for that a process outside the container may hold open. */
const DRAIN_MS = 1000;
const wallClock = systemClock();

/** Where output goes. */
export interface PumpTarget {
  /** The Pod's. */
  readonly podUid: string;
  readonly name: string;
  /** The limit that marks its processes; undefined where namespaces hold them. */
  readonly mark: number | undefined;
  /** Takes output; nothing more is read until it resolves. */
  onOutput(output: ContainerOutput): Promise<void>;
}

/**
 * Forwards one stream to the log and to a watcher. A slow watcher slows the container down, by the
 * pipe, until the container has ended; then what the pipe still holds is read at once.
 */
export async function pump(
  { podUid, name, mark, onOutput }: PumpTarget,
  { log, tail }: { readonly log: LogFile; readonly tail: LogTail },
  stream: "stdout" | "stderr",
  reader: Source,
  ended: Promise<unknown>,
): Promise<void> {
  const formatter = new CriFormatter(stream);
  const wallTime = () => performance.timeOrigin + performance.now();
  const orEnded = waitAtMostUntil(ended);
  const handOn = async (chunk: Uint8Array) => {
    log.write(formatter.format(chunk, wallTime()), wallTime());
    tail.push(chunk);
    await orEnded(onOutput({ podUid, name, stream, chunk }));
  };
  const drained = new AbortController();
  // Only a process that has got away from its mark can still hold the pipe; it is not waited for.
  if (mark !== undefined) {
    ended.then(() => wallClock.sleepUntil(wallClock.now() + DRAIN_MS, drained.signal))
      .then(() => reader.cancel(), () => {}); // The only failure is our own abort.
  }
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (value.length > 0) await handOn(value);
  }
  await ended;
  drained.abort();
  log.write(formatter.finish(wallTime()), wallTime());
}

/**
 * Waits for one promise after another, at most until the end. A race of each with the end would
 * leave a callback with it each time, for as long as the container runs.
 */
function waitAtMostUntil(end: Promise<unknown>): (wait: Promise<void>) => Promise<void> {
  let isOver = false;
  let goOn = () => {};
  void end.then(() => {
    isOver = true;
    goOn();
  });
  return (wait) =>
    new Promise((resolve, reject) => {
      goOn = resolve;
      wait.then(resolve, reject);
      if (isOver) resolve();
    });
}

/** What a source gives, but first what has been read from it already. */
export function after(first: Uint8Array, source: Source): Source {
  let next = first;
  return {
    read: async () => {
      if (next.length === 0) return await source.read();
      const value = next;
      next = new Uint8Array(0);
      return { value, done: false };
    },
    cancel: () => source.cancel(),
  };
}

/** Reads a source to its end, after what has been read from it already. */
export async function readAll(source: Source, first: Uint8Array): Promise<Uint8Array> {
  let bytes = first;
  for (;;) {
    const { value, done } = await source.read();
    if (done) return bytes;
    bytes = concatBytes([bytes, value]);
  }
}
