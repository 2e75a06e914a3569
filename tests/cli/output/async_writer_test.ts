/** A writer that never stops the event loop: its blocks, and what waits for what. */
import { strictEqual as equal } from "node:assert/strict";
import { concatBytes } from "../../../src/base/bytes.ts";
import { AsyncWriter } from "../../../src/cli/output/async_writer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Takes so many bytes of each write. */
function collect(atMost: number): { text(): string; write(part: Uint8Array): Promise<number> } {
  const parts: Uint8Array[] = [];
  return {
    text: () => new TextDecoder().decode(concatBytes(parts)),
    async write(part) {
      await Promise.resolve();
      parts.push(part.slice(0, atMost));
      return Math.min(atMost, part.length);
    },
  };
}

function failed(error: unknown): never {
  throw error;
}

Deno.test("bytes may change once they were pushed", async () => {
  const sink = collect(Infinity);
  const writer = new AsyncWriter(sink, failed);
  const chunk = bytes("one ");
  writer.push(chunk);
  chunk.set(bytes("two "));
  writer.push(chunk);
  chunk.fill(0);
  await writer.flushed();
  equal(sink.text(), "one two ");
});

Deno.test("text and bytes fill several blocks without a cut in a character", async () => {
  const sink = collect(100_000);
  const writer = new AsyncWriter(sink, failed);
  let wanted = "";
  for (const text of ["a", "€".repeat(150_000), "😀".repeat(70_000), "b"]) {
    writer.pushText(text);
    writer.push(bytes(text));
    wanted += text + text;
    equal(writer.pendingBytes > 0, true);
  }
  await writer.flushed();
  equal(writer.pendingBytes, 0);
  equal(sink.text() === wanted, true);
});

Deno.test("blocks are filled again after they were written", async () => {
  const sink = collect(Infinity);
  const writer = new AsyncWriter(sink, failed);
  let wanted = "";
  for (let round = 0; round < 5; round++) {
    const text = `${round}`.repeat(300_000);
    writer.pushText(text);
    wanted += text;
    if (round % 2 === 0) await writer.flushed();
  }
  await writer.flushed();
  equal(sink.text() === wanted, true);
});

Deno.test("what waits for something holds back all behind it", async () => {
  const sink = collect(Infinity);
  const writer = new AsyncWriter(sink, failed);
  const { promise, resolve } = Promise.withResolvers<void>();
  writer.pushText("1");
  writer.push(bytes("2"), promise);
  writer.pushText("3");
  await Promise.resolve().then(() => {}).then(() => {});
  equal(sink.text(), "1");
  resolve();
  await writer.flushed();
  equal(sink.text(), "123");
});

Deno.test("producers wait above a bound, and go on below it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const taken = { write: (part: Uint8Array) => promise.then(() => part.length) };
  const writer = new AsyncWriter(taken, failed);
  equal(writer.pushText("x".repeat(1 << 19)), undefined);
  const room = writer.pushText("x".repeat(1 << 19));
  resolve();
  await room;
  equal(writer.pendingBytes < 1 << 20, true);
});
