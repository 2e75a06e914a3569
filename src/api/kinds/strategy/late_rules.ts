/**
 * Rules that few manifests need, so that a run of Pods alone does not load them: they cost a tenth
 * of all modules that it loads; pure.
 */
import type { KubernetesObject } from "../../types/kinds.ts";
import type { BatchRules } from "../../validate/batch_rules.ts";
import type { SetRules } from "../../validate/set_rules.ts";

let batch: BatchRules | undefined;
let sets: SetRules | undefined;

/** The kinds that have their rules in {@link BatchRules}. */
const BATCH: readonly KubernetesObject["kind"][] = ["Job", "CronJob"];

/** The kinds that have their rules in {@link SetRules}; controllers create the last one. */
const SETS: readonly KubernetesObject["kind"][] = [
  "StatefulSet",
  "DaemonSet",
  "ControllerRevision",
];

/**
 * Loads the rules of these kinds; once is enough. To be awaited where objects come in, before they
 * are completed or checked.
 */
export async function loadRules(kinds: Iterable<KubernetesObject["kind"]>): Promise<void> {
  const wanted = [...kinds];
  const isAsked = (late: typeof BATCH) => wanted.some((kind) => late.includes(kind));
  if (batch === undefined && isAsked(BATCH)) {
    batch = (await import("../../validate/batch_rules.ts")).batchRules;
  }
  if (sets === undefined && isAsked(SETS)) {
    sets = (await import("../../validate/set_rules.ts")).setRules;
  }
}

/**
 * The rules of Jobs and CronJobs.
 *
 * @throws {TypeError} they have not been loaded: a fault of ours.
 */
export function batchRulesOf(): BatchRules {
  if (batch === undefined) throw new TypeError("loadRules() has not been awaited for a Job");
  return batch;
}

/**
 * The rules of StatefulSets, DaemonSets and ControllerRevisions.
 *
 * @throws {TypeError} they have not been loaded: a fault of ours.
 */
export function setRulesOf(): SetRules {
  if (sets === undefined) throw new TypeError("loadRules() has not been awaited for a set");
  return sets;
}
