/**
 * What a delete makes of an object, for all kinds; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/registry/rest/delete.go, BeforeDelete, and
 * pkg/registry/generic/registry/store.go, deletionFinalizersForGarbageCollection and
 * ShouldDeleteDuringUpdate.
 */
import { formatSecond } from "../../base/go_text.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import type { ObjectMeta } from "../types/meta.ts";
import { isEqual } from "../validate/common/equality.ts";
import { strategyOf } from "./kinds.ts";
import type { Strategy } from "./strategy/strategy.ts";

/**
 * What happens to the objects that have the deleted one as their owner. `background`: they are
 * deleted after it; `foreground`: before it; `orphan`: they stay, without it.
 */
export type Propagation = "background" | "foreground" | "orphan";

/** How an object is to be deleted. */
export interface Deletion {
  /** Seconds that it gets to end. @default its own */
  readonly graceSeconds?: number;
  /** @default as its finalizers have it, else `background` */
  readonly propagation?: Propagation;
}

/** Holds an object until everything that blocks its deletion is gone (R-GC-3). */
export const FOREGROUND = "foregroundDeletion";
/** Holds an object until nothing refers to it any more (R-GC-4). */
export const ORPHAN = "orphan";

/**
 * The object as a delete leaves it: marked, while it ends or a finalizer holds it; the same object
 * if it is marked already. Undefined if it goes at once.
 *
 * Rules: R-DELETE-1 to R-DELETE-3, R-GC-3 to R-GC-5.
 *
 * @param nowMs the wall clock.
 * @param row of its kind.
 */
export function prepareDelete<O extends KubernetesObject>(
  object: O,
  { graceSeconds, propagation }: Deletion,
  nowMs: number,
  row: Strategy<O> = strategyOf(object),
): O | undefined {
  const { finalizers: present = [], ...metadata } = object.metadata;
  // Those of the kind are added once, not each time that it is deleted.
  const own = metadata.deletionTimestamp === undefined ? row.deletionFinalizers ?? [] : [];
  const finalizers = finalizersFor([...new Set([...present, ...own])], propagation);
  const grace = row.deletionGraceOf?.(object, graceSeconds) ?? 0;
  const isHeld = finalizers.length > 0 || (row.isHeld?.(object) ?? false);
  if (grace === 0 && !isHeld) return undefined;
  const marked = {
    ...(row.markDeleted?.(object, formatSecond(nowMs)) ?? object),
    metadata: {
      ...markDeleted(metadata, grace, nowMs),
      ...(finalizers.length > 0 && { finalizers }),
    },
  };
  return isEqual(marked.metadata, object.metadata) ? object : marked;
}

/** Whether nothing holds an object any more that is being deleted (R-GC-5). */
export function isReleased<O extends KubernetesObject>(
  object: O,
  row: Strategy<O> = strategyOf(object),
): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 &&
    finalizers.length === 0 && !row.isHeld?.(object);
}

function finalizersFor(
  present: readonly string[],
  propagation: Propagation | undefined,
): readonly string[] {
  if (propagation === undefined) return present;
  const others = present.filter((it) => it !== FOREGROUND && it !== ORPHAN);
  switch (propagation) {
    case "background":
      return others;
    case "foreground":
      return [...others, FOREGROUND];
    case "orphan":
      return [...others, ORPHAN];
  }
}

/** A grace only ever becomes shorter. */
function markDeleted(metadata: ObjectMeta, grace: number, nowMs: number): ObjectMeta {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, generation = 0 } = metadata;
  if (deletionTimestamp === undefined) {
    return {
      ...metadata,
      deletionTimestamp: formatSecond(nowMs + grace * 1000),
      deletionGracePeriodSeconds: grace,
      // Once for the deletion, not for each request (R-COND-1).
      ...(generation > 0 && { generation: generation + 1 }),
    };
  }
  if (grace >= deletionGracePeriodSeconds) return metadata;
  // A shorter grace counts from the first request, as the longer one did.
  const begunMs = grace === 0
    ? nowMs
    : begunAt(deletionTimestamp, deletionGracePeriodSeconds, nowMs);
  return {
    ...metadata,
    deletionTimestamp: formatSecond(begunMs + grace * 1000),
    deletionGracePeriodSeconds: grace,
  };
}

/**
 * When a deletion was first requested; now where its grace is longer than any date, which then
 * gives no answer.
 */
function begunAt(deletionTimestamp: string, graceSeconds: number, nowMs: number): number {
  const begunMs = Date.parse(deletionTimestamp) - graceSeconds * 1000;
  return begunMs > 0 ? begunMs : nowMs;
}
