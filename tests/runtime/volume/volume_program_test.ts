import { strictEqual as equal } from "node:assert/strict";
import { runVolumeProgram } from "../../../src/runtime/volume/volume_program.ts";

const rows: readonly [what: string, script: string, why: string | undefined][] = [
  ["nothing of a program that succeeds", "echo careful >&2", undefined],
  [
    "the first line of one that fails",
    "echo no space >&2; echo see the log >&2; exit 1",
    "no space",
  ],
  ["that one without a word was killed", "kill -KILL $$", "a program was killed"],
];
for (const [what, script, why] of rows) {
  Deno.test(`runVolumeProgram() reports ${what}`, async () => {
    equal(await runVolumeProgram(["/bin/sh", "-c", script]), why);
  });
}
