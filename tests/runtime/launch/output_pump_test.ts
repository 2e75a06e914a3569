/** A container's output on its way: what a slow watcher holds up, and what it leaves behind. */
import { strictEqual as equal } from "node:assert/strict";
import { pump, type PumpTarget } from "../../../src/runtime/launch/output_pump.ts";
import { defaultLogLimits, LogFile } from "../../../src/runtime/streams/log_file.ts";
import { LogTail } from "../../../src/runtime/streams/logs.ts";
import type { Source } from "../../../src/runtime/streams/pipe_reader.ts";

function sourceOf(count: number): Source {
  let left = count;
  return {
    read: () =>
      Promise.resolve(
        left-- > 0 ? { value: new TextEncoder().encode("line\n"), done: false } : { done: true },
      ),
    cancel: () => Promise.resolve(),
  };
}

async function pumpAll(
  onOutput: PumpTarget["onOutput"],
  source: Source,
  ended: Promise<unknown>,
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const log = await LogFile.open(`${folder}/0.log`, {
      limits: defaultLogLimits,
      warn: (line) => {
        throw new Error(line);
      },
    });
    const tail = new LogTail();
    const target = { podUid: "u", name: "c", mark: undefined, onOutput };
    await pump(target, { log, tail }, "stdout", source, ended);
    log.close();
    return tail.text;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a watcher that takes nothing is not waited for beyond the container's end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  const onOutput = () => {
    if (++seen === 3) resolve();
    return seen < 3 ? Promise.resolve() : new Promise<void>(() => {});
  };
  equal(await pumpAll(onOutput, sourceOf(5), promise), "line\n".repeat(5));
  equal(seen, 5);
});

Deno.test("pieces of output leave nothing with a container that runs on", async () => {
  const ended = Promise.resolve();
  let callbacks = 0;
  const counted: Promise<void> = Object.assign(Object.create(Promise.prototype), {
    then: (...args: Parameters<typeof ended.then>) => {
      callbacks++;
      return ended.then(...args);
    },
  });
  await pumpAll(() => Promise.resolve(), sourceOf(1000), counted);
  equal(callbacks < 10, true, `${callbacks} callbacks`);
});
