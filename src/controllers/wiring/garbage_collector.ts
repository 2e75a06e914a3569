/** The garbage collector in the loop: follows owners, and writes what `garbage.ts` decides. */
import { FOREGROUND, ORPHAN } from "../../api/kinds/deletion.ts";
import { KindTable } from "../../api/kinds/kind_table.ts";
import { kindNameOf } from "../../api/kinds/kinds.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import type { WatchEvent } from "../../store/client.ts";
import { isRefusal } from "../../store/status_error.ts";
import type { Pass, Reconciler } from "../controller.ts";
import { type Collection, computeGarbage, type OwnerGraph } from "../garbage.ts";
import type { ControllerContext } from "./object_writer.ts";
import { traceWrite } from "./trace.ts";

/** Every object and what it owns, by uid. */
class ObjectGraph implements OwnerGraph<KubernetesObject> {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #dependents = new Map<string, Map<string, KubernetesObject>>();

  find(uid: string): KubernetesObject | undefined {
    return this.#objects.get(uid);
  }

  dependentsOf(uid: string): readonly KubernetesObject[] {
    return [...this.#dependents.get(uid)?.values() ?? []];
  }

  constructor(readonly kinds: KindTable) {}

  isKnown(apiVersion: string, kind: string): boolean {
    return this.kinds.find(apiVersion, kind) !== undefined;
  }

  /** @returns the object as it was before. */
  put(object: KubernetesObject): KubernetesObject | undefined {
    const before = this.remove(object.metadata.uid!);
    this.#objects.set(object.metadata.uid!, object);
    for (const owner of ownersOf(object)) {
      const group = this.#dependents.get(owner) ?? new Map<string, KubernetesObject>();
      this.#dependents.set(owner, group.set(object.metadata.uid!, object));
    }
    return before;
  }

  /** @returns the object as it was last. */
  remove(uid: string): KubernetesObject | undefined {
    const object = this.#objects.get(uid);
    if (object === undefined) return undefined;
    this.#objects.delete(uid);
    for (const owner of ownersOf(object)) {
      const group = this.#dependents.get(owner);
      group?.delete(uid);
      if (group?.size === 0) this.#dependents.delete(owner);
    }
    return object;
  }
}

/** Collects what has no owner any more (R-GC-1 to R-GC-4); a key is the uid of an object. */
export class GarbageCollector implements Reconciler {
  /** As it is named in errors. */
  readonly name = "GarbageCollector";
  readonly #context: ControllerContext;
  readonly #kinds: KindTable;
  readonly #graph: ObjectGraph;

  /** Watches nothing yet. */
  constructor(context: ControllerContext) {
    this.#context = context;
    this.#kinds = context.kinds ?? new KindTable();
    this.#graph = new ObjectGraph(this.#kinds);
  }

  /** As {@link Reconciler.watch}. */
  watch(onKey: (key: string) => void): () => void {
    const watches = new Map<KindName, () => void>();
    const watch = (kind: KindName) => {
      if (watches.has(kind)) return;
      watches.set(
        kind,
        this.#context.client.watch(kind, (event) => this.#onChange(event, onKey)),
      );
    };
    this.#kinds.names.forEach(watch);
    // Those that definitions add come at run time; nothing is in those that are gone.
    const unfollow = this.#kinds.follow(watch);
    return () => {
      unfollow();
      watches.forEach((unwatch) => unwatch());
    };
  }

  /** As {@link Reconciler.reconcile}. */
  async reconcile(uid: string, signal: AbortSignal): Promise<Pass> {
    const object = this.#graph.find(uid);
    if (object === undefined) return {};
    for (const collection of computeGarbage(object, this.#graph)) {
      if (signal.aborted) break;
      await this.#collect(object, collection);
    }
    return {};
  }

  async #collect(owner: KubernetesObject, collection: Collection<KubernetesObject>): Promise<void> {
    const { client, clock, onObjectEvent } = this.#context;
    const { action, object: target, because, rule } = collection;
    const { namespace = "", name, uid } = target.metadata;
    try {
      if (action === "deleteDependent") {
        const { propagation } = collection;
        await client.delete(kindNameOf(target), namespace, name, { uid: uid!, propagation });
      } else await client.update(target);
    } catch (error) {
      // It is gone, which is the goal.
      if (isRefusal(error, "NotFound")) return;
      throw error;
    }
    const verb = action === "deleteDependent" ? "delete" : "update";
    const made = { controller: this.name, owner, action, verb, target, because, rule } as const;
    onObjectEvent(traceWrite(made, clock.now()));
  }

  #onChange({ type, object }: WatchEvent<KubernetesObject>, onKey: (key: string) => void): void {
    const { uid = "" } = object.metadata;
    if (type === "DELETED") {
      this.#graph.remove(uid);
      this.#nameDependents(uid, onKey);
      this.#nameEndingOwners(object, onKey);
      return;
    }
    const before = this.#graph.put(object);
    if (isHeld(object)) {
      onKey(uid);
      this.#nameDependents(uid, onKey);
    }
    const owners = ownersOf(object);
    if (owners.some((it) => this.#isGoing(it))) onKey(uid);
    // Nothing of it may hold an owner any more.
    if (before !== undefined && ownersOf(before).join() !== owners.join()) {
      this.#nameEndingOwners(before, onKey);
    }
  }

  #nameDependents(uid: string, onKey: (key: string) => void): void {
    for (const { metadata } of this.#graph.dependentsOf(uid)) onKey(metadata.uid!);
  }

  #nameEndingOwners(object: KubernetesObject, onKey: (key: string) => void): void {
    for (const uid of ownersOf(object)) {
      const owner = this.#graph.find(uid);
      if (owner !== undefined && isHeld(owner)) onKey(uid);
    }
  }

  #isGoing(uid: string): boolean {
    const owner = this.#graph.find(uid);
    return owner === undefined || isHeld(owner);
  }
}

function ownersOf({ metadata: { ownerReferences = [] } }: KubernetesObject): string[] {
  return ownerReferences.map(({ uid }) => uid);
}

/** Whether it is being deleted and waits for what it owns. */
function isHeld({ metadata: { deletionTimestamp, finalizers = [] } }: KubernetesObject): boolean {
  return deletionTimestamp !== undefined &&
    (finalizers.includes(FOREGROUND) || finalizers.includes(ORPHAN));
}
