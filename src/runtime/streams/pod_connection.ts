/** A connection as a pair of streams: the end of what is sent does not end what is received. */
import type { PodConnection } from "../joined_streams.ts";

/** What is read at a time. */
const CHUNK_BYTES = 1 << 16;

/**
 * Makes the streams of a connection. Those that Deno gives end both directions with the first of
 * them that ends; here the end of what is sent lets the answer arrive.
 */
export function openPodConnection(connection: Deno.Conn): PodConnection {
  let isClosed = false;
  const close = () => {
    if (!isClosed) connection.close();
    isClosed = true;
  };
  return {
    readable: new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const count = isClosed ? null : await connection.read(chunk);
        if (count === null) controller.close();
        else controller.enqueue(chunk.subarray(0, count));
      },
      cancel: close,
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Uint8Array>({
      async write(chunk) {
        for (let at = 0; at < chunk.length;) at += await connection.write(chunk.subarray(at));
      },
      close: () => isClosed ? undefined : connection.closeWrite(),
      abort: close,
    }),
    close,
  };
}
