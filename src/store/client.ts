/** The object store as nodes and controllers see it: the registry, or later a remote API server. */
import type { Deletion } from "../api/kinds/deletion.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";

/** One change, with the object as it is after it; as it was last where it is gone. */
export interface WatchEvent<T> {
  /** Kubernetes' words. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Complete, never a difference. */
  readonly object: T;
}

/** How an object is deleted; of Pods the grace is from the stop signal to SIGKILL (R-DELETE-1). */
export interface DeleteOptions extends Deletion {
  /** Only if the object still is this one. */
  readonly uid?: string;
}

/**
 * Reads answer at once, from what the client has seen: that may be older than what the store has,
 * and a write need not be visible when its promise resolves. What is read is shared and never
 * changed in place. Writes reject with a `StatusError` where the store refuses them, with any other
 * error where it could not be asked; they may be repeated.
 */
export interface ObjectClient {
  /** The object of this name; undefined if there is none. */
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined;
  /**
   * Reads the object of this name as the store has it now, also of a kind that the client does not
   * watch; undefined if there is none.
   */
  read<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
  ): Promise<ObjectOf<K> | undefined>;
  /** All of a kind, by namespace and name. */
  list<K extends KindName>(kind: K): ObjectOf<K>[];
  /**
   * Reports every present object as `ADDED`, then every change in order.
   *
   * @returns what ends it.
   */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void;
  /**
   * Adds an object: the server sets defaults, validates, and sets uid and time.
   *
   * @throws {InvalidObjectError} with everything that is wrong with it.
   * @throws {StatusError} `AlreadyExists`
   */
  create<O extends KubernetesObject>(object: O): Promise<O>;
  /**
   * Replaces an object, but for its status; the server validates the change and raises the
   * generation when the spec changed. Nothing is written if nothing differs.
   *
   * @param object as it was read, changed; without a version it replaces any.
   * @returns the object as it is stored.
   * @throws {InvalidObjectError} with everything that may not change.
   * @throws {StatusError} `NotFound`; `Conflict` if there is another object (by uid) of this name,
   * or another version of this one.
   */
  update<O extends KubernetesObject>(object: O): Promise<O>;
  /**
   * Replaces an object's status and annotations, and nothing else of it.
   *
   * @param object as it was read, with the new status.
   * @returns the object as it is stored.
   * @throws {StatusError} as {@link ObjectClient.update}.
   */
  updateStatus<O extends KubernetesObject>(object: O): Promise<O>;
  /**
   * Gives a pod its node.
   *
   * @returns the pod with it.
   * @throws {StatusError} `NotFound`; `Conflict` if there is another pod (by uid) of this name, or
   * this one is not to be given a node: it has one, a gate holds it back, or it is being deleted.
   */
  bind(pod: Pod, nodeName: string): Promise<Pod>;
  /** Notes that a claim has its volume; nothing happens if it has one already, or is gone. */
  bindClaim(namespace: string, name: string): Promise<void>;
  /**
   * Asks for an object's end. A bound pod stays until its node has stopped it, unless the grace is
   * 0; an object with finalizers stays until an update removes the last of them (R-GC-5).
   *
   * @throws {StatusError} `NotFound`
   */
  delete(kind: KindName, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
}
