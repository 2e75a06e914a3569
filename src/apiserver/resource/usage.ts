/**
 * `metrics.k8s.io`: what nodes and Pods use, for `kubectl top`.
 *
 * Rule: metrics-server, pkg/api/pod.go, node.go and table.go, and k8s.io/metrics,
 * pkg/apis/metrics/v1beta1/types.go.
 */
import { KINDS } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { ranUid } from "../../api/scheduling/static_pod.ts";
import type { StatsSummary } from "../../api/types/stats_summary.ts";
import { formatQuantity, NANO } from "../../api/types/quantity.ts";
import { formatGoDuration, formatSecond } from "../../base/go_text.ts";
import { negotiate } from "../answer/accept.ts";
import { ApiError, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { findResource, type UsageResource } from "../discovery/resources.ts";
import { type Usage, type UsageSample, UsageSampler } from "../metrics/usage_sampler.ts";
import { parseListOptions } from "../request/options.ts";
import type { ResourcePath } from "../request/path.ts";
import { defineColumn, type IncludedObject, metadataOf, type Table } from "../table/table.ts";
import { StatusError } from "../../store/status_error.ts";
import type { ApiContext } from "./context.ts";
import { parseInclude, selectionOf } from "./read.ts";

/** One request for what is used. */
export interface UsageRequest {
  readonly resource: UsageResource;
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly request: Request;
}

/** What answers requests for what is used. */
export type UsageHandler = (it: UsageRequest) => Promise<Response>;

/** What something uses, as it is sent. */
interface UsageObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: KubernetesObject["metadata"];
  readonly timestamp: string;
  readonly window: string;
  readonly usage?: Amounts;
  readonly containers?: readonly { readonly name: string; readonly usage: Amounts }[];
}

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** An object and all that it uses. */
interface Measured {
  readonly object: UsageObject;
  readonly total: Usage;
}

/** Makes what answers them; it remembers the last reading. */
export function createUsageHandler(
  context: Pick<ApiContext, "registry" | "askNode">,
): UsageHandler {
  const sampler = new UsageSampler({
    read: () => readSummary(context),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return async (it) => {
    if (it.request.method !== "GET") throw methodNotAllowed();
    const options = parseListOptions(it.query);
    if (options.isWatch) throw methodNotAllowed();
    const select = selectionOf({ path: it.path, row: rowOf(it.resource) }, options);
    const sample = await sampler.sample();
    const all = it.resource.kind === "PodMetrics"
      ? measurePods(context, sample, select)
      : measureNodes(context, sample, select);
    return answer(it, all);
  };
}

async function readSummary({ askNode }: Pick<ApiContext, "askNode">): Promise<StatsSummary> {
  const path = "/stats/summary";
  const response = await askNode(path, new Request(`https://node${path}`));
  if (response.ok) return await response.json();
  const why = (await response.text()).trim();
  throw new ApiError("InternalError", `cannot read what the node uses: ${why}`);
}

/** Labels and fields are those of what is measured. */
function rowOf({ plural }: UsageResource) {
  return findResource(KINDS, "v1", plural)!;
}

type Select = (object: KubernetesObject) => boolean;

function measurePods(
  { registry }: Pick<ApiContext, "registry">,
  { time, windowMs, pods }: UsageSample,
  select: Select,
): Measured[] {
  return pods.flatMap(({ name, namespace, uid, containers }) => {
    const pod = registry.get("Pod", namespace, name);
    if (pod === undefined || ranUid(pod) !== uid) return [];
    if (containers.length === 0 || !select(pod)) return [];
    const object: UsageObject = {
      ...headOf("PodMetrics", pod, time),
      window: formatGoDuration(windowMs),
      containers: containers.map((it) => ({ name: it.name, usage: formatUsage(it) })),
    };
    return [{ object, total: sumUp(containers) }];
  }).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

function measureNodes(
  { registry }: Pick<ApiContext, "registry">,
  { time, windowMs, node }: UsageSample,
  select: Select,
): Measured[] {
  const found = registry.get("Node", "", node.name);
  if (found === undefined || !select(found)) return [];
  const object: UsageObject = {
    ...headOf("NodeMetrics", found, time),
    window: formatGoDuration(windowMs),
    usage: formatUsage(node),
  };
  return [{ object, total: node }];
}

function headOf(kind: string, { metadata }: KubernetesObject, time: string) {
  const { name, namespace, labels } = metadata;
  const timestamp = formatSecond(Date.parse(time));
  return {
    kind,
    apiVersion: "metrics.k8s.io/v1beta1",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      creationTimestamp: timestamp,
      ...(labels && { labels }),
    },
    timestamp,
  };
}

function answer(
  { resource, path: { name, namespace }, query, request }: UsageRequest,
  all: readonly Measured[],
): Response {
  const { kind, apiVersion } = resource;
  if (name !== undefined && all.length === 0) {
    const full = namespace === undefined ? name : `${namespace}/${name}`;
    throw new StatusError("NotFound", `${kind.toLowerCase()}.metrics.k8s.io`, full);
  }
  const form = negotiate(request.headers.get("accept"));
  if (form === "table") return answerJson(formatTable(all, parseInclude(query)));
  const isMetadata = form === "metadata";
  const items = all.map(({ object }) => isMetadata ? metadataOf(object) : object);
  if (name !== undefined) return answerJson(items[0]);
  return answerJson({
    kind: isMetadata ? "PartialObjectMetadataList" : `${kind}List`,
    apiVersion: isMetadata ? "meta.k8s.io/v1" : apiVersion,
    metadata: {},
    items,
  });
}

function formatTable(all: readonly Measured[], include: IncludedObject): Table {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: ["Name", "cpu", "memory", "Window"].map((name) => defineColumn({ name })),
    rows: all.map(({ object, total }) => {
      const { cpu, memory } = formatUsage(total);
      return {
        cells: [object.metadata.name, cpu, memory, object.window],
        ...(include !== "None" && { object: include === "Object" ? object : metadataOf(object) }),
      };
    }),
  };
}

function formatUsage({ nanoCores, memoryBytes }: Usage): Amounts {
  return {
    cpu: formatQuantity({ nanos: BigInt(nanoCores), format: "decimalSI" }),
    memory: formatQuantity({ nanos: BigInt(memoryBytes) * NANO, format: "binarySI" }),
  };
}

function sumUp(all: readonly Usage[]): Usage {
  return {
    nanoCores: all.reduce((sum, it) => sum + it.nanoCores, 0),
    memoryBytes: all.reduce((sum, it) => sum + it.memoryBytes, 0),
  };
}

function keyOf({ object: { metadata } }: Measured): string {
  return `${metadata.namespace}/${metadata.name}`;
}
