/**
 * Every lesson with real processes (R-SANDBOX-11, R-SANDBOX-12, R-VOL-11): what is written in it
 * happens.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { course } from "../../src/lab/course.ts";
import { canSandbox, Place } from "../process/support.ts";
import { PODLING } from "../support/program.ts";

for (const isolation of canSandbox ? ["auto", "process"] : ["auto"]) {
  Deno.test(`lab --all --answers --isolation ${isolation}`, async () => {
    await using place = await Place.open();
    const [program, ...start] = PODLING;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...start, "lab", "--all", "--answers", "--lang", "en", "--isolation", isolation],
      env: { ...place.env, TMPDIR: place.work },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    const hasSandbox = canSandbox && isolation === "auto";
    const expected = course.map(({ name, lesson }) => [
      lesson.needsSandbox && !hasSandbox ? "skipped" : "ok",
      name,
    ]);
    const lines = text.decode(stdout).trimEnd().split("\n");
    deepEqual(
      lines.slice(0, -1).map((line) => line.split(/ +/)).map((
        [verdict, , name],
      ) => [verdict, name]),
      expected,
    );
    deepEqual([code, text.decode(stderr)], [0, ""]);
    equal([...Deno.readDirSync(place.work)].length, 0);
    await place.clean();
  });
}
