/**
 * A request that makes SPDY of its connection, as clients in Go do that know no WebSockets.
 *
 * Rule: client-go, transport/spdy/spdy.go; apimachinery, pkg/util/httpstream/spdy/upgrade.go. After
 * the answer 101 the connection is not HTTP any more.
 */
import { closeQuietly, type Duplex, writeAll } from "../duplex.ts";
import type { SpdyCarrier } from "./carrier.ts";
import { SPDY } from "./protocol.ts";

/** How long a client has for its end after ours. */
const END_MS = 10_000;
const PIECE_BYTES = 1 << 16;
/** More than this waits with the client. */
const MAX_AHEAD_BYTES = 1 << 25;
/** How often one that waits for room looks again. */
const LOOK_MS = 20;

/** Where such a request came from. */
export interface UpgradeSource {
  readonly connection: Duplex;
  /** What the client has sent after the request. */
  readonly early: Uint8Array;
}

/** A request whose connection can be taken over. */
export class SpdyRequest extends Request {
  readonly #source: UpgradeSource;
  #isUpgraded = false;

  /** Is not upgraded. */
  constructor(url: string, init: RequestInit, source: UpgradeSource) {
    super(url, init);
    this.#source = source;
  }

  /** Whether the connection was taken: there is nothing to answer any more. */
  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /**
   * Chooses one of the protocols that the client offers for its streams.
   *
   * @param known the best first.
   */
  choose(known: readonly string[]): string | undefined {
    const offered = (this.headers.get("x-stream-protocol-version") ?? "").split(",")
      .map((it) => it.trim());
    return known.find((it) => offered.includes(it));
  }

  /** Answers the request, and takes its connection. */
  upgrade(protocol: string): SpdyCarrier {
    this.#isUpgraded = true;
    const answer = [
      "HTTP/1.1 101 Switching Protocols",
      "Connection: Upgrade",
      `Upgrade: ${SPDY}`,
      `X-Stream-Protocol-Version: ${protocol}`,
    ];
    return carryAlone(this.#source, new TextEncoder().encode(`${answer.join("\r\n")}\r\n\r\n`));
  }
}

/** SPDY on a connection of its own. */
function carryAlone({ connection, early }: UpgradeSource, answer: Uint8Array): SpdyCarrier {
  // One piece after the other: frames are not mixed.
  let sending = writeAll(connection, answer);
  let isEnding = false;
  const send = (bytes: Uint8Array) => {
    if (isEnding) return Promise.reject(new Error("the connection is closed"));
    return sending = sending.then(() => writeAll(connection, bytes));
  };
  // The next one that sends gets the error.
  sending.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    send,
    start: (spdy, onGone) => {
      const read = async () => {
        let piece: Uint8Array | null = early;
        while (piece !== null) {
          if (!isEnding) void spdy.receive(piece);
          while (spdy.waitingBytes > MAX_AHEAD_BYTES) {
            await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
          }
          piece = await readPiece(connection);
        }
      };
      // A connection that breaks is a client that is gone.
      void read().catch(() => {}).finally(() => {
        clearTimeout(timer);
        closeQuietly(connection);
        onGone();
      });
    },
    close: () => {
      if (isEnding) return;
      isEnding = true;
      // What the client still sends is read until it ends too: else what it has not read is lost.
      timer = setTimeout(() => closeQuietly(connection), END_MS);
      void sending.then(() => connection.closeWrite()).catch(() => closeQuietly(connection));
    },
  };
}

async function readPiece(connection: Duplex): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(PIECE_BYTES);
  const count = await connection.read(bytes);
  return count === null ? null : bytes.subarray(0, count);
}
