/**
 * The registry as the client of one manager, which owns the fields that it writes: so that users
 * see who set a field, and server-side apply who has it.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/update.go: the manager is the program that
 * writes, by its name.
 */
import { kindNameOf } from "../api/kinds/kinds.ts";
import { fieldWriterOf, trackUpdate } from "../api/patch/server_side_apply.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import { isEqual } from "../api/validate/common/equality.ts";
import type { Clock } from "../base/clock.ts";
import { formatSecond } from "../base/go_text.ts";
import type { DeleteOptions, ObjectClient, WatchEvent } from "./client.ts";
import type { Registry } from "./registry.ts";
import { RegistryClient } from "./registry_client.ts";

/** Who writes, and by which clock. */
export interface ManagedClientOptions {
  /** `kubelet`, `kube-controller-manager` */
  readonly manager: string;
  readonly clock: Clock;
}

/** As {@link RegistryClient}, with what is written noted as its manager's. */
export class ManagedClient implements ObjectClient {
  readonly #registry: Registry;
  readonly #client: RegistryClient;
  readonly #options: ManagedClientOptions;

  /** A client of this registry. */
  constructor(registry: Registry, options: ManagedClientOptions) {
    this.#registry = registry;
    this.#client = new RegistryClient(registry);
    this.#options = options;
  }

  /** As {@link ObjectClient.get}. */
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#client.get(kind, namespace, name);
  }

  /** As {@link ObjectClient.read}. */
  read<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
  ): Promise<ObjectOf<K> | undefined> {
    return this.#client.read(kind, namespace, name);
  }

  /** As {@link ObjectClient.list}. */
  list<K extends KindName>(kind: K): ObjectOf<K>[] {
    return this.#client.list(kind);
  }

  /** As {@link ObjectClient.watch}. */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void {
    return this.#client.watch(kind, onChange);
  }

  /** As {@link ObjectClient.create}. */
  create<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => this.#registry.create(this.#own(undefined, object)));
  }

  /** As {@link ObjectClient.update}. */
  update<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => this.#registry.update(this.#own(this.#find(object), object)));
  }

  /** As {@link ObjectClient.updateStatus}. */
  updateStatus<O extends KubernetesObject>(object: O): Promise<O> {
    return Promise.try(() => {
      const present = this.#find(object);
      return this.#registry.updateStatus(this.#own(present, object, "status"));
    });
  }

  /** As {@link ObjectClient.bind}. */
  bind(pod: Pod, nodeName: string): Promise<Pod> {
    return this.#client.bind(pod, nodeName);
  }

  /** As {@link ObjectClient.bindClaim}. */
  bindClaim(namespace: string, name: string): Promise<void> {
    return this.#client.bindClaim(namespace, name);
  }

  /** As {@link ObjectClient.delete}. */
  delete(kind: KindName, namespace: string, name: string, options?: DeleteOptions): Promise<void> {
    return this.#client.delete(kind, namespace, name, options);
  }

  #find<O extends KubernetesObject>(object: O): O | undefined {
    const { namespace, name } = object.metadata;
    const kind = kindNameOf(object);
    const scope = this.#registry.kinds.isNamespaced(kind) ? namespace || "default" : "";
    // The store keeps kinds apart.
    return this.#registry.get(kind, scope, name) as O | undefined;
  }

  /** What others own is as it is stored, not as it was when the object was read. */
  #own<O extends KubernetesObject>(
    present: O | undefined,
    object: O,
    subresource?: "status",
  ): O {
    const row = this.#registry.kinds.rowOf(object);
    const isSame = present !== undefined && subresource === "status" && "status" in object &&
      "status" in present && isEqual(object.status, present.status);
    if (row === undefined || isSame) return object;
    const { manager, clock } = this.#options;
    const { managedFields: _, ...metadata } = object.metadata;
    const writer = fieldWriterOf(row, {
      manager,
      time: formatSecond(clock.wallTime(clock.now())),
      ...(subresource !== undefined && { subresource }),
    });
    return trackUpdate(present, { ...object, metadata }, writer);
  }
}
