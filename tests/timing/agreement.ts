/** `run` and `simulate` compared on scenarios, by real processes on bent time. */
import { checkAgreement, readReport, type RunReport } from "../support/agreement.ts";
import { attempt } from "../support/attempts.ts";
import { allContainers } from "../../src/api/pod_containers.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { actObject, findUnactable } from "../../src/scenario/acted_pod.ts";
import type { Scenario } from "../../src/scenario/scenario_file.ts";
import { PODLING } from "../support/program.ts";
import { readScenarios } from "../support/scenario_files.ts";
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
/** So much slower after each attempt that fails: starts take as long as they take. */
const SLOWER = 4;

const HOUR_MS = 3_600_000;
const LONGEST_MS = 40_000;

/** Why a scenario cannot be compared here; undefined if it can. */
function findLeftOut({ script, end, objects }: Scenario): string | undefined {
  const parts = [...script.containers.values()];
  const runs = parts.flatMap((part) => part.runs ?? []);
  const times = [
    ...(end === HOUR_MS ? [] : [end]),
    ...parts.flatMap((part) => part.afterMs ?? []),
    ...runs.flatMap((run) => run.afterMs ?? []),
  ];
  if (times.some((ms) => ms > LONGEST_MS)) return "it takes too long";
  if (script.deletions.length > 1) return "a run is ended once";
  if (objects.some(mountsVolumes)) return "a volume has a path in a sandbox only";
  const pods = objects.filter((object) => object.kind === "Pod");
  return findUnactable(withoutStartTimes(script), pods, () => true);
}

/** Times are not compared: a real start may take what it takes. */
function withoutStartTimes(script: Scenario["script"]): Scenario["script"] {
  const containers = [...script.containers].map(([name, part]) => {
    const runs = part.runs?.map(({ startMs: _, ...run }) => run);
    return [name, { ...part, ...(runs && { runs }) }] as const;
  });
  return { ...script, containers: new Map(containers) };
}

function mountsVolumes(object: KubernetesObject): boolean {
  return object.kind === "Pod" &&
    allContainers(object).some(({ volumeMounts = [] }) => volumeMounts.length > 0);
}

/** The objects of a scenario as real processes act them; the end of the run is its deletion. */
function actScenario({ objects, script }: Scenario, speed: number): KubernetesObject[] {
  const [deletion] = script.deletions;
  return objects.map((object) => {
    const acted = actObject(object, script, { speed, acts: () => true });
    if (acted.kind !== "Pod" || deletion?.graceSeconds === undefined) return acted;
    const terminationGracePeriodSeconds = deletion.graceSeconds;
    return { ...acted, spec: { ...acted.spec, terminationGracePeriodSeconds } };
  });
}

/**
 * Makes a test of each scenario; one that real processes cannot act is left out, with the reason.
 *
 * @param isIncluded whether the scenario of a file is one of them.
 */
export function testAgreement(isIncluded: (file: string) => boolean): void {
  for (const { file, scenario } of readScenarios().filter(({ file }) => isIncluded(file))) {
    const reason = findLeftOut(scenario);
    Deno.test({
      name: `run and simulate agree on scenarios/${file}${reason ? `; left out: ${reason}` : ""}`,
      ignore: reason !== undefined,
      fn: async () => {
        await using place = await Place.open();
        const path = `${place.folder}/pods.json`;
        const end = scenario.script.deletions[0]?.at ?? scenario.end;
        const faults = scenario.inject.flatMap((it) => ["--inject", it]);
        await attempt(async (failures) => {
          const speed = SPEED / SLOWER ** failures;
          const items = actScenario(scenario, speed);
          await Deno.writeTextFile(path, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
          const words = [path, "--speed", `${speed}`, "--timeout", `${end / speed}ms`];
          const real = await run(place, [...words, "--isolation", "process", ...faults]);
          await checkAgreement(real, words, place.folder);
        });
      },
    });
  }
}
