/** The registry of this process as an `ObjectClient`. */
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import type { DeleteOptions, ObjectClient, WatchEvent } from "./client.ts";
import type { Registry } from "./registry.ts";

/**
 * Answers from the registry itself. A write is made when it is asked for; only its outcome comes
 * with the promise, so that the order of writes is the order of the calls.
 */
export class RegistryClient implements ObjectClient {
  readonly #registry: Registry;

  /** A client of this registry. */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** As {@link ObjectClient.get}. */
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#registry.get(kind, namespace, name);
  }

  /** As {@link ObjectClient.read}. */
  read<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
  ): Promise<ObjectOf<K> | undefined> {
    return Promise.resolve(this.#registry.get(kind, namespace, name));
  }

  /** As {@link ObjectClient.list}. */
  list<K extends KindName>(kind: K): ObjectOf<K>[] {
    return this.#registry.list(kind);
  }

  /** As {@link ObjectClient.watch}. */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void {
    return this.#registry.watch(kind, onChange);
  }

  /** As {@link ObjectClient.create}. */
  create<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => this.#registry.create(object));
  }

  /** As {@link ObjectClient.update}. */
  update<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => this.#registry.update(object));
  }

  /** As {@link ObjectClient.updateStatus}. */
  updateStatus<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => this.#registry.updateStatus(object));
  }

  /** As {@link ObjectClient.bind}. */
  bind(pod: Pod, nodeName: string): Promise<Pod> {
    return Promise.try(() => this.#registry.bind(pod, nodeName));
  }

  /** As {@link ObjectClient.bindClaim}. */
  bindClaim(namespace: string, name: string): Promise<void> {
    return Promise.try(() => this.#registry.bindClaim(namespace, name));
  }

  /** As {@link ObjectClient.delete}. */
  delete(kind: KindName, namespace: string, name: string, options?: DeleteOptions): Promise<void> {
    return Promise.try(() => void this.#registry.delete(kind, namespace, name, options));
  }
}
