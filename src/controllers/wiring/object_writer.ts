/** Carries out what controllers want to write, and knows what of it has been seen. */
import type { KindTable } from "../../api/kinds/kind_table.ts";
import { kindNameOf } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import type { K8sEvent } from "../../lifecycle/trace/kubernetes_event.ts";
import type { ObjectLogEvent } from "../../lifecycle/trace/object_event.ts";
import type { ObjectClient } from "../../store/client.ts";
import { isRefusal } from "../../store/status_error.ts";
import type { Changes, ControllerWrite } from "../change.ts";
import type { StoredObject } from "./controller_row.ts";
import { traceDecision, traceEndpoints, traceWrite } from "./trace.ts";

/** What controllers share. */
export interface ControllerContext {
  readonly client: ObjectClient;
  /** The kinds of the cluster. @default those of this program */
  readonly kinds?: KindTable;
  readonly clock: Clock;
  /** Gets every Kubernetes Event about an object that a controller works for. */
  readonly onK8sEvent: (object: KubernetesObject, event: K8sEvent) => void;
  /** Gets every line of the event log about objects. */
  readonly onObjectEvent: (event: ObjectLogEvent) => void;
}

/**
 * How long a write is waited for that the client does not see: then it was undone before.
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, ExpectationsTimeout.
 */
const UNSEEN_MS: Millis = 300_000;

/** A write of an object of a kind that the store has. */
export type StoredWrite = ControllerWrite<StoredObject>;

/** The writes of one pass. */
export class ObjectWriter {
  readonly #context: ControllerContext;
  readonly #controller: string;
  readonly #component: string;
  readonly #unseen: (() => boolean)[] = [];
  #unseenUntil: Millis = 0;

  /** Has written nothing. */
  constructor(context: ControllerContext, controller: string, component: string) {
    this.#context = context;
    this.#controller = controller;
    this.#component = component;
  }

  /**
   * Makes a write, and reports it. A delete of what is gone has succeeded.
   *
   * @param owner the object that it is made for.
   * @throws {StatusError} or another error of the client.
   */
  async write(owner: KubernetesObject, write: StoredWrite): Promise<void> {
    const { client, clock, onObjectEvent } = this.#context;
    const { verb, object, event } = write;
    const before = this.#find(object);
    const target = await this.#apply(write);
    if (target === undefined) return;
    if (event !== undefined) {
      const { type = "Normal", reason, messageOf } = event;
      this.record(owner, type, reason, messageOf(target.metadata.name));
    }
    const made = { ...write, controller: this.#controller, owner, before, target };
    onObjectEvent(traceWrite(made, clock.now()));
    const { namespace = "", name, uid, resourceVersion } = target.metadata;
    const isSeen = () => {
      const present = client.get(kindNameOf(target), namespace, name);
      // Versions are counted (Kubernetes 1.35, KEP-5504).
      const version = Number(present?.metadata.resourceVersion ?? 0);
      // What an update has released is gone.
      if (verb === "update" && present === undefined) return true;
      if (verb !== "delete") return version >= Number(resourceVersion);
      return present?.metadata.uid !== uid || present?.metadata.deletionTimestamp !== undefined;
    };
    this.#expect(isSeen);
  }

  /** Writes an object's status and annotations. */
  async publish<O extends KubernetesObject>(object: O): Promise<void> {
    await this.#context.client.updateStatus(object);
  }

  /** Reports what was decided about an object, and what was seen of others. */
  announce(
    object: KubernetesObject,
    { decisions = [], events = [], endpoints }: Pick<
      Changes<StoredObject>,
      "decisions" | "events" | "endpoints"
    >,
  ): void {
    const { clock, onObjectEvent } = this.#context;
    for (
      const { type = "Normal", reason, messageOf } of [
        ...events,
        ...decisions.map((it) => it.event).filter((it) => it !== undefined),
      ]
    ) this.record(object, type, reason, messageOf(object.metadata.name));
    if (endpoints !== undefined) onObjectEvent(traceEndpoints(object, endpoints, clock.now()));
    for (const decision of decisions) {
      onObjectEvent(traceDecision(this.#controller, object, decision, clock.now()));
    }
  }

  /** Records a Kubernetes Event about an object. */
  record(object: KubernetesObject, type: K8sEvent["type"], reason: string, message: string): void {
    const { clock, onK8sEvent } = this.#context;
    onK8sEvent(object, { at: clock.now(), type, reason, message, component: this.#component });
  }

  /** Whether the client has seen every write; one that never comes is not waited for for long. */
  isSeen(): boolean {
    return this.#unseen.every((it) => it()) || this.#context.clock.now() >= this.#unseenUntil;
  }

  /** The moment at which what has not been seen is not waited for any more. */
  get patience(): Millis | undefined {
    return this.isSeen() ? undefined : this.#unseenUntil;
  }

  #expect(isSeen: () => boolean): void {
    if (isSeen()) return;
    this.#unseen.push(isSeen);
    this.#unseenUntil = this.#context.clock.now() + UNSEEN_MS;
  }

  async #apply(
    { action, verb, object, propagation }: StoredWrite,
  ): Promise<KubernetesObject | undefined> {
    const { client } = this.#context;
    switch (verb) {
      case "create":
        return await client.create<KubernetesObject>(object);
      case "update":
        try {
          return await client.update<KubernetesObject>(object);
        } catch (error) {
          // What is gone has no finalizer.
          if (action === "removeFinalizer" && isRefusal(error, "NotFound")) return undefined;
          throw error;
        }
      case "delete":
        try {
          const { namespace = "", name, uid } = object.metadata;
          const options = {
            ...(uid !== undefined && { uid }),
            ...(propagation && { propagation }),
          };
          await client.delete(kindNameOf(object), namespace, name, options);
          return object;
        } catch (error) {
          if (isRefusal(error, "NotFound")) return undefined;
          throw error;
        }
    }
  }

  #find(object: KubernetesObject) {
    const { namespace = "", name } = object.metadata;
    return this.#context.client.get(kindNameOf(object), namespace, name);
  }
}
