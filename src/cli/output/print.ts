/** Plain text to the standard streams, for commands that print and end. */

/** A text and a newline to standard output; a reader that has gone away is not a fault. */
export function print(text: string): Promise<void> {
  return write(Deno.stdout, text + "\n");
}

/** A text to standard output, as it is. */
export function writeText(text: string): Promise<void> {
  return write(Deno.stdout, text);
}

/** A text and a newline to standard error. */
export function printError(text: string): Promise<void> {
  return write(Deno.stderr, text + "\n");
}

async function write(stream: { write(bytes: Uint8Array): Promise<number> }, text: string) {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe) && !isHungUp(error)) throw error;
  }
}

/** Whether reading or writing failed since the terminal is gone. */
export function isHungUp(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EIO";
}
