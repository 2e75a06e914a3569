/** Objects and their versions, in memory. Knows no kind's rules. */
import { KindTable } from "../api/kinds/kind_table.ts";
import { kindNameOf } from "../api/kinds/kinds.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { WatchEvent } from "./client.ts";
import type { StoreChange } from "./history.ts";
import type { KeptObjects } from "./journal.ts";
import { StatusError, type StatusReason } from "./status_error.ts";

/** Gets every change, before the watchers do. */
export interface ChangeRecorder {
  /** Takes a change; must not throw, and must not write. */
  note(change: StoreChange): void;
}

/** What an {@link ObjectStore} may have. */
export interface StoreOptions {
  /** Gets what a watcher throws. @default an uncaught error of the program */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Get every change, in this order. @default none does */
  readonly recorders?: readonly ChangeRecorder[];
  /** What is there from the start. @default nothing */
  readonly kept?: KeptObjects | undefined;
  /** Names resources in errors. @default those of the kinds of this program */
  readonly kinds?: KindTable;
}

interface Listener {
  /**
   * The store's version when it began to listen: it has received older objects as already present.
   */
  readonly since: number;
  readonly onChange: (event: WatchEvent<KubernetesObject>) => void;
}

/** Every write gives the object a new `resourceVersion`, counted over the whole store. */
export class ObjectStore {
  readonly #objects = new Map<KindName, Map<string, KubernetesObject>>();
  readonly #listeners = new Map<KindName, Set<Listener>>();
  /** Undelivered changes; writes made by a listener are delivered after the current one. */
  readonly #undelivered: {
    readonly version: number;
    readonly event: WatchEvent<KubernetesObject>;
  }[] = [];
  readonly #onFault: (error: unknown) => void;
  readonly #recorders: readonly ChangeRecorder[];
  readonly #kinds: KindTable;
  #isNotifying = false;
  #version = 0;

  /** Empty, or with what was kept. */
  constructor(
    { onFault = reportError, recorders = [], kept, kinds = new KindTable() }: StoreOptions = {},
  ) {
    this.#onFault = onFault;
    this.#recorders = recorders;
    this.#kinds = kinds;
    if (kept === undefined) return;
    this.#version = kept.version;
    // Nothing leads to objects of a kind that is not known until its definition is there.
    for (const object of kept.objects) this.#of(kindNameOf(object)).set(keyInKind(object), object);
  }

  /** The object of this name. */
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#of(kind).get(keyOf(namespace, name));
  }

  /** All of a kind, in the order of their coming. */
  list<K extends KindName>(kind: K): ObjectOf<K>[] {
    return [...this.#of(kind).values()];
  }

  /**
   * Adds an object.
   *
   * @throws {StatusError} `AlreadyExists`
   */
  create<O extends KubernetesObject>(object: O): O {
    const objects = this.#of(kindNameOf(object));
    const key = keyInKind(object);
    if (objects.has(key)) throw this.#refusal("AlreadyExists", object);
    return this.#put(objects, key, object, "ADDED");
  }

  /**
   * Adds objects: all of them are there before anything is reported of the first.
   *
   * @throws {StatusError} `AlreadyExists`
   */
  createAll(objects: readonly KubernetesObject[]): KubernetesObject[] {
    return this.#reportAfter(() => objects.map((object) => this.create(object)));
  }

  /**
   * Replaces an object, if it still is the version that the new one was made from.
   *
   * @throws {StatusError} `NotFound` or `Conflict`
   */
  update<O extends KubernetesObject>(object: O): O {
    const objects = this.#of(kindNameOf(object));
    const key = keyInKind(object);
    const present = objects.get(key);
    if (present === undefined) throw this.#refusal("NotFound", object);
    if (present.metadata.resourceVersion !== object.metadata.resourceVersion) {
      throw this.#refusal("Conflict", object);
    }
    return this.#put(objects, key, object, "MODIFIED");
  }

  /**
   * Takes an object away.
   *
   * @param object as it was last: the watchers receive it so.
   * @throws {StatusError} `NotFound`
   */
  remove(object: KubernetesObject): void {
    const objects = this.#of(kindNameOf(object));
    const key = keyInKind(object);
    const previous = objects.get(key);
    if (previous === undefined) throw this.#refusal("NotFound", object);
    objects.delete(key);
    this.#notify({ type: "DELETED", object: this.#versioned(object) }, previous);
  }

  /** As {@link ObjectClient.watch}. */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void {
    // The store keeps kinds apart, so that this listener only receives its kind.
    const listener = { since: this.#version, onChange: onChange as Listener["onChange"] };
    for (const object of this.list(kind)) onChange({ type: "ADDED", object });
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Kinds come at run time. */
  #of<K extends KindName>(kind: K): Map<string, ObjectOf<K>> {
    let objects = this.#objects.get(kind);
    if (objects === undefined) this.#objects.set(kind, objects = new Map());
    return objects as Map<string, ObjectOf<K>>;
  }

  #refusal(reason: StatusReason, object: KubernetesObject): StatusError {
    const resource = this.#kinds.resourceOf(kindNameOf(object));
    return new StatusError(reason, resource, object.metadata.name);
  }

  #put<O extends KubernetesObject>(
    objects: Map<string, KubernetesObject>,
    key: string,
    object: O,
    type: "ADDED" | "MODIFIED",
  ): O {
    const previous = objects.get(key);
    const stored = this.#versioned(object);
    objects.set(key, stored);
    this.#notify({ type, object: stored }, previous);
    return stored;
  }

  #versioned<O extends KubernetesObject>(object: O): O {
    const resourceVersion = String(++this.#version);
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  }

  #notify(event: WatchEvent<KubernetesObject>, previous: KubernetesObject | undefined): void {
    const version = this.#version;
    for (const recorder of this.#recorders) recorder.note({ ...event, version, previous });
    this.#undelivered.push({ version, event });
    if (!this.#isNotifying) this.#reportAfter(() => {});
  }

  /**
   * Makes writes, and reports them to the watchers when all of them are made; what was made before
   * a write failed is reported too.
   */
  #reportAfter<T>(write: () => T): T {
    if (this.#isNotifying) return write();
    this.#isNotifying = true;
    try {
      return write();
    } finally {
      for (let next; (next = this.#undelivered.shift()) !== undefined;) {
        for (const listener of [...this.#listeners.get(kindNameOf(next.event.object)) ?? []]) {
          if (next.version > listener.since) this.#deliver(listener, next.event);
        }
      }
      this.#isNotifying = false;
    }
  }

  /** A watcher that fails does not fail the write, which is made, nor the other watchers. */
  #deliver({ onChange }: Listener, event: WatchEvent<KubernetesObject>): void {
    try {
      onChange(event);
    } catch (error) {
      this.#onFault(error);
    }
  }
}

/** A kind has a map of its own: the key names no kind. */
function keyInKind({ metadata }: KubernetesObject): string {
  return keyOf(metadata.namespace ?? "", metadata.name);
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
