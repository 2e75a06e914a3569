/** The files of `tests/scenarios`. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import { parseScenario, type Scenario } from "../../src/scenario/scenario_file.ts";

/** Their folder. */
export const SCENARIOS = new URL("../scenarios/", import.meta.url).pathname;

/** All scenarios, by name; what is wrong with one is thrown. */
export function readScenarios(): { readonly file: string; readonly scenario: Scenario }[] {
  const files = [...Deno.readDirSync(SCENARIOS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml")).sort();
  return files.map((file) => {
    const { scenario, errors } = parseScenario(Deno.readTextFileSync(SCENARIOS + file), file);
    deepEqual(formatManifestErrors(errors), []);
    return { file, scenario };
  });
}
