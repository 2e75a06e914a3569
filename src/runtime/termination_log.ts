/** What a container leaves as its last word. */

/**
 * The last bytes of what the container left (R-MSG-1); no process of it is alive any more. It may have closed the
 * file to its own user, who is us (R-MSG-5).
 */
export function readTerminationMessage(path: string, pathInside: string): string {
  let opened: Deno.FsFile;
  try {
    opened = Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return `Error on reading termination log ${pathInside}: permission denied`;
  }
  using file = opened;
  const { size } = file.statSync();
  file.seekSync(Math.max(0, size - MAX_MESSAGE_BYTES), Deno.SeekMode.Start);
  const bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

const MAX_MESSAGE_BYTES = 4096;
