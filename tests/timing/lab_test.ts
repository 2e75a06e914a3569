/**
 * Every lesson with real processes (R-SANDBOX-11, R-SANDBOX-12, R-VOL-11): what is written in it
 * happens.
 */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { course } from "../../src/lab/course.ts";
import { canSandbox, Place } from "../process/support.ts";
import { PODLING } from "../support/program.ts";

/** Verdicts and names of lessons, as they are printed. */
async function runAll(isolation: "auto" | "process", place: Place) {
  const [program, ...start] = PODLING;
  const words = ["lab", "--all", "--answers", "--lang", "en", "--isolation", isolation];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...start, ...words],
    env: { ...place.env, TMPDIR: place.work },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  const lines = text.decode(stdout).trimEnd().split("\n").slice(0, -1);
  const verdicts = lines.map((line) => line.split(/ +/)).map((
    [verdict, , name],
  ) => [verdict, name]);
  return { code, stderr: text.decode(stderr), verdicts };
}

Deno.test("lab --all --answers: every lesson happens as it says", async () => {
  await using place = await Place.open();
  const isolations = ["auto", "process"] as const;
  const outcomes = await Promise.all(isolations.map((it) => runAll(it, place)));
  for (const [index, isolation] of isolations.entries()) {
    const hasSandbox = canSandbox && isolation === "auto";
    const verdicts = course.map(({ name, lesson }) => [
      lesson.needsSandbox && !hasSandbox ? "skipped" : "ok",
      name,
    ]);
    deepEqual(outcomes[index], { code: 0, stderr: "", verdicts });
  }
  deepEqual([...Deno.readDirSync(place.work)], []);
  await place.clean();
});
