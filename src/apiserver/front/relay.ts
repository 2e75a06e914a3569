/** Bytes between the connections of clients and the server behind the port. */
import { closeQuietly, type Duplex, writeAll } from "../../streams/duplex.ts";

const PIECE_BYTES = 1 << 16;

/**
 * Carries bytes both ways until the server has ended, or the client is gone; then both are closed.
 *
 * @param first what was read of the client already.
 */
export async function relay(client: Duplex, server: Duplex, first: Uint8Array): Promise<void> {
  try {
    await Promise.race([
      carry(server, client),
      // A client that ends its side may still read.
      forward(client, server, first).then(() => new Promise<never>(() => {})),
    ]);
  } catch {
    // Either side has broken off: the other one learns of it by its end.
  } finally {
    closeQuietly(client);
    closeQuietly(server);
  }
}

async function forward(client: Duplex, server: Duplex, first: Uint8Array): Promise<void> {
  await writeAll(server, first);
  await carry(client, server);
}

async function carry(from: Duplex, to: Duplex): Promise<void> {
  const bytes = new Uint8Array(PIECE_BYTES);
  for (let count; (count = await from.read(bytes)) !== null;) {
    await writeAll(to, bytes.subarray(0, count));
  }
  await to.closeWrite();
}
