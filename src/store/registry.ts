/** What create and delete mean for a kind: namespace, defaults, validation, uid, grace. */
import { formatSecond } from "../base/go_text.ts";
import { defaultClaim, defaultPod } from "../api/defaults.ts";
import { isSchedulable, withSchedulingDefaults } from "../api/pod_scheduling.ts";
import { type FieldError, InvalidObjectError } from "../api/types/errors.ts";
import type { KindName, KubernetesObject } from "../api/types/kinds.ts";
import type { ObjectMeta } from "../api/types/meta.ts";
import type { Pod, PodCondition, PodStatus } from "../api/types/pod.ts";
import {
  validateClaim,
  validateConfigMap,
  validatePod,
  validateSecret,
} from "../api/validate/validate.ts";
import type { Clock } from "../base/clock.ts";
import type { DeleteOptions, ObjectClient, ObjectOf, WatchEvent } from "./client.ts";
import { foldStringData } from "./secret_data.ts";
import { StatusError } from "./status_error.ts";
import { ObjectStore, pluralOf } from "./store.ts";

/** What makes a {@link Registry}. */
export interface RegistryOptions {
  /** Where `creationTimestamp` and `deletionTimestamp` come from. */
  readonly clock: Clock;
  /** A uid that no other object has. */
  readonly newUid: () => string;
}

/** Keeps the objects of one cluster in memory, by Kubernetes' rules. */
export class Registry implements ObjectClient {
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
   * Adds all of these objects or none of them; what pods refer to comes first, in whatever order it is given.
   *
   * @throws {InvalidObjectError} of the first object that is not valid.
   * @throws {StatusError} `AlreadyExists`
   */
  createAll(objects: readonly KubernetesObject[]): KubernetesObject[] {
    const prepared = objects.map((object) => this.#prepare(object));
    const names = new Set<string>();
    for (const { kind, metadata: { namespace, name } } of prepared) {
      const key = `${kind}/${namespace}/${name}`;
      if (names.has(key) || this.#store.get(kind, namespace!, name) !== undefined) {
        throw new StatusError("AlreadyExists", pluralOf(kind), name);
      }
      names.add(key);
    }
    const podsLast = prepared.toSorted((a, b) =>
      Number(a.kind === "Pod") - Number(b.kind === "Pod")
    );
    return this.#store.createAll(podsLast);
  }

  /** As {@link ObjectClient.updatePodStatus}. */
  updatePodStatus(pod: Pod, status: PodStatus): Pod | undefined {
    const { namespace, name, uid } = pod.metadata;
    const present = this.#store.get("Pod", namespace!, name);
    if (present?.metadata.uid !== uid) return undefined;
    return this.#store.update({ ...present!, status });
  }

  /**
   * As {@link ObjectClient.bind}.
   *
   * Rules: R-COND-2, R-COND-8.
   */
  bind(pod: Pod, nodeName: string): Promise<Pod> {
    return Promise.try(() => this.#bind(pod.metadata, nodeName));
  }

  #bind({ namespace, name, uid }: ObjectMeta, nodeName: string): Pod {
    const pod = this.#store.get("Pod", namespace!, name);
    if (pod === undefined) throw new StatusError("NotFound", pluralOf("Pod"), name);
    if (pod.metadata.uid !== uid || !isSchedulable(pod)) {
      throw new StatusError("Conflict", pluralOf("Pod"), name);
    }
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
      throw new StatusError("NotFound", pluralOf(kind), name);
    }
    const grace = object.kind === "Pod" ? computeDeletionGrace(object, graceSeconds) : 0;
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
        // Once for the deletion, not for each request (R-COND-1; apiserver, rest/delete.go, BeforeDelete).
        ...(deletionTimestamp === undefined && { generation: (generation ?? 0) + 1 }),
      },
    });
  }

  /** The object as it is stored first (R-DEFAULT-4, R-DEFAULT-16). */
  #prepare<O extends KubernetesObject>(object: O): O {
    const metadata: ObjectMeta = {
      ...object.metadata,
      namespace: object.metadata.namespace || "default",
    };
    const prepared = prepareKind({ ...object, metadata });
    const errors = validateKind(prepared);
    if (errors.length > 0) {
      throw new InvalidObjectError(`${object.kind} "${metadata.name}"`, errors);
    }
    const creationTimestamp = formatSecond(this.#wallTime());
    return {
      ...prepared,
      ...(prepared.kind === "Pod" && { status: gatedStatus(prepared, creationTimestamp) }),
      metadata: {
        ...prepared.metadata,
        uid: this.#options.newUid(),
        creationTimestamp,
        generation: 1,
      },
    } as O; // What a kind's preparation returns is of that kind.
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}

/** Defaults, and what only the keeper of the objects writes (R-DEFAULT-16, R-QOS-2). */
function prepareKind(object: KubernetesObject): KubernetesObject {
  switch (object.kind) {
    case "Pod": {
      // Nobody brings a status along: a new pod gets that of a new pod.
      const { status: _, ...pod } = object;
      return withSchedulingDefaults(defaultPod(pod));
    }
    case "Secret":
      return foldStringData(object);
    case "PersistentVolumeClaim":
      return defaultClaim(object);
    case "ConfigMap":
      return object;
  }
}

/** A new pod with scheduling gates says from the start that it waits for them (R-COND-8). */
function gatedStatus({ spec, status = {} }: Pod, lastTransitionTime: string): PodStatus {
  if ((spec.schedulingGates ?? []).length === 0) return status;
  const gated: PodCondition = {
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null,
    lastTransitionTime,
  };
  return { ...status, conditions: [gated] };
}

function validateKind(object: KubernetesObject): readonly FieldError[] {
  switch (object.kind) {
    case "Pod":
      return validatePod(object);
    case "ConfigMap":
      return validateConfigMap(object);
    case "Secret":
      return validateSecret(object);
    case "PersistentVolumeClaim":
      return validateClaim(object);
  }
}

/**
 * Seconds that a deletion gives a pod.
 *
 * Rule: R-DELETE-1.
 */
function computeDeletionGrace(pod: Pod, requested: number | undefined): number {
  const phase = pod.status?.phase;
  if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  const grace = requested ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

/** When a deletion was first asked for; now where its grace is longer than any date, so that nothing can be told from that. */
function begunAt(deletionTimestamp: string, graceSeconds: number, nowMs: number): number {
  const begunMs = Date.parse(deletionTimestamp) - graceSeconds * 1000;
  return begunMs > 0 ? begunMs : nowMs;
}
