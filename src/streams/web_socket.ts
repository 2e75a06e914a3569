/** A WebSocket as a pipe of bytes: what is sent waits until there is room. */

/** What may wait to be sent until the sender waits. */
const MAX_UNSENT_BYTES = 1 << 20;
/** How often one that waits looks whether it can go on. */
const LOOK_MS = 5;

/**
 * Sends bytes when there is room for them.
 *
 * @throws {Error} when the client is gone.
 */
export async function sendBytes(
  socket: WebSocket,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > MAX_UNSENT_BYTES) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  if (socket.readyState !== WebSocket.OPEN) throw new Error("the client is gone");
  socket.send(bytes);
}
