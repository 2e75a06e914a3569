/**
 * What an API server counts about itself: requests, watches and objects.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/metrics/metrics.go and
 * pkg/storage/etcd3/metrics/metrics.go.
 */
import { kindNameOf } from "../../api/kinds/kinds.ts";
import { type Counter, type Histogram, startTimer } from "../../base/metrics/metric.ts";
import type { MetricSet } from "../../base/metrics/metric_set.ts";
import type { Registry } from "../../store/registry.ts";
import {
  findResource,
  type KindRow,
  splitVersion,
  subresourcesOf,
} from "../discovery/resources.ts";
import type { RequestPath, ResourcePath } from "../request/path.ts";

/** How a request was answered. */
export interface AnsweredRequest {
  readonly query: URLSearchParams;
  /** Undefined: it could not be read. */
  readonly path: RequestPath | undefined;
  /** The HTTP status. */
  readonly code: number;
}

/** A watch that goes on. */
export interface CountedWatch {
  /** Counts an event that was sent. */
  countEvent(): void;
  /** May be called once. */
  end(): void;
}

/** Of the API server; upper ends in seconds. */
const DURATIONS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3],
  ...[4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
];

const OF_REQUEST = [
  ...["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
];
const CONNECTING = ["exec", "attach", "portforward", "proxy"];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The counts of one server. */
export class RequestMetrics {
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #events: Counter;
  readonly #watches = new Map<string, { readonly labels: readonly string[]; count: number }>();
  readonly #registry: Pick<Registry, "kinds">;
  readonly #inFlight = { readOnly: 0, mutating: 0 };

  /** Adds its metrics to others. */
  constructor(metrics: MetricSet, registry: Pick<Registry, "list" | "kinds">) {
    this.#registry = registry;
    this.#requests = metrics.counter({
      name: "apiserver_request_total",
      help: "Requests that were answered, by their verb, resource and HTTP status.",
      labels: [...OF_REQUEST, "code"],
    });
    this.#durations = metrics.histogram({
      name: "apiserver_request_duration_seconds",
      help: "Time until an answer; watches and connections are not timed.",
      labels: OF_REQUEST,
    }, DURATIONS);
    metrics.gauge({
      name: "apiserver_current_inflight_requests",
      help: "Requests that are being answered; watches are not among them.",
      labels: ["request_kind"],
    }, () => Object.entries(this.#inFlight).map(([kind, count]) => [[kind], count]));
    metrics.gauge({
      name: "apiserver_longrunning_requests",
      help: "Watches that go on.",
      labels: OF_REQUEST,
    }, () => this.#watches.values().map(({ labels, count }) => [labels, count]));
    this.#events = metrics.counter({
      name: "apiserver_watch_events_total",
      help: "Events that were sent to those who watch, by resource.",
      labels: ["group", "version", "resource"],
    });
    addObjectCounts(metrics, registry);
  }

  /**
   * Counts a request as one that is being answered.
   *
   * @returns what counts it as answered, when the head of the answer is there.
   */
  begin(request: Request): (answered: AnsweredRequest) => void {
    const { method } = request;
    const kind = method === "GET" || method === "HEAD" ? "readOnly" : "mutating";
    this.#inFlight[kind]++;
    const readSeconds = startTimer();
    return (answered) => {
      this.#inFlight[kind]--;
      const labels = labelsOf(this.#registry.kinds.served, request, answered);
      this.#requests.cell(...labels, String(answered.code)).add();
      const [verb] = labels;
      if (verb !== "WATCH" && verb !== "CONNECT") this.#durations.observe(labels, readSeconds());
    };
  }

  /** Counts a watch that begins. */
  beginWatch(row: KindRow, path: ResourcePath): CountedWatch {
    const labels = labelsOfResource(row, path, "WATCH", "");
    const key = labels.join();
    const watches = this.#watches.get(key) ?? { labels, count: 0 };
    this.#watches.set(key, watches);
    watches.count++;
    const { group, version } = splitVersion(row.apiVersion);
    const events = this.#events.cell(group, version, row.plural);
    return { countEvent: () => events.add(), end: () => void watches.count-- };
  }
}

function addObjectCounts(metrics: MetricSet, registry: Pick<Registry, "list" | "kinds">): void {
  const count = () =>
    storedRows(registry.kinds).map((row) => ({
      group: splitVersion(row.apiVersion).group,
      plural: row.plural,
      count: registry.list(kindNameOf(row)).length,
    }));
  metrics.gauge({
    name: "apiserver_resource_objects",
    help: "Stored objects, by resource.",
    labels: ["group", "resource"],
  }, () => count().map(({ group, plural, count }) => [[group, plural], count]));
  metrics.gauge({
    name: "apiserver_storage_objects",
    help: "Stored objects; apiserver_resource_objects takes its place since 1.34.",
    labels: ["resource"],
  }, () =>
    count().map(({ group, plural, count }) => [
      [group === "" ? plural : `${plural}.${group}`],
      count,
    ]));
}

/** One row of each kind, whatever versions it has. */
function storedRows({ rows }: Registry["kinds"]): readonly KindRow[] {
  return [...new Map(rows.map((row) => [kindNameOf(row), row])).values()];
}

/** Names that clients invent are not labels: there would be no end of them. */
function labelsOf(
  kinds: readonly KindRow[],
  request: Request,
  { query, path }: AnsweredRequest,
): readonly string[] {
  const method = METHODS.includes(request.method) ? request.method : "other";
  const dryRun = query.get("dryRun") === "All" ? "All" : "";
  const row = path?.type === "resource"
    ? findResource(kinds, path.apiVersion, path.resource)
    : undefined;
  if (row === undefined || path?.type !== "resource") {
    return [method, dryRun, "", "", "", "", "", "apiserver"];
  }
  return labelsOfResource(row, path, verbOf(method, request, query, path), dryRun);
}

function labelsOfResource(
  row: KindRow,
  { name, namespace, subresource = "" }: ResourcePath,
  verb: string,
  dryRun: string,
): readonly string[] {
  const { group, version } = splitVersion(row.apiVersion);
  const isKnown = subresourcesOf(row).some((it) => it.name === subresource);
  const scope = name !== undefined ? "resource" : namespace !== undefined ? "namespace" : "cluster";
  return [verb, dryRun, group, version, row.plural, isKnown ? subresource : "", scope, "apiserver"];
}

function verbOf(
  method: string,
  { headers }: Request,
  query: URLSearchParams,
  { name, subresource = "" }: ResourcePath,
): string {
  if (CONNECTING.includes(subresource)) return "CONNECT";
  switch (method) {
    case "GET": {
      const watch = query.get("watch");
      if (watch !== null && watch !== "false" && watch !== "0") return "WATCH";
      return name === undefined ? "LIST" : "GET";
    }
    case "DELETE":
      return name === undefined ? "DELETECOLLECTION" : "DELETE";
    case "PATCH":
      return headers.get("content-type")?.startsWith("application/apply-patch") ? "APPLY" : "PATCH";
    default:
      return method;
  }
}
