/** What a script applies and deletes, as a part of a plan. */
import type { Script } from "../../scenario/script.ts";
import {
  type Plan,
  type PlannedDeletion,
  type PlannedManifest,
  type PlanRequest,
  readApply,
} from "../manifest/plan.ts";

/**
 * A plan with what its script applies and deletes.
 *
 * @param folder where the names of the applied files start, absolute.
 */
export async function withScriptedChanges(
  plan: Plan,
  request: PlanRequest,
  script: Script,
  folder: string,
): Promise<Plan> {
  const { changes, ...applied } = await withApplies(plan, request, script.applies ?? [], folder);
  const deletions = script.deletions.map(({ pod: name, kind = "Pod", ...it }): PlannedDeletion => ({
    type: "delete",
    kind,
    name,
    ...it,
  }));
  return { ...applied, changes: [...changes, ...deletions] };
}

/**
 * A plan with manifests that are applied while it runs.
 *
 * @param folder where the names of their files start, absolute.
 */
export async function withApplies(
  plan: Plan,
  request: PlanRequest,
  manifests: readonly PlannedManifest[],
  folder: string,
): Promise<Plan> {
  const applies = await Promise.all(manifests.map((it) => readApply(it, request, folder)));
  return {
    ...plan,
    templates: [...plan.templates, ...applies.flatMap((it) => it.templates)],
    changes: [...plan.changes, ...applies.map(({ change }) => change)],
    errors: [...plan.errors, ...applies.flatMap((it) => it.errors)],
    warnings: [...plan.warnings, ...applies.flatMap((it) => it.warnings)],
  };
}
