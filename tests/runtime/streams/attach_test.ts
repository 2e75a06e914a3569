/** Attachments to the streams of a run, without a run. */
import { deepStrictEqual as deepEqual, rejects, throws } from "node:assert/strict";
import type { ContainerConfig } from "../../../src/runtime/config.ts";
import type { AttachRequest } from "../../../src/runtime/joined_streams.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";
import { ContainerStreams } from "../../../src/runtime/streams/attach.ts";
import { containerConfigOf } from "../../support/runtime_configs.ts";

const NEVER = new AbortController().signal;
const encode = (text: string) => new TextEncoder().encode(text);
const outputOf = (text: string, stream: "stdout" | "stderr" = "stdout") => (
  { podUid: "u1", name: "a", stream, chunk: encode(text) }
);
const streamOf = (...chunks: string[]) => ReadableStream.from(chunks.map(encode));

/** An output, and its text. */
function collect(): {
  readonly output: WritableStream<Uint8Array>;
  readonly text: Promise<string>;
} {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { output: writable, text: new Response(readable).text() };
}

const refusals: [string, AttachRequest, RegExp][] = [
  ["input to a run without stdin", { stdin: streamOf("x") }, /it reads no input/],
  ["sizes to a run without a terminal", {
    resize: new ReadableStream(),
  }, /it has no terminal/],
];
for (const [name, request, why] of refusals) {
  Deno.test(`ContainerStreams: ${name} is refused`, () => {
    const streams = new ContainerStreams(containerConfigOf());
    throws(
      () => streams.attach(request, NEVER),
      (error) =>
        error instanceof RuntimeError && error.reason === "NotSupported" && why.test(error.message),
    );
    streams.end();
  });
}

Deno.test("ContainerStreams: each gets what comes after it was attached, and its end", async () => {
  const streams = new ContainerStreams(containerConfigOf());
  const [first, second, errors] = [collect(), collect(), collect()];
  streams.attach({ stdout: first.output, stderr: errors.output }, NEVER);
  await streams.onOutput(outputOf("one "));
  streams.attach({ stdout: second.output }, NEVER);
  await streams.onOutput(outputOf("two"));
  await streams.onOutput(outputOf("three", "stderr"));
  streams.end();
  deepEqual(await Promise.all([first.text, second.text, errors.text]), ["one two", "two", "three"]);
  throws(() => streams.attach({}, NEVER), /it has ended/);
});

Deno.test("ContainerStreams: one that is detached or fails stops nothing", async () => {
  const streams = new ContainerStreams(containerConfigOf());
  const detach = new AbortController();
  // Never takes anything.
  const stuck = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
  const broken = new WritableStream<Uint8Array>({
    write: () => {
      throw new Error("the reader has gone");
    },
  });
  const all = collect();
  const { ended: detached } = streams.attach({ stdout: stuck }, detach.signal);
  const { ended: failed } = streams.attach({ stdout: broken }, NEVER);
  streams.attach({ stdout: all.output }, NEVER);
  const taken = streams.onOutput(outputOf("one "));
  await rejects(failed, /the reader has gone/);
  detach.abort();
  deepEqual(await detached, { unread: new Uint8Array(0) });
  await taken;
  await streams.onOutput(outputOf("two"));
  streams.end();
  deepEqual(await all.text, "one two");
});

Deno.test("ContainerStreams: what is not read when a run ends is returned", async () => {
  const streams = await ContainerStreams.open(containerConfigOf({ stdin: true }));
  const text = "z".repeat(100_000);
  const source = new TransformStream<Uint8Array, Uint8Array>();
  const { ended } = streams.attach({ stdin: source.readable }, NEVER);
  const writer = source.writable.getWriter();
  await writer.write(encode(text));
  const program = await Deno.open(streams.inputPath!);
  deepEqual(await program.read(new Uint8Array(4)), 4);
  program.close();
  streams.end();
  const { unread } = await ended;
  deepEqual(unread.length, text.length - 4);
  // The source has been cancelled.
  await rejects(writer.write(encode("more")));
});

const ends: [string, Partial<ContainerConfig>, Partial<AttachRequest>, boolean][] = [
  ["is that of the container's input with stdinOnce", { stdinOnce: true }, {}, true],
  ["is not without", {}, {}, false],
  ["is where the request says so", {}, { endsInput: true }, true],
  ["is not where the request says so", { stdinOnce: true }, { endsInput: false }, false],
];
for (const [name, change, request, isEnd] of ends) {
  Deno.test(`ContainerStreams: the end of what is written ${name}`, async () => {
    const streams = await ContainerStreams.open(containerConfigOf({ stdin: true, ...change }));
    streams.attach({ stdin: streamOf("one\n"), ...request }, NEVER);
    const program = await Deno.open(streams.inputPath!);
    const reader = program.readable.getReader();
    deepEqual((await reader.read()).value, encode("one\n"));
    const next = reader.read();
    if (isEnd) {
      deepEqual((await next).done, true);
      throws(() => streams.attach({ stdin: streamOf() }, NEVER), /its standard input has ended/);
    } else {
      streams.attach({ stdin: streamOf("two\n"), endsInput: true }, NEVER);
      deepEqual((await next).value, encode("two\n"));
      deepEqual((await reader.read()).done, true);
    }
    streams.end();
  });
}
