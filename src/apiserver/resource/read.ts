/**
 * `get` and `list`.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/get.go, and the guarantees of
 * "Kubernetes API Concepts".
 */
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import { kindNameOf, resourceNameOf } from "../../api/kinds/kinds.ts";
import { StatusError } from "../../store/status_error.ts";
import { undoChanges } from "../../store/history.ts";
import { ApiError, badRequest } from "../answer/api_error.ts";
import { answerJson, answerObject } from "../answer/response.ts";
import { listKindOf } from "../discovery/resources.ts";
import { parseFieldSelector } from "../request/field_selector.ts";
import { parseLabelSelector } from "../request/label_selector.ts";
import type { ListOptions } from "../request/options.ts";
import { formatTable, type IncludedObject, metadataOf } from "../table/table.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";

/** Which objects of a kind a request is about. */
export type Selection = (object: KubernetesObject) => boolean;

/** Some objects of a kind, as they were at one version. */
export interface Page {
  readonly objects: readonly KubernetesObject[];
  readonly version: number;
  /** Where the next page begins; undefined on the last one. */
  readonly continueToken?: string;
  /** How many come after it; Kubernetes does not count what selectors leave. */
  readonly remaining?: number;
}

/** The lists of a store, each sorted once for as long as it does not change. */
export class ObjectLists {
  readonly #context: Pick<ApiContext, "registry" | "history">;
  readonly #sorted = new Map<KindName, {
    readonly version: number;
    readonly objects: readonly KubernetesObject[];
  }>();

  /** Reads nothing yet. */
  constructor(context: Pick<ApiContext, "registry" | "history">) {
    this.#context = context;
  }

  /**
   * The objects of a kind at a version, sorted by namespace and name.
   *
   * @param version undefined: now.
   * @throws {ApiError} `Expired`, `Timeout`
   */
  at(kind: KindName, version?: number): readonly KubernetesObject[] {
    const { history } = this.#context;
    if (version === undefined || version >= history.versionOf(kind)) {
      checkNotNewer(version ?? 0, history.version);
      return this.#now(kind);
    }
    const missed = history.since(kind, version);
    if (missed === undefined) throw expired(version, history.version);
    return sortObjects(undoChanges(this.#now(kind), missed));
  }

  #now(kind: KindName): readonly KubernetesObject[] {
    const { registry, history } = this.#context;
    const version = history.versionOf(kind);
    const kept = this.#sorted.get(kind);
    if (kept?.version === version) return kept.objects;
    const objects = sortObjects(registry.list(kind));
    this.#sorted.set(kind, { version, objects });
    return objects;
  }
}

/** The answer to a `get`. */
export function getObject(context: ApiContext, it: ResourceRequest): Response {
  const object = presentIn(it.row, findObject(context, it));
  return answerObject(object, {
    row: it.row,
    form: it.form,
    include: parseInclude(it.query),
    now: wallTimeOf(context),
  });
}

/**
 * The object that a path names.
 *
 * @throws {StatusError} `NotFound`
 */
export function findObject(
  { registry }: Pick<ApiContext, "registry">,
  { row, path }: Pick<ResourceRequest, "row" | "path">,
): KubernetesObject {
  const object = registry.get(kindNameOf(row), path.namespace ?? "", path.name!);
  if (object === undefined) throw new StatusError("NotFound", resourceNameOf(row), path.name!);
  return object;
}

/** A stored object as the version of a row shows it. */
export function presentIn(row: ResourceRequest["row"], object: KubernetesObject): KubernetesObject {
  return row.present?.(object) ?? object;
}

/** The answer to a `list`. */
export function listObjects(
  context: ApiContext & { readonly lists: ObjectLists },
  it: ResourceRequest,
  options: ListOptions,
): Response {
  const page = readPage(context, options, selectionOf(it, options), kindNameOf(it.row));
  const objects = it.row.present === undefined
    ? page.objects
    : page.objects.map((object) => presentIn(it.row, object));
  const metadata = {
    resourceVersion: String(page.version),
    ...(page.continueToken && { continue: page.continueToken }),
    ...(page.remaining && { remainingItemCount: page.remaining }),
  };
  const include = parseInclude(it.query);
  const { apiVersion } = it.row;
  switch (it.form) {
    case "object":
      return answerJson({ kind: listKindOf(it.row), apiVersion, metadata, items: objects });
    case "metadata":
      return answerJson({
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: objects.map(metadataOf),
      });
    case "table":
      return answerJson(
        formatTable(objects, { row: it.row, metadata, include, now: wallTimeOf(context) }),
      );
  }
}

/**
 * One page of a list.
 *
 * @throws {ApiError} `BadRequest`, `Expired`, `Timeout`
 */
function readPage(
  { lists, history }: Pick<ApiContext, "history"> & { readonly lists: ObjectLists },
  { continueToken, limit, resourceVersion, match, ...selectors }: ListOptions,
  isSelected: Selection,
  kind: KindName,
): Page {
  const start = continueToken === undefined ? undefined : parseToken(continueToken);
  if (resourceVersion !== undefined) checkNotNewer(resourceVersion, history.version);
  const version = start?.version ?? (match === "Exact" ? resourceVersion : undefined);
  const all = lists.at(kind, version);
  const from = start === undefined ? 0 : firstAfter(all, start.key);
  const objects: KubernetesObject[] = [];
  let at = from;
  for (; at < all.length && (limit === 0 || objects.length < limit); at++) {
    if (isSelected(all[at]!)) objects.push(all[at]!);
  }
  const pageVersion = version ?? history.version;
  const rest = all.slice(at).filter(isSelected).length;
  if (rest === 0) return { objects, version: pageVersion };
  const token = formatToken({ version: pageVersion, key: keyOf(all[at - 1]!) });
  const isCounted = selectors.labelSelector === "" && selectors.fieldSelector === "";
  return {
    objects,
    version: pageVersion,
    continueToken: token,
    ...(isCounted && { remaining: rest }),
  };
}

/**
 * The objects that a request asks for by path and selectors.
 *
 * @throws {ApiError} `BadRequest`
 */
export function selectionOf(
  { path, row }: Pick<ResourceRequest, "path" | "row">,
  { labelSelector, fieldSelector }: Pick<ListOptions, "labelSelector" | "fieldSelector">,
): Selection {
  const { namespace } = path;
  const hasLabels = parseLabelSelector(labelSelector);
  const { matches } = parseFieldSelector(fieldSelector, row);
  const isPlain = row.present === undefined || fieldSelector === "";
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (path.name === undefined || object.metadata.name === path.name) &&
    hasLabels(object.metadata.labels) && matches(isPlain ? object : presentIn(row, object));
}

/**
 * How much of each object the rows of a table carry.
 *
 * @throws {ApiError} `BadRequest`
 */
export function parseInclude(query: URLSearchParams): IncludedObject {
  const word = query.get("includeObject") || "Metadata";
  if (word === "None" || word === "Metadata" || word === "Object") return word;
  throw badRequest(`invalid includeObject value: ${JSON.stringify(word)}`);
}

/** The history does not reach back to this version. */
export function expired(version: number, oldest: number): ApiError {
  return new ApiError("Expired", `too old resource version: ${version} (${oldest})`);
}

/**
 * A store that was started again does not know the versions of the one before.
 *
 * @throws {ApiError} `Timeout`
 */
export function checkNotNewer(version: number, current: number): void {
  if (version <= current) return;
  const message = `Too large resource version: ${version}, current: ${current}`;
  throw new ApiError("Timeout", `Timeout: ${message}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

interface Position {
  readonly version: number;
  /** Of the last object of the page. */
  readonly key: string;
}

function formatToken({ version, key }: Position): string {
  return btoa(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start: key }))
    .replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
}

function parseToken(token: string): Position {
  try {
    const { rv, start } = JSON.parse(atob(token.replaceAll("-", "+").replaceAll("_", "/")));
    if (Number.isSafeInteger(rv) && typeof start === "string") return { version: rv, key: start };
  } catch {
    // Whatever it is: no answer of ours had it.
  }
  throw badRequest("continue key is not valid: it is not from an answer of this server");
}

/** Namespaces and names are ASCII. */
function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function sortObjects(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects.map((object) => ({ key: keyOf(object), object }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ object }) => object);
}

/** The index of the first object behind a key. */
function firstAfter(sorted: readonly KubernetesObject[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(sorted[middle]!) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
