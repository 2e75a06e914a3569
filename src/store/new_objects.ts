/** What an object gets before it is stored for the first time, and whether it may come at all. */
import { formatSecond } from "../base/go_text.ts";
import { allocate, prepareCreate } from "../api/kinds/creation.ts";
import { generateName } from "../api/generate_name.ts";
import type { KindTable } from "../api/kinds/kind_table.ts";
import { kindNameOf } from "../api/kinds/kinds.ts";
import type { Strategy } from "../api/kinds/strategy/strategy.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Ranges } from "../api/types/new_object.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { type Refusal, refusalOf, refuseInvalid, rowOf } from "./refusal.ts";
import { StatusError } from "./status_error.ts";
import type { ObjectStore } from "./store.ts";

/** What makes {@link NewObjects}. */
export interface NewObjectOptions {
  /** Where `creationTimestamp` comes from. */
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
}

/** How many endings a generated name is given until it is one that is free. */
const NAME_ATTEMPTS = 8;

/** Prepares objects for a store that does not have them yet. */
export class NewObjects {
  readonly #store: Pick<ObjectStore, "get" | "list">;
  readonly #kinds: KindTable;
  readonly #options: NewObjectOptions;
  #endings = 0;

  /** Looks for names and what has been handed out in the store. */
  constructor(
    store: Pick<ObjectStore, "get" | "list">,
    kinds: KindTable,
    options: NewObjectOptions,
  ) {
    this.#store = store;
    this.#kinds = kinds;
    this.#options = options;
  }

  /**
   * The object as it is stored first (R-DEFAULT-4, R-DEFAULT-16).
   *
   * @param others objects that are stored before it.
   */
  prepare<O extends KubernetesObject>(given: O, others: readonly KubernetesObject[] = []): O {
    const { newUid, clock } = this.#options;
    const row = rowOf(this.#kinds, given);
    const named = this.#name(given, row);
    this.#checkNamespace(named, row);
    if (row.custom?.isEnding) {
      const detail = "create not allowed while custom resource definition is terminating";
      throw this.#refusal("Forbidden", named, { detail });
    }
    const object = this.#admit(named);
    const creationTimestamp = formatSecond(clock.wallTime(clock.now()));
    const prepared = prepareCreate(object, { uid: newUid(), creationTimestamp }, row);
    refuseInvalid(object, prepared.errors);
    return this.allocate(prepared.object, row, others);
  }

  /**
   * The object with what is handed out, such as the address of a Service.
   *
   * @param others objects that are stored before it.
   * @throws {InvalidObjectError} where nothing is left, or what it asks for is taken.
   */
  allocate<O extends KubernetesObject>(
    given: O,
    row: Strategy<O>,
    others: readonly KubernetesObject[] = [],
  ): O {
    // Few kinds have any, and a list of thousands of Pods is not free.
    if (row.allocate === undefined) return given;
    const present = this.#store.list(given.kind);
    const { object, errors } = allocate(given, [...present, ...others], this.#options.ranges);
    refuseInvalid(object, errors);
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
      throw new StatusError("NotFound", this.#kinds.resourceOf("Namespace"), namespace);
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

  #refusal(...[reason, object, more]: Refusal): StatusError {
    return refusalOf(this.#kinds, reason, object, more);
  }
}
