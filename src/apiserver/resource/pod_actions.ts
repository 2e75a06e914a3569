/**
 * What is asked of a Pod beside reading and writing it: `eviction` and `binding`.
 *
 * Rule: Kubernetes, pkg/registry/core/pod/storage/eviction.go, Create, and storage.go, BindingREST.
 */
import type { Pod, PodCondition } from "../../api/types/pod.ts";
import { formatSecond } from "../../base/go_text.ts";
import { isObject } from "../../base/plain_data.ts";
import { badRequest, conflict, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { formatSuccess } from "../answer/status.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import { parseDeleteOptions } from "../request/delete_options.ts";
import { parseWriteOptions } from "../request/options.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import { checkMeant, deleteOne } from "./delete.ts";
import { findObject } from "./read.ts";

/** The answer to a request for the end of a Pod that others are asked about; here none are. */
export async function evictPod(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const data = await readAction(it, "Eviction");
  const options = parseDeleteOptions(data["deleteOptions"], it.query);
  const pod = findObject(context, it) as Pod; // Only Pods are evicted.
  checkMeant(pod, options);
  const phase = pod.status?.phase;
  const isOver = phase === "Succeeded" || phase === "Failed" ||
    pod.metadata.deletionTimestamp !== undefined;
  if (!isOver && !options.isDryRun) {
    const condition: PodCondition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
      lastProbeTime: null,
      lastTransitionTime: formatSecond(wallTimeOf(context)),
    };
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
    const status = { ...pod.status, conditions: [...others, condition] };
    context.registry.updateStatus({ ...pod, status });
  }
  // Of the version after that write.
  const { resourceVersion: _, ...deletion } = options;
  deleteOne(context, pod, deletion);
  return answerJson(formatSuccess(undefined, 201), { code: 201 });
}

/** The answer to a request that gives a Pod its node. */
export async function bindPod(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const data = await readAction(it, "Binding");
  const { isDryRun } = parseWriteOptions(it.query);
  const target = data["target"];
  const nodeName = isObject(target) ? target["name"] : undefined;
  if (typeof nodeName !== "string" || nodeName === "") {
    throw badRequest("Binding cannot be handled as a Binding: target.name: Required value");
  }
  const pod = findObject(context, it) as Pod; // Only Pods are bound.
  const { metadata: { name }, spec } = pod;
  if (spec.nodeName) {
    throw conflict(
      "pods/binding",
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`,
    );
  }
  if (!isDryRun) context.registry.bind(pod, nodeName);
  return answerJson(formatSuccess(undefined, 201), { code: 201 });
}

async function readAction(
  { request }: ResourceRequest,
  kind: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (request.method !== "POST") throw methodNotAllowed();
  const data = await parseBody(await readBody(request), mediaTypeOf(request));
  if (isObject(data) && (data["kind"] ?? kind) === kind) return data;
  throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
}
