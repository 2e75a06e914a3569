/** SPDY/3.1 from the client's side, without a socket. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { concatBytes } from "../../src/base/bytes.ts";
import { SpdyConnection, type SpdyStream } from "../../src/streams/spdy/connection.ts";
import { makeDictionary } from "../../src/streams/spdy/dictionary.ts";
import {
  createHeaderCodec,
  formatHeaders,
  parseHeaders,
} from "../../src/streams/spdy/header_codec.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEADERS = new Map([["streamtype", "data"], ["port", "80"], ["requestid", "0"]]);

Deno.test("makeDictionary() is the one of SPDY/3", () => {
  const bytes = makeDictionary();
  equal(bytes.length, 1423);
  // Adler-32, which a compressed stream names the dictionary by.
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  equal((b * 65536 + a).toString(16), "e3c6a7c2");
});

Deno.test("headers are read as they were written, over many blocks", async () => {
  const codec = await createHeaderCodec();
  const other = await createHeaderCodec();
  try {
    for (let i = 0; i < 5; i++) {
      const headers = new Map([...HEADERS, ["requestid", String(i)]]);
      deepEqual(await other.decode(await codec.encode(headers)), headers);
    }
    await rejects(other.decode(Uint8Array.of(1, 2, 3)));
  } finally {
    codec.close();
    other.close();
  }
});

Deno.test("a header block that is cut off, or too large, is refused", async () => {
  const bytes = formatHeaders(HEADERS);
  deepEqual(parseHeaders(bytes), HEADERS);
  for (let end = 0; end < bytes.length; end++) {
    await rejects(async () => await parseHeaders(bytes.subarray(0, end)), /cut off/);
  }
  const codec = await createHeaderCodec();
  const other = await createHeaderCodec();
  const bomb = await codec.encode(new Map([["a", "0".repeat(1 << 20)]]));
  await rejects(other.decode(bomb), /too large/);
  codec.close();
  other.close();
});

const uint32 = (value: number) => Uint8Array.of(value >>> 24, value >> 16, value >> 8, value);

/** A client's side: it writes frames, and reads those that come back. */
async function connect() {
  const codec = await createHeaderCodec();
  const sent: Uint8Array[] = [];
  const streams: SpdyStream[] = [];
  const faults: unknown[] = [];
  const arrived = new EventTarget();
  const connection = new SpdyConnection({
    send: (bytes) => {
      sent.push(bytes);
      arrived.dispatchEvent(new Event("frame"));
      return Promise.resolve();
    },
    onStream: (stream) => {
      streams.push(stream);
      arrived.dispatchEvent(new Event("frame"));
    },
    onFault: (error) => {
      faults.push(error);
      arrived.dispatchEvent(new Event("frame"));
    },
  });
  const control = (type: number, flags: number, body: Uint8Array) => {
    const size = uint32(body.length);
    size[0] = flags;
    return concatBytes([Uint8Array.of(0x80, 3, 0, type), size, body]);
  };
  return {
    connection,
    sent,
    streams,
    faults,
    open: async (id: number) =>
      control(
        1,
        0,
        concatBytes([uint32(id), uint32(0), Uint8Array.of(0, 0), await codec.encode(HEADERS)]),
      ),
    data: (id: number, text: string, isLast = false) => {
      const bytes = encoder.encode(text);
      const size = uint32(bytes.length);
      size[0] = isLast ? 1 : 0;
      return concatBytes([uint32(id), size, bytes]);
    },
    control,
    until: async (holds: () => boolean) => {
      while (!holds()) {
        await new Promise((resolve) => arrived.addEventListener("frame", resolve, { once: true }));
      }
    },
    close: () => {
      connection.close();
      codec.close();
    },
  };
}

Deno.test("a stream carries bytes both ways, whatever pieces they come in", async () => {
  const client = await connect();
  const bytes = concatBytes([
    await client.open(1),
    client.data(1, "hello "),
    client.data(1, "world", true),
  ]);
  for (const byte of bytes) client.connection.receive(Uint8Array.of(byte));
  await client.until(() => client.streams.length === 1);
  const [stream] = client.streams;
  deepEqual(stream!.headers, HEADERS);
  equal(await new Response(stream!.readable).text(), "hello world");
  await stream!.write(encoder.encode("answer"));
  await stream!.finish();
  await stream!.finish();
  const [reply, data, end, ...more] = client.sent;
  deepEqual([...reply!.subarray(0, 4)], [0x80, 3, 0, 2]);
  deepEqual([decoder.decode(data!.subarray(8)), data![4]], ["answer", 0]);
  deepEqual([end!.length, end![4]], [8, 1]);
  deepEqual(more, []);
  await rejects(stream!.write(encoder.encode("late")), /has ended/);
  client.close();
});

Deno.test("pings come back, and other control frames are passed over", async () => {
  const client = await connect();
  const ping = client.control(6, 0, uint32(7));
  client.connection.receive(client.control(4, 0, new Uint8Array(12)));
  client.connection.receive(client.control(9, 0, new Uint8Array(8)));
  client.connection.receive(ping);
  await client.until(() => client.sent.length > 0);
  deepEqual([...client.sent[0]!], [...ping]);
  client.close();
});

Deno.test("a stream that is reset, or whose client is gone, fails", async () => {
  const client = await connect();
  client.connection.receive(await client.open(1));
  client.connection.receive(await client.open(3));
  await client.until(() => client.streams.length === 2);
  client.connection.receive(client.control(3, 0, concatBytes([uint32(1), uint32(5)])));
  await rejects(new Response(client.streams[0]!.readable).text(), /reset/);
  client.close();
  await rejects(new Response(client.streams[1]!.readable).text(), /gone/);
});

Deno.test("what is not SPDY ends the connection", async () => {
  const client = await connect();
  client.connection.receive(client.control(1, 0, new Uint8Array(30)));
  await client.until(() => client.faults.length > 0);
  match(String(client.faults[0]), /Error/);
  client.close();
});
