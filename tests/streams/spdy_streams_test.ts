/** Remote commands and forwarded ports as SPDY streams, over a carrier without a socket. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { concatBytes } from "../../src/base/bytes.ts";
import type { ForwardedPort } from "../../src/streams/forwarded_port.ts";
import type { SpdyCarrier } from "../../src/streams/spdy/carrier.ts";
import {
  type CommandStreamType,
  openCommandStreams,
} from "../../src/streams/spdy/command_streams.ts";
import type { SpdyConnection } from "../../src/streams/spdy/connection.ts";
import { openPortStreams } from "../../src/streams/spdy/port_streams.ts";
import { Random } from "../support/random.ts";
import { controlFrame, dataFrame, SpdyClient, uint32 } from "../support/spdy_client.ts";

/** A carrier whose other end is a client in this test. */
class TestCarrier implements SpdyCarrier {
  readonly client = new SpdyClient();
  readonly closed = Promise.withResolvers<number>();
  connection!: SpdyConnection;
  #onGone = () => {};

  send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.client.receive(bytes);
    return Promise.resolve();
  }

  start(connection: SpdyConnection, onGone: () => void): void {
    this.connection = connection;
    this.#onGone = onGone;
  }

  close(why: number): void {
    this.closed.resolve(why);
  }

  /** The client is gone. */
  async leave(): Promise<void> {
    this.#onGone();
    await this.client.close();
  }

  /** Opens a stream. @returns its number. */
  async open(headers: Readonly<Record<string, string>>, isLast = false): Promise<number> {
    const { id, frame } = await this.client.open(headers, isLast);
    await this.connection.receive(frame);
    return id;
  }
}

function openCommand(
  expected: readonly CommandStreamType[],
  withinMs?: number,
) {
  const carrier = new TestCarrier();
  const faults: string[] = [];
  const channels = openCommandStreams(carrier, {
    expected,
    onFault: (error) => faults.push(String(error)),
    ...(withinMs !== undefined && { withinMs }),
  });
  return { carrier, channels, faults };
}

const readText = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

Deno.test("a command has its streams when the client has opened all of them", async () => {
  const { carrier, channels } = openCommand(["error", "stdin", "stdout", "stderr"]);
  const error = await carrier.open({ streamtype: "error" }, true);
  const stdin = await carrier.open({ streamtype: "stdin" });
  const stdout = await carrier.open({ streamtype: "stdout" }, true);
  let isOpen = false;
  void channels.opened.then(() => isOpen = true);
  await carrier.connection.receive(controlFrame(6, 0, uint32(1)));
  equal(isOpen, false);
  const stderr = await carrier.open({ streamtype: "stderr" }, true);
  await channels.opened;
  void carrier.connection.receive(dataFrame(stdin, "typed"));
  void carrier.connection.receive(dataFrame(stdin, "", true));
  equal(await readText(channels.stdin), "typed");
  await channels.stdout.getWriter().write(new TextEncoder().encode("out"));
  await channels.stderr.getWriter().write(new TextEncoder().encode("err"));
  channels.finish({ status: "Success" });
  equal(await carrier.closed.promise, 1000);
  deepEqual([error, stdout, stderr].map((it) => carrier.client.of(it)), [
    { text: '{"status":"Success"}', isEnded: true },
    { text: "out", isEnded: true },
    { text: "err", isEnded: true },
  ]);
  equal(channels.gone.aborted, false);
  await carrier.leave();
});

Deno.test("sizes of a terminal come in lines, in pieces of any length", async () => {
  const { carrier, channels } = openCommand(["error", "resize"]);
  await carrier.open({ streamtype: "error" });
  const id = await carrier.open({ streamtype: "resize" });
  await channels.opened;
  const text =
    '{"Width":80,"Height":24}\nnot one\n{"Width":0,"Height":1}\n{"Width":9,"Height":8}\n';
  for (const letter of text) void carrier.connection.receive(dataFrame(id, letter));
  void carrier.connection.receive(dataFrame(id, "", true));
  const sizes = [];
  for await (const size of channels.resize) sizes.push(size);
  deepEqual(sizes, [{ columns: 80, rows: 24 }, { columns: 9, rows: 8 }]);
  await carrier.leave();
});

Deno.test("an input that is reset ends, and a client that goes is noticed", async () => {
  const { carrier, channels } = openCommand(["error", "stdin"]);
  await carrier.open({ streamtype: "error" });
  const id = await carrier.open({ streamtype: "stdin" });
  const text = readText(channels.stdin);
  await carrier.connection.receive(dataFrame(id, "a"));
  void carrier.connection.receive(controlFrame(3, 0, concatBytes([uint32(id), uint32(5)])));
  match(await text, /^a?$/);
  await carrier.leave();
  equal(channels.gone.aborted, true);
});

Deno.test("a client that does not open its streams, or others, is refused", async () => {
  const late = openCommand(["error", "stdin"], 0);
  await late.carrier.open({ streamtype: "error" });
  await late.channels.opened;
  match(String(late.channels.gone.reason), /not opened its streams in time/);
  equal(await late.carrier.closed.promise, 1002);
  await late.carrier.leave();

  for (const type of ["stdout", "error", "what", ""]) {
    const other = openCommand(["error", "stdin"]);
    await other.carrier.open({ streamtype: "error" });
    await other.carrier.open({ streamtype: type });
    equal(await other.carrier.closed.promise, 1002);
    match(other.faults[0]!, /a stream of the type ".*" is not expected/);
    await other.carrier.leave();
  }
});

Deno.test("a slow reader makes the client wait, and keeps what it sent", async () => {
  const { carrier, channels } = openCommand(["error", "stdin"]);
  await carrier.open({ streamtype: "error" });
  const id = await carrier.open({ streamtype: "stdin" });
  await channels.opened;
  const piece = new Uint8Array(1 << 20);
  const taken: Promise<void>[] = [];
  for (let i = 0; i < 8; i++) taken.push(carrier.connection.receive(dataFrame(id, piece)));
  await Promise.all(taken.slice(0, 3));
  equal(carrier.connection.waitingBytes > 4 << 20, true);
  void carrier.connection.receive(dataFrame(id, "", true));
  equal((await new Response(channels.stdin).bytes()).length, 8 << 20);
  await Promise.all(taken);
  equal(carrier.connection.waitingBytes, 0);
  await carrier.leave();
});

Deno.test("a client that sends without end what is not read is let go", async () => {
  const { carrier, faults } = openCommand(["error", "stdin"]);
  await carrier.open({ streamtype: "error" });
  const id = await carrier.open({ streamtype: "stdin" });
  const frame = dataFrame(id, new Uint8Array(1 << 22));
  for (let i = 0; i < 20; i++) void carrier.connection.receive(frame);
  equal(await carrier.closed.promise, 1002);
  match(faults[0]!, /more than is read/);
  await carrier.leave();
});

function openPorts() {
  const carrier = new TestCarrier();
  const ports: ForwardedPort[] = [];
  const faults: string[] = [];
  const closing = new AbortController();
  openPortStreams(carrier, {
    forward: (port) => ports.push(port),
    onFault: (error) => faults.push(String(error)),
    closing: closing.signal,
  });
  return { carrier, ports, faults, closing };
}

Deno.test("a port is forwarded for each pair of streams", async () => {
  const { carrier, ports, closing } = openPorts();
  const request = (streamtype: string, requestid: string, port = "80") => ({
    streamtype,
    requestid,
    port,
  });
  const failure = await carrier.open(request("error", "1"), true);
  const other = await carrier.open(request("data", "2", "81"));
  equal(ports.length, 0);
  const data = await carrier.open(request("data", "1"));
  await carrier.open(request("error", "2", "81"), true);
  deepEqual(ports.map(({ port }) => port), [80, 81]);
  void carrier.connection.receive(dataFrame(data, "there", true));
  void carrier.connection.receive(dataFrame(other, "elsewhere", true));
  deepEqual(await Promise.all(ports.map(({ readable }) => readText(readable))), [
    "there",
    "elsewhere",
  ]);
  await ports[0]!.writable.getWriter().write(new TextEncoder().encode("back"));
  await ports[0]!.end("why");
  deepEqual([data, failure].map((it) => carrier.client.of(it)), [
    { text: "back", isEnded: true },
    { text: "why", isEnded: true },
  ]);
  closing.abort();
  equal(await carrier.closed.promise, 1001);
  await carrier.leave();
});

Deno.test("two streams of one request that are not a pair end the connection", async () => {
  for (const type of ["data", "error", "x"]) {
    const { carrier, faults } = openPorts();
    await carrier.open({ streamtype: type, requestid: "1" });
    await carrier.open({ streamtype: type, requestid: "1" });
    equal(await carrier.closed.promise, 1002);
    match(faults[0]!, /the streams of request "1" are not a pair/);
    await carrier.leave();
  }
});

Deno.test("whatever bytes come, a connection ends with a fault or goes on", async () => {
  const random = new Random(7);
  const below = (end: number) => random.integer(0, end - 1);
  let faultCount = 0;
  for (let round = 0; round < 300; round++) {
    const { carrier, faults } = openPorts();
    const frames: Uint8Array[] = [];
    for (let i = below(6); i >= 0; i--) {
      const bytes = Uint8Array.from({ length: below(40) }, () => below(256));
      switch (below(5)) {
        case 0:
          frames.push(bytes);
          break;
        case 1:
          frames.push(controlFrame(below(12), below(4), bytes));
          break;
        case 2:
          frames.push(dataFrame(below(8), bytes, below(2) === 0));
          break;
        default: {
          const type = ["data", "error", "stdin"][below(3)]!;
          const { frame } = await carrier.client.open({
            streamtype: type,
            requestid: String(below(2)),
          });
          if (below(3) === 0) frame[below(frame.length)]! ^= 1 << below(8);
          frames.push(frame);
        }
      }
    }
    const all = concatBytes(frames);
    for (let at = 0; at < all.length;) {
      const end = at + 1 + below(30);
      await carrier.connection.receive(all.subarray(at, end));
      at = end;
    }
    faultCount += faults.length;
    equal(faults.length <= 1 || faults.every((it) => it.startsWith("Error")), true);
    equal(carrier.connection.waitingBytes, 0);
    await carrier.leave();
  }
  equal(faultCount > 30, true, `${faultCount} faults`);
});
