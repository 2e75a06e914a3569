/**
 * The `scale` of what has replicas.
 *
 * Rule: Kubernetes, k8s.io/api/autoscaling/v1/types.go, Scale, and
 * pkg/registry/apps/deployment/storage/storage.go, ScaleREST.
 */
import type {
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../api/types/apps.ts";
import { readPath, writePath } from "../../api/custom/custom_object.ts";
import type { CustomResourceSubresourceScale } from "../../api/types/definition.ts";
import { trackUpdate } from "../../api/patch/server_side_apply.ts";
import { invalid, InvalidObjectError } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { ObjectMeta } from "../../api/types/meta.ts";
import { isObject } from "../../base/plain_data.ts";
import { badRequest, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import { parseWriteOptions } from "../request/options.ts";
import { columnsEach, formatSelector, NONE } from "../table/column.ts";
import { age, name } from "../table/object_columns.ts";
import { formatRows } from "../table/table.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import { findObject, parseInclude, presentIn } from "./read.ts";
import { applyPatch } from "./write.ts";
import { writerOf } from "./writing.ts";

type Scalable = Deployment | ReplicaSet | ReplicationController | StatefulSet;

/** How many replicas an object has, and is to have. */
interface Scale {
  readonly kind: "Scale";
  readonly apiVersion: "autoscaling/v1";
  readonly metadata: ObjectMeta;
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas: number; readonly selector: string };
}

/** The answer to a request for the scale of an object. */
export async function serveScale(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const { request, query, row } = it;
  switch (request.method) {
    case "GET":
      return answerScale(context, it, findObject(context, it));
    case "PUT":
    case "PATCH": {
      const options = parseWriteOptions(query);
      const bytes = await readBody(request);
      const mediaType = mediaTypeOf(request);
      const data = request.method === "PUT" ? await parseBody(bytes, mediaType) : undefined;
      // Read after the body: nothing comes between it and the write.
      const present = presentIn(row, findObject(context, it));
      const given = data ?? applyPatch(scaleOf(it, present), bytes, { mediaType, row });
      const replicas = readReplicas(given, it);
      const version = versionOf(given);
      const scaled = writePath(present, pathsOf(it).specReplicasPath, replicas);
      const changed = {
        ...scaled as KubernetesObject,
        metadata: { ...present.metadata, ...(version && { resourceVersion: version }) },
      } as KubernetesObject;
      const tracked = trackUpdate(present, changed, writerOf(context, it, options));
      return answerScale(context, it, context.registry.update(tracked, options));
    }
    default:
      throw methodNotAllowed();
  }
}

/** In the form that is asked for; the scales of custom kinds have no table. */
function answerScale(context: ApiContext, it: ResourceRequest, object: KubernetesObject): Response {
  const scale = scaleOf(it, object);
  if (it.form !== "table" || it.row.custom !== undefined) return answerJson(scale);
  const { resourceVersion } = scale.metadata;
  return answerJson(formatRows([scale], {
    columns: COLUMNS,
    metadata: { ...resourceVersion !== undefined && { resourceVersion } },
    include: parseInclude(it.query),
    now: wallTimeOf(context),
  }));
}

/** Rule: Kubernetes, pkg/printers/internalversion/printers.go, printScale. */
const COLUMNS = columnsEach<Scale>([
  name,
  { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas },
  { name: "Available", type: "integer", cell: ({ status }) => status.replicas },
  age,
]);

/** Where the counts of an object are. */
function pathsOf({ row }: ResourceRequest): CustomResourceSubresourceScale {
  return row.custom?.version.subresources?.scale ?? OWN_PATHS;
}

/** Those of the kinds of this program. */
const OWN_PATHS: CustomResourceSubresourceScale = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
};

function scaleOf(it: ResourceRequest, object: KubernetesObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const paths = pathsOf(it);
  const { custom } = it.row;
  const count = (path: string) => {
    const found = readPath(object, path);
    return typeof found === "number" ? found : undefined;
  };
  const replicas = count(paths.specReplicasPath);
  if (replicas === undefined && custom !== undefined && it.request.method === "GET") {
    const field = JSON.stringify(paths.specReplicasPath);
    throw badRequest(`the spec replicas field ${field} does not exist`);
  }
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { replicas: replicas ?? (custom === undefined ? 1 : 0) },
    status: {
      replicas: count(paths.statusReplicasPath) ?? 0,
      selector: custom === undefined
        ? selectorOf(object as Scalable)
        : selectorAt(object, paths.labelSelectorPath),
    },
  };
}

function selectorAt(object: KubernetesObject, path: string | undefined): string {
  const selector = path ? readPath(object, path) : undefined;
  return typeof selector === "string" ? selector : "";
}

function selectorOf(object: Scalable): string {
  const selector = formatSelector(
    object.kind === "ReplicationController"
      ? { matchLabels: object.spec.selector ?? {} }
      : object.spec.selector,
  );
  return selector === NONE ? "" : selector;
}

/** @throws {ApiError} `BadRequest`; {InvalidObjectError} */
function readReplicas(data: unknown, { path }: ResourceRequest): number {
  if (!isObject(data) || (data["kind"] ?? "Scale") !== "Scale") {
    throw badRequest("the object provided is unrecognized (must be of type Scale)");
  }
  const spec = data["spec"] ?? {};
  const replicas = isObject(spec) ? spec["replicas"] ?? 0 : undefined;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest("Scale cannot be handled as a Scale: spec.replicas: expected integer");
  }
  if (replicas >= 0 && replicas < 2 ** 31) return replicas;
  throw new InvalidObjectError(
    { kind: "Scale", qualifiedKind: "Scale.autoscaling", name: path.name! },
    [invalid("spec.replicas", replicas, "must be greater than or equal to 0")],
  );
}

function versionOf(data: unknown): string | undefined {
  const metadata = isObject(data) ? data["metadata"] : undefined;
  const version = isObject(metadata) ? metadata["resourceVersion"] : undefined;
  return typeof version === "string" && version !== "" ? version : undefined;
}
