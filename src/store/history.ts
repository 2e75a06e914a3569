/**
 * The last changes of a store, of each kind a bounded number: what a watch that begins at an older
 * version has missed, and how a list was at one. Knows no kind's rules.
 */
import type { KindName, KubernetesObject } from "../api/types/kinds.ts";
import type { WatchEvent } from "./client.ts";

/** One change as the store made it. */
export interface StoreChange extends WatchEvent<KubernetesObject> {
  /** The store's version after it, which is that of the object. */
  readonly version: number;
  /** The object before it; undefined for a new one. */
  readonly previous: KubernetesObject | undefined;
}

/** What is kept of one kind. */
interface KindHistory {
  /** Ascending by version. */
  readonly changes: StoreChange[];
  /** The version of the last change that is no longer kept. */
  lost: number;
  readonly followers: Set<(change: StoreChange) => void>;
}

/** Gets every change of a store, keeps the last ones and passes them on. */
export class ChangeHistory {
  readonly #bound: number;
  readonly #kinds = new Map<KindName, KindHistory>();
  #version = 0;

  /**
   * Knows of no change yet.
   *
   * @param bound how many changes of a kind are kept at least; at most twice as many are.
   */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** The store's version: that of its last change. */
  get version(): number {
    return this.#version;
  }

  /** Takes a change; versions ascend. */
  note(change: StoreChange): void {
    this.#version = change.version;
    const kept = this.#of(change.object.kind);
    kept.changes.push(change);
    if (kept.changes.length > 2 * this.#bound) {
      kept.lost = kept.changes[this.#bound - 1]!.version;
      kept.changes.splice(0, this.#bound);
    }
    for (const follower of kept.followers) follower(change);
  }

  /** The changes of a kind after a version; undefined where some of them are no longer kept. */
  since(kind: KindName, version: number): readonly StoreChange[] | undefined {
    const { changes, lost } = this.#of(kind);
    if (version < lost) return undefined;
    let from = changes.length;
    while (from > 0 && changes[from - 1]!.version > version) from--;
    return changes.slice(from);
  }

  /**
   * Passes on every change of a kind from now on, as it is made.
   *
   * @param onChange must not throw, and must not write.
   * @returns what ends it.
   */
  follow(kind: KindName, onChange: (change: StoreChange) => void): () => void {
    const { followers } = this.#of(kind);
    followers.add(onChange);
    return () => void followers.delete(onChange);
  }

  /** The version of the last change of a kind; 0 where there was none. */
  versionOf(kind: KindName): number {
    const { changes, lost } = this.#of(kind);
    return changes.at(-1)?.version ?? lost;
  }

  #of(kind: KindName): KindHistory {
    let kept = this.#kinds.get(kind);
    if (kept === undefined) {
      kept = { changes: [], lost: 0, followers: new Set() };
      this.#kinds.set(kind, kept);
    }
    return kept;
  }
}

/** The objects of a kind as they were before these changes, which ascend by version; pure. */
export function undoChanges(
  present: readonly KubernetesObject[],
  changes: readonly StoreChange[],
): KubernetesObject[] {
  if (changes.length === 0) return [...present];
  const objects = new Map(present.map((object) => [keyOf(object), object]));
  for (const { object, previous } of changes.toReversed()) {
    if (previous === undefined) objects.delete(keyOf(object));
    else objects.set(keyOf(object), previous);
  }
  return [...objects.values()];
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
