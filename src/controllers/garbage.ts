/**
 * Which objects go because of their owners, and which owners wait for theirs; pure.
 *
 * Rule: Kubernetes, pkg/controller/garbagecollector/garbagecollector.go, attemptToDeleteItem and
 * attemptToOrphan.
 */
import { FOREGROUND, ORPHAN } from "../api/kinds/deletion.ts";
import type { ObjectMeta, OwnerReference } from "../api/types/meta.ts";

/** What is looked at of an object. */
export interface Collectable {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** What happens to one object. */
export type Collection<O extends Collectable = Collectable> =
  & {
    /** The facts that led to it, in one sentence. */
    readonly because: string;
    /** Id of the rule that explains it. */
    readonly rule: string;
  }
  & (
    | {
      readonly action: "deleteDependent";
      readonly object: O;
      /** `foreground`: it waits for its own dependents. */
      readonly propagation: "background" | "foreground";
    }
    /** The object, without references to owners that are gone or let it live on. */
    | { readonly action: "removeReferences"; readonly object: O }
    /** The object, without the finalizer that has done its work. */
    | { readonly action: "removeFinalizer"; readonly object: O }
  );

/** What is known of owners and what they own. */
export interface OwnerGraph<O extends Collectable = Collectable> {
  /** The object of this uid. */
  find(uid: string): O | undefined;
  /** The objects that refer to one as their owner. */
  dependentsOf(uid: string): readonly O[];
  /** Whether objects of this kind are known: an owner of another kind counts as one that stays. */
  isKnown(apiVersion: string, kind: string): boolean;
}

/** What is collected because of an object's owners, and because it is an owner itself. */
export function computeGarbage<O extends Collectable>(
  object: O,
  graph: OwnerGraph<O>,
): Collection<O>[] {
  const dependents = graph.dependentsOf(object.metadata.uid!);
  return [...collectDependent(object, graph), ...releaseOwner(object, dependents)];
}

/** An object is deleted when the last of its owners is gone, or waits for it (R-GC-1, R-GC-3). */
function collectDependent<O extends Collectable>(
  object: O,
  graph: OwnerGraph<O>,
): Collection<O>[] {
  const { ownerReferences = [], deletionTimestamp } = object.metadata;
  if (ownerReferences.length === 0 || deletionTimestamp !== undefined) return [];
  const solid: OwnerReference[] = [];
  const waiting: OwnerReference[] = [];
  const absent: OwnerReference[] = [];
  for (const reference of ownerReferences) {
    const owner = findOwner(reference, object, graph);
    if (owner !== undefined) (isEnding(owner, FOREGROUND) ? waiting : solid).push(reference);
    else (graph.isKnown(reference.apiVersion, reference.kind) ? absent : solid).push(reference);
  }
  if (solid.some((it) => isOrphaning(graph.find(it.uid)))) return [];
  if (solid.length > 0) {
    const others = [...absent, ...waiting];
    if (others.length === 0) return [];
    const because = `${nameOwners(others)} is gone or going, and ${nameOwners(solid)} stays`;
    return [{
      action: "removeReferences",
      object: withReferences(object, solid),
      because,
      rule: "R-GC-2",
    }];
  }
  if (waiting.length === 0) {
    const because = `its owner ${nameOwners(absent)} is gone`;
    const rule = "R-GC-1";
    return [{ action: "deleteDependent", object, propagation: "background", because, rule }];
  }
  const because = `its owner ${nameOwners(waiting)} waits for its dependents`;
  const rule = "R-GC-3";
  return [{ action: "deleteDependent", object, propagation: "foreground", because, rule }];
}

/** An owner that waits goes when nothing holds it any more (R-GC-3, R-GC-4). */
function releaseOwner<O extends Collectable>(
  owner: O,
  dependents: readonly O[],
): Collection<O>[] {
  const { uid } = owner.metadata;
  if (isEnding(owner, ORPHAN)) {
    if (dependents.length === 0) return [removeFinalizer(owner, ORPHAN, "R-GC-4")];
    return dependents.map((object) => ({
      action: "removeReferences",
      object: withReferences(
        object,
        object.metadata.ownerReferences!.filter((it) => it.uid !== uid),
      ),
      because: `its owner ${nameOf(owner)} is deleted without its dependents`,
      rule: "R-GC-4",
    }));
  }
  if (!isEnding(owner, FOREGROUND)) return [];
  const isBlocked = dependents.some(({ metadata }) =>
    metadata.ownerReferences!.some((it) => it.uid === uid && it.blockOwnerDeletion)
  );
  return isBlocked ? [] : [removeFinalizer(owner, FOREGROUND, "R-GC-3")];
}

function removeFinalizer<O extends Collectable>(
  object: O,
  finalizer: string,
  rule: string,
): Collection<O> {
  const { finalizers = [], ...metadata } = object.metadata;
  const others = finalizers.filter((it) => it !== finalizer);
  return {
    action: "removeFinalizer",
    object: {
      ...object,
      metadata: { ...metadata, ...(others.length > 0 && { finalizers: others }) },
    },
    because: `nothing holds ${nameOf(object)} any more`,
    rule,
  };
}

/** Of the right name and another uid is another object; so is one of another namespace. */
function findOwner<O extends Collectable>(
  { uid, kind, name }: OwnerReference,
  { metadata }: O,
  graph: OwnerGraph<O>,
): O | undefined {
  const owner = graph.find(uid);
  if (owner === undefined || owner.kind !== kind || owner.metadata.name !== name) return undefined;
  const { namespace } = owner.metadata;
  return namespace === undefined || namespace === metadata.namespace ? owner : undefined;
}

function isEnding({ metadata }: Collectable, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers?.includes(finalizer) ?? false);
}

function isOrphaning(owner: Collectable | undefined): boolean {
  return owner !== undefined && isEnding(owner, ORPHAN);
}

/** A list that would be empty is left out. */
function withReferences<O extends Collectable>(
  object: O,
  references: readonly OwnerReference[],
): O {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(references.length > 0 && { ownerReferences: references }) },
  };
}

function nameOwners(references: readonly OwnerReference[]): string {
  return references.map(({ kind, name }) => `${kind} ${name}`).join(", ");
}

function nameOf({ kind, metadata }: Collectable): string {
  return `${kind} ${metadata.name}`;
}
