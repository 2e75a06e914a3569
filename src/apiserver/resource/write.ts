/**
 * `create`, `update` and `patch` of objects and their status.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/create.go, update.go and patch.go.
 */
import { kindNameOf } from "../../api/kinds/kinds.ts";
import { applyJsonPatch } from "../../api/patch/json_patch.ts";
import { applyMergePatch } from "../../api/patch/merge_patch.ts";
import { PatchError } from "../../api/patch/patch_error.ts";
import { applyStrategicMerge } from "../../api/patch/strategic_merge.ts";
import { trackUpdate } from "../../api/patch/server_side_apply.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { isObject } from "../../base/plain_data.ts";
import { ApiError, badRequest, unknownPath } from "../answer/api_error.ts";
import {
  findDuplicates,
  mediaTypeOf,
  parseJsonBody,
  parseWholeBody,
  readBody,
  readText,
  unsupportedMediaType,
} from "../request/body.ts";
import { decodeBody, type DecodedBody, placeObject } from "../request/decode.ts";
import { parseWriteOptions, type RequestWriteOptions } from "../request/options.ts";
import type { ApiContext, ResourceRequest } from "./context.ts";
import { applyObject } from "./apply.ts";
import { findObject, presentIn } from "./read.ts";
import { adviseOn, answerWritten, APPLY_TYPE, writePart, writerOf } from "./writing.ts";

/** The answer to a `create`. */
export async function createObject(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const options = parseWriteOptions(it.query);
  const { object: placed, warnings } = await readObject(it, options);
  if (placed.metadata.resourceVersion) {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  const advice = adviseOn(context, it, placed);
  const tracked = trackUpdate(undefined, placed, writerOf(context, it, options));
  const created = context.registry.create(tracked, options);
  return answerWritten(context, it, created, { code: 201, warnings: [...warnings, ...advice] });
}

/** The object of a body, where its path puts it. */
async function readObject(
  { request, row, path }: ResourceRequest,
  { fieldValidation }: RequestWriteOptions,
): Promise<DecodedBody> {
  const bytes = await readBody(request);
  const { data, duplicates } = await parseWholeBody(bytes, mediaTypeOf(request));
  const { object, warnings } = decodeBody(data, row, fieldValidation, duplicates);
  return { object: placeObject(object, path), warnings };
}

/** The answer to an `update`, of an object or its status. */
export async function updateObject(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const options = parseWriteOptions(it.query);
  const { object: placed, warnings } = await readObject(it, options);
  if (placed.metadata.name === "") throw badRequest("name must be provided");
  const written = writeObject(context, it, placed, options);
  return answerWritten(context, it, written.object, {
    warnings: [...warnings, ...written.warnings],
  });
}

/** The answer to a `patch`, of an object or its status. */
export async function patchObject(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const options = parseWriteOptions(it.query);
  const bytes = await readBody(it.request);
  if (mediaTypeOf(it.request) === APPLY_TYPE) {
    return await applyObject(context, it, bytes, options);
  }
  // Read after the body: nothing comes between it and the write.
  const present = presentIn(it.row, findObject(context, it));
  const patched = applyPatch(present, bytes, { mediaType: mediaTypeOf(it.request), row: it.row });
  const duplicates = findDuplicates(bytes, mediaTypeOf(it.request));
  const { object, warnings } = decodeBody(patched, it.row, options.fieldValidation, duplicates);
  const written = writeObject(context, it, placeObject(object, it.path), options);
  return answerWritten(context, it, written.object, {
    warnings: [...warnings, ...written.warnings],
  });
}

/** The types of patches; custom objects have no types by which the last one could merge. */
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

/**
 * A value with a patch of any type.
 *
 * @throws {ApiError} `BadRequest`, `Invalid`, `UnsupportedMediaType`
 */
export function applyPatch(
  target: unknown,
  bytes: Uint8Array,
  { mediaType, row }: Pick<ResourceRequest, "row"> & { readonly mediaType: string },
): unknown {
  const isTyped = row.custom === undefined || row.custom.keptNote !== undefined;
  const types = isTyped ? PATCH_TYPES : PATCH_TYPES.slice(0, 2);
  if (!types.includes(mediaType)) throw unsupportedMediaType([...types, APPLY_TYPE]);
  const patch = parseJsonBody(readText(bytes));
  try {
    switch (mediaType) {
      case "application/json-patch+json":
        return applyJsonPatch(target, patch);
      case "application/merge-patch+json":
        if (!isObject(patch)) throw new PatchError("malformed", "a merge patch is an object");
        return applyMergePatch(target, patch);
      default:
        return applyStrategicMerge(target, patch, row.struct);
    }
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.reason === "malformed") throw badRequest(error.message);
    throw new ApiError(
      "Invalid",
      `the server rejected our request due to an error in our request: ${error.message}`,
    );
  }
}

/** Writes the part that the path names, and leaves the rest as it is. */
function writeObject(
  context: ApiContext,
  it: ResourceRequest,
  object: KubernetesObject,
  options: RequestWriteOptions,
): { readonly object: KubernetesObject; readonly warnings: readonly string[] } {
  const { registry } = context;
  const { path: { subresource, namespace = "" }, row } = it;
  switch (subresource) {
    case undefined: {
      const warnings = adviseOn(context, it, object);
      const present = registry.get(kindNameOf(row), namespace, object.metadata.name);
      const shown = present && presentIn(row, present);
      const tracked = trackUpdate(shown, object, writerOf(context, it, options));
      return { object: registry.update(tracked, options), warnings };
    }
    case "status": {
      if (!row.hasStatus) throw unknownPath();
      const present = presentIn(row, findObject(context, it));
      const tracked = trackUpdate(present, object, writerOf(context, it, options));
      return { object: registry.updateStatus(tracked, options), warnings: [] };
    }
    default:
      return writePart(context, it, object, options);
  }
}
