/** What a container writes: read, and rid of what `unshare` says at its end. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { UnshareWords } from "../../../src/runtime/launch/launcher_words.ts";
import { PipeReader, type Source } from "../../../src/runtime/streams/pipe_reader.ts";

async function readText(source: Source): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await source.read();
    if (done) return text;
    text += new TextDecoder().decode(value);
  }
}

Deno.test("PipeReader reads all of a pipe, in small pieces and in large ones", async () => {
  const script = "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i + 1)); done; printf end";
  const { stdout } = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
  const lines = Array.from({ length: 30000 }, (_, i) => `line ${i}\n`).join("");
  const reader = new PipeReader(stdout);
  equal(await readText(reader), `${lines}end`);
  equal((await reader.read()).done, true, "its end is read again");
});

Deno.test("PipeReader ends when it is cancelled", async () => {
  const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped" }).spawn();
  const reader = new PipeReader(child.stdout);
  const read = reader.read();
  await reader.cancel();
  equal((await read).done, true);
  await child.stdin.close();
  await child.status;
});

/** As from a pipe, in these pieces. */
function sourceOf(chunks: readonly string[]): Source {
  const bytes = chunks.map((it) => new TextEncoder().encode(it));
  return {
    read: () => {
      const value = bytes.shift();
      return Promise.resolve(value === undefined ? { done: true } : { value, done: false });
    },
    cancel: () => Promise.resolve(),
  };
}

const rows: [chunks: string[], text: string, found: boolean][] = [
  [["a", "b"], "ab", false],
  [["a!name: kill failed"], "a", true],
  [["a!na", "me: kill failed"], "a", true],
  [["a", "!", "n", "a", "me: ", "kill failed", "\n"], "a", true],
  [["!nothing", "!n"], "!nothing!n", false],
  [["!na!na", "me: x"], "!na", true],
  [["a!n", "b!name", ": "], "a!nb", true],
  [[], "", false],
];
for (const [chunks, text, found] of rows) {
  Deno.test(`UnshareWords in ${JSON.stringify(chunks)}`, async () => {
    const words = new UnshareWords("!name: ");
    deepEqual([await readText(words.filter(sourceOf(chunks))), words.found], [text, found]);
  });
}
