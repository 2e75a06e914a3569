/**
 * Every file of `tests/scenarios` comes out as it says. `UPDATE=1` writes the traces again, for a
 * look at the difference.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { LogEvent } from "../src/lifecycle/trace/log_event.ts";
import { formatTraceLine } from "../src/report/trace_line.ts";
import { findComparedKinds } from "../src/scenario/scenario_file.ts";
import { checkScenario, playScenario, readScenarios, SCENARIOS } from "./support/scenario.ts";

const scenarios = readScenarios();

for (const { file, text, scenario } of scenarios) {
  Deno.test(`scenarios/${file}: ${scenario.about} (${scenario.rules.join(" ")})`, async () => {
    const outcome = await playScenario(scenario);
    const facts = { trace: scenario.expected.trace, severalPods: outcome.pods.length > 1 };
    if (Deno.env.has("UPDATE")) await writeTrace(file, text, facts, outcome.simulation.logEvents);
    else checkScenario(scenario, outcome);
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

async function writeTrace(
  file: string,
  text: string,
  { trace, severalPods }: { readonly trace: readonly string[]; readonly severalPods: boolean },
  events: readonly LogEvent[],
): Promise<void> {
  const kinds = findComparedKinds(trace);
  const lines = events.filter(({ type }) => kinds.has(type))
    .map((event) =>
      `  ${formatTraceLine(event, severalPods)}${"rule" in event ? ` (${event.rule})` : ""}\n`
    );
  const written = text.replace(/^trace: \|\n(?: {2}.*\n)*/m, () => `trace: |\n${lines.join("")}`);
  await Deno.writeTextFile(new URL(file, SCENARIOS), written);
}
