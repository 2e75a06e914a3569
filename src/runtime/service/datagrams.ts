/** Sockets for datagrams. */

/** What a datagram came from. */
export interface DatagramPeer {
  readonly address: string;
  readonly port: number;
}

/** A socket that is bound to an address. */
export interface DatagramSocket {
  /** Calls back for each datagram. */
  on(event: "message", listener: (data: Uint8Array, from: DatagramPeer) => void): unknown;
  /** Sends one; it may be lost. */
  send(data: Uint8Array, port: number, address: string): void;
  /** Where it is bound. */
  address(): DatagramPeer;
  close(): unknown;
}

/** What Deno's own sockets report, by the system's word. */
const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  EADDRINUSE: Deno.errors.AddrInUse,
  EADDRNOTAVAIL: Deno.errors.AddrNotAvailable,
  EACCES: Deno.errors.PermissionDenied,
};

/**
 * A socket that takes datagrams at an address. An error of a single datagram is that datagram's
 * loss, as on any network.
 *
 * @param port 0 for any.
 * @throws {Error} as `Deno.listen()` does.
 */
export async function bindDatagrams(address: string, port: number): Promise<DatagramSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Only Services and names need this.
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  socket.on("error", (error: Error & { readonly code?: string }) => {
    const known = ERRORS[error.code ?? ""];
    reject(known === undefined ? error : new known(error.message));
  });
  socket.bind(port, address, resolve);
  try {
    await promise;
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}
