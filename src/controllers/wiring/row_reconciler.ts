/** One row of the table of controllers in the loop: which objects to look at, and what to write. */
import { findKind } from "../../api/kinds/kinds.ts";
import { matchesSelector } from "../../api/label_selector.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { InvalidObjectError } from "../../api/types/errors.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import type { LabelSelector, OwnerReference } from "../../api/types/meta.ts";
import type { Millis } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import { isNamespaceEnding, isRefusal, StatusError } from "../../store/status_error.ts";
import type { WatchEvent } from "../../store/client.ts";
import type { Moment } from "../change.ts";
import { type Pass, type Reconciler, ReportedError } from "../controller.ts";
import type { ControllerRow, RelatedObjects, StoredObject } from "./controller_row.ts";
import { type ControllerContext, ObjectWriter, type StoredWrite } from "./object_writer.ts";
import { controllerOf } from "../ownership.ts";
import { traceRefusal } from "./trace.ts";
import { gatherKeys } from "./gathered_keys.ts";
import { watchSelected } from "./selected_objects.ts";

/** What makes a {@link RowReconciler}. */
export interface RowContext extends ControllerContext {
  /** The wall clock now, and how fast a manifest's seconds pass. */
  readonly readMoment: () => Moment;
  readonly related: RelatedObjects;
}

/** Looks at the objects of one kind; a key is `namespace/name`. */
export class RowReconciler<O extends StoredObject> implements Reconciler {
  readonly #row: ControllerRow<O>;
  readonly #context: RowContext;
  /** The key of the object that last controlled another one, by the uid of that. */
  readonly #owners = new Map<string, string>();
  /** Objects that it owns as they were last, by uid, where not each change is news. */
  readonly #seen = new Map<string, KubernetesObject>();
  /** What the last pass over each object left for the next one, by uid. */
  readonly #memories = new Map<string, unknown>();
  /** The refusal of the last pass over each object, by uid. */
  readonly #refusals = new Map<string, string>();
  /** The object of each key as the last pass published it, where that asks for no other pass. */
  readonly #published = new Map<string, O>();
  /** Uids of objects that are gone and may control others still, by key. */
  readonly #gone = new Map<string, Set<string>>();

  /** Watches nothing yet. */
  constructor(row: ControllerRow<O>, context: RowContext) {
    this.#row = row;
    this.#context = context;
  }

  /** The kind that it works for. */
  get name(): string {
    return this.#row.kind;
  }

  /** As {@link Reconciler.watch}. */
  watch(onKey: (key: string) => void): () => void {
    const { client, clock } = this.#context;
    const { kind, owns, follows = [], everywhere = [], namesakes = [], gatherMs } = this.#row;
    const gathered = gatherMs === undefined ? undefined : gatherKeys(clock, gatherMs, onKey);
    const watches = [
      watchSelected(client, this.#row, gathered?.add ?? onKey),
      client.watch(kind, (event) => this.#onObject(event, onKey)),
      ...everywhere.map((it) =>
        client.watch(it, () => client.list(kind as KindName).forEach((own) => onKey(keyOf(own))))
      ),
      ...namesakes.map((it) => client.watch(it, ({ object }) => onKey(keyOf(object)))),
      ...owns.map((it) => client.watch(it, (event) => this.#onOwned(event, onKey))),
      ...follows.map((it) => client.watch(it, ({ object }) => this.#onFollowed(object, onKey))),
    ];
    return () => {
      gathered?.stop();
      watches.forEach((unwatch) => unwatch());
    };
  }

  /**
   * As {@link Reconciler.reconcile}. Where another version of what is written has been seen
   * meanwhile, its change has named the key again.
   */
  async reconcile(key: string, signal: AbortSignal): Promise<Pass> {
    await this.#reconcileOrphans(key);
    const object = this.#find(key);
    if (object === undefined) return {};
    try {
      return await this.#reconcile(object, signal);
    } catch (error) {
      const present = this.#find(key);
      // It has gone meanwhile: there is nothing left to write.
      if (present === undefined && isRefusal(error, "NotFound")) return {};
      const isSeen = present?.metadata.resourceVersion !== object.metadata.resourceVersion;
      if (isSeen && isRefusal(error, "Conflict")) return {};
      throw error;
    }
  }

  async #reconcile(object: O, signal: AbortSignal): Promise<Pass> {
    const { related, readMoment, clock } = this.#context;
    const { kind, component } = this.#row;
    const writer = new ObjectWriter(this.#context, kind, component);
    const moment = readMoment();
    const memory = this.#memories.get(object.metadata.uid!);
    const changes = this.#row.compute(object, related, moment, { memory });
    const { writes, published, wakeAtMs } = changes;
    for (const write of writes) {
      if (signal.aborted) return {};
      // The store has the kinds of the rows.
      const collided = await this.#write(object, write as StoredWrite, { writer, moment });
      if (collided === undefined) continue;
      await writer.publish(collided);
      return {};
    }
    if (signal.aborted) return {};
    if (published !== undefined) {
      if (this.#row.isDoneAtOnce) this.#published.set(keyOf(published), published);
      await writer.publish(published);
    }
    writer.announce(published ?? object, changes);
    this.#memories.set(object.metadata.uid!, changes.memory);
    this.#refusals.delete(object.metadata.uid!);
    const { wallMs, speed } = moment;
    const due = wakeAtMs === undefined ? wakeAtMs : clock.now() + (wakeAtMs - wallMs) * speed;
    return { ...firstOf(due, writer.patience), isSeen: () => writer.isSeen() };
  }

  /**
   * Makes a write. One that fails is recorded and published, and fails the pass, so that the loop
   * repeats it later. The writes are made one after the other, and none after the first that fails:
   * Kubernetes makes them in batches that grow from 1, to the same end (R-RS-8).
   *
   * @returns what the object becomes because a name is taken; undefined: the pass goes on.
   */
  async #write(
    object: O,
    write: StoredWrite,
    { writer, moment }: { readonly writer: ObjectWriter; readonly moment: Moment },
  ): Promise<O | undefined> {
    const { resolveTaken, compute } = this.#row;
    try {
      await writer.write(object, write);
      return undefined;
    } catch (error) {
      if (isRefusal(error, "AlreadyExists") && resolveTaken !== undefined) {
        const { kind, metadata: { namespace = "", name } } = write.object;
        const taken = await this.#context.client.read(kind, namespace, name);
        // The next pass sees it, or that it is gone.
        if (taken === undefined) throw error;
        return resolveTaken(object, taken);
      }
      // Where everything goes, nothing is missing; what follows may still be due (R-NS-4).
      if (isNamespaceEnding(error)) return undefined;
      if (isRefusal(error, "Conflict")) throw error;
      const message = error instanceof InvalidObjectError ? error.serverMessage : messageOf(error);
      const failure = describeFailure(write, message);
      const text = this.#row.describeFailure?.(object, write, failure.message) ??
        `${failure.verb}: ${failure.message}`;
      writer.record(object, "Warning", failure.reason, text);
      const { published } = compute(object, this.#context.related, moment, { failure });
      if (published !== undefined) await writer.publish(published);
      if (!(error instanceof InvalidObjectError || error instanceof StatusError)) throw error;
      this.#reportRefusal(object, write, message);
      throw new ReportedError(error);
    }
  }

  /** Reports what the store refuses, when it does so first and in other words. */
  #reportRefusal(owner: O, { action, verb, object: target }: StoredWrite, message: string): void {
    const { clock, onObjectEvent } = this.#context;
    const uid = owner.metadata.uid!;
    if (this.#refusals.get(uid) === message) return;
    this.#refusals.set(uid, message);
    const controller = this.#row.kind;
    const refused = { controller, owner, action, verb, target, because: message, rule: "R-RS-8" };
    onObjectEvent(traceRefusal(refused, clock.now()));
  }

  /** What an object that is gone has controlled. */
  async #reconcileOrphans(key: string): Promise<void> {
    const { kind, component, computeOrphans } = this.#row;
    const { namespace, name } = partsOf(key);
    for (const uid of this.#gone.get(key) ?? []) {
      const writer = new ObjectWriter(this.#context, kind, component);
      const gone = { metadata: { namespace, name, uid } };
      for (const write of computeOrphans?.(gone, this.#context.related) ?? []) {
        // The store has the kinds of the rows.
        await writer.write((write as StoredWrite).object, write as StoredWrite);
      }
    }
    this.#gone.delete(key);
  }

  #onObject({ type, object }: WatchEvent<KubernetesObject>, onKey: (key: string) => void): void {
    const key = keyOf(object);
    if (type === "DELETED") {
      this.#memories.delete(object.metadata.uid!);
      this.#refusals.delete(object.metadata.uid!);
      this.#published.delete(key);
      this.#noteGone(key, object.metadata.uid!);
    } else if (isOnlyPublished(object, this.#published.get(key))) return;
    onKey(key);
  }

  #noteGone(key: string, uid: string): void {
    if (this.#row.computeOrphans === undefined) return;
    this.#gone.set(key, (this.#gone.get(key) ?? new Set()).add(uid));
  }

  /** Takes note of an object that it owns; whether a pass may have another outcome. */
  #isNews(type: WatchEvent<KubernetesObject>["type"], object: KubernetesObject): boolean {
    const { isNews, isMissed = () => true } = this.#row;
    if (type === "DELETED") return isMissed(object);
    if (isNews === undefined) return true;
    const { uid = "", labels } = object.metadata;
    const known = this.#seen.get(uid);
    this.#seen.set(uid, object);
    return known === undefined || known.metadata.labels !== labels || isNews(known, object);
  }

  #onOwned({ type, object }: WatchEvent<KubernetesObject>, onKey: (key: string) => void): void {
    const { uid = "", namespace = "" } = object.metadata;
    const controller = controllerOf(object.metadata);
    const before = this.#owners.get(uid);
    if (type === "DELETED") this.#seen.delete(uid);
    const key = controller && this.#isOwn(controller)
      ? `${namespace}/${controller.name}`
      : undefined;
    if (before !== undefined && before !== key) onKey(before);
    if (key === undefined || type === "DELETED") this.#owners.delete(uid);
    else this.#owners.set(uid, key);
    if (key !== undefined) {
      if (this.#find(key)?.metadata.uid !== controller!.uid) this.#noteGone(key, controller!.uid);
      // Noted in any case: the next change is compared with this one.
      const isNews = this.#isNews(type, object);
      if (before !== key || isNews) onKey(key);
    } else if (controller === undefined) this.#nameAdopters(object, onKey);
  }

  /** Each object that selects one without a controller. */
  #nameAdopters({ metadata }: KubernetesObject, onKey: (key: string) => void): void {
    const { client } = this.#context;
    for (const owner of client.list(this.#row.kind as KindName)) {
      if (owner.metadata.namespace !== metadata.namespace) continue;
      // The client keeps kinds apart.
      const selector = this.#row.adoptsBy?.(owner as KubernetesObject as O) ?? selectorOf(owner);
      if (selector !== undefined && matchesSelector(selector, metadata.labels)) {
        onKey(keyOf(owner));
      }
    }
  }

  /** Goes up the controllers to an object of its own kind. */
  #onFollowed(object: KubernetesObject, onKey: (key: string) => void): void {
    const { client } = this.#context;
    const { namespace = "" } = object.metadata;
    let controller = controllerOf(object.metadata);
    while (controller !== undefined && !this.#isOwn(controller)) {
      const row = findKind(controller.apiVersion, controller.kind);
      const owner = row && client.get(row.kind, namespace, controller.name);
      controller = owner && controllerOf(owner.metadata);
    }
    if (controller === undefined) return;
    const key = `${namespace}/${controller.name}`;
    const owner = this.#find(key);
    const { isFollowed = () => true } = this.#row;
    if (owner !== undefined && isFollowed(owner, object)) onKey(key);
  }

  #isOwn({ apiVersion, kind }: OwnerReference): boolean {
    return findKind(apiVersion, kind)?.kind === this.#row.kind;
  }

  #find(key: string): O | undefined {
    const { namespace, name } = partsOf(key);
    const found = this.#context.client.get(this.#row.kind as KindName, namespace, name);
    // The client keeps kinds apart.
    return found as KubernetesObject as O | undefined;
  }
}

function firstOf(...alarms: readonly (Millis | undefined)[]): Pick<Pass, "wakeAt"> {
  const due = alarms.filter((it) => it !== undefined);
  return due.length === 0 ? {} : { wakeAt: Math.min(...due) };
}

function partsOf(key: string): { readonly namespace: string; readonly name: string } {
  const split = key.indexOf("/");
  return { namespace: key.slice(0, split), name: key.slice(split + 1) };
}

/** Whether an object has come to be what was published of it, and no other part has changed. */
function isOnlyPublished(object: KubernetesObject, published: StoredObject | undefined): boolean {
  if (published === undefined || !("status" in published) || !("status" in object)) return false;
  return object.status === published.status && object.spec === published.spec &&
    isEqual({ ...object.metadata, resourceVersion: "" }, {
      ...published.metadata,
      resourceVersion: "",
    });
}

function keyOf({ metadata: { namespace = "", name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

function selectorOf(object: KubernetesObject): LabelSelector | undefined {
  if (!("spec" in object && "selector" in object.spec && "template" in object.spec)) {
    return undefined;
  }
  const { selector } = object.spec;
  return selector && "matchLabels" in selector ? selector : undefined;
}

function describeFailure({ verb }: StoredWrite, message: string) {
  switch (verb) {
    case "create":
      return { reason: "FailedCreate", verb: "Error creating", message } as const;
    case "delete":
      return { reason: "FailedDelete", verb: "Error deleting", message } as const;
    case "update":
      return { reason: "FailedUpdate", verb: "Error updating", message } as const;
  }
}
