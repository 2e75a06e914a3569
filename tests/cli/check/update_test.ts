/** `--update` on the scenarios of the repository: a broken one becomes what it was, to the byte. */
import { strictEqual as equal } from "node:assert/strict";
import { checkFile } from "../../../src/cli/check/check_file.ts";
import { updateScenario } from "../../../src/cli/check/update.ts";
import { SIMULATED } from "../../support/check_settings.ts";
import { SCENARIOS } from "../../support/scenario_files.ts";

/** A wrong time in the trace, and wrong values in statuses. */
function breakScenario(text: string): string {
  return text.replace(/^ {2}at \S+ /m, "  at 77s ")
    .replace(/phase: (Succeeded|Failed|Running)\b(?=[ }\n])/, "phase: Pending")
    .replace(/restartCount: \d+/, "restartCount: 99");
}

Deno.test("updateScenario() mends every scenario that was broken", async () => {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  let count = 0;
  for (const { name } of Deno.readDirSync(SCENARIOS)) {
    if (!name.endsWith(".yaml")) continue;
    const text = await Deno.readTextFile(SCENARIOS + name);
    const broken = breakScenario(text);
    await Deno.writeTextFile(path, broken);
    const { result } = await checkFile(path, SIMULATED);
    if (broken !== text) equal(result.outcome, "failed", name);
    equal(updateScenario(broken, result).text, text, name);
    count += broken === text ? 0 : 1;
  }
  await Deno.remove(path);
  equal(count > 60, true);
});
