/** What all writes have in common: who writes, what this machine makes of it, and the answer. */
import { qualifiedKindOf } from "../../api/kinds/kinds.ts";
import { type FieldWriter, fieldWriterOf, trackUpdate } from "../../api/patch/server_side_apply.ts";
import { InvalidObjectError } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { formatSecond } from "../../base/go_text.ts";
import { unknownPath } from "../answer/api_error.ts";
import { answerObject } from "../answer/response.ts";
import type { RequestWriteOptions } from "../request/options.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import { mediaTypeOf } from "../request/body.ts";
import { checkResize } from "./pod_resize.ts";
import { findObject, parseInclude, presentIn } from "./read.ts";

/** Of a patch that says what a manager wants. */
export const APPLY_TYPE = "application/apply-patch+yaml";

/**
 * What the sender is warned of.
 *
 * @throws {InvalidObjectError} with what this machine cannot give.
 */
export function adviseOn(
  { adviseOn }: ApiContext,
  { row }: Pick<ResourceRequest, "row">,
  object: KubernetesObject,
): readonly string[] {
  const own = row.warnSender?.(object) ?? [];
  // Nothing here acts on what a definition defines.
  if (row.custom !== undefined) return own;
  const { errors, warnings } = adviseOn(object);
  if (errors.length === 0) return [...own, ...warnings];
  const { kind, metadata: { name } } = object;
  throw new InvalidObjectError({ kind, qualifiedKind: qualifiedKindOf(object), name }, errors);
}

/** Who writes: as the request names it, else the program that sends it. */
export function writerOf(
  context: ApiContext,
  { row, request, path: { subresource } }: ResourceRequest,
  { fieldManager }: RequestWriteOptions,
): FieldWriter {
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]!.trim();
  return fieldWriterOf(row, {
    manager: fieldManager ?? (agent || "unknown"),
    time: formatSecond(wallTimeOf(context)),
    ...(subresource !== undefined && { subresource }),
  });
}

/**
 * Writes the part of a spec that a path names; whatever else the object has stays as it is.
 *
 * @returns what was written, and what the sender is warned of: what the rest of it does not get has
 * been said before.
 * @throws {ApiError} `NotFound` where the kind has no such part.
 */
export function writePart(
  context: ApiContext,
  it: ResourceRequest,
  object: KubernetesObject,
  options: RequestWriteOptions,
): { readonly object: KubernetesObject; readonly warnings: readonly string[] } {
  const { registry } = context;
  const { path: { subresource = "" }, row } = it;
  const part = row.specParts?.[subresource];
  if (part === undefined) throw unknownPath();
  const present = findObject(context, it);
  if (subresource === "resize") checkResize(context, object);
  const known = new Set(context.adviseOn(present).warnings);
  const warnings = adviseOn(context, it, object).filter((line) => !known.has(line));
  const changed = part.prepare(object, present);
  const { resourceVersion, managedFields } = object.metadata;
  const given = {
    ...changed,
    metadata: {
      ...changed.metadata,
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(managedFields && { managedFields }),
    },
  };
  // What an apply owns has been computed before.
  const isApplied = mediaTypeOf(it.request) === APPLY_TYPE;
  const tracked = isApplied ? given : trackUpdate(present, given, writerOf(context, it, options));
  return { object: registry.update(tracked, { ...options, part: subresource }), warnings };
}

/** The answer with an object as it was written. */
export function answerWritten(
  context: ApiContext,
  { row, form, query }: ResourceRequest,
  object: KubernetesObject,
  options: { readonly code?: number; readonly warnings: readonly string[] },
): Response {
  return answerObject(presentIn(row, object), {
    row,
    form,
    include: parseInclude(query),
    now: wallTimeOf(context),
    ...options,
  });
}
