/** What all writes have in common: who writes, what this machine makes of it, and the answer. */
import { qualifiedKindOf } from "../../api/kinds/kinds.ts";
import { resourceSchema } from "../../api/patch/field_paths.ts";
import type { FieldWriter } from "../../api/patch/server_side_apply.ts";
import { InvalidObjectError } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { formatSecond } from "../../base/go_text.ts";
import { answerObject } from "../answer/response.ts";
import type { RequestWriteOptions } from "../request/options.ts";
import { type ApiContext, type ResourceRequest, wallTimeOf } from "./context.ts";
import { parseInclude, presentIn } from "./read.ts";

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
  { row, request }: ResourceRequest,
  { fieldManager }: RequestWriteOptions,
): FieldWriter {
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]!.trim();
  return {
    manager: fieldManager ?? (agent || "unknown"),
    time: formatSecond(wallTimeOf(context)),
    struct: row.custom === undefined ? row.struct : resourceSchema(row.custom.schema),
  };
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
