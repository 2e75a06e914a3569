/** Plays a Pod by both sides, and says where they part. */
import type { History } from "./kubelet.ts";
import { playKubelet } from "./kubelet.ts";
import type { PodStatus } from "./pod_status.ts";
import {
  playPodling,
  type PodlingHistory,
  type RunView,
  viewState,
  viewStatus,
} from "./podling.ts";
import { createRandomCase } from "./random_case.ts";
import type { Rules } from "./rules.ts";
import { EndlessMoment } from "./timeline.ts";

/** By then every Pod has been deleted for long. */
const LIMIT_MS = 4_000_000;

/** Plays by `src/`; to be compared with any number of models. */
export async function playSeed(seed: number): Promise<PodlingHistory> {
  return await playPodling(createRandomCase(seed), LIMIT_MS);
}

/**
 * @returns the first difference between `src/` and a model with these rules, in words; undefined if
 * there is none.
 */
export function findDifference(
  seed: number,
  podling: PodlingHistory,
  rules: Rules,
): string | undefined {
  const { deletions, createScript } = createRandomCase(seed);
  const options = { pod: podling.pod, script: createScript(), deletions, rules };
  try {
    const kubelet = playKubelet(options, LIMIT_MS);
    return compareRuns(kubelet, podling) ?? compareSights(kubelet, podling) ??
      compareEnds(kubelet, podling);
  } catch (error) {
    if (error instanceof EndlessMoment) return error.message;
    throw error;
  }
}

/** Which containers ran, in which order, when, and how they ended. */
function compareRuns(kubelet: History, podling: PodlingHistory): string | undefined {
  const expected = kubelet.runs.map(({ name, startedAt, finishedAt, exitCode }) =>
    formatRun({ name, startedAt, finishedAt, exitCode })
  );
  const actual = podling.runs.map(formatRun);
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    if (expected[index] === actual[index]) continue;
    return difference(`run ${index + 1}`, expected[index] ?? "none", actual[index] ?? "none");
  }
  return undefined;
}

function formatRun({ name, startedAt, finishedAt, exitCode }: RunView): string {
  return `${name} from ${startedAt} to ${finishedAt}, exit code ${exitCode}`;
}

/** What a watcher sees whenever the kubelet's worker has come to rest. */
function compareSights(kubelet: History, podling: PodlingHistory): string | undefined {
  let index = -1;
  for (const { at, status } of kubelet.sights) {
    while ((podling.statuses[index + 1]?.at ?? Infinity) <= at) index++;
    const expected = format(viewModelStatus(status));
    const seen = podling.statuses[index];
    const actual = format(seen === undefined ? {} : viewStatus(seen.status));
    for (const [key, value] of Object.entries(expected)) {
      if (actual[key] !== value) {
        return difference(`at ${at}, ${key}`, value, actual[key] ?? "none");
      }
    }
  }
  return undefined;
}

function compareEnds({ endedAt }: History, { isDone }: PodlingHistory): string | undefined {
  if ((endedAt !== undefined) === isDone) return undefined;
  return difference("the end", String(endedAt), isDone ? "done" : "not done");
}

function difference(where: string, expected: string, actual: string): string {
  return `${where}: the model has ${expected}; src has ${actual}`;
}

function viewModelStatus({ phase, reason, conditions, containers }: PodStatus): unknown {
  return {
    phase,
    reason,
    conditions: conditions.map(({ type, status, reason, message }) =>
      [type, status, reason, message].filter((part) => part !== undefined).join(" ")
    ).sort(),
    containers: Object.fromEntries(
      containers.map(({ name, restartCount, ready, started, state, lastState }) => [
        name,
        { restartCount, ready, started, state: viewOf(state), lastState: viewOf(lastState) },
      ]),
    ),
  };
}

function viewOf({ running, ...state }: PodStatus["containers"][number]["state"]): string {
  return running === undefined ? viewState(state) : "Running";
}

/** Each leaf by its path. */
function format(value: unknown, path = ""): Record<string, string> {
  if (typeof value !== "object" || value === null) return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, part]) => format(part, `${path} ${key}`)),
  );
}
