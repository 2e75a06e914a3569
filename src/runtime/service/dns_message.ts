/** DNS messages as the `dns-packet` library reads and writes them; types alone. */

/** One message. */
export interface DnsMessage {
  readonly id: number;
  readonly type: "query" | "response";
  /** All of them but the one that `type` says. */
  readonly flags: number;
  readonly questions: readonly { readonly name: string; readonly type: string }[];
  readonly answers: readonly object[];
  readonly authorities: readonly object[];
  readonly additionals: readonly object[];
}

/** What reads and writes them. */
export interface DnsCodec {
  /** @throws {Error} what was read is not a message. */
  decode(bytes: Uint8Array): DnsMessage;
  /** What is left out is empty. */
  encode(message: Partial<DnsMessage>): Uint8Array;
}

/** The library. */
declare const library: DnsCodec;
export default library;
