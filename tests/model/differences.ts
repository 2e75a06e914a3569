/**
 * Where podling differs from the kubelet on purpose: the whole list; docs/differences.md has a row
 * for each.
 */
import { kubelet, type Rules } from "./rules.ts";

/** One difference, and the decision of the model that it changes. */
export interface Difference {
  /** What podling does. */
  readonly about: string;
  /** The rule that it differs from; docs/differences.md names it. */
  readonly rule: string;
  readonly change: Partial<Rules>;
}

/** All of them. What is in no entry has to agree. */
export const differences: readonly Difference[] = [
  {
    about: "CrashLoopBackOff and other failed starts show at once",
    rule: "R-STATUS-2",
    change: { failuresShownAtOnce: true },
  },
  {
    about: "what a sync has started or removed shows while the sync goes on",
    rule: "R-HOOK-3",
    change: { stepsShownAtOnce: true },
  },
  {
    about: "what failed before there was a record is retried after 10 s, whatever else happens",
    rule: "R-BACKOFF-9",
    change: { ownRetryTimes: true },
  },
  {
    about: "a lost pause process takes its containers with it, and ends the sync that starts them",
    rule: "R-SANDBOX-1",
    change: { containersDieWithPause: true },
  },
  {
    about: "the runs of an init are counted through a new sandbox, as their logs stay",
    rule: "R-COUNT-4",
    change: { logsOutliveSandbox: true },
  },
  {
    about: "the end of a Pod aborts a sync in progress, its postStart hook too",
    rule: "R-HOOK-5",
    change: { endSeenDuringSync: true },
  },
  {
    about: "a preStop sleep ends with its container",
    rule: "R-TERM-3",
    change: { hookEndsWithContainer: true },
  },
  {
    about: "a shorter grace counts for stops that are under way",
    rule: "R-TERM-11",
    change: { shorterGraceAtOnce: true },
  },
  {
    about: "a deadline that passes while its Pod is ending changes nothing",
    rule: "R-DEADLINE-1",
    change: { deadlineWhileEnding: false },
  },
  {
    about: "a container that restarts all others backs off from its fourth time on",
    rule: "R-RAC-7",
    change: { freeResets: 3 },
  },
  {
    about: "a probe keeps its ticks through all runs of its container",
    rule: "R-PROBE-2",
    change: { workersEnd: false },
  },
  {
    about: "what a probe worker notes of itself causes no sync",
    rule: "R-PROBE-6",
    change: { firstResultSyncs: false },
  },
];

/** The kubelet with these differences. */
export function applyDifferences(list: readonly Difference[]): Rules {
  return list.reduce((rules, { change }) => ({ ...rules, ...change }), kubelet);
}

/** What `src/` has to agree with. */
export const podling: Rules = applyDifferences(differences);
