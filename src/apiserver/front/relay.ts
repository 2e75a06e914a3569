/** Bytes between the connections of clients and the server behind the port. */
import type { FlowGate } from "../../streams/flow.ts";
import { closeQuietly, type Duplex, writeAll } from "../../streams/duplex.ts";

const PIECE_BYTES = 1 << 16;

/**
 * Carries bytes both ways until the server has ended, or the client is gone; then both are closed.
 *
 * @param from what was read of the client already, and what holds it back.
 */
export async function relay(
  client: Duplex,
  server: Duplex,
  from: { readonly first: Uint8Array; readonly gate: FlowGate },
): Promise<void> {
  try {
    await Promise.race([
      carry(server, client),
      // A client that ends its side may still read.
      forward(client, server, from).then(() => new Promise<never>(() => {})),
    ]);
  } catch {
    // Either side has broken off: the other one learns of it by its end.
  } finally {
    closeQuietly(client);
    closeQuietly(server);
  }
}

async function forward(
  client: Duplex,
  server: Duplex,
  { first, gate }: { readonly first: Uint8Array; readonly gate: FlowGate },
): Promise<void> {
  await writeAll(server, first);
  await carry(client, server, gate);
}

async function carry(from: Duplex, to: Duplex, gate?: FlowGate): Promise<void> {
  const bytes = new Uint8Array(PIECE_BYTES);
  for (let count; (count = await from.read(bytes)) !== null;) {
    await writeAll(to, bytes.subarray(0, count));
    if (gate?.passed !== undefined) await gate.passed;
  }
  await to.closeWrite();
}
