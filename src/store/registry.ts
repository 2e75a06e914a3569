/** What create and delete mean for a kind: namespace, defaults, validation, uid, grace. */
import { formatSecond } from "../base/go_text.ts";
import { prepareCreate } from "../api/kinds/creation.ts";
import {
  keyOfObject,
  podTemplatesOf,
  qualifiedKindOf,
  resourceOf,
  strategyOf,
} from "../api/kinds/kinds.ts";
import { isSchedulable } from "../api/pod_scheduling.ts";
import { InvalidObjectError } from "../api/types/errors.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { ObjectMeta } from "../api/types/meta.ts";
import type { Pod, PodCondition, PodStatus } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import type { DeleteOptions, WatchEvent } from "./client.ts";
import { StatusError } from "./status_error.ts";
import { ObjectStore } from "./store.ts";

/** What makes a {@link Registry}. */
export interface RegistryOptions {
  /** Where `creationTimestamp` and `deletionTimestamp` come from. */
  readonly clock: Clock;
  /** A uid that no other object has. */
  readonly newUid: () => string;
}

/** Keeps the objects of one cluster in memory, by Kubernetes' rules. */
export class Registry {
  readonly #store = new ObjectStore();
  readonly #options: RegistryOptions;

  /** Empty. */
  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** As {@link ObjectClient.get}. */
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#store.get(kind, namespace, name);
  }

  /** As {@link ObjectClient.list}. */
  list<K extends KindName>(kind: K): ObjectOf<K>[] {
    return this.#store.list(kind);
  }

  /** As {@link ObjectClient.watch}. */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void {
    return this.#store.watch(kind, onChange);
  }

  /** As {@link ObjectClient.create}. */
  create<O extends KubernetesObject>(object: O): O {
    return this.#store.create(this.#prepare(object));
  }

  /**
   * Adds all of these objects or none of them; what pods refer to comes first, in whatever order it
   * is given.
   *
   * @throws {InvalidObjectError} of the first object that is not valid.
   * @throws {StatusError} `AlreadyExists`
   */
  createAll(objects: readonly KubernetesObject[]): KubernetesObject[] {
    const prepared = objects.map((object) => this.#prepare(object));
    const names = new Set<string>();
    for (const object of prepared) {
      const { kind, metadata: { namespace = "", name } } = object;
      const key = keyOfObject(object);
      if (names.has(key) || this.#store.get(kind, namespace, name) !== undefined) {
        throw new StatusError("AlreadyExists", resourceOf(kind), name);
      }
      names.add(key);
    }
    const podsLast = prepared.toSorted((a, b) =>
      podTemplatesOf(a).length - podTemplatesOf(b).length
    );
    return this.#store.createAll(podsLast);
  }

  /** As {@link ObjectClient.updatePodStatus}. */
  updatePodStatus({ metadata }: Pod, status: PodStatus): Pod {
    const present = this.#getPod(metadata);
    return this.#store.update({
      ...present,
      metadata: { ...present.metadata, resourceVersion: metadata.resourceVersion! },
      status,
    });
  }

  /**
   * As {@link ObjectClient.bind}.
   *
   * Rules: R-COND-2, R-COND-8.
   */
  bind({ metadata }: Pod, nodeName: string): Pod {
    const pod = this.#getPod(metadata);
    if (!isSchedulable(pod)) throw new StatusError("Conflict", resourceOf("Pod"), metadata.name);
    const { generation } = pod.metadata;
    const scheduled: PodCondition = {
      type: "PodScheduled",
      status: "True",
      ...(generation !== undefined && { observedGeneration: generation }),
      lastProbeTime: null,
      lastTransitionTime: formatSecond(this.#wallTime()),
    };
    return this.#store.update({
      ...pod,
      spec: { ...pod.spec, nodeName },
      status: { ...pod.status, conditions: [scheduled] },
    });
  }

  /** As {@link ObjectClient.bindClaim}. The volume is called as a provisioner calls it. */
  bindClaim(namespace: string, name: string): void {
    const claim = this.#store.get("PersistentVolumeClaim", namespace, name);
    if (claim === undefined || claim.status?.phase === "Bound") return;
    const { accessModes, resources } = claim.spec;
    this.#store.update({
      ...claim,
      spec: { ...claim.spec, volumeName: `pvc-${claim.metadata.uid}` },
      status: {
        phase: "Bound",
        ...(accessModes && { accessModes }),
        ...(resources?.requests && { capacity: resources.requests }),
      },
    });
  }

  /**
   * As {@link ObjectClient.delete}.
   *
   * Rules: R-DELETE-1 to R-DELETE-3, R-DELETE-5.
   */
  delete(
    kind: KindName,
    namespace: string,
    name: string,
    { graceSeconds, uid }: DeleteOptions = {},
  ): void {
    const object = this.#store.get(kind, namespace, name);
    if (object === undefined || (uid !== undefined && uid !== object.metadata.uid)) {
      throw new StatusError("NotFound", resourceOf(kind), name);
    }
    const grace = strategyOf(object).deletionGraceOf?.(object, graceSeconds) ?? 0;
    if (grace === 0) return this.#store.remove(kind, namespace, name);

    const { deletionTimestamp, deletionGracePeriodSeconds, generation } = object.metadata;
    if (deletionGracePeriodSeconds !== undefined && grace >= deletionGracePeriodSeconds) return;
    // A shorter grace counts from the first request, as the longer one did.
    const begunMs = deletionTimestamp === undefined
      ? this.#wallTime()
      : begunAt(deletionTimestamp, deletionGracePeriodSeconds!, this.#wallTime());
    this.#store.update({
      ...object,
      metadata: {
        ...object.metadata,
        deletionTimestamp: formatSecond(begunMs + grace * 1000),
        deletionGracePeriodSeconds: grace,
        // Once for the deletion, not for each request (R-COND-1; apiserver, rest/delete.go,
        // BeforeDelete).
        ...(deletionTimestamp === undefined && { generation: (generation ?? 0) + 1 }),
      },
    });
  }

  /** The object as it is stored first (R-DEFAULT-4, R-DEFAULT-16). */
  #prepare<O extends KubernetesObject>(object: O): O {
    const { newUid } = this.#options;
    const creationTimestamp = formatSecond(this.#wallTime());
    const prepared = prepareCreate(object, { uid: newUid(), creationTimestamp });
    if (prepared.errors.length > 0) {
      const name = `${qualifiedKindOf(object)} "${object.metadata.name}"`;
      throw new InvalidObjectError(name, prepared.errors);
    }
    return prepared.object;
  }

  /** @throws {StatusError} `NotFound`; `Conflict` if there is another pod of this name. */
  #getPod({ namespace, name, uid }: ObjectMeta): Pod {
    const pod = this.#store.get("Pod", namespace!, name);
    if (pod === undefined) throw new StatusError("NotFound", resourceOf("Pod"), name);
    if (pod.metadata.uid !== uid) throw new StatusError("Conflict", resourceOf("Pod"), name);
    return pod;
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}

/**
 * When a deletion was first requested; now where its grace is longer than any date, which then
 * gives no answer.
 */
function begunAt(deletionTimestamp: string, graceSeconds: number, nowMs: number): number {
  const begunMs = Date.parse(deletionTimestamp) - graceSeconds * 1000;
  return begunMs > 0 ? begunMs : nowMs;
}
