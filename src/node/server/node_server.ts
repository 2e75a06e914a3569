/**
 * The node's own endpoints: what an API server passes on about the containers of one node. Answers
 * of errors are plain text, as the kubelet's are.
 *
 * Rule: Kubernetes, pkg/kubelet/server/server.go.
 */
import { messageOf, stackOf } from "../../base/error_text.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { METRICS_TYPE, type MetricSet } from "../../base/metrics/metric_set.ts";
import { RuntimeError } from "../../runtime/runtime.ts";
import { answerLogs } from "./container_logs.ts";
import { NodeError } from "./container_source.ts";
import type { UsageSources } from "./stats_summary.ts";

/** What a node serves from. */
export interface NodeServerOptions extends UsageSources {
  /** What `/metrics` shows. */
  readonly metrics: MetricSet;
  /** The wall clock is its own. */
  readonly clock: Clock;
  /** Everything that is open ends when it is aborted. */
  readonly closing: AbortSignal;
  /** For our own faults. */
  readonly log: Logger;
}

/**
 * Answers a request.
 *
 * @param path with its query: `/containerLogs/NAMESPACE/POD/CONTAINER?follow=true`.
 * @param request as the client sent it; of it the connection is used, not the path.
 */
export type NodeHandler = (path: string, request: Request) => Promise<Response>;

/** Makes what answers requests for the containers of a node; it never throws. */
export function createNodeHandler(options: NodeServerOptions): NodeHandler {
  return async (path, request) => {
    try {
      return await route(options, new URL(path, "https://node"), request);
    } catch (error) {
      if (error instanceof NodeError) return answerText(error.code, error.message);
      if (error instanceof RuntimeError) return answerText(400, messageOf(error));
      options.log.error("Cannot answer request", { request: path, error: stackOf(error) });
      return answerText(500, "the node failed at this request");
    }
  };
}

async function route(options: NodeServerOptions, url: URL, request: Request): Promise<Response> {
  const [endpoint, namespace = "", pod = "", container = ""] = url.pathname.split("/").slice(1)
    .map(decodeURIComponent);
  const target = { namespace, pod, container };
  switch (endpoint) {
    case "containerLogs":
      return await answerLogs(options, target, url.searchParams);
    case "exec":
    case "attach": {
      const { answerRemoteCommand } = await import("./remote_command.ts");
      return await answerRemoteCommand(options, {
        endpoint,
        target,
        query: url.searchParams,
        request,
      });
    }
    case "portForward": {
      const { answerPortForward } = await import("./port_forward.ts");
      const ports = url.searchParams.getAll("ports").flatMap((it) => it.split(","));
      return answerPortForward(options, target, { request, ports });
    }
    case "stats":
    case "metrics":
      return await answerUsage(options, url.pathname);
    default:
      throw new NodeError(404, "404 page not found");
  }
}

async function answerUsage(options: NodeServerOptions, path: string): Promise<Response> {
  if (path === "/metrics") return answerMetrics(await options.metrics.format());
  const { formatResourceMetrics, readSummary } = await import("./stats_summary.ts");
  switch (path) {
    case "/stats/summary":
      return Response.json(await readSummary(options));
    case "/metrics/resource":
      return answerMetrics(await formatResourceMetrics(await readSummary(options)));
    default:
      throw new NodeError(404, "404 page not found");
  }
}

function answerMetrics(text: string): Response {
  return new Response(text, { headers: { "content-type": METRICS_TYPE } });
}

function answerText(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
