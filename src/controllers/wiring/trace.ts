/** What the event log says of objects and of what controllers do with them; pure. */
import { TEMPLATE_GENERATION } from "../../api/kinds/rows/sets.ts";
import type { ReplicaOwner } from "../replica_set/replica_set.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { ObjectMeta } from "../../api/types/meta.ts";
import type { ConditionStatus } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Millis } from "../../base/clock.ts";
import { isObject } from "../../base/plain_data.ts";
import type {
  ControllerDecisionLogEvent,
  EndpointsChangedLogEvent,
  ObjectLogEvent,
} from "../../lifecycle/trace/object_event.ts";
import type { ControllerDecision, EndpointCounts } from "../change.ts";
import { JOB_END_RULES } from "../job/job_end.ts";
import { controllerOf } from "../ownership.ts";

/** A write that a controller has made. */
export interface MadeWrite {
  /** Whose work it is. */
  readonly controller: string;
  /** The object that it works for. */
  readonly owner: KubernetesObject;
  readonly action: string;
  readonly verb: "create" | "update" | "delete";
  /** The object as it was before an update. */
  readonly before?: KubernetesObject | undefined;
  /** The object as it is written, with its name. */
  readonly target: KubernetesObject;
  readonly because: string;
  readonly rule: string;
}

/** What an object looks like to this file: conditions are alike in all kinds. */
interface WithConditions {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: ConditionStatus;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** The rules behind the reasons of conditions. */
const RULES: Readonly<Record<string, string>> = {
  MinimumReplicasAvailable: "R-DEPLOY-14",
  MinimumReplicasUnavailable: "R-DEPLOY-14",
  NewReplicaSetCreated: "R-DEPLOY-1",
  FoundNewReplicaSet: "R-DEPLOY-4",
  ReplicaSetUpdated: "R-DEPLOY-10",
  NewReplicaSetAvailable: "R-DEPLOY-10",
  ProgressDeadlineExceeded: "R-DEPLOY-11",
  DeploymentPaused: "R-DEPLOY-8",
  DeploymentResumed: "R-DEPLOY-8",
  ...JOB_END_RULES,
  JobSuspended: "R-JOB-13",
  JobResumed: "R-JOB-13",
  FailedCreate: "R-RS-8",
  FailedDelete: "R-RS-8",
};

/** `KIND namespace/name`, as events name an object. */
function nameObject({ kind, metadata: { namespace, name } }: {
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "namespace" | "name">;
}): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The line of a controller's write. */
export function traceWrite(write: MadeWrite, at: Millis): ControllerDecisionLogEvent {
  const { controller, owner, action, target, because, rule } = write;
  const isSelf = owner.metadata.uid === target.metadata.uid;
  const subject = isSelf ? "" : `${titleOf(owner)}: `;
  return {
    type: "controller.decision",
    at,
    object: nameObject(owner),
    message: `${subject}${titleOf(target)} ${describeWrite(write)}: ${because}`,
    controller,
    action,
    target: nameObject(target),
    because,
    rule,
  };
}

/** The line of a write that the store refuses. */
export function traceRefusal(write: MadeWrite, at: Millis): ControllerDecisionLogEvent {
  const { controller, owner, verb, target, because, rule } = write;
  const subject = owner.metadata.uid === target.metadata.uid ? "" : `${titleOf(owner)}: `;
  const what = { create: "created", update: "updated", delete: "deleted" }[verb];
  return {
    type: "controller.decision",
    at,
    object: nameObject(owner),
    message: `${subject}${
      titleOf(target)
    } cannot be ${what} and is attempted again later: ${because}`,
    controller,
    action: "backOff",
    target: nameObject(target),
    because,
    rule,
  };
}

/** The line of a decision about the object that a controller works for. */
export function traceDecision(
  controller: string,
  owner: KubernetesObject,
  { action, because, rule }: ControllerDecision,
  at: Millis,
): ControllerDecisionLogEvent {
  return {
    type: "controller.decision",
    at,
    object: nameObject(owner),
    message: `${titleOf(owner)}${DECIDED[action]}: ${because}`,
    controller,
    action,
    target: nameObject(owner),
    because,
    rule,
  };
}

/** The line of a Service whose endpoints change. */
export function traceEndpoints(
  service: KubernetesObject,
  { ready, notReady, because, rule }: EndpointCounts,
  at: Millis,
): EndpointsChangedLogEvent {
  const count = `${ready} ${ready === 1 ? "endpoint" : "endpoints"} ready`;
  const others = notReady === 0 ? "" : `, ${notReady} not`;
  return {
    type: "endpoints.changed",
    at,
    object: nameObject(service),
    message: `${titleOf(service)}: ${count}${others}: ${because}`,
    ready,
    notReady,
    because,
    rule,
  };
}

/** What stands behind the name of the object. */
const DECIDED: Readonly<Record<ControllerDecision["action"], string>> = {
  complete: " is complete",
  fail: " has failed",
  suspend: " suspended",
  resume: " resumed",
  skip: " skips a run",
  wait: " waits",
};

function describeWrite({ verb, action, before, target }: MadeWrite): string {
  switch (verb) {
    case "create":
      return "created";
    case "delete":
      return "deleted";
    case "update":
      if (action.startsWith("adopt")) return "adopted";
      if (action.startsWith("release") || action === "removeFinalizer") return "released";
      if (before?.kind === "ReplicaSet" && target.kind === "ReplicaSet") {
        const [from, to] = [before, target].map(sizeOf);
        if (from !== to) return `scaled from ${from} to ${to}`;
      }
      return "updated";
  }
}

function sizeOf({ spec }: ReplicaOwner): number {
  return spec.replicas ?? 1;
}

/**
 * The lines of a change of an object that manages others or is managed.
 *
 * @param before undefined: it was not there.
 * @param after undefined: it is gone.
 */
export function traceChange(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  at: Millis,
): ObjectLogEvent[] {
  const object = (after ?? before)!;
  const controller = controllerOf(object.metadata);
  const owner = controller && nameObject({
    kind: controller.kind,
    metadata: { ...object.metadata, name: controller.name },
  });
  const base = { at, object: nameObject(object) };
  const line = (
    type: "object.created" | "object.updated" | "object.deleted",
    message: string,
    change?: string,
  ): ObjectLogEvent => ({
    type,
    ...base,
    message: `${titleOf(object)}${message}`,
    ...(owner !== undefined && { owner }),
    ...(change !== undefined && { change }),
  });
  if (after === undefined) return [line("object.deleted", " deleted")];
  if (before === undefined) return [line("object.created", " created")];
  // Those of Pods have lines of their own.
  if (after.kind === "Pod") return [];
  const changes = [describeChange(before, after), describeProgress(before, after)]
    .filter((it) => it !== undefined);
  return [
    ...changes.map((change) => line("object.updated", `: ${change}`, change)),
    ...traceConditions(before as WithConditions, after as WithConditions, {
      ...base,
      title: titleOf(after),
    }),
  ];
}

function traceConditions(
  before: WithConditions,
  after: WithConditions,
  { title, ...base }: { readonly at: Millis; readonly object: string; readonly title: string },
): ObjectLogEvent[] {
  return (after.status?.conditions ?? []).flatMap((it): ObjectLogEvent[] => {
    const { type: condition, status, reason = "", message = "" } = it;
    const known = before.status?.conditions?.find(({ type }) => type === condition);
    if (known?.status === status && known.reason === reason) return [];
    const because = message.replace(/\.$/, "");
    const rule = RULES[reason];
    return [{
      type: "object.condition",
      ...base,
      message: `${title}: ${condition} is ${status} (${reason}): ${because}`,
      condition,
      ...(known && { from: known.status }),
      status,
      reason,
      because,
      ...(rule !== undefined && { rule }),
    }];
  });
}

/** How many changed fields a line names. */
const MOST_FIELDS = 3;

/** Changed fields of what its author writes: labels, annotations and spec. */
function describeChange(before: KubernetesObject, after: KubernetesObject): string | undefined {
  const fields = (["labels", "annotations"] as const).flatMap((key) =>
    changedFields(
      withoutOwn(before.metadata[key]),
      withoutOwn(after.metadata[key]),
      `metadata.${key}`,
    )
  );
  const specOf = (it: KubernetesObject) => "spec" in it ? it.spec : undefined;
  fields.push(...changedFields(specOf(before), specOf(after), "spec"));
  const isEnding = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp !== undefined;
  if (isEnding(after) && !isEnding(before)) fields.push("it is being deleted");
  if (fields.length === 0) return undefined;
  const more = fields.length - MOST_FIELDS;
  return fields.slice(0, MOST_FIELDS).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Without the annotations that controllers keep their own counts and times in. */
function withoutOwn(values: Readonly<Record<string, string>> = {}): Record<string, string> {
  const isOwn = (key: string) =>
    key.startsWith("deployment.kubernetes.io/") || key === TEMPLATE_GENERATION ||
    key.startsWith("endpoints.kubernetes.io/");
  return Object.fromEntries(Object.entries(values).filter(([key]) => !isOwn(key)));
}

function changedFields(before: unknown, after: unknown, path: string): string[] {
  if (isEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((it, index) => changedFields(before[index], it, `${path}[${index}]`));
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changedFields(before[key], after[key], `${path}.${key}`));
  }
  if (after === undefined) return [`${path} removed`];
  return [
    typeof after === "object" ? `${path} changed` : `${path} is now ${JSON.stringify(after)}`,
  ];
}

/** The numbers of its Pods, where they changed. */
function describeProgress(before: KubernetesObject, after: KubernetesObject): string | undefined {
  const [from, to] = [before, after].map(formatCounts);
  return from === to ? undefined : to;
}

function formatCounts(object: KubernetesObject): string | undefined {
  switch (object.kind) {
    case "Deployment": {
      const { spec: { replicas: wanted = 1 }, status = {} } = object;
      const { replicas = 0, updatedReplicas: updated = 0, availableReplicas = 0 } = status;
      const old = replicas - updated;
      return old === 0
        ? `${availableReplicas} of ${wanted} Pods available`
        : `${updated} of ${wanted} Pods are new, ${old} old, ${availableReplicas} available`;
    }
    case "ReplicationController":
    case "ReplicaSet": {
      const { replicas = 0, availableReplicas = 0 } = object.status ?? {};
      return `${replicas} of ${sizeOf(object)} Pods, ${availableReplicas} available`;
    }
    case "Job": {
      const { spec: { completions }, status = {} } = object;
      const { active = 0, uncountedTerminatedPods: named = {} } = status;
      // What the status names it counts soon.
      const countOf = (end: "succeeded" | "failed") =>
        (status[end] ?? 0) + (named[end]?.length ?? 0);
      const of = completions === undefined ? "" : ` of ${completions}`;
      const others = [[active, "active"], [countOf("failed"), "failed"]] as const;
      return [
        `${countOf("succeeded")}${of} succeeded`,
        ...others.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
      ].join(", ");
    }
    case "StatefulSet": {
      const { spec: { replicas: wanted = 1 }, status } = object;
      const { replicas = 0, availableReplicas = 0, updatedReplicas: updated = 0 } = status ??
        { replicas: 0 };
      const isRolling = status?.updateRevision !== status?.currentRevision;
      const rollout = isRolling ? `, ${updated} of the new revision` : "";
      return `${replicas} of ${wanted} Pods, ${availableReplicas} available${rollout}`;
    }
    case "DaemonSet": {
      const { currentNumberScheduled: count = 0, desiredNumberScheduled: wanted = 1 } =
        object.status ?? {};
      const { numberAvailable = 0 } = object.status ?? {};
      return `${count} of ${wanted} Pods, ${numberAvailable} available`;
    }
    case "EndpointSlice": {
      const { endpoints = [], ports = [] } = object;
      const addresses = endpoints.map(({ addresses, conditions = {} }) =>
        `${addresses[0]}${conditions.ready ? "" : " (not ready)"}`
      );
      const numbers = ports.map(({ name, port }) => name ? `${name} ${port}` : `${port}`);
      return `ports ${numbers.join(", ") || "none"}, endpoints ${addresses.join(", ") || "none"}`;
    }
    default:
      return undefined;
  }
}

function titleOf({ kind, metadata: { name } }: KubernetesObject): string {
  return `${kind} ${name}`;
}
