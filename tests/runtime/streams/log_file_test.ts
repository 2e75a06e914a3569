/** Log files: what is kept, under which names, and what happens when the disk refuses. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { formatRotationTime, LogFile, planTidying } from "../../../src/runtime/streams/log_file.ts";

/**
 * Names in the folder of `0.log`, which files are removed, and which are compressed, of at most 4.
 */
const plans: [string, names: string[], remove: string[], compress: string[]][] = [
  ["nothing yet", ["0.log"], [], []],
  ["the newest stays as it is", ["0.log", "0.log.2"], [], []],
  ["those before it are compressed", ["0.log.3", "0.log.1.gz", "0.log.2"], [], ["0.log.2"]],
  ["the oldest goes", ["0.log.1.gz", "0.log.2.gz", "0.log.3", "0.log.4"], ["0.log.1.gz"], [
    "0.log.3",
  ]],
  [
    "a flood leaves no more than that",
    ["0.log.1", "0.log.2", "0.log.3", "0.log.4", "0.log.5"],
    ["0.log.1", "0.log.2"],
    ["0.log.3", "0.log.4"],
  ],
  ["what is compressed already goes", ["0.log.1", "0.log.1.gz", "0.log.2"], ["0.log.1"], []],
  ["what was abandoned goes, and is begun again", ["0.log.1", "0.log.1.tmp", "0.log.2"], [
    "0.log.1.tmp",
  ], ["0.log.1"]],
  ["other runs are left alone", ["1.log.1", "10.log.1", "0.log", "x"], [], []],
];
for (const [name, names, remove, compress] of plans) {
  Deno.test(`planTidying(): ${name}`, () => {
    deepEqual(planTidying(names, "0.log", 4), { remove, compress });
  });
}

Deno.test("formatRotationTime() is the kubelet's format", () => {
  equal(formatRotationTime(Date.parse("2006-01-02T15:04:05.999Z")), "20060102-150405");
});

const AT = Date.parse("2026-01-02T03:04:05.678Z");
const bytes = (text: string) => new TextEncoder().encode(text);

/** A folder, a log of 10 bytes and 4 files in it, and the user's messages. */
async function withLog(
  body: (log: LogFile, folder: string, said: string[]) => Promise<void>,
  prepare: (path: string) => void = () => {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "podling-log-" });
  const said: string[] = [];
  prepare(`${folder}/0.log`);
  const log = await LogFile.open(`${folder}/0.log`, {
    limits: { maxBytes: 10, maxFiles: 4, compressAfterMs: 0 },
    warn: (line) => said.push(line),
  });
  try {
    await body(log, folder, said);
  } finally {
    log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The text of a file, compressed or not. */
async function readLog(path: string): Promise<string> {
  const { readable } = await Deno.open(path);
  return await new Response(
    path.endsWith(".gz") ? readable.pipeThrough(new DecompressionStream("gzip")) : readable,
  ).text();
}

Deno.test("LogFile rotates what has grown to its limit, and keeps as much as it may", () =>
  withLog(async (log, folder, said) => {
    const wanted = [
      "0.log",
      "0.log.20260102-030408.gz",
      "0.log.20260102-030409.gz",
      "0.log.20260102-030410",
    ];
    // Each line goes over the limit, all in one second: names go on in the seconds after it.
    for (let line = 0; line < 7; line++) log.write(bytes(`this is line ${line}\n`), AT);
    deepEqual(namesIn(folder), wanted.map((name) => name.replace(".gz", "")));
    await until(() => namesIn(folder).join() === wanted.join());
    const texts = await Promise.all(wanted.map((name) => readLog(`${folder}/${name}`)));
    deepEqual(texts, [6, 3, 4, 5].map((line) => `this is line ${line}\n`));
    equal(Deno.statSync(`${folder}/0.log`).mode! & 0o777, 0o640);
    deepEqual(said, []);
  }));

/** What a container that can write in the folder may have put at the log's name. */
const obstacles: readonly [string, (path: string) => void][] = [
  ["a link to a file", (path) => Deno.symlinkSync("victim", path)],
  ["a link to nothing", (path) => Deno.symlinkSync("made-by-a-link", path)],
  ["a file", (path) => Deno.linkSync(path.replace("0.log", "victim"), path)],
];
for (const [what, put] of obstacles) {
  Deno.test(`LogFile writes nothing through ${what} that has its name`, () =>
    withLog((log, folder, said) => {
      log.write(bytes("lost\n"), AT);
      equal(said.length, 1);
      match(said[0]!, /^Cannot open .*0\.log: File exists.*; this log is lost$/);
      equal(Deno.readTextFileSync(`${folder}/victim`), "as it was");
      deepEqual(namesIn(folder), ["0.log", "victim"]);
      return Promise.resolve();
    }, (path) => {
      Deno.writeTextFileSync(path.replace("0.log", "victim"), "as it was");
      put(path);
    }));
}

Deno.test("LogFile compresses no file that a link in its folder leads to", () =>
  withLog(async (log, folder, said) => {
    Deno.writeTextFileSync(`${folder}/victim`, "as it was");
    Deno.symlinkSync("victim", `${folder}/0.log.20260102-030404`);
    for (let line = 0; line < 3; line++) log.write(bytes(`this is line ${line}\n`), AT);
    await until(() => said.length > 0);
    match(said[0]!, /^Cannot compress .*something else is in its place$/);
    deepEqual(namesIn(folder).filter((name) => name.endsWith(".gz")), []);
  }));

Deno.test("LogFile says once that it cannot be written, and takes what comes", () =>
  withLog((log, folder, said) => {
    log.write(bytes("it is full by now\n"), AT);
    Deno.removeSync(`${folder}/0.log`);
    log.write(bytes("lost\n"), AT);
    log.write(bytes("lost too\n"), AT);
    equal(said.length, 1);
    match(said[0]!, /^Cannot write .*0\.log: No such file.*; the rest of this log is/);
    deepEqual(namesIn(folder), []);
    return Promise.resolve();
  }));

Deno.test("LogFile says that it cannot be opened, and takes what comes", () =>
  withLog((log, _folder, said) => {
    log.write(bytes("lost\n"), AT);
    equal(said.length, 1);
    match(said[0]!, /^Cannot open .*0\.log: File exists.*; this log is lost$/);
    return Promise.resolve();
  }, (path) => Deno.mkdirSync(path)));
