/** The objects of one kind, by the object that controls them. */
import type { KindName, KubernetesObject, ObjectOf } from "../../api/types/kinds.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";
import { controllerOf } from "../ownership.ts";

/** Follows one kind, so that a pass over an owner costs what the owner has. */
export class OwnedIndex<K extends KindName> {
  /** By uid of the controller, or by namespace where there is none; each in order of creation. */
  readonly #groups = new Map<string, Map<string, ObjectOf<K>>>();
  /** The group of each object, by uid. */
  readonly #groupOf = new Map<string, string>();
  readonly #unwatch: () => void;

  /** Begins with the objects that are there. */
  constructor(client: Pick<ObjectClient, "watch">, kind: K) {
    this.#unwatch = client.watch(kind, (event) => this.#onChange(event));
  }

  /** Follows no further change. */
  stop(): void {
    this.#unwatch();
  }

  /** Those that an object controls. */
  ownedBy(uid: string): ObjectOf<K>[] {
    return [...this.#groups.get(uid)?.values() ?? []];
  }

  /** Those that an object controls, and those of its namespace that it may adopt. */
  candidatesOf({ metadata: { uid, namespace = "" } }: KubernetesObject): ObjectOf<K>[] {
    return [...this.ownedBy(uid!), ...this.ownedBy(freeGroup(namespace))];
  }

  #onChange({ type, object }: WatchEvent<ObjectOf<K>>): void {
    const { uid = "", namespace = "" } = object.metadata;
    const before = this.#groupOf.get(uid);
    const group = type === "DELETED"
      ? undefined
      : controllerOf(object.metadata)?.uid ?? freeGroup(namespace);
    if (before !== undefined && before !== group) this.#remove(before, uid);
    if (group === undefined) return;
    const members = this.#groups.get(group) ?? new Map<string, ObjectOf<K>>();
    this.#groups.set(group, members.set(uid, object));
    this.#groupOf.set(uid, group);
  }

  #remove(group: string, uid: string): void {
    this.#groupOf.delete(uid);
    const members = this.#groups.get(group)!;
    members.delete(uid);
    if (members.size === 0) this.#groups.delete(group);
  }
}

/** No uid has a slash. */
function freeGroup(namespace: string): string {
  return `${namespace}/`;
}
