/** A connection that carries bytes both ways. */

/** What of a connection is used. */
export type Duplex = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/**
 * Writes bytes whole.
 *
 * @throws {Error} when the other side is gone.
 */
export async function writeAll(to: Pick<Duplex, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Pick<Duplex, "close">): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
