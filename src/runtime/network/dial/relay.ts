/** Two connections made one. */

/** How much of either direction is in transit at most: a slow reader slows the writer down. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Forwards what each of two connections sends to the other, until both are at their ends; either
 * may end long before the other. A connection that breaks ends the other with it, so that both far
 * ends see it.
 */
export async function relay(one: Deno.Conn, other: Deno.Conn): Promise<void> {
  try {
    await Promise.all([pour(one, other), pour(other, one)]);
  } catch (error) {
    if (!isBroken(error)) throw error;
  } finally {
    closeConnection(one);
    closeConnection(other);
  }
}

async function pour(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let size; (size = await from.read(chunk)) !== null;) {
    for (let sent = 0; sent < size;) sent += await to.write(chunk.subarray(sent, size));
  }
  await to.closeWrite();
}

/** Closes a connection that may be closed already. */
export function closeConnection(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // Closed already, which is the goal.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Whether an error is a connection's end, on either side. */
export function isBroken(error: unknown): boolean {
  return error instanceof Error && "code" in error ||
    // Closed from here while it was being read or written.
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** Says one line. */
export async function writeLine(connection: Deno.Conn, line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/**
 * Reads one line and not a byte of what follows; undefined where the connection ends before the
 * line does.
 */
export async function readLine(connection: Deno.Conn): Promise<string | undefined> {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (await connection.read(byte) !== null) {
    if (byte[0] === LINE_FEED) return new TextDecoder().decode(new Uint8Array(bytes));
    bytes.push(byte[0]!);
  }
  return undefined;
}

const LINE_FEED = 0x0a;
