/** Reads and writes DNS messages. Only runs with Services load this. */
// @ts-types="./dns_message.ts"
import library from "dns-packet";
import type { DnsCodec } from "./dns_message.ts";

const { Buffer } = await import("node:buffer");

/** The library, which reads Node's buffers alone. */
export const dnsCodec: DnsCodec = {
  decode: (bytes) => library.decode(Buffer.from(bytes)),
  encode: (message) => library.encode(message),
};
