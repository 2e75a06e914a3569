/**
 * Kubernetes Events as objects, which clients list and watch.
 *
 * Rule: Kubernetes, client-go, tools/record/event.go, makeEvent, and events_cache.go; the time
 * that they are kept is kube-apiserver's `--event-ttl`.
 */
import { KINDS } from "../api/kinds/kinds.ts";
import type { Event } from "../api/types/cluster.ts";
import type { Clock, Millis } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import { formatSecond } from "../base/go_text.ts";
import type { Logger } from "../base/log.ts";
import type { ObjectClient } from "../store/client.ts";
import { StorageError } from "../store/journal.ts";
import { isRefusal, StatusError } from "../store/status_error.ts";
import type { RecordedEvent } from "./event_recorder.ts";

/** How long an Event is kept after it was recorded last. */
const KEPT_MS: Millis = 3_600_000;

/** What makes {@link EventObjects}. */
export interface EventObjectsOptions {
  readonly client: Pick<ObjectClient, "create" | "get" | "list" | "update" | "delete">;
  readonly clock: Clock;
  /** Where the kubelet runs that reports. */
  readonly nodeName: string;
  /** For writes that fail. */
  readonly log: Logger;
}

/** Writes every Event that is recorded, and removes old ones. */
export class EventObjects {
  readonly #options: EventObjectsOptions;
  /** By what makes an Event the same, in the order in which they were written last. */
  readonly #written = new Map<string, { readonly event: Event; readonly at: Millis }>();
  #count = 0;

  /** Has written none; those of a process before grow as old as any, and are not counted on. */
  constructor(options: EventObjectsOptions) {
    this.#options = options;
    const { client, clock } = options;
    const now = clock.now();
    const found = client.list("Event").map((event) => {
      const age = clock.wallTime(now) -
        (Date.parse(event.lastTimestamp ?? event.metadata.creationTimestamp!) || 0);
      return { event, at: now - Math.max(0, age) };
    });
    for (const it of found.toSorted((a, b) => a.at - b.at)) {
      const { namespace, name } = it.event.metadata;
      this.#written.set(`${namespace}/${name}`, it);
    }
  }

  /** Writes an Event as it is after it was recorded. */
  note(recorded: RecordedEvent): void {
    const { uid, type, reason, message, fieldPath = "", lastAt } = recorded;
    const key = JSON.stringify([uid, fieldPath, type, reason, message]);
    const known = this.#written.get(key);
    this.#written.delete(key);
    const name = known?.event.metadata.name ?? `${recorded.name}.${this.#newEnding()}`;
    const event = this.#generate(recorded, name);
    this.#written.set(key, { event, at: lastAt });
    void this.#write(event);
    this.#removeOld(lastAt);
  }

  #generate(recorded: RecordedEvent, name: string): Event {
    const { clock, nodeName } = this.#options;
    const { kind, uid, fieldPath, reason, message, type, count, component } = recorded;
    const reporter = component ?? "kubelet";
    const row = KINDS.find((it) => it.kind === kind);
    return {
      apiVersion: "v1",
      kind: "Event",
      // What is in no namespace has its Events in the default one.
      metadata: { name, namespace: recorded.namespace || "default" },
      involvedObject: {
        ...(row && { apiVersion: row.apiVersion }),
        kind,
        name: recorded.name,
        ...(recorded.namespace && { namespace: recorded.namespace }),
        uid,
        ...(fieldPath !== undefined && { fieldPath }),
      },
      reason,
      message,
      type,
      count,
      firstTimestamp: formatSecond(clock.wallTime(recorded.firstAt)),
      lastTimestamp: formatSecond(clock.wallTime(recorded.lastAt)),
      source: { component: reporter, ...(reporter === "kubelet" && { host: nodeName }) },
      reportingComponent: reporter,
      reportingInstance: reporter === "kubelet" ? nodeName : "",
    };
  }

  async #write(event: Event): Promise<void> {
    const { client, log } = this.#options;
    const { name, namespace = "" } = event.metadata;
    try {
      if (client.get("Event", namespace, name) === undefined) await client.create(event);
      else await client.update(event);
    } catch (error) {
      // A namespace that is going takes no Event any more, and a full disk reports itself.
      if (error instanceof StatusError || error instanceof StorageError) return;
      log.error("Cannot write event", { event: `${namespace}/${name}`, error: messageOf(error) });
    }
  }

  #removeOld(now: Millis): void {
    for (const [key, { event, at }] of this.#written) {
      if (now - at < KEPT_MS) return;
      this.#written.delete(key);
      const { name, namespace = "" } = event.metadata;
      this.#options.client.delete("Event", namespace, name).catch((error) => {
        if (isRefusal(error, "NotFound")) return;
        this.#options.log.error("Cannot remove event", { error: messageOf(error) });
      });
    }
  }

  /** Unlike any before; as long as those of Kubernetes. */
  #newEnding(): string {
    const wallMs = this.#options.clock.wallTime(this.#options.clock.now());
    const nanos = BigInt(Math.floor(wallMs)) * 1_000_000n + BigInt(this.#count++ % 1_000_000);
    return nanos.toString(16);
  }
}
