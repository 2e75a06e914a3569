/** What is read as a termination message, whatever its file is now. */
import { strictEqual as equal } from "node:assert/strict";
import {
  makeMessageFile,
  readTerminationMessage,
} from "../../../src/runtime/view/termination_log.ts";

const REPLACED =
  "Error on reading termination log /dev/termination-log: it is not the file that was made for it";

/** What is done to the file, and what is read. */
const cases: [name: string, operation: (path: string) => void, message: string][] = [
  ["R-MSG-1: nothing was written", () => {}, ""],
  ["R-MSG-1: what was written", (path) => Deno.writeTextFileSync(path, "bye\n"), "bye\n"],
  [
    "R-MSG-1: of much the last 4096 bytes",
    (path) => Deno.writeTextFileSync(path, "a".repeat(5000) + "b".repeat(4095)),
    "a" + "b".repeat(4095),
  ],
  ["R-MSG-1: of a huge file too", (path) => {
    Deno.truncateSync(path, 2 ** 33);
    Deno.writeTextFileSync(path, "end", { append: true });
  }, "\0".repeat(4093) + "end"],
  ["R-MSG-1: half a character is shown as such", (path) => {
    Deno.writeTextFileSync(path, "ö".repeat(2048) + "x");
  }, "\ufffd" + "ö".repeat(2047) + "x"],
  ["R-MSG-1: emptied again", (path) => {
    Deno.writeTextFileSync(path, "lost");
    Deno.truncateSync(path);
  }, ""],
  ["R-MSG-5: it is gone", (path) => Deno.removeSync(path), ""],
  ["R-MSG-5: it has become a link", (path) => {
    Deno.writeTextFileSync(`${path}.other`, "secret");
    Deno.removeSync(path);
    Deno.symlinkSync(`${path}.other`, path);
  }, REPLACED],
  ["R-MSG-5: another file has its name", (path) => {
    Deno.writeTextFileSync(`${path}.other`, "secret");
    Deno.renameSync(`${path}.other`, path);
  }, REPLACED],
  ["R-MSG-5: a pipe without a writer has its name", (path) => {
    Deno.removeSync(path);
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
  }, REPLACED],
];
for (const [name, operation, message] of cases) {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "podling-message-" });
    try {
      const file = makeMessageFile(`${folder}/message`);
      equal(Deno.statSync(file.path).mode! & 0o777, 0o666);
      operation(file.path);
      equal(readTerminationMessage(file, "/dev/termination-log"), message);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
