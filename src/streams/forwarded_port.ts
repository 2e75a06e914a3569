/** One connection to a port of a Pod, as a client has it. */

/** The two directions of one forwarded connection, and where its failure goes. */
export interface ForwardedPort {
  readonly port: number;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends it; with a text where it failed. */
  end(failure?: string): Promise<void>;
}
