/**
 * The last changes of a store, of each kind a bounded number: what a watch that begins at an older
 * version has missed, and how a list was at one. Knows no kind's rules.
 */
import { kindNameOf } from "../api/kinds/kinds.ts";
import type { KindName, KubernetesObject } from "../api/types/kinds.ts";
import type { WatchEvent } from "./client.ts";

/** One change as the store made it. */
export interface StoreChange extends WatchEvent<KubernetesObject> {
  /** The store's version after it, which is that of the object. */
  readonly version: number;
  /** The object before it; undefined for a new one. */
  readonly previous: KubernetesObject | undefined;
}

/** Gets changes from some version on. */
interface Follower {
  /** It knows of what was made before. */
  readonly since: number;
  readonly onChange: (change: StoreChange) => void;
}

/** What is kept of one kind. */
interface KindHistory {
  /** Ascending by version. */
  readonly changes: StoreChange[];
  /** The version of the last change that is no longer kept. */
  lost: number;
  readonly followers: Set<Follower>;
}

/** What a {@link ChangeHistory} begins with. */
export interface HistoryOptions {
  /** The version of a store that has been there before; older ones are lost. @default 0 */
  readonly version?: number;
  /** Nothing is passed on before it is released. @default it is as it is made */
  readonly isHeld?: boolean;
  /** How many changes are kept at least of a kind that has its own number. @default none has */
  readonly bounds?: HistoryBounds;
}

/** How many changes are kept at least, by kind. */
export type HistoryBounds = Partial<Record<KindName, number>>;

/** Gets every change of a store, keeps the last ones and passes them on. */
export class ChangeHistory {
  readonly #bound: number;
  readonly #bounds: HistoryBounds;
  readonly #begin: number;
  readonly #isHeld: boolean;
  readonly #kinds = new Map<KindName, KindHistory>();
  /** What followers have not got yet. */
  readonly #held: StoreChange[] = [];
  #version: number;

  /**
   * Knows of no change yet.
   *
   * @param bound how many changes of a kind are kept at least; at most twice as many are.
   */
  constructor(bound: number, { version = 0, isHeld = false, bounds = {} }: HistoryOptions = {}) {
    this.#bound = bound;
    this.#bounds = bounds;
    this.#begin = version;
    this.#version = version;
    this.#isHeld = isHeld;
  }

  /** The store's version: that of its last change. */
  get version(): number {
    return this.#version;
  }

  /** The version up to which followers have got all changes. */
  get released(): number {
    const next = this.#held[0];
    return next === undefined ? this.#version : next.version - 1;
  }

  /** Takes a change; versions ascend. */
  note(change: StoreChange): void {
    this.#version = change.version;
    const kind = kindNameOf(change.object);
    const kept = this.#of(kind);
    kept.changes.push(change);
    const bound = this.#bounds[kind] ?? this.#bound;
    if (kept.changes.length > 2 * bound) {
      kept.lost = kept.changes[bound - 1]!.version;
      kept.changes.splice(0, bound);
    }
    if (this.#isHeld) this.#held.push(change);
    else this.#passOn(change);
  }

  /** Passes on the changes up to a version. */
  release(version: number): void {
    let count = 0;
    while (count < this.#held.length && this.#held[count]!.version <= version) count++;
    for (const change of this.#held.splice(0, count)) this.#passOn(change);
  }

  #passOn(change: StoreChange): void {
    for (const { since, onChange } of this.#of(kindNameOf(change.object)).followers) {
      if (change.version > since) onChange(change);
    }
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
   * Passes on every change of a kind from now on, as it is made or released.
   *
   * @param onChange must not throw, and must not write.
   * @returns what ends it.
   */
  follow(kind: KindName, onChange: (change: StoreChange) => void): () => void {
    const { followers } = this.#of(kind);
    const follower = { since: this.#version, onChange };
    followers.add(follower);
    return () => void followers.delete(follower);
  }

  /** The version of the last change of a kind; where there was none, the first of all. */
  versionOf(kind: KindName): number {
    const { changes, lost } = this.#of(kind);
    return changes.at(-1)?.version ?? lost;
  }

  #of(kind: KindName): KindHistory {
    let kept = this.#kinds.get(kind);
    if (kept === undefined) {
      kept = { changes: [], lost: this.#begin, followers: new Set() };
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
