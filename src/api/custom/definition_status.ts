/**
 * The status of a definition: which names it gets, when its kind is served, and how it ends;
 * pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/controller/status/naming_controller.go,
 * calculateNamesAndConditions; pkg/controller/establish/establishing_controller.go;
 * pkg/controller/finalizer/crd_finalizer.go.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from "../types/definition.ts";
import type { Time } from "../types/meta.ts";
import { isEqual } from "../validate/common/equality.ts";

/** Holds a definition that is being deleted until none of its objects is left. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** What is found of a definition. */
export type Condition = CustomResourceDefinitionCondition;

/** Whether a condition of a definition is true. */
export function hasCondition({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((it) => it.type === type && it.status === "True") ?? false;
}

/**
 * The status of a definition once its names have been looked at; undefined if it stays as it is.
 *
 * @param others the other definitions of the cluster.
 */
export function computeNamesStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: Time,
): CustomResourceDefinitionStatus | undefined {
  const { names, reason, message } = acceptNames(definition, others);
  const isAccepted = message === undefined;
  let status: CustomResourceDefinitionStatus = { ...definition.status, acceptedNames: names };
  const set = (condition: Omit<Condition, "lastTransitionTime">) => {
    status = setCondition(status, condition, now);
  };
  set({
    type: "NamesAccepted",
    status: isAccepted ? "True" : "False",
    reason: reason ?? "NoConflicts",
    message: message ?? "no conflicts found",
  });
  if (!hasCondition(definition, "Established")) {
    set(
      isAccepted
        ? {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        }
        : {
          type: "Established",
          status: "False",
          reason: "NotAccepted",
          message: "not all names are accepted",
        },
    );
  }
  return isEqual(status, definition.status) ? undefined : status;
}

/** A status with a condition; its time is that of the last change of its word. */
export function setCondition(
  status: CustomResourceDefinitionStatus,
  condition: Omit<Condition, "lastTransitionTime">,
  now: Time,
): CustomResourceDefinitionStatus {
  const { conditions = [] } = status;
  const old = conditions.find(({ type }) => type === condition.type);
  const isKept = old !== undefined && old.status === condition.status;
  const lastTransitionTime = isKept ? old.lastTransitionTime ?? now : now;
  const set = { ...condition, lastTransitionTime };
  return {
    ...status,
    conditions: old === undefined
      ? [...conditions, set]
      : conditions.map((it) => it === old ? set : it),
  };
}

interface AcceptedNames {
  readonly names: CustomResourceDefinitionNames;
  /** Undefined where all are accepted. */
  readonly reason?: string;
  readonly message?: string;
}

/** A name that another definition of the group has stays as it was; the last conflict is named. */
function acceptNames(
  { metadata, spec, status }: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
) {
  const others = all.filter((it) =>
    it.spec.group === spec.group && it.metadata.name !== metadata.name
  ).map((it) => it.status?.acceptedNames);
  const resources = new Set(
    others.flatMap((it) => [it?.plural, it?.singular, ...it?.shortNames ?? []]),
  );
  const kinds = new Set(others.flatMap((it) => [it?.kind, it?.listKind]));
  const wanted = spec.names;
  const before = status?.acceptedNames ?? { plural: "", kind: "" };
  let accepted: AcceptedNames = {
    names: { ...before, ...(wanted.categories && { categories: wanted.categories }) },
  };
  const accept = (name: keyof CustomResourceDefinitionNames, used: ReadonlySet<unknown>) => {
    const words = [wanted[name] ?? []].flat();
    const old = [before[name] ?? []].flat();
    const taken = words.filter((it) => !old.includes(it) && used.has(it));
    if (taken.length > 0) {
      const texts = taken.map((it) => `${JSON.stringify(it)} is already in use`);
      const message = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
      const reason = `${name[0]!.toUpperCase()}${name.slice(1)}Conflict`;
      accepted = { ...accepted, reason, message };
    } else if (wanted[name] !== undefined) {
      accepted = { ...accepted, names: { ...accepted.names, [name]: wanted[name] } };
    }
  };
  accept("plural", resources);
  accept("singular", resources);
  accept("shortNames", resources);
  accept("kind", kinds);
  accept("listKind", kinds);
  return accepted;
}
