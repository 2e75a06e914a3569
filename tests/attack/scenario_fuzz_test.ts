/**
 * Broken scenario files: each gets an outcome, none an exception, whatever is cut out of it or put
 * into it. So many as a tenth of `PODLING_FUZZ` says, from the seed `PODLING_SEED` on.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { checkFile } from "../../src/cli/check/check_file.ts";
import { updateScenario } from "../../src/cli/check/update.ts";
import { SIMULATED } from "../support/check_settings.ts";
import { Random } from "../support/random.ts";
import { SCENARIOS } from "../support/scenario_files.ts";

const COUNT = Math.ceil(Number(Deno.env.get("PODLING_FUZZ") ?? 2000) / 10);
const SEED = Number(Deno.env.get("PODLING_SEED") ?? 1);

const PIECES = [
  ..."[ ] { } 0 -1 1e9 null ~ *x 9999h .. web at # ' \"".split(" "),
  ...[": ", "- ", "\n", "&x ", "---\n", "trace: |\n", "exits: { web: [1] }\n", "\u0000", "\ud800"],
];

function breakText(text: string, random: Random): string {
  let broken = text;
  for (let count = random.integer(1, 3); count > 0; count--) {
    const at = random.integer(0, broken.length);
    const [before, after] = [broken.slice(0, at), broken.slice(at)];
    broken = random.pick([
      () => before + after.slice(random.integer(1, 8)),
      () => before + random.pick(PIECES) + after,
      () => before + after.slice(0, random.integer(1, 60)) + after,
    ])();
  }
  return broken;
}

Deno.test(`broken scenarios get an outcome, seeds ${SEED} to ${SEED + COUNT - 1}`, async () => {
  const files = [...Deno.readDirSync(SCENARIOS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml")).sort();
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  const outcomes = new Map<string, number>();
  for (let seed = SEED; seed < SEED + COUNT; seed++) {
    const random = new Random(seed);
    const text = breakText(await Deno.readTextFile(SCENARIOS + random.pick(files)), random);
    await Deno.writeTextFile(path, text);
    const again = `again: PODLING_FUZZ=1 PODLING_SEED=${seed}`;
    const { result } = await checkFile(path, { ...SIMULATED, timeoutMs: 5000 }).catch((error) => {
      throw new Error(again, { cause: error });
    });
    const { outcome, errors, failures } = result;
    equal(outcome === "refused", errors.length > 0, again);
    equal(outcome === "failed", failures.length > 0, again);
    if (outcome === "failed") updateScenario(text, result);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  await Deno.remove(path);
  ok(COUNT < 100 || ["passed", "failed", "refused"].every((it) => outcomes.has(it)));
});
