/**
 * `watch`: changes as they are made, one JSON document a line.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/watch.go, and
 * pkg/storage/cacher/cacher.go and cache_watcher.go.
 */
import { kindNameOf } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { StoreChange } from "../../store/history.ts";
import { formatFailure } from "../answer/status.ts";
import { formatObject } from "../answer/response.ts";
import type { ListOptions } from "../request/options.ts";
import type { IncludedObject, Table } from "../table/table.ts";
import type { CountedWatch, RequestMetrics } from "../metrics/request_metrics.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import {
  checkNotNewer,
  expired,
  type ObjectLists,
  parseInclude,
  presentIn,
  type Selection,
  selectionOf,
} from "./read.ts";

/** How often a client that asks for it gets a bookmark. */
const BOOKMARK_MS = 60_000;
/** A watch without an end of its own ends after this; its client begins another one. */
const LONGEST_SECONDS = 1800;
/** What a client may leave unread before its watch is ended. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** What watches are made with. */
export interface WatchContext extends ApiContext {
  readonly lists: ObjectLists;
  readonly counts: Pick<RequestMetrics, "beginWatch">;
  readonly closing: AbortSignal;
}

/** The answer to a `watch`: it goes on until its time is over or the client is gone. */
export function watchObjects(
  context: WatchContext,
  it: ResourceRequest,
  options: ListOptions,
): Response {
  const isSelected = selectionOf(it, options);
  const include = parseInclude(it.query);
  let watch: Watch | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      watch = new Watch(controller, context, { it, options, isSelected, include });
      watch.begin();
    },
    cancel: () => watch?.end(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: 0 }));
  return new Response(body, { headers: { "content-type": "application/json" } });
}

interface WatchRequest {
  readonly it: ResourceRequest;
  readonly options: ListOptions;
  readonly isSelected: Selection;
  readonly include: IncludedObject;
}

/** One client that watches. */
class Watch {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  readonly #context: WatchContext;
  readonly #counted: CountedWatch;
  readonly #request: WatchRequest;
  readonly #undo = new DisposableStack();
  /** The columns of a table are given once. */
  #hasColumns = false;
  #isOver = false;

  constructor(
    controller: ReadableStreamDefaultController<Uint8Array>,
    context: WatchContext,
    request: WatchRequest,
  ) {
    this.#controller = controller;
    this.#context = context;
    this.#request = request;
    this.#counted = context.counts.beginWatch(request.it.row, request.it.path);
    this.#undo.defer(() => this.#counted.end());
  }

  /** Sends what has happened so far, and then all that happens. */
  begin(): void {
    const { registry, history, closing } = this.#context;
    const { it: { row }, options } = this.#request;
    try {
      this.#sendMissed();
    } catch (error) {
      this.#send("ERROR", formatFailure(error));
      return this.finish();
    }
    const name = kindNameOf(row);
    this.#undo.defer(history.follow(name, (change) => this.#onChange(change)));
    // Its definition has changed or is gone: clients list again.
    this.#undo.defer(registry.kinds.follow((it) => it === name && this.finish()));
    const seconds = Math.min(options.timeoutSeconds || LONGEST_SECONDS, LONGEST_SECONDS);
    const end = setTimeout(() => this.#endInTime(), seconds * 1000);
    this.#undo.defer(() => clearTimeout(end));
    if (options.wantsBookmarks) {
      const marks = setInterval(() => this.#sendBookmark(), BOOKMARK_MS);
      this.#undo.defer(() => clearInterval(marks));
    }
    const onClosing = () => this.finish();
    closing.addEventListener("abort", onClosing);
    this.#undo.defer(() => closing.removeEventListener("abort", onClosing));
    if (closing.aborted) this.finish();
  }

  /** Nothing is sent any more. May be repeated. */
  end(): void {
    this.#isOver = true;
    this.#undo.dispose();
  }

  /** Ends it as the client expects it. */
  finish(): void {
    if (this.#isOver) return;
    this.end();
    this.#controller.close();
  }

  /** @throws {ApiError} `Expired`, `Timeout` */
  #sendMissed(): void {
    const { history, lists } = this.#context;
    const { it: { row }, options, isSelected } = this.#request;
    const { resourceVersion = 0, sendInitialEvents } = options;
    checkNotNewer(resourceVersion, history.version);
    if (sendInitialEvents ?? resourceVersion === 0) {
      for (const object of lists.at(kindNameOf(row))) {
        if (isSelected(object)) this.#send("ADDED", this.#format(object));
      }
      if (sendInitialEvents && options.wantsBookmarks) {
        this.#sendBookmark(history.version, { "k8s.io/initial-events-end": "true" });
      }
      return;
    }
    if (resourceVersion === 0) return;
    const missed = history.since(kindNameOf(row), resourceVersion);
    if (missed === undefined) throw expired(resourceVersion, history.version);
    for (const change of missed) this.#onChange(change);
  }

  /** An object that enters the selection is new to the client, one that leaves it is gone. */
  #onChange({ type, object, previous }: StoreChange): void {
    const { isSelected } = this.#request;
    const was = previous !== undefined && isSelected(previous);
    const is = type !== "DELETED" && isSelected(object);
    if (!was && !is) return;
    const word = !was ? "ADDED" : !is ? "DELETED" : "MODIFIED";
    // What has left the selection is shown as it was in it, at the version at which it left.
    const shown = word === "DELETED" && type !== "DELETED"
      ? { ...previous!, metadata: { ...previous!.metadata, ...versionOf(object) } }
      : object;
    this.#send(word, this.#format(shown as KubernetesObject));
  }

  #format(stored: KubernetesObject): unknown {
    const { it: { row, form }, include } = this.#request;
    const object = presentIn(row, stored);
    if (form === "object") return new Encoded(encodeObject(object));
    const now = wallTimeOf(this.#context);
    const formatted = formatObject(object, { row, form, include, now });
    if (form !== "table" || !this.#hasColumns) {
      this.#hasColumns = true;
      return formatted;
    }
    return { ...formatted as Table, columnDefinitions: [] };
  }

  #sendBookmark(
    version = this.#context.history.released,
    annotations?: Readonly<Record<string, string>>,
  ): void {
    const { row: { kind, apiVersion } } = this.#request.it;
    const resourceVersion = String(version);
    this.#send("BOOKMARK", {
      kind,
      apiVersion,
      metadata: { resourceVersion, ...(annotations && { annotations }) },
    });
  }

  #endInTime(): void {
    if (this.#request.options.wantsBookmarks) this.#sendBookmark();
    this.finish();
  }

  #send(type: EventType, object: unknown): void {
    if (this.#isOver) return;
    this.#counted.countEvent();
    const text = object instanceof Encoded ? object.text : JSON.stringify(object);
    this.#controller.enqueue(encoder.encode(`{"type":"${type}","object":${text}}\n`));
    if ((this.#controller.desiredSize ?? 0) >= -MAX_UNREAD_BYTES) return;
    this.end();
    this.#controller.error(new Error("The client does not read what it watches"));
  }
}

const encoder = new TextEncoder();

/** JSON text. */
class Encoded {
  constructor(readonly text: string) {}
}

let last: { readonly object: KubernetesObject; readonly text: string } | undefined;

/** All who watch get a change one after the other: its text is made once. */
function encodeObject(object: KubernetesObject): string {
  if (last?.object !== object) last = { object, text: JSON.stringify(object) };
  return last.text;
}

function versionOf({ metadata: { resourceVersion } }: KubernetesObject) {
  return resourceVersion === undefined ? {} : { resourceVersion };
}
