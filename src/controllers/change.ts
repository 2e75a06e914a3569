/** What controllers want to change, and why: the vocabulary of all of them; pure. */
import type { KubernetesObject } from "../api/types/kinds.ts";

/** What controllers write: of a namespace that is deleted they delete everything. */
export type ManagedObject = KubernetesObject;

/** What a controller does to an object, in one word. */
export type ControllerAction =
  | "createPod"
  | "updatePod"
  | "deletePod"
  | "adoptPod"
  | "releasePod"
  | "createReplicaSet"
  | "scaleReplicaSet"
  | "annotateReplicaSet"
  | "deleteReplicaSet"
  | "adoptReplicaSet"
  | "releaseReplicaSet"
  | "createRevision"
  | "updateRevision"
  | "deleteRevision"
  | "adoptRevision"
  | "releaseRevision"
  | "createClaim"
  | "updateClaim"
  | "removeFinalizer"
  | "createJob"
  | "deleteJob"
  | "deleteContent"
  | "releaseNamespace"
  | "createEndpointSlice"
  | "updateEndpointSlice"
  | "deleteEndpointSlice"
  | "createEndpoints"
  | "updateEndpoints"
  | "deleteEndpoints";

/** A Kubernetes Event about the object that a controller works for. */
export interface ControllerEvent {
  /** @default Normal */
  readonly type?: "Warning";
  readonly reason: string;
  /** Its text, with the name that the written object has. */
  readonly messageOf: (name: string) => string;
}

/** A change of one object. */
export interface ControllerWrite<O extends ManagedObject = ManagedObject> {
  readonly action: ControllerAction;
  /** How the object is written. */
  readonly verb: "create" | "update" | "delete";
  /** As it is to be; what is deleted, as it is. A name that is empty is generated. */
  readonly object: O;
  /** The facts that led to it, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule: string;
  /** Is recorded once the write has succeeded. */
  readonly event?: ControllerEvent;
  /** Of a deletion: how the objects that it owns go. @default background */
  readonly propagation?: "foreground";
}

/** What a controller decides about the object that it works for. */
export interface ControllerDecision {
  readonly action: "complete" | "fail" | "suspend" | "resume" | "skip" | "wait";
  /** The facts that led to it, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule: string;
  /** What a cluster would show of it. @default nothing */
  readonly event?: ControllerEvent;
}

/** The endpoints of a Service after a change. */
export interface EndpointCounts {
  /** Those that traffic goes to. */
  readonly ready: number;
  /** The others. */
  readonly notReady: number;
  /** What changed about which Pod, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it. */
  readonly rule: string;
}

/** When something is computed. */
export interface Moment {
  /** The wall clock, in ms since 1970: objects carry its times. */
  readonly wallMs: number;
  /** Seconds of a manifest that pass in a second of the wall clock. */
  readonly speed: number;
}

/** What a controller makes of an object. */
export interface Changes<O extends ManagedObject> {
  /** One after the other; the rest is not attempted when one fails. */
  readonly writes: readonly ControllerWrite[];
  /**
   * The object with its status, and annotations, as they are to be once the writes have succeeded;
   * undefined: as they are.
   */
  readonly published?: O;
  /** What the published object shows; recorded once it is stored. */
  readonly decisions?: readonly ControllerDecision[];
  /** Of a Service whose endpoints change; reported as the decisions are. */
  readonly endpoints?: EndpointCounts;
  /** What was seen of other objects; recorded as the decisions are. */
  readonly events?: readonly ControllerEvent[];
  /** The wall time at which time alone changes the answer; undefined: never. */
  readonly wakeAtMs?: number;
  /** What is known at the next look, once everything is written; only its controller reads it. */
  readonly memory?: unknown;
}
