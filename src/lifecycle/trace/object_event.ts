/** The lines of the event log about objects beside the Pods. */
import type { ConditionStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";

/** What every line about an object carries; the sink adds `time` from `at`. */
export interface ObjectLogEventBase {
  readonly at: Millis;
  /** `KIND namespace/name`. */
  readonly object: string;
  /** A sentence for people. */
  readonly message: string;
}

/** An object that manages others, or is managed, was created, changed or is gone. */
export interface ObjectChangeLogEvent extends ObjectLogEventBase {
  readonly type: "object.created" | "object.updated" | "object.deleted";
  /** The object that controls it, as `KIND namespace/name`. */
  readonly owner?: string;
  /** What changed, in words. */
  readonly change?: string;
}

/** A controller has written something. */
export interface ControllerDecisionLogEvent extends ObjectLogEventBase {
  readonly type: "controller.decision";
  /** Whose work it is: `ReplicaSet`, `GarbageCollector`. */
  readonly controller: string;
  /** What is done, in one word: `createPod`. */
  readonly action: string;
  /** The object that was written, as `KIND namespace/name`. */
  readonly target: string;
  /** The facts that led to it, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule: string;
}

/** A condition of an object that manages others has another status or reason. */
export interface ObjectConditionLogEvent extends ObjectLogEventBase {
  readonly type: "object.condition";
  /** Type of the condition. */
  readonly condition: string;
  /** The status before; absent where there was no such condition. */
  readonly from?: ConditionStatus;
  /** The new status. */
  readonly status: ConditionStatus;
  readonly reason: string;
  /** The condition's message. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule?: string;
}

/** The endpoints of a Service get other traffic than before. */
export interface EndpointsChangedLogEvent extends ObjectLogEventBase {
  readonly type: "endpoints.changed";
  /** How many get traffic. */
  readonly ready: number;
  /** How many get none, or none that is new. */
  readonly notReady: number;
  /** What changed about which Pod, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule: string;
}

/** An object of a manifest that is of a kind on which nothing here acts. */
export interface ObjectIgnoredLogEvent extends ObjectLogEventBase {
  readonly type: "object.ignored";
  /** Where in the manifest, from 1. */
  readonly line: number;
  /** Where in the line, from 1. */
  readonly column: number;
}

/** A field of an object without a Pod of its own that is not enforced. */
export interface ObjectFieldIgnoredLogEvent extends ObjectLogEventBase {
  readonly type: "field.ignored";
  /** Its path, such as `spec.template.spec.runtimeClassName`. */
  readonly field: string;
  /** Where in the manifest, from 1. */
  readonly line?: number;
  /** Where in the line, from 1. */
  readonly column?: number;
}

/** What happens to objects while a cluster runs. */
export type ObjectLogEvent =
  | ObjectChangeLogEvent
  | ControllerDecisionLogEvent
  | ObjectConditionLogEvent
  | EndpointsChangedLogEvent;
