/**
 * Termination messages, read from the file that the node made for them, and from no other (R-MSG-1,
 * R-MSG-5).
 */
import { formatSystemError } from "../../base/error_text.ts";

/** A file that nothing else can pass for. */
export interface MessageFile {
  /** On the node; a container has it mounted somewhere. */
  readonly path: string;
  /** Number of its file system. */
  readonly dev: number;
  /** Its own number there. */
  readonly ino: number | null;
}

/** Of longer messages the end is read. */
const MAX_MESSAGE_BYTES = 4096;

/** Creates an empty file that every user of a container can write. */
export function makeMessageFile(path: string): MessageFile {
  using file = Deno.openSync(path, { createNew: true, write: true });
  Deno.chmodSync(path, 0o666);
  const { dev, ino } = file.statSync();
  return { path, dev, ino };
}

/**
 * What a container has left, decoded, or why that cannot be read: it may have closed the file to
 * its owner, who may be us.
 * @param pathInside where the container has it.
 */
export function readTerminationMessage(file: MessageFile, pathInside: string): string {
  try {
    return new TextDecoder().decode(readTail(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    if (!(error instanceof Error)) throw error;
    return `Error on reading termination log ${pathInside}: ${formatSystemError(error)}`;
  }
}

function readTail(expected: MessageFile): Uint8Array {
  const { path } = expected;
  // To open a pipe that a container has put there would wait for a writer, and a link leads
  // elsewhere.
  checkFile(Deno.lstatSync(path), expected);
  using file = Deno.openSync(path);
  const info = file.statSync();
  checkFile(info, expected);
  file.seekSync(Math.max(0, info.size - MAX_MESSAGE_BYTES), Deno.SeekMode.Start);
  const bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  return bytes.subarray(0, file.readSync(bytes) ?? 0);
}

function checkFile({ isFile, dev, ino }: Deno.FileInfo, expected: MessageFile): void {
  if (isFile && dev === expected.dev && ino === expected.ino) return;
  throw new Error("it is not the file that was made for it");
}
