/** What distinguishes one controller from another: the columns of their table. */
import type { KindName, KubernetesObject, ObjectOf } from "../../api/types/kinds.ts";
import type { LabelSelector, ObjectMeta } from "../../api/types/meta.ts";
import type { Millis } from "../../base/clock.ts";
import type { Changes, ControllerWrite, ManagedObject, Moment } from "../change.ts";

/** What controllers write, of the kinds that the store has. */
export type StoredObject = Extract<ManagedObject, KubernetesObject>;

/** A write that was refused. */
export interface WriteFailure {
  readonly reason: "FailedCreate" | "FailedDelete" | "FailedUpdate";
  readonly message: string;
}

/** What is known of an object from earlier passes. */
export interface PassMemory {
  /** The write that was refused in this one. */
  readonly failure?: WriteFailure;
  /** {@link Changes.memory} of the last one that succeeded. */
  readonly memory?: unknown;
}

/** An object that is not there any more. */
export interface GoneObject {
  readonly metadata: Required<Pick<ObjectMeta, "namespace" | "name" | "uid">>;
}

/** Reads the objects that a pass looks at. */
export interface RelatedObjects {
  /** Those that an object controls, and those of its namespace that it may adopt. */
  candidatesOf<K extends KindName>(kind: K, owner: KubernetesObject): readonly ObjectOf<K>[];
  /** Those that the object of a uid controls. */
  ownedBy<K extends KindName>(kind: K, uid: string): readonly ObjectOf<K>[];
  /** All of a kind in the namespace of another object. */
  besideOf<K extends KindName>(kind: K, beside: KubernetesObject): readonly ObjectOf<K>[];
  /** Everything that is in a namespace. */
  contentsOf(namespace: string): readonly KubernetesObject[];
  /** The object of a name in the namespace of another one. */
  find<K extends KindName>(
    kind: K,
    beside: { readonly metadata: Pick<ObjectMeta, "namespace"> },
    name: string,
  ): ObjectOf<K> | undefined;
}

/** One controller. */
export interface ControllerRow<O extends StoredObject = StoredObject> {
  /** The kind of the objects that it works for. */
  readonly kind: O["kind"];
  /** As Kubernetes Events name it: `replicaset-controller`. */
  readonly component: string;
  /** The kinds of the objects that it creates and adopts. */
  readonly owns: readonly KindName[];
  /**
   * Whether a change of an object that it owns or selects asks for another pass; labels and owners
   * always do.
   * @default it does
   */
  isNews?(before: KubernetesObject, after: KubernetesObject): boolean;
  /** Whether the end of an object that it owned asks for another pass. @default it does */
  isMissed?(gone: KubernetesObject): boolean;
  /**
   * Whether a pass whose writes succeeded has nothing more to do, so that its status does not ask
   * for another one. @default it may
   */
  readonly isDoneAtOnce?: boolean;
  /**
   * The kinds of objects further down whose changes it looks at: those of what its own objects
   * control. @default none
   */
  readonly follows?: readonly KindName[];
  /** Whether a change of what it follows asks for another pass. @default it does */
  isFollowed?(object: O, changed: KubernetesObject): boolean;
  /** Which objects without a controller it takes over. @default those of its `spec.selector` */
  adoptsBy?(object: O): LabelSelector;
  /**
   * How long changes of what it selects are gathered before a pass, of the time of the lifecycle.
   * @default each asks for one at once
   */
  readonly gatherMs?: Millis;
  /** Kinds of which a change of any object counts for all of its own. @default none */
  readonly everywhere?: readonly KindName[];
  /** Kinds of which an object of its own namespace and name counts. @default none */
  readonly namesakes?: readonly KindName[];
  /** What it selects by labels without owning it. @default nothing */
  readonly selects?: {
    readonly kind: KindName;
    /** Undefined: it selects nothing. */
    readonly selectorOf: (object: O) => LabelSelector | undefined;
  };
  /** The writes and the status that follow from what is known. */
  compute(
    object: O,
    related: RelatedObjects,
    now: Moment,
    known: PassMemory,
  ): Changes<O>;
  /** The writes that are due for what an object that is gone controls. @default none */
  computeOrphans?(gone: GoneObject, related: RelatedObjects): readonly ControllerWrite[];
  /**
   * What the object becomes when the name of an object that it creates is taken; undefined if the
   * object is its own and had not been seen yet. @default the pass fails
   *
   * @throws {StatusError} if the name has to become free first: no event reports it.
   */
  resolveTaken?(object: O, taken: KubernetesObject): O | undefined;
  /** What the event about a write says that is refused. @default `Error creating: MESSAGE` */
  describeFailure?(object: O, write: ControllerWrite, message: string): string;
}
