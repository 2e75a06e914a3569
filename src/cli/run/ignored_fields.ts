/** What of a run's manifests is ignored: objects, and fields that are not enforced; pure. */
import { ignoredFields, type UnsupportedField } from "../../api/field_support.ts";
import { findMissingCertificates } from "../../api/service_account.ts";
import { findInPods, podTemplatesOf } from "../../api/kinds/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { FieldIgnoredLogEvent, RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { ObjectFieldIgnoredLogEvent } from "../../lifecycle/trace/object_event.ts";
import { describeIgnored } from "../manifest/other_objects.ts";
import { findUnread } from "../manifest/isolation_check.ts";
import type { Plan } from "../manifest/plan.ts";
import type { InputReader } from "../terminal/user_terminal.ts";

/** What decides about the fields of a run's Pods, beside the manifests. */
export interface FieldFacts {
  /** The Pods of the manifests, as they were stored. */
  readonly pods: readonly Pod[];
  /** The container that reads standard input. */
  readonly reader: InputReader | undefined;
  /** What the table of fields promises and this environment does not support. */
  readonly unsupportedFieldsOf: (pod: Pod) => readonly UnsupportedField[];
  readonly at: Millis;
}

/** One event for each object that is ignored, and for each field of the others that is. */
export function findIgnored(plan: Pick<Plan, "objects" | "others">, facts: FieldFacts): RunEvent[] {
  const ignored = describeIgnored(plan.others);
  return [
    ...ignored.map((it) => ({ type: "object.ignored" as const, at: facts.at, ...it })),
    ...findIgnoredFields(plan, facts),
  ];
}

/** One event for each field that is not enforced, with its place in the manifest. */
function findIgnoredFields(
  { objects }: Pick<Plan, "objects">,
  { pods, reader, unsupportedFieldsOf, at }: FieldFacts,
): (FieldIgnoredLogEvent | ObjectFieldIgnoredLogEvent)[] {
  return [...objects].flatMap(([document, object]) => {
    if (podTemplatesOf(object).length === 0) return [];
    const { namespace = "default", name } = object.metadata;
    const pod = object.kind !== "Pod"
      ? undefined
      : pods.find(({ metadata }) =>
        metadata.name === name && metadata.namespace === (namespace || "default")
      );
    const unsupported = findInPods(object, (template) => [
      ...unsupportedFieldsOf(template),
      ...findMissingCertificates(template, (it) => hasConfigMap(objects, it, namespace)),
      ...object.kind === "Pod" ? findUnread(pod ?? template, reader) : [],
    ]);
    const subject = object.kind === "Pod"
      ? { pod: `${namespace || "default"}/${name}`, uid: pod?.metadata.uid ?? "" }
      : { object: `${object.kind} ${namespace || "default"}/${name}` };
    return ignoredFields(object, unsupported).map(({ field, note }) => ({
      type: "field.ignored" as const,
      at,
      ...subject,
      message: `${field} is not enforced: ${note}`,
      field,
      ...document.positionOf(field),
    }));
  });
}

function hasConfigMap(objects: Plan["objects"], name: string, namespace = ""): boolean {
  return [...objects.values()].some(({ kind, metadata }) =>
    kind === "ConfigMap" && metadata.name === name &&
    (metadata.namespace || "default") === (namespace || "default")
  );
}
