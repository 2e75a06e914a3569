/**
 * Server-side apply.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/patch.go, applyPatcher.
 */
import { kindNameOf, resourceNameOf } from "../../api/kinds/kinds.ts";
import { formatFieldPath } from "../../api/patch/field_paths.ts";
import { applyFields, type FieldConflict } from "../../api/patch/server_side_apply.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { isObject } from "../../base/plain_data.ts";
import { StatusError } from "../../store/status_error.ts";
import { ApiError, badRequest } from "../answer/api_error.ts";
import { parseYamlBody, readText } from "../request/body.ts";
import { decodeBody, placeObject } from "../request/decode.ts";
import type { RequestWriteOptions } from "../request/options.ts";
import type { ApiContext, ResourceRequest } from "./context.ts";
import { presentIn } from "./read.ts";
import { adviseOn, answerWritten, writePart, writerOf } from "./writing.ts";

/** The answer to a `patch` that says what a manager wants of an object. */
export async function applyObject(
  context: ApiContext,
  it: ResourceRequest,
  bytes: Uint8Array,
  options: RequestWriteOptions,
): Promise<Response> {
  const { row, path } = it;
  if (options.fieldManager === undefined) {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is ' +
        "required for apply patch",
    );
  }
  const { data, duplicates } = await parseYamlBody(readText(bytes));
  const { object, warnings } = decodeBody(data, row, options.fieldValidation, duplicates);
  // The name may be that of the path alone.
  const bare = { metadata: { name: "" }, ...withFieldsOf(object, data) as object };
  const given = placeObject(bare as KubernetesObject, path);
  if ((given.metadata.managedFields ?? []).length > 0) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const { namespace = "", name = "" } = path;
  const present = context.registry.get(kindNameOf(row), namespace, name);
  const { resourceVersion } = given.metadata;
  if (present === undefined && (resourceVersion || path.subresource !== undefined)) {
    throw new StatusError("NotFound", resourceNameOf(row), name);
  }
  const writer = writerOf(context, it, options);
  const shown = present && presentIn(row, present);
  const applied = applyFields(shown, given, writer, options.isForced);
  if (applied.conflicts.length > 0) throw describeConflicts(applied.conflicts);
  const merged = decodeBody(applied.object, row, "Ignore").object;
  if (path.subresource === "status") {
    const written = context.registry.updateStatus(merged, options);
    return answerWritten(context, it, written, { warnings });
  }
  if (path.subresource !== undefined) {
    const written = writePart(context, it, merged, options);
    return answerWritten(context, it, written.object, {
      warnings: [...warnings, ...written.warnings],
    });
  }
  const advice = adviseOn(context, it, merged);
  const all = [...warnings, ...advice];
  if (present === undefined) {
    const created = context.registry.create(merged, options);
    return answerWritten(context, it, created, { code: 201, warnings: all });
  }
  return answerWritten(context, it, context.registry.update(merged, options), { warnings: all });
}

/** What a body gives, without what decoding has added to it. */
function withFieldsOf(decoded: unknown, data: unknown): unknown {
  if (Array.isArray(decoded) && Array.isArray(data)) {
    return decoded.map((item, index) => withFieldsOf(item, data[index]));
  }
  if (!isObject(decoded) || !isObject(data)) return decoded;
  const given = Object.entries(decoded).filter(([key]) =>
    data[key] !== undefined && data[key] !== null
  );
  const { apiVersion, kind } = decoded;
  return {
    // What a path names may be left out.
    ...(typeof kind === "string" && { apiVersion, kind }),
    ...Object.fromEntries(given.map(([key, value]) => [key, withFieldsOf(value, data[key])])),
  };
}

/** Rule: apimachinery, pkg/util/managedfields/internal/conflict.go, NewConflictError. */
function describeConflicts(conflicts: readonly FieldConflict[]): ApiError {
  const [first, ...more] = conflicts;
  const by = Map.groupBy(conflicts, ({ owner }) => describeOwner(owner));
  const text = more.length === 0
    ? `1 conflict: conflict with ${describeOwner(first!.owner)}: ${formatFieldPath(first!.path)}`
    : `${conflicts.length} conflicts: ` +
      [...by].toSorted(([a], [b]) => a < b ? -1 : 1).map(([who, all]) =>
        [`conflicts with ${who}:`, ...all.map(({ path }) => `- ${formatFieldPath(path)}`)].join(
          "\n",
        )
      ).join("\n");
  return new ApiError("Conflict", `Apply failed with ${text}`, {
    causes: conflicts.map(({ owner, path }) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${describeOwner(owner)}`,
      field: formatFieldPath(path),
    })),
  });
}

function describeOwner(
  { manager, subresource, operation, apiVersion }: FieldConflict["owner"],
): string {
  const name = JSON.stringify(manager ?? "") +
    (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "");
  // Those who apply have one set of fields, whatever the version.
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
