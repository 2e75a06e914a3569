/**
 * Rules that few manifests need, so that a run of Pods alone does not load them: they cost a tenth
 * of all modules that it loads; pure.
 */
import type { KubernetesObject } from "../types/kinds.ts";
import type { BatchRules } from "../validate/batch_rules.ts";

let loaded: BatchRules | undefined;

/** The kinds that have their rules in {@link BatchRules}. */
const LATE: readonly KubernetesObject["kind"][] = ["Job", "CronJob"];

/**
 * Loads the rules of these kinds; once is enough. To be awaited where objects come in, before they
 * are completed or checked.
 */
export async function loadRules(kinds: Iterable<KubernetesObject["kind"]>): Promise<void> {
  if (loaded !== undefined || ![...kinds].some((kind) => LATE.includes(kind))) return;
  const { batchRules } = await import("../validate/batch_rules.ts");
  loaded = batchRules;
}

/**
 * The rules of Jobs and CronJobs.
 *
 * @throws {TypeError} they have not been loaded: a fault of ours.
 */
export function batchRulesOf(): BatchRules {
  if (loaded === undefined) throw new TypeError("loadRules() has not been awaited for a Job");
  return loaded;
}
