/**
 * What a kind is called, how it is read, completed, checked and stored: the columns of the table of
 * kinds. Kubernetes calls a row a strategy; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/registry/rest/create.go and update.go;
 * pkg/registry/core/pod/strategy.go.
 */
import type { CustomKind } from "../../custom/custom_kind.ts";
import type { FieldError } from "../../types/errors.ts";
import type { KubernetesObject } from "../../types/kinds.ts";
import type { Time } from "../../types/meta.ts";
import type { NewObject, Ranges } from "../../types/new_object.ts";
import type { Pod } from "../../types/pod.ts";
import type { FieldWarning } from "../../validate/warn/field_warning.ts";

/** What only the store knows of an object that it creates. */
export interface CreateStamp {
  /** A uid that no other object has. */
  readonly uid: string;
  /** The moment of the creation, in whole seconds. */
  readonly creationTimestamp: Time;
}

/** A Pod that an object is, or that is made from it. */
export interface PodTemplate {
  /** Where the object has it: `spec.template`; empty for a Pod itself. */
  readonly path: string;
  /** Its metadata and spec; of a template they are not completed. */
  readonly pod: Pod;
}

/** A part of a spec that is changed by itself, by rules of its own. */
export interface SpecPart<O extends KubernetesObject = KubernetesObject> {
  /** The object with the part as it is given, and all else as it is. */
  prepare(object: O, old: O): O;
  /** What is wrong with the change; defaults are applied to both. */
  validate(object: O, old: O): Iterable<FieldError>;
}

/** The row of one kind. */
export interface Strategy<O extends KubernetesObject = KubernetesObject> {
  /** As in `kind: Pod`. */
  readonly kind: O["kind"];
  /** As in `apiVersion: v1`, or `apps/v1` with a group. */
  readonly apiVersion: O["apiVersion"];
  /** As in a URL: `pods`. */
  readonly plural: string;
  /** As typed: `pod`. */
  readonly singular: string;
  /** As typed in a hurry: `po`. */
  readonly shortNames: readonly string[];
  /** Whether its objects are in namespaces; otherwise there is one set for the cluster. */
  readonly namespaced: boolean;
  /** Its struct in `fields.ts`, by which it is decoded. */
  readonly struct: string;
  /** Whether messages must not repeat its values. */
  readonly confidential: boolean;
  /**
   * Whether a run reports changes of its objects: controllers act on them, or create them.
   * @default what manages Pods is, and no other kind
   */
  readonly isFollowed?: boolean;
  /** What only kinds have that a definition adds. @default it is one of this program */
  readonly custom?: CustomKind;
  /** Whether it has a `status` that no create and no plain update writes. */
  readonly hasStatus: boolean;
  /**
   * The object with everything that it leaves open, of a status too; a second time changes nothing.
   *
   * @param object in its namespace.
   */
  applyDefaults(object: O): O;
  /**
   * The object with what a create sets or resets, whatever the manifest contains; after the
   * defaults.
   */
  prepareForCreate(object: O, stamp: CreateStamp): O;
  /** What is wrong with a new object that is completed and prepared (R-VALID-1). */
  validate(object: O): Iterable<FieldError>;
  /** What stops nothing and is seldom meant, beside its Pods. @default nothing */
  warn?(object: O): readonly FieldWarning[];
  /** What an API server warns the sender of an object of, a line each. @default nothing */
  warnSender?(object: O): readonly string[];
  /** A stored object as clients see it in this version. @default as it is stored */
  present?(object: O): O;
  /** What is wrong with the status that replaces that of `old`. @default nothing */
  validateStatus?(object: O, old: O): Iterable<FieldError>;
  /**
   * The object with what an update sets or resets, whatever it is given; after the defaults.
   *
   * @default it stays as it is
   */
  prepareForUpdate?(object: O, old: O): O;
  /**
   * What is wrong with replacing `old` by `object`; undefined where a kind has no rule of its own.
   */
  validateUpdate?(object: O, old: O): Iterable<FieldError>;
  /** Parts of its spec that are changed by themselves, by the name of their subresource. */
  readonly specParts?: Readonly<Record<string, SpecPart<O>>>;
  /**
   * The valid object with the values that no other object of its kind may have, such as addresses:
   * those that it asks for, or free ones.
   *
   * @param others of its kind.
   * @default it needs none
   */
  allocate?(object: O, others: readonly O[], ranges: Ranges): NewObject<O>;
  /**
   * Whether an update raises the generation that leaves the spec as it is.
   *
   * @default it does not
   */
  raisesGeneration?(object: O, old: O): boolean;
  /**
   * Seconds that a deletion gives the object to end.
   *
   * @param requestedSeconds undefined: the object's own.
   * @default none: it is gone at once
   */
  deletionGraceOf?(object: O, requestedSeconds: number | undefined): number;
  /** Why an object may not be deleted. @default it may */
  whyKept?(object: O): string | undefined;
  /**
   * Whether something of its spec keeps an object that is being deleted, beside its finalizers.
   * @default nothing does
   */
  isHeld?(object: O): boolean;
  /**
   * The object as one that is being deleted, beside its metadata. @default as it is
   *
   * @param now the moment at which its deletion was requested.
   */
  markDeleted?(object: O, now: Time): O;
  /** What a deletion adds to the finalizers of an object. @default nothing */
  readonly deletionFinalizers?: readonly string[];
  /** The Pods in it: itself, or those of its templates; empty for kinds without any. */
  podTemplatesOf(object: O): readonly PodTemplate[];
  /**
   * The object with its Pods changed, in the order of its templates; of a template's Pod only the
   * spec is taken. Undefined for kinds without any.
   */
  mapPods?(object: O, change: (pod: Pod) => Pod): O;
}
