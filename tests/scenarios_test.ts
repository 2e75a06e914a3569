/**
 * Every file of `tests/scenarios` comes out as it says, by the same way as
 * `check --simulate tests/scenarios`; with `--update` that writes the traces again.
 */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { checkFile } from "../src/cli/check/check_file.ts";
import { SIMULATED } from "./support/check_settings.ts";
import { readScenarios, SCENARIOS } from "./support/scenario_files.ts";

const scenarios = readScenarios();

for (const { file, scenario } of scenarios) {
  Deno.test(`scenarios/${file}: ${scenario.about} (${scenario.rules.join(" ")})`, async () => {
    const { result, diagnostics } = await checkFile(SCENARIOS + file, SIMULATED);
    deepEqual(result.failures.map(({ timeline: _, ...it }) => it), []);
    // A start that fails is reported; nothing of ours has failed.
    const faults = diagnostics?.filter((line) => !line.includes("could not be started"));
    deepEqual([result.errors, result.notes, faults], [[], [], []]);
    equal(result.outcome, "passed");
  });
}

Deno.test("every area of the rules has a scenario", () => {
  const areas = [
    ..."WORKER ACT SANDBOX INIT SIDECAR RESTART RAC BACKOFF START HOOK STATUS EXIT COUNT MSG".split(
      " ",
    ),
    ..."PHASE COND PROBE DELETE TERM DEADLINE ENV HOST QOS".split(" "),
  ];
  const named = new Set(scenarios.flatMap(({ scenario }) => scenario.rules));
  const covered = new Set([...named].map((rule) => rule.split("-")[1]));
  deepEqual(areas.filter((area) => !covered.has(area)), []);
});

Deno.test("every scenario says what it is about, by which rules", () => {
  for (const { file, scenario: { about, rules } } of scenarios) {
    ok(typeof about === "string" && about.length > 10, file);
    ok(Array.isArray(rules) && rules.every((rule) => /^R-[A-Z]+-\d+$/.test(rule)), file);
  }
});
