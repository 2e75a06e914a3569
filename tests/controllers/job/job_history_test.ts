/** Random histories of Jobs: every end of a Pod counts once, and every Job comes to its end. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { isFinished } from "../../../src/controllers/job_state.ts";
import { isTracked } from "../../../src/controllers/job/job_pods.ts";
import { jobOf, JobWorld } from "../../support/batch.ts";
import { Random } from "../../support/random.ts";

const HISTORIES = 80;
const STEPS = 400;

function randomJob(random: Random) {
  const isIndexed = random.chance(0.5);
  const hasLimit = isIndexed && random.chance(0.5);
  return jobOf({
    completions: random.integer(1, 5),
    parallelism: random.integer(1, 4),
    ...(isIndexed && { completionMode: "Indexed" }),
    ...(hasLimit && { backoffLimitPerIndex: random.integer(0, 2) }),
    ...(!hasLimit && { backoffLimit: random.integer(0, 4) }),
    ...(random.chance(0.3) && { podReplacementPolicy: "Failed" }),
    ...(random.chance(0.2) && { activeDeadlineSeconds: random.integer(20, 200) }),
  });
}

/** Where the bounds are broken, in words. */
function findFault({ job, running }: JobWorld, before: JobWorld["job"]): string | undefined {
  const { parallelism = 1 } = job.spec;
  if (running.length > parallelism) return `${running.length} of ${parallelism} Pods are active`;
  for (const count of ["succeeded", "failed"] as const) {
    const [old = 0, now = 0] = [before.status?.[count], job.status?.[count]];
    if (now < old) return `${count} falls from ${old} to ${now}`;
  }
  return isFinished(before) && job !== before ? "a finished Job changes" : undefined;
}

function play(random: Random): void {
  const world = new JobWorld(randomJob(random));
  world.isWatched = false;
  const pick = (choose: (name: string) => boolean = () => true) => {
    const living = world.pods.filter(({ status }) =>
      !["Succeeded", "Failed"].includes(status!.phase!)
    )
      .map(({ metadata }) => metadata.name).filter(choose);
    return living.length === 0 ? undefined : random.pick(living);
  };
  const withPod = (act: (name: string) => unknown) => () => {
    const name = pick();
    if (name !== undefined) act(name);
  };
  const steps = [
    () => void world.step(),
    () => void world.step(),
    () => void world.step(random.integer(0, 2)),
    withPod((name) => world.start(name)),
    withPod((name) => world.exit(name, random.chance(0.6) ? 0 : 1)),
    withPod((name) => random.chance(0.2) && world.delete(name)),
    () => void (world.seconds += random.integer(0, 30)),
  ];
  for (let step = 0; step < STEPS; step++) {
    const before = world.job;
    random.pick(steps)();
    const fault = findFault(world, before);
    if (fault) throw new Error(`${fault}:\n${world.written.join("\n")}`);
  }
  world.isWatched = true;
  for (let round = 0; round < 100 && !isFinished(world.settle().job); round++) {
    const name = pick();
    if (name === undefined) world.seconds = Math.max(world.seconds, world.wakeAt ?? 0);
    else world.exit(name, 0);
  }
  const created = world.written.filter((line) => line.startsWith("createPod ")).length;
  const { succeeded = 0, failed = 0 } = world.job.status!;
  const facts = world.written.join("\n");
  deepEqual(isFinished(world.job), true, facts);
  deepEqual(succeeded + failed, created, facts);
  deepEqual(world.pods.filter(isTracked), [], facts);
}

Deno.test("computeJobChanges() R-JOB-14, R-JOB-18: random histories count every Pod once", () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    try {
      play(new Random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
