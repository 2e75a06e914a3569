/** What a script applies and deletes, as a part of a plan. */
import type { Script } from "../../scenario/script.ts";
import { type Plan, type PlannedDeletion, type PlanRequest, readApply } from "../manifest/plan.ts";

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
  const applies = await Promise.all(
    (script.applies ?? []).map((it) => readApply(it, request, folder)),
  );
  const deletions = script.deletions.map(({ pod: name, kind = "Pod", ...it }): PlannedDeletion => ({
    type: "delete",
    kind,
    name,
    ...it,
  }));
  return {
    ...plan,
    templates: [...plan.templates, ...applies.flatMap((it) => it.templates)],
    changes: [...plan.changes, ...applies.map(({ change }) => change), ...deletions],
    errors: [...plan.errors, ...applies.flatMap((it) => it.errors)],
    warnings: [...plan.warnings, ...applies.flatMap((it) => it.warnings)],
  };
}
