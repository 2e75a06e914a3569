/**
 * How many Pods of a Job run, and which; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/job_controller.go, manageJob.
 */
import type { Pod } from "../../api/types/pod.ts";
import type { ControllerWrite } from "../change.ts";
import { isReady } from "../pod_state.ts";
import { choosePodsToDelete } from "../replica_set/deletion_order.ts";
import type { JobFacts } from "./job_facts.ts";
import { failuresOf, findFreeIndexes, findReplaced } from "./job_indexes.ts";
import { indexOf, isIndexed, isTracked, replacesFailedAlone, withoutTracking } from "./job_pods.ts";
import { countFailures, indexedPod, jobPod } from "./job_template.ts";

/** How many Pods are created or deleted before the result is looked at. */
const BURST = 500;

/** The wait after a failure: it doubles with each further one in a row (R-JOB-6). */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** What happens to the Pods of a Job, and what of them is there afterwards. */
export interface Scaling {
  readonly writes: readonly ControllerWrite[];
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
  /** When a Pod may be created that has to wait, in wall ms. */
  readonly wakeAtMs?: number;
}

/** The Pods that a Job creates or deletes while it goes on. */
export function scaleJob(facts: JobFacts): Scaling {
  const { job, active } = facts;
  const wanted = countWanted(facts);
  const found = describe(facts, wanted);
  const victims = job.spec.suspend
    ? active
    : choosePodsToRemove(facts, Math.max(0, active.length - wanted)).slice(0, BURST);
  if (victims.length > 0) {
    const rule = job.spec.suspend ? "R-JOB-13" : "R-JOB-4";
    const because = job.spec.suspend ? `Job ${job.metadata.name} is suspended` : found;
    return remove(facts, victims, (pod) => [
      // Without its finalizer it counts neither as failed nor as succeeded.
      ...isTracked(pod) ? [removeFinalizer(pod, because, rule)] : [],
      deletePod(pod, because, rule),
    ]);
  }
  const waited = replacesFailedAlone(job) ? facts.terminating.length : 0;
  const missing = Math.min(wanted - waited - active.length, BURST);
  if (job.spec.suspend || missing <= 0) return remain(facts, []);
  return isIndexed(job) ? createIndexed(facts, missing, found) : create(facts, missing, found);
}

/** Every Pod that still runs goes, and counts with its finalizer (R-JOB-15). */
export function endPods(facts: JobFacts, because: string, rule: string): Scaling {
  return remove(facts, facts.active, (pod) => [deletePod(pod, because, rule)]);
}

/** The write that lets a Pod go which the status counts. */
export function removeFinalizer(pod: Pod, because: string, rule = "R-JOB-14"): ControllerWrite {
  const object = withoutTracking(pod);
  return { action: "removeFinalizer", verb: "update", object, because, rule };
}

/** As many as may run at once, and no more than are left to complete (R-JOB-3). */
function countWanted({ job: { spec }, active, succeeded }: JobFacts): number {
  const { completions, parallelism = 1 } = spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function describe({ job, active, succeeded, failed }: JobFacts, wanted: number): string {
  const { metadata: { name }, spec: { completions } } = job;
  const of = completions === undefined ? "" : ` of ${completions}`;
  const ends = `${succeeded}${of} succeeded, ${failed} failed`;
  return `Job ${name} has ${active.length} of ${wanted} Pods active: ${ends}`;
}

/** Of an Indexed Job those go first that have no valid index, or one that another Pod has. */
function choosePodsToRemove(facts: JobFacts, surplus: number): readonly Pod[] {
  const { job, active, now } = facts;
  const choose = (pods: readonly Pod[], count: number) =>
    choosePodsToDelete(pods, active, count, now).map(({ pod }) => pod);
  const byIndex = isIndexed(job) ? Map.groupBy(active, (pod) => indexOf(pod, job)) : undefined;
  const surely = [...byIndex ?? []].flatMap(([index, pods]) =>
    choose(pods, index === undefined ? pods.length : pods.length - 1)
  );
  const left = active.filter((pod) => !surely.includes(pod));
  return [...surely, ...choose(left, Math.max(0, surplus - surely.length))];
}

/** All wait for the last failure of the Job. */
function create(facts: JobFacts, count: number, because: string): Scaling {
  const { job, memory: { failures, lastFailureMs = 0 } } = facts;
  const at = lastFailureMs + backoffMs(failures, facts);
  if (at > facts.now.wallMs) return remain(facts, [], at);
  return remain(facts, Array.from({ length: count }, () => createPod(jobPod(job), because)));
}

/** With a limit for each index, each waits for its own last failure. */
function createIndexed(facts: JobFacts, count: number, because: string): Scaling {
  const { job, memory, now } = facts;
  const hasLimit = facts.failedIndexes !== undefined;
  const free = findFreeIndexes(job.spec.completions!, takenIndexes(facts), count);
  const replaced = findReplacedPods(facts);
  const atOf = (index: number): number => {
    if (!hasLimit) return (memory.lastFailureMs ?? 0) + backoffMs(memory.failures, facts);
    const last = replaced.get(index);
    if (last === undefined) return 0;
    return endMsOf(facts, last) + backoffMs(failuresOf(last) + 1, facts);
  };
  const due = free.filter((index) => atOf(index) <= now.wallMs);
  const writes = due.map((index) =>
    createPod(
      indexedPod(job, index, hasLimit ? countFailures(job, replaced.get(index)) : {}),
      because,
    )
  );
  const later = free.map(atOf).filter((at) => at > now.wallMs);
  return remain(facts, writes, later.length > 0 ? Math.min(...later) : undefined);
}

/** The failed Pod of each index that waits for another one; none without a limit for each index. */
export function findReplacedPods(facts: JobFacts): Map<number, Pod> {
  const { job, pods, active, completedIndexes, failedIndexes } = facts;
  if (failedIndexes === undefined) return new Map();
  const running = active.map((pod) => indexOf(pod, job)).filter((it) => it !== undefined);
  const taken = new Set([...completedIndexes, ...failedIndexes, ...running]);
  return findReplaced(job, pods, taken, (pod) => endMsOf(facts, pod));
}

function takenIndexes(facts: JobFacts): Set<number> {
  const { job, active, terminating, completedIndexes, failedIndexes } = facts;
  const waited = replacesFailedAlone(job) ? terminating : [];
  const running = [...active, ...waited].map((pod) => indexOf(pod, job))
    .filter((it) => it !== undefined);
  return new Set([...completedIndexes, ...failedIndexes ?? [], ...running]);
}

function endMsOf({ memory }: JobFacts, { metadata: { uid } }: Pod): number {
  return memory.ends.get(uid!) ?? 0;
}

function backoffMs(failures: number, { now: { speed } }: JobFacts): number {
  if (failures === 0) return 0;
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS) / speed;
}

function createPod(object: Pod, because: string): ControllerWrite {
  const event = { reason: "SuccessfulCreate", messageOf: (pod: string) => `Created pod: ${pod}` };
  return { action: "createPod", verb: "create", object, because, rule: "R-JOB-3", event };
}

function deletePod(object: Pod, because: string, rule: string): ControllerWrite {
  const event = { reason: "SuccessfulDelete", messageOf: (pod: string) => `Deleted pod: ${pod}` };
  return { action: "deletePod", verb: "delete", object, because, rule, event };
}

/** What is there when Pods go. */
function remove(
  { active, terminating }: JobFacts,
  victims: readonly Pod[],
  writesFor: (pod: Pod) => readonly ControllerWrite[],
): Scaling {
  return {
    writes: victims.flatMap(writesFor),
    active: active.length - victims.length,
    ready: active.filter((pod) => isReady(pod) && !victims.includes(pod)).length,
    terminating: terminating.length + victims.length,
  };
}

/** What is there when all Pods stay, and new ones are created. */
export function remain(
  { active, terminating }: JobFacts,
  writes: readonly ControllerWrite[],
  wakeAtMs?: number,
): Scaling {
  return {
    writes,
    active: active.length + writes.length,
    ready: active.filter(isReady).length,
    terminating: terminating.length,
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}
