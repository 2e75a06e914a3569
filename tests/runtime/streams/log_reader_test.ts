import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { listRuns } from "../../../src/runtime/streams/log_files.ts";
import { readLog } from "../../../src/runtime/streams/log_reader.ts";
import type { LogOptions } from "../../../src/runtime/runtime.ts";

const LOG = [
  "2026-01-01T00:00:01.000000000Z stdout F one",
  "2026-01-01T00:00:02.000000000Z stderr P tw",
  "2026-01-01T00:00:02.500000000Z stderr F o",
  "2026-01-01T00:00:03.000000000Z stdout F three ",
  "",
].join("\n");

const NEVER = new AbortController().signal;

async function read(path: string, options: LogOptions, ended?: AbortSignal): Promise<string> {
  const pieces = await Array.fromAsync(readLog({ path, ended }, options, NEVER));
  return pieces.map((it) => new TextDecoder().decode(it)).join("");
}

const rows: [string, LogOptions, string][] = [
  ["all", {}, "one\ntwo\nthree \n"],
  ["the last line", { tailLines: 1 }, "three \n"],
  ["parts count as lines, as in the kubelet", { tailLines: 2 }, "o\nthree \n"],
  ["no line", { tailLines: 0 }, ""],
  ["more lines than there are", { tailLines: 100 }, "one\ntwo\nthree \n"],
  ["since a time", { sinceTime: Date.parse("2026-01-01T00:00:02Z") }, "two\nthree \n"],
  ["so many bytes", { limitBytes: 6 }, "one\ntw"],
  ["no byte", { limitBytes: 0 }, ""],
  [
    "with times, once a line",
    { timestamps: true },
    "2026-01-01T00:00:01.000000000Z one\n2026-01-01T00:00:02.000000000Z two\n" +
    "2026-01-01T00:00:03.000000000Z three \n",
  ],
  ["followed after its end", { follow: true, tailLines: 1 }, "three \n"],
];

for (const [name, options, expected] of rows) {
  Deno.test(`a log is read: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/0.log`, LOG);
    equal(await read(`${folder}/0.log`, options), expected);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a log that grows while it is read is answered as it was at first", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/0.log`;
  await Deno.writeTextFile(path, LOG);
  const lines = readLog({ path, ended: new AbortController().signal }, { tailLines: 2 }, NEVER);
  let text = "";
  for await (const line of lines) {
    text += new TextDecoder().decode(line);
    await Deno.writeTextFile(path, LOG, { append: true });
  }
  equal(text, "o\nthree \n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a tail is found in a file of many blocks", async () => {
  const folder = await Deno.makeTempDir();
  const line = (number: number) => `2026-01-01T00:00:01Z stdout F ${number} ${"x".repeat(300)}\n`;
  await Deno.writeTextFile(
    `${folder}/0.log`,
    Array.from({ length: 2000 }, (_, it) => line(it)).join(""),
  );
  const text = await read(`${folder}/0.log`, { tailLines: 700 });
  equal(text.split("\n").length, 701);
  equal(text.startsWith("1300 "), true);
  await Deno.remove(folder, { recursive: true });
});

const [OLDEST, OLD, CURRENT] = [
  ["one", "two"],
  ["three", "four"],
  ["five"],
].map((words, index) =>
  words.map((word) => `2026-01-01T00:00:0${index + 1}Z stdout F ${word}\n`).join("")
) as [string, string, string];

const rotations: [string, LogOptions, string][] = [
  ["all", {}, "one two three four five"],
  ["a tail in the file that is written", { tailLines: 1 }, "five"],
  ["a tail of two files", { tailLines: 2 }, "four five"],
  ["a tail of whole files", { tailLines: 3 }, "three four five"],
  ["a tail in a compressed file", { tailLines: 4 }, "two three four five"],
  ["more lines than there are", { tailLines: 9 }, "one two three four five"],
  ["no line", { tailLines: 0 }, ""],
  [
    "since a time in an old file",
    { sinceTime: Date.parse("2026-01-01T00:00:02Z") },
    "three four five",
  ],
  ["since a time beyond all dates", { sinceTime: 1e300 }, ""],
  ["so many bytes", { limitBytes: 9 }, "one two t"],
  ["followed", { follow: true }, "one two three four five"],
];
for (const [name, options, expected] of rotations) {
  Deno.test(`a log is read through rotations before: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/0.log`;
    const gzip = new Blob([OLDEST]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(`${path}.20260101-000001.gz`, gzip);
    await Deno.writeTextFile(`${path}.20260101-000002`, OLD);
    // Of a compression that goes on.
    await Deno.writeTextFile(`${path}.20260101-000002.gz`, "no gzip");
    await Deno.writeTextFile(`${path}.20260101-000002.x.tmp`, "neither");
    await Deno.writeTextFile(path, CURRENT);
    await Deno.writeTextFile(`${folder}/10.log.20260101-000001`, "of another run");
    equal((await read(path, options)).replaceAll("\n", " ").trim(), expected);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("files that end before the time that is asked for are not opened", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/0.log`;
  await Deno.writeTextFile(`${path}.20260101-000001.gz`, "no gzip");
  await Deno.writeTextFile(path, CURRENT);
  equal(await read(path, { sinceTime: Date.parse("2026-01-01T00:00:02Z") }), "five\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a log is followed through two rotations between two looks", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/0.log`;
  const line = (text: string) => `2026-01-01T00:00:01Z stdout F ${text}\n`;
  await Deno.writeTextFile(path, line("one"));
  const end = new AbortController();
  const lines = readLog({ path, ended: end.signal }, { follow: true }, NEVER);
  equal(new TextDecoder().decode((await lines.next()).value!), "one\n");
  await Deno.rename(path, `${path}.20260101-000001`);
  await Deno.writeTextFile(path, line("two"));
  await Deno.rename(path, `${path}.20260101-000002`);
  await Deno.writeTextFile(path, line("three"));
  equal(new TextDecoder().decode((await lines.next()).value!), "two\n");
  equal(new TextDecoder().decode((await lines.next()).value!), "three\n");
  end.abort();
  equal((await lines.next()).done, true);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a line that is written right before a rotation is followed", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/0.log`;
  const line = (text: string) => `2026-01-01T00:00:01Z stdout F ${text}\n`;
  await Deno.writeTextFile(path, line("one"));
  const end = new AbortController();
  const { read } = Deno.FsFile.prototype;
  // Between a look that finds the end of the file and what the reader does next.
  Deno.FsFile.prototype.read = async function (this: Deno.FsFile, into: Uint8Array) {
    const count = await read.call(this, into);
    if (count === null && !end.signal.aborted) {
      Deno.writeTextFileSync(path, line("two"), { append: true });
      Deno.renameSync(path, `${path}.20260101-000001`);
      Deno.writeTextFileSync(path, line("three"));
      end.abort();
    }
    return count;
  };
  try {
    const lines = readLog({ path, ended: end.signal }, { follow: true }, NEVER);
    const pieces = await Array.fromAsync(lines, (it) => new TextDecoder().decode(it));
    deepEqual(pieces, ["one\n", "two\n", "three\n"]);
  } finally {
    Deno.FsFile.prototype.read = read;
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("runs are found by their files, and a folder that is not there has none", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["10.log", "9.log", "9.log.20260101-000001", "x.log"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
  }
  deepEqual(listRuns(folder).toSorted((a, b) => a - b), [9, 10]);
  deepEqual(listRuns(`${folder}/none`), []);
  await Deno.remove(folder, { recursive: true });
});
