/** One request to one answer: routes, and errors in Kubernetes' words. */
import { loadExpressionRules } from "../api/kinds/strategy/late_rules.ts";
import { stackOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { METRICS_TYPE, type MetricSet } from "../base/metrics/metric_set.ts";
import type { Journal } from "../store/journal.ts";
import { methodNotAllowed, unknownPath } from "./answer/api_error.ts";
import { addWarning, answerFailure, answerJson } from "./answer/response.ts";
import { isOwnFault } from "./answer/status.ts";
import {
  findAggregated,
  formatAggregated,
  formatCoreVersions,
  formatGroup,
  formatGroups,
  formatResources,
} from "./discovery/discovery.ts";
import { DefinitionController } from "./discovery/definition_controller.ts";
import {
  findResource,
  type KindRow,
  subresourcesOf,
  USAGE_RESOURCES,
} from "./discovery/resources.ts";
import { accessOf, decideAccess, forbidden } from "./identity/access.ts";
import { formatIssuer, ISSUER_PATH, KEYS_PATH } from "./identity/openid.ts";
import type { User } from "./identity/user.ts";
import { negotiate } from "./answer/accept.ts";
import { RequestMetrics } from "./metrics/request_metrics.ts";
import { parseListOptions } from "./request/options.ts";
import { parsePath, type RequestPath, type ResourcePath } from "./request/path.ts";
import { type ApiContext, policyOf, type ResourceRequest } from "./resource/context.ts";
import { deleteObject, deleteObjects } from "./resource/delete.ts";
import { bindPod, evictPod } from "./resource/pod_actions.ts";
import { isNodeEndpoint, passToNode, proxyToNode } from "./resource/pod_endpoints.ts";
import { answerReview } from "./resource/reviews.ts";
import { getObject, listObjects, ObjectLists } from "./resource/read.ts";
import { serveScale } from "./resource/scale.ts";
import { createToken } from "./resource/token_request.ts";
import { watchObjects } from "./resource/watch.ts";
import type { UsageHandler } from "./resource/usage.ts";
import { KUBERNETES_VERSION } from "./discovery/version.ts";
import { createObject, patchObject, updateObject } from "./resource/write.ts";

/** The release of Kubernetes whose behaviour this is. */
const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: KUBERNETES_VERSION,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "deno",
  platform: "linux",
};

/** What an API server is made of. */
export interface ApiServerOptions extends ApiContext {
  /** What `/metrics` shows; the server adds its own. */
  readonly metrics: MetricSet;
  /** Watches end when it is aborted. */
  readonly closing: AbortSignal;
  /** What outlives the server; answers wait for it. @default nothing does */
  readonly journal?: Pick<Journal, "settle" | "isFailing"> | undefined;
  /** For our own faults. */
  readonly log: Logger;
}

/** What answers requests of a user; it never throws. */
export type ApiHandler = (request: Request, user: User) => Promise<Response>;

type Context = ApiServerOptions & {
  readonly lists: ObjectLists;
  readonly counts: RequestMetrics;
  /** Loaded with the first request for it. */
  readonly loadUsage: () => Promise<UsageHandler>;
};

/** Makes what answers requests. */
export function createApiHandler(options: ApiServerOptions): ApiHandler {
  const counts = new RequestMetrics(options.metrics, options.registry);
  new DefinitionController(options).start();
  let usage: UsageHandler | undefined;
  const context: Context = {
    ...options,
    lists: new ObjectLists(options),
    counts,
    loadUsage: async () => {
      const { createUsageHandler } = await import("./resource/usage.ts");
      return usage ??= createUsageHandler(options);
    },
  };
  return async (request, user) => {
    const url = new URL(request.url);
    const end = counts.begin(request);
    let path: RequestPath | undefined;
    let response: Response;
    try {
      path = parsePath(url.pathname);
      response = await route(context, path, { request, user, url });
      await settle(options, request);
    } catch (error) {
      if (isOwnFault(error)) {
        const what = `${request.method} ${url.pathname}`;
        options.log.error("Cannot answer request", { request: what, error: stackOf(error) });
      }
      response = answerFailure(error);
    }
    end({ query: url.searchParams, path, code: response.status });
    return response;
  };
}

/** One request of a user. */
interface Asked {
  readonly request: Request;
  readonly user: User;
  readonly url: URL;
}

/**
 * What an answer shows is durable before it is sent. A disk that fails holds up no reading: what is
 * shown then may end with the server.
 *
 * @throws {StorageError} where it cannot be promised of a write.
 */
async function settle({ journal }: ApiServerOptions, { method }: Request): Promise<void> {
  if (journal === undefined) return;
  if (method !== "GET") await journal.settle();
  else if (!journal.isFailing) await journal.settle()?.catch(() => {});
}

async function route(
  context: Context,
  path: RequestPath,
  asked: Asked,
): Promise<Response> {
  const { request, user, url } = asked;
  const access = accessOf(request.method, path, url);
  const decision = decideAccess(user, access, policyOf(context));
  if (!decision.isAllowed) throw forbidden(user, access, decision);
  if (path.type === "resource") return await routeResource(context, path, asked);
  if (request.method !== "GET") throw methodNotAllowed();
  return await answerPath(context, path, asked);
}

async function answerPath(
  context: Context,
  path: Exclude<RequestPath, ResourcePath>,
  { request, url }: Asked,
): Promise<Response> {
  const accept = request.headers.get("accept") ?? "";
  const kinds = context.registry.kinds.served;
  switch (path.type) {
    case "coreVersions":
      return answerAggregated(kinds, accept, true) ?? answerJson(formatCoreVersions());
    case "groups": {
      if (path.group !== undefined) return answerFound(formatGroup(kinds, path.group));
      return answerAggregated(kinds, accept, false) ?? answerJson(formatGroups(kinds));
    }
    case "version":
      return answerFound(formatResources(kinds, path.apiVersion));
    case "openapi": {
      if (path.path === "v2") return await answerOpenApiV2(kinds, accept);
      const { formatOpenApi, formatOpenApiIndex } = await import("./discovery/openapi.ts");
      if (path.path === "v3") return answerJson(formatOpenApiIndex(kinds));
      return answerFound(
        path.path.startsWith("v3/") ? formatOpenApi(kinds, path.path.slice(3)) : undefined,
      );
    }
    case "other":
      return await answerOther(context, path.path, url);
  }
}

async function answerOpenApiV2(kinds: readonly KindRow[], accept: string): Promise<Response> {
  const { encodeOpenApiV2, formatOpenApiV2, OPENAPI_PROTOBUF } = await import(
    "./discovery/swagger.ts"
  );
  if (!accept.includes(OPENAPI_PROTOBUF.asked)) return answerJson(formatOpenApiV2(kinds));
  const headers = { "content-type": OPENAPI_PROTOBUF.answered };
  return new Response(encodeOpenApiV2(kinds), { headers });
}

async function answerOther(
  { metrics, tokens }: Context,
  path: string,
  url: URL,
): Promise<Response> {
  switch (path) {
    case "/metrics":
      return new Response(await metrics.format(), { headers: { "content-type": METRICS_TYPE } });
    case ISSUER_PATH:
      return answerJson(formatIssuer(url.origin));
    case KEYS_PATH: {
      const response = answerJson(await tokens.publicKeys());
      response.headers.set("content-type", "application/jwk-set+json");
      return response;
    }
    case "/version":
      return answerJson(VERSION);
    case "/healthz":
    case "/livez":
    case "/readyz":
      return new Response("ok", { headers: { "content-type": "text/plain; charset=utf-8" } });
    default:
      throw unknownPath();
  }
}

function answerAggregated(
  kinds: readonly KindRow[],
  accept: string,
  isCore: boolean,
): Response | undefined {
  const wanted = findAggregated(accept);
  if (wanted === undefined) return undefined;
  const response = answerJson(formatAggregated(kinds, wanted.version, isCore));
  response.headers.set("content-type", wanted.type);
  return response;
}

function answerFound(data: unknown): Response {
  if (data === undefined) throw unknownPath();
  return answerJson(data);
}

async function routeResource(
  context: Context,
  path: ResourcePath,
  { request, user, url }: Asked,
): Promise<Response> {
  const row = findResource(context.registry.kinds.served, path.apiVersion, path.resource);
  const other = row === undefined
    ? await answerOtherResource(context, path, { request, user, url })
    : undefined;
  if (other !== undefined) return other;
  if (row === undefined) throw unknownPath(path.resource);
  if (path.namespace !== undefined && !row.namespaced) throw unknownPath();
  // An object that is in a namespace is only found there; a new one has to be put into one.
  const isSingle = path.name !== undefined || request.method === "POST";
  if (row.namespaced && isSingle && path.namespace === undefined) throw unknownPath();
  const form = negotiate(request.headers.get("accept"));
  const hasRules = row.custom?.hasRules ?? row.kind === "CustomResourceDefinition";
  if (hasRules && request.method !== "GET") await loadExpressionRules();
  const it: ResourceRequest = { path, row, query: url.searchParams, request, form };
  const response = path.subresource !== undefined
    ? await routeSubresource(context, it)
    : path.name === undefined
    ? await routeCollection(context, it)
    : await routeObject(context, it);
  if (row.custom?.deprecation !== undefined) addWarning(response, row.custom.deprecation);
  return response;
}

/** What is not stored; undefined: there is nothing of this name. */
async function answerOtherResource(
  context: Context,
  path: ResourcePath,
  { request, user, url: { searchParams: query } }: Asked,
): Promise<Response | undefined> {
  const resource = USAGE_RESOURCES.find(({ apiVersion, plural }) =>
    apiVersion === path.apiVersion && plural === path.resource
  );
  if (resource === undefined) return await answerReview(context, path, user, request);
  const { name, namespace, subresource } = path;
  const isMisplaced = resource.namespaced
    ? name !== undefined && namespace === undefined
    : namespace !== undefined;
  if (isMisplaced || subresource !== undefined) return undefined;
  return await (await context.loadUsage())({ resource, path, query, request });
}

async function routeCollection(context: Context, it: ResourceRequest): Promise<Response> {
  switch (it.request.method) {
    case "GET": {
      const options = parseListOptions(it.query);
      return options.isWatch
        ? watchObjects(context, it, options)
        : listObjects(context, it, options);
    }
    case "POST":
      return await createObject(context, it);
    case "DELETE":
      return await deleteObjects(context, it);
    default:
      throw methodNotAllowed();
  }
}

async function routeObject(context: Context, it: ResourceRequest): Promise<Response> {
  switch (it.request.method) {
    case "GET": {
      const options = parseListOptions(it.query);
      return options.isWatch ? watchObjects(context, it, options) : getObject(context, it);
    }
    case "PUT":
      return await updateObject(context, it);
    case "PATCH":
      return await patchObject(context, it);
    case "DELETE":
      return await deleteObject(context, it);
    default:
      throw methodNotAllowed();
  }
}

async function routeSubresource(context: Context, it: ResourceRequest): Promise<Response> {
  const { path: { subresource }, row, request: { method } } = it;
  if (!subresourcesOf(row).some(({ name }) => name === subresource)) throw unknownPath();
  if (subresource === "scale") return await serveScale(context, it);
  if (subresource === "eviction") return await evictPod(context, it);
  if (subresource === "binding") return await bindPod(context, it);
  if (subresource === "token") return await createToken(context, it);
  if (subresource === "proxy") return await proxyToNode(context, it);
  if (isNodeEndpoint(subresource!)) return await passToNode(context, it);
  switch (method) {
    case "GET":
      return getObject(context, it);
    case "PUT":
      return await updateObject(context, it);
    case "PATCH":
      return await patchObject(context, it);
    default:
      throw methodNotAllowed();
  }
}
