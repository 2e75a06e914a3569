/** `run` and `simulate` compared on scenarios, by real processes on bent time. */
import { checkAgreement, readReport, type RunReport } from "../support/agreement.ts";
import { attempt } from "../support/attempts.ts";
import { actPods, findUnactable } from "../support/acted_pod.ts";
import { PODLING } from "../support/program.ts";
import { readScenarios } from "../support/scenario.ts";
import { Place, ROOT } from "../process/support.ts";

async function run(place: Place, words: readonly string[]): Promise<RunReport> {
  const files = [`${place.folder}/run.ndjson`, `${place.folder}/run.json`] as const;
  const [program, ...start] = PODLING;
  const { code, stderr } = await new Deno.Command(program, {
    args: [
      ...[...start, "run", ...words],
      ...["--events-file", files[0], "--status-file", files[1]],
    ],
    cwd: ROOT,
    env: { ...place.env, USER: "caller", SHELL: "/bin/caller" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return readReport(code, new TextDecoder().decode(stderr), files);
}

/** How fast scenarios are acted: a second of theirs is 50 ms. */
const SPEED = 20;

/**
 * Makes a test of each scenario; one that real processes cannot act is left out, with the reason.
 *
 * @param isIncluded whether the scenario of a file is one of them.
 */
export function testAgreement(isIncluded: (file: string) => boolean): void {
  for (const { file, scenario } of readScenarios().filter(({ file }) => isIncluded(file))) {
    const reason = findUnactable(scenario);
    Deno.test({
      name: `run and simulate agree on scenarios/${file}${reason ? `; left out: ${reason}` : ""}`,
      ignore: reason !== undefined,
      fn: async () => {
        await using place = await Place.open();
        const path = `${place.folder}/pods.json`;
        const items = actPods(scenario, SPEED);
        await Deno.writeTextFile(path, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        const end = scenario.script.deletions[0]?.at ?? scenario.end;
        const words = [path, "--speed", `${SPEED}`, "--timeout", `${end / SPEED}ms`];
        const faults = scenario.inject.flatMap((it) => ["--inject", it]);
        await attempt(async () => {
          const real = await run(place, [...words, "--isolation", "process", ...faults]);
          await checkAgreement(real, words, place.folder);
        });
      },
    });
  }
}
