/** What create, update and delete mean for a kind: namespace, defaults, validation, uid, grace. */
import { formatSecond } from "../base/go_text.ts";
import { rememberedWith } from "../base/remembered.ts";
import { allocate, prepareCreate } from "../api/kinds/creation.ts";
import { isReleased, prepareDelete } from "../api/kinds/deletion.ts";
import { prepareUpdate } from "../api/kinds/update.ts";
import { generateName } from "../api/generate_name.ts";
import { isEqual } from "../api/validate/common/equality.ts";
import { KindTable } from "../api/kinds/kind_table.ts";
import { keyOfObject, kindNameOf, podTemplatesOf, qualifiedKindOf } from "../api/kinds/kinds.ts";
import type { Strategy } from "../api/kinds/strategy/strategy.ts";
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { CustomResourceDefinition } from "../api/types/definition.ts";
import { type FieldError, InvalidObjectError } from "../api/types/errors.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Ranges } from "../api/types/new_object.ts";
import type { Pod, PodCondition, PodSpec } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import type { DeleteOptions, WatchEvent } from "./client.ts";
import type { ChangeHistory } from "./history.ts";
import type { Journal, KeptObjects } from "./journal.ts";
import { StatusError, type StatusReason } from "./status_error.ts";
import { ObjectStore } from "./store.ts";

/** What makes a {@link Registry}. */
export interface RegistryOptions {
  /** Where `creationTimestamp` and `deletionTimestamp` come from. */
  readonly clock: Clock;
  /** A uid that no other object has. */
  readonly newUid: () => string;
  /** The ending of the next name that is to be generated. @default they are counted */
  readonly newEnding?: (base: string) => number;
  /** What admission adds to a Pod that is created. @default nothing */
  readonly admitPod?: (pod: Pod) => Pod;
  /**
   * Namespaces that are there from the start; no other is there without an object of its own.
   *
   * @default every namespace is there, without an object
   */
  readonly namespaces?: readonly string[];
  /** What is handed out. @default Kubernetes' own ranges */
  readonly ranges?: Ranges;
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

/** How many endings a generated name is given until it is one that is free. */
const NAME_ATTEMPTS = 8;

/** Keeps the objects of one cluster in memory, by Kubernetes' rules. */
export class Registry {
  /** Those that definitions add are there as soon as their definitions are accepted. */
  readonly kinds = new KindTable();
  readonly #store: ObjectStore;
  readonly #options: RegistryOptions;
  #endings = 0;

  /** Empty but for what was kept. */
  constructor(options: RegistryOptions) {
    this.#options = options;
    const { onFault, history, journal, kept } = options;
    for (const definition of options.definitions ?? []) this.kinds.define(definition);
    const recorders = [history ?? [], journal ?? []].flat();
    this.#store = new ObjectStore({ onFault, recorders, kept, kinds: this.kinds });
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
    const prepared = this.#prepare(object);
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
    for (const object of objects) prepared.push(this.#prepare(object, prepared));
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
    const row = this.#rowOf(given);
    const { object, errors } = prepareUpdate(given, present, { part, row });
    if (object.metadata.resourceVersion !== present.metadata.resourceVersion) {
      throw this.#refusal("Conflict", given);
    }
    refuse(object, errors);
    if (isDryRun) return object;
    if (isReleased(object, row)) {
      this.#options.journal?.checkRoom(false);
      this.#store.remove(object);
      return object;
    }
    const allocated = this.#allocate(object, row);
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
    const row = this.#rowOf(given);
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
    refuse(object, [...row.validateStatus?.(object, present) ?? []]);
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
    const row = this.#rowOf<KubernetesObject>(object);
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
   * The object as it is stored first (R-DEFAULT-4, R-DEFAULT-16).
   *
   * @param others objects that are stored before it.
   */
  #prepare<O extends KubernetesObject>(given: O, others: readonly KubernetesObject[] = []): O {
    const { newUid } = this.#options;
    const row = this.#rowOf(given);
    const named = this.#name(given, row);
    this.#checkNamespace(named, row);
    if (row.custom?.isEnding) {
      const detail = "create not allowed while custom resource definition is terminating";
      throw this.#refusal("Forbidden", named, { detail });
    }
    const object = this.#admit(named);
    const creationTimestamp = formatSecond(this.#wallTime());
    const prepared = prepareCreate(object, { uid: newUid(), creationTimestamp }, row);
    refuse(object, prepared.errors);
    return this.#allocate(prepared.object, row, others);
  }

  #allocate<O extends KubernetesObject>(
    given: O,
    row: Strategy<O>,
    others: readonly KubernetesObject[] = [],
  ): O {
    // Few kinds have any, and a list of thousands of Pods is not free.
    if (row.allocate === undefined) return given;
    const present = this.#store.list(given.kind);
    const { object, errors } = allocate(given, [...present, ...others], this.#options.ranges);
    refuse(object, errors);
    return object;
  }

  /**
   * Nothing is created in a namespace that is being deleted, or is not there (R-NS-4).
   *
   * Rule: apiserver, pkg/admission/plugin/namespace/lifecycle/admission.go, Admit.
   */
  #checkNamespace(object: KubernetesObject, { namespaced }: Pick<Strategy, "namespaced">): void {
    const { namespace = "default" } = object.metadata;
    if (!namespaced) return;
    const found = this.#store.get("Namespace", "", namespace);
    if (found === undefined && this.#options.namespaces !== undefined) {
      throw new StatusError("NotFound", this.kinds.resourceOf("Namespace"), namespace);
    }
    if (found?.metadata.deletionTimestamp === undefined) return;
    throw this.#refusal("Forbidden", object, {
      detail: `unable to create new content in namespace ${namespace} ` +
        "because it is being terminated",
      isNamespaceEnding: true,
    });
  }

  #admit<O extends KubernetesObject>(object: O): O {
    const { admitPod } = this.#options;
    if (kindNameOf(object) !== "Pod" || admitPod === undefined) return object;
    // A Pod stays a Pod.
    return admitPod(object as KubernetesObject as Pod) as KubernetesObject as O;
  }

  /**
   * The object with the name that it asks for; a name that is taken is replaced a few times.
   *
   * Rule: Kubernetes, apiserver, pkg/registry/generic/registry/store.go, Create.
   */
  #name<O extends KubernetesObject>(object: O, { namespaced }: Pick<Strategy, "namespaced">): O {
    const { name, generateName: base, namespace } = object.metadata;
    if (name || !base) return object;
    const scope = namespaced ? namespace || "default" : "";
    for (let attempt = 1;; attempt++) {
      const generated = generateName(base, this.#newEnding(base));
      const isTaken = this.#store.get(kindNameOf(object), scope, generated) !== undefined;
      if (isTaken && attempt < NAME_ATTEMPTS) continue;
      return { ...object, metadata: { ...object.metadata, name: generated } };
    }
  }

  #newEnding(base: string): number {
    return this.#options.newEnding?.(base) ?? this.#endings++;
  }

  /**
   * The object that is there of this kind and name.
   *
   * @throws {StatusError} `NotFound`; `Conflict` if it is another one (by uid).
   */
  #find<O extends KubernetesObject>(object: O): O {
    const { namespace, name, uid } = object.metadata;
    const scope = this.#rowOf(object).namespaced ? namespace || "default" : "";
    const present = this.#store.get(kindNameOf(object), scope, name);
    if (present === undefined) throw this.#refusal("NotFound", object);
    if (uid && present.metadata.uid !== uid) throw this.#refusal("Conflict", object);
    // The store keeps kinds apart.
    return present as KubernetesObject as O;
  }

  /** @throws {StatusError} `NotFound`: its definition is gone. */
  #rowOf<O extends KubernetesObject>(object: O): Strategy<O> {
    const row = this.kinds.rowOf(object);
    if (row === undefined) throw this.#refusal("NotFound", object);
    return row;
  }

  #refusal(
    reason: StatusReason,
    object: KubernetesObject,
    more?: ConstructorParameters<typeof StatusError>[3],
  ): StatusError {
    const resource = this.kinds.resourceOf(kindNameOf(object));
    return new StatusError(reason, resource, object.metadata.name, more);
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}

/** The Pods of one template on one node have one spec. */
const withNodeName = rememberedWith((spec: PodSpec, nodeName: string) => ({ ...spec, nodeName }));

/** @throws {InvalidObjectError} with what is wrong, if anything is. */
function refuse(object: KubernetesObject, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const { kind, metadata: { name } } = object;
  throw new InvalidObjectError({ kind, qualifiedKind: qualifiedKindOf(object), name }, errors);
}
