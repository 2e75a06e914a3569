/**
 * `delete` and `deletecollection`.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/delete.go, and
 * pkg/registry/generic/registry/store.go, Delete.
 */
import { kindNameOf, qualifiedKindOf } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { DeletedObject } from "../../store/registry.ts";
import { isRefusal } from "../../store/status_error.ts";
import { conflict } from "../answer/api_error.ts";
import { answerJson, answerObject } from "../answer/response.ts";
import { formatSuccess } from "../answer/status.ts";
import { listKindOf, splitVersion } from "../discovery/resources.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import { parseDeleteOptions, type RequestDeleteOptions } from "../request/delete_options.ts";
import { parseListOptions } from "../request/options.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import { findObject, type ObjectLists, parseInclude, presentIn, selectionOf } from "./read.ts";

/** The answer to a `delete`: the object while it ends, or that it is gone. */
export async function deleteObject(context: ApiContext, it: ResourceRequest): Promise<Response> {
  const options = await readOptions(it);
  const { object, isGone } = deleteOne(context, findObject(context, it), options);
  const { row, form, query } = it;
  if (!isGone || kindNameOf(row) === "Pod") {
    const now = wallTimeOf(context);
    const shown = presentIn(row, object);
    return answerObject(shown, { row, form, include: parseInclude(query), now });
  }
  const { group } = splitVersion(row.apiVersion);
  const { name, uid } = object.metadata;
  return answerJson(formatSuccess({
    name,
    ...(group && { group }),
    kind: row.plural,
    ...(uid && { uid }),
  }));
}

/** The answer to a `deletecollection`: the objects that were deleted. */
export async function deleteObjects(
  context: ApiContext & { readonly lists: ObjectLists },
  it: ResourceRequest,
): Promise<Response> {
  const options = await readOptions(it);
  const isSelected = selectionOf(it, parseListOptions(it.query));
  const items: KubernetesObject[] = [];
  for (const object of context.lists.at(kindNameOf(it.row)).filter(isSelected)) {
    try {
      items.push(presentIn(it.row, deleteOne(context, object, options).object));
    } catch (error) {
      // Its end came first.
      if (!isRefusal(error, "NotFound")) throw error;
    }
  }
  const metadata = { resourceVersion: String(context.history.version) };
  const { apiVersion } = it.row;
  return answerJson({ kind: listKindOf(it.row), apiVersion, metadata, items });
}

async function readOptions({ request, query }: ResourceRequest): Promise<RequestDeleteOptions> {
  const data = await parseBody(await readBody(request), mediaTypeOf(request));
  return parseDeleteOptions(data, query);
}

/**
 * Deletes an object.
 *
 * @throws {ApiError} `Conflict` where it is not the one that is meant.
 */
export function deleteOne(
  { registry }: ApiContext,
  object: KubernetesObject,
  { uid, resourceVersion, ...options }: RequestDeleteOptions,
): DeletedObject {
  checkMeant(object, { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) });
  const { namespace = "", name } = object.metadata;
  return registry.delete(kindNameOf(object), namespace, name, options, options);
}

/**
 * Whether an object is the one that is meant.
 *
 * @throws {ApiError} `Conflict`
 */
export function checkMeant(
  object: KubernetesObject,
  wanted: Pick<RequestDeleteOptions, "uid" | "resourceVersion">,
): void {
  const { metadata } = object;
  for (const [key, word] of [["uid", "UID"], ["resourceVersion", "ResourceVersion"]] as const) {
    const found = metadata[key] ?? "";
    if (wanted[key] === undefined || wanted[key] === found) continue;
    throw conflict(
      qualifiedKindOf(object),
      metadata.name,
      `the ${word} in the precondition (${wanted[key]}) does not match the ${word} in record ` +
        `(${found}). The object might have been deleted and then recreated`,
    );
  }
}
