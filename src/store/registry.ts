/** What create, update and delete mean for a kind: namespace, defaults, validation, uid, grace. */
import { formatSecond } from "../base/go_text.ts";
import { rememberedWith } from "../base/remembered.ts";
import { isReleased, prepareDelete } from "../api/kinds/deletion.ts";
import { prepareUpdate } from "../api/kinds/update.ts";
import { isEqual } from "../api/validate/common/equality.ts";
import { KindTable } from "../api/kinds/kind_table.ts";
import { keyOfObject, kindNameOf, podTemplatesOf } from "../api/kinds/kinds.ts";
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { CustomResourceDefinition } from "../api/types/definition.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod, PodCondition, PodSpec } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import type { DeleteOptions, WatchEvent } from "./client.ts";
import type { ChangeHistory } from "./history.ts";
import type { Journal, KeptObjects } from "./journal.ts";
import { type NewObjectOptions, NewObjects } from "./new_objects.ts";
import { type Refusal, refusalOf, refuseInvalid, rowOf } from "./refusal.ts";
import { StatusError } from "./status_error.ts";
import { ObjectStore } from "./store.ts";

/** What makes a {@link Registry}. */
export interface RegistryOptions extends NewObjectOptions {
  /** Where `creationTimestamp` and `deletionTimestamp` come from. */
  readonly clock: Clock;
  /** Gets every change, for watches that begin at an older version. @default none is kept */
  readonly history?: ChangeHistory;
  /** What makes every change outlive the process. @default all ends with it */
  readonly journal?: Pick<Journal, "note" | "checkRoom">;
  /** What is there from the start. @default nothing */
  readonly kept?: KeptObjects;
  /** Kinds that are there from the start, beside those of this program. @default none */
  readonly definitions?: readonly CustomResourceDefinition[];
  /** Gets what a watcher throws. @default an uncaught error of the program */
  readonly onFault?: (error: unknown) => void;
}

/** How a write is made. */
export interface WriteOptions {
  /** Everything is computed and checked, and nothing is stored. @default false */
  readonly isDryRun?: boolean;
  /** The part of the spec that an update changes alone: the name of its subresource. */
  readonly part?: string;
}

/** What a delete leaves. */
export interface DeletedObject {
  /** Marked as it is stored, or as it was last. */
  readonly object: KubernetesObject;
  readonly isGone: boolean;
}

/** Keeps the objects of one cluster in memory, by Kubernetes' rules. */
export class Registry {
  /** Those that definitions add are there as soon as their definitions are accepted. */
  readonly kinds = new KindTable();
  readonly #store: ObjectStore;
  readonly #options: RegistryOptions;
  readonly #newObjects: NewObjects;

  /** Empty but for what was kept. */
  constructor(options: RegistryOptions) {
    this.#options = options;
    const { onFault, history, journal, kept } = options;
    for (const definition of options.definitions ?? []) this.kinds.define(definition);
    const recorders = [history ?? [], journal ?? []].flat();
    this.#store = new ObjectStore({ onFault, recorders, kept, kinds: this.kinds });
    this.#newObjects = new NewObjects(this.#store, this.kinds, options);
    this.#store.watch("CustomResourceDefinition", ({ type, object }) => {
      if (type === "DELETED") this.kinds.forget(object);
      else this.kinds.define(object);
    });
    for (const name of options.namespaces ?? []) {
      if (this.#store.get("Namespace", "", name) !== undefined) continue;
      this.create({ apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {} });
    }
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

  /**
   * As {@link ObjectClient.create}.
   *
   * @throws {StorageError} as {@link Registry.update}.
   */
  create<O extends KubernetesObject>(object: O, { isDryRun }: WriteOptions = {}): O {
    if (!isDryRun) this.#options.journal?.checkRoom();
    const prepared = this.#newObjects.prepare(object);
    if (!isDryRun) return this.#store.create(prepared);
    const { metadata: { namespace = "", name } } = prepared;
    if (this.#store.get(kindNameOf(prepared), namespace, name) === undefined) return prepared;
    throw this.#refusal("AlreadyExists", prepared);
  }

  /**
   * Adds all of these objects or none of them; what pods refer to comes first, in whatever order it
   * is given.
   *
   * @throws {InvalidObjectError} of the first object that is not valid.
   * @throws {StatusError} `AlreadyExists`
   */
  createAll(objects: readonly KubernetesObject[]): KubernetesObject[] {
    this.#options.journal?.checkRoom();
    const prepared: KubernetesObject[] = [];
    for (const object of objects) prepared.push(this.#newObjects.prepare(object, prepared));
    const names = new Set<string>();
    for (const object of prepared) {
      const { kind, metadata: { namespace = "", name } } = object;
      const key = keyOfObject(object);
      if (names.has(key) || this.#store.get(kind, namespace, name) !== undefined) {
        throw this.#refusal("AlreadyExists", object);
      }
      names.add(key);
    }
    const podsLast = prepared.toSorted((a, b) =>
      podTemplatesOf(a).length - podTemplatesOf(b).length
    );
    return this.#store.createAll(podsLast);
  }

  /**
   * As {@link ObjectClient.update}.
   *
   * @throws {StorageError} where the disk is nearly full: what is left is for statuses and for what
   * makes room.
   */
  update<O extends KubernetesObject>(given: O, { isDryRun, part }: WriteOptions = {}): O {
    const present = this.#find(given);
    const row = rowOf(this.kinds, given);
    const { object, errors } = prepareUpdate(given, present, { part, row });
    if (object.metadata.resourceVersion !== present.metadata.resourceVersion) {
      throw this.#refusal("Conflict", given);
    }
    refuseInvalid(object, errors);
    if (isDryRun) return object;
    if (isReleased(object, row)) {
      this.#options.journal?.checkRoom(false);
      this.#store.remove(object);
      return object;
    }
    const allocated = this.#newObjects.allocate(object, row);
    if (isEqual(allocated, present)) return present;
    this.#options.journal?.checkRoom();
    return this.#store.update(allocated);
  }

  /**
   * As {@link ObjectClient.updateStatus}.
   *
   * Rule: Kubernetes, the status strategies of pkg/registry/core/pod/strategy.go and
   * pkg/registry/apps/deployment/strategy.go.
   */
  updateStatus<O extends KubernetesObject>(given: O, { isDryRun }: WriteOptions = {}): O {
    const present = this.#find(given);
    const row = rowOf(this.kinds, given);
    const { annotations, resourceVersion, managedFields } = given.metadata;
    const { annotations: before, ...metadata } = present.metadata;
    // Of a custom object nothing but the status is written.
    const written = row.custom === undefined ? annotations : before;
    const object = {
      ...present,
      metadata: {
        ...metadata,
        ...(written && { annotations: written }),
        ...(managedFields && { managedFields }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      ...("status" in given && { status: given.status }),
    };
    refuseInvalid(object, [...row.validateStatus?.(object, present) ?? []]);
    if (isDryRun) return object;
    if (isEqual(object, present)) return present;
    this.#options.journal?.checkRoom(false);
    return this.#store.update(object);
  }

  /**
   * As {@link ObjectClient.bind}.
   *
   * Rules: R-COND-2, R-COND-8.
   */
  bind(given: Pod, nodeName: string): Pod {
    const pod = this.#find(given);
    if (!isSchedulable(pod)) {
      throw this.#refusal("Conflict", pod);
    }
    const { generation } = pod.metadata;
    this.#options.journal?.checkRoom(false);
    const scheduled: PodCondition = {
      type: "PodScheduled",
      status: "True",
      ...(generation !== undefined && { observedGeneration: generation }),
      lastProbeTime: null,
      lastTransitionTime: formatSecond(this.#wallTime()),
    };
    // It has the node that it was to get.
    const { nominatedNodeName: _, ...others } = pod.status ?? {};
    return this.#store.update({
      ...pod,
      spec: withNodeName(pod.spec, nodeName),
      status: {
        ...others,
        conditions: [
          ...(others.conditions ?? []).filter(({ type }) => type !== scheduled.type),
          scheduled,
        ],
      },
    });
  }

  /** As {@link ObjectClient.bindClaim}. The volume is called as a provisioner calls it. */
  bindClaim(namespace: string, name: string): void {
    const claim = this.#store.get("PersistentVolumeClaim", namespace, name);
    if (claim === undefined || claim.status?.phase === "Bound") return;
    this.#options.journal?.checkRoom(false);
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
   * Rules: R-DELETE-1 to R-DELETE-3, R-DELETE-5, R-GC-5.
   */
  delete(
    kind: KindName,
    namespace: string,
    name: string,
    { uid, ...deletion }: DeleteOptions = {},
    { isDryRun }: WriteOptions = {},
  ): DeletedObject {
    const object = this.#store.get(kind, namespace, name);
    if (object === undefined || (uid !== undefined && uid !== object.metadata.uid)) {
      throw new StatusError("NotFound", this.kinds.resourceOf(kind), name);
    }
    const row = rowOf<KubernetesObject>(this.kinds, object);
    const detail = row.whyKept?.(object);
    if (detail !== undefined) throw this.#refusal("Forbidden", object, { detail });
    const marked = prepareDelete<KubernetesObject>(object, deletion, this.#wallTime(), row);
    if (isDryRun) return { object: marked ?? object, isGone: marked === undefined };
    this.#options.journal?.checkRoom(false);
    if (marked === undefined) {
      this.#store.remove(object);
      return { object, isGone: true };
    }
    const stored = marked === object ? object : this.#store.update(marked);
    return { object: stored, isGone: false };
  }

  /**
   * The object that is there of this kind and name.
   *
   * @throws {StatusError} `NotFound`; `Conflict` if it is another one (by uid).
   */
  #find<O extends KubernetesObject>(object: O): O {
    const { namespace, name, uid } = object.metadata;
    const scope = rowOf(this.kinds, object).namespaced ? namespace || "default" : "";
    const present = this.#store.get(kindNameOf(object), scope, name);
    if (present === undefined) throw this.#refusal("NotFound", object);
    if (uid && present.metadata.uid !== uid) throw this.#refusal("Conflict", object);
    // The store keeps kinds apart.
    return present as KubernetesObject as O;
  }

  #refusal(...[reason, object, more]: Refusal): StatusError {
    return refusalOf(this.kinds, reason, object, more);
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}

/** The Pods of one template on one node have one spec. */
const withNodeName = rememberedWith((spec: PodSpec, nodeName: string) => ({ ...spec, nodeName }));
