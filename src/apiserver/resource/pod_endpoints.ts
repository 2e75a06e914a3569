/**
 * What the node answers: about a Pod `log`, `exec`, `attach` and `portforward`, and about itself
 * what `proxy` leads to.
 *
 * Rule: Kubernetes, pkg/registry/core/pod/strategy.go, LogLocation and streamLocation, and
 * validateContainer; pkg/registry/core/node/rest/proxy.go.
 */
import { everyContainer } from "../../api/pod_containers.ts";
import type { Pod } from "../../api/types/pod.ts";
import {
  ApiError,
  badRequest,
  type ErrorReason,
  methodNotAllowed,
  unknownPath,
} from "../answer/api_error.ts";
import type { ApiContext, ResourceRequest } from "./context.ts";
import { findObject } from "./read.ts";

/** The endpoints of a node, by the subresource of a Pod. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  log: "containerLogs",
  exec: "exec",
  attach: "attach",
  portforward: "portForward",
};

/** Whether the node answers for a subresource. */
export function isNodeEndpoint(subresource: string): boolean {
  return Object.hasOwn(ENDPOINTS, subresource);
}

/**
 * The node's answer.
 *
 * @throws {ApiError} where the request is not one that a node gets, or the node refuses it.
 */
export async function passToNode(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const { path: { subresource = "", namespace = "", name = "" }, query, request } = it;
  const isLog = subresource === "log";
  if (request.method !== "GET" && (isLog || request.method !== "POST")) throw methodNotAllowed();
  const pod = findObject(context, it) as Pod; // Only Pods have such subresources.
  const parts = [ENDPOINTS[subresource]!, namespace, name];
  if (subresource !== "portforward") parts.push(findContainer(pod, query.get("container")));
  if (!pod.spec.nodeName) {
    // The log of a Pod that waits is empty, as its containers have not started.
    if (isLog) return new Response("", { headers: { "content-type": "text/plain" } });
    throw badRequest(`pod ${name} does not have a host assigned`);
  }
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join("");
  const response = await context.askNode(`${path}?${query}`, request);
  if (response.status < 400) return response;
  const text = (await response.text()).trim();
  throw new ApiError(REASONS[response.status] ?? "InternalError", text);
}

/** What a node's `proxy` leads to: what it answers about itself. */
const PROXIED = ["/metrics", "/metrics/resource", "/stats/summary"];

/**
 * The node's answer about itself.
 *
 * @throws {ApiError} where the request is not one that is passed on.
 */
export async function proxyToNode(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const { path: { proxied = "/" }, request } = it;
  findObject(context, it);
  if (request.method !== "GET") throw methodNotAllowed();
  if (!PROXIED.includes(proxied)) throw unknownPath();
  return await context.askNode(proxied, request);
}

const REASONS: Readonly<Record<number, ErrorReason>> = {
  400: "BadRequest",
  404: "NotFound",
  422: "Invalid",
};

/** @throws {ApiError} `BadRequest` */
function findContainer(pod: Pod, name: string | null): string {
  const { metadata, spec } = pod;
  if (name) {
    if (everyContainer(pod).some((it) => it.name === name)) return name;
    throw badRequest(`container ${name} is not valid for pod ${metadata.name}`);
  }
  if (spec.containers.length === 1) return spec.containers[0]!.name;
  const names = (all: Pod["spec"]["containers"]) => `[${all.map(({ name }) => name).join(" ")}]`;
  const inits = spec.initContainers ?? [];
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: ` +
      names(spec.containers) +
      (inits.length === 0 ? "" : ` or one of the init containers: ${names(inits)}`),
  );
}
