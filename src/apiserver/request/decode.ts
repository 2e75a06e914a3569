/**
 * The data of a body as an object of the kind that its path names; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/create.go and rest.go; the words are those of
 * apimachinery, pkg/runtime/error.go.
 */
import { isObject } from "../../base/plain_data.ts";
import type { CustomKind } from "../../api/custom/custom_kind.ts";
import { pruneFields, pruneNulls } from "../../api/custom/pruning.ts";
import { decodeMetadata, decodeObject } from "../../api/manifest/decode.ts";
import type { FieldError } from "../../api/types/errors.ts";
import { formatFieldError } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { badRequest } from "../answer/api_error.ts";
import { type KindRow, splitVersion } from "../discovery/resources.ts";
import type { FieldValidation } from "./options.ts";
import type { ResourcePath } from "./path.ts";

/** An object, and what its sender is warned of. */
export interface DecodedBody {
  readonly object: KubernetesObject;
  readonly warnings: readonly string[];
}

/**
 * Decodes an object of a kind.
 *
 * @param duplicates the fields that its text gives more than once.
 *
 * @throws {ApiError} `BadRequest`
 */
export function decodeBody(
  data: unknown,
  row: KindRow,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
): DecodedBody {
  if (!isObject(data)) {
    throw badRequest(`the object provided is unrecognized (must be of type ${row.kind})`);
  }
  const { kind = row.kind, apiVersion = row.apiVersion } = data;
  if (kind !== row.kind) {
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${row.kind}`,
    );
  }
  if (apiVersion !== row.apiVersion) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API ` +
        `version (${row.apiVersion})`,
    );
  }
  const { object, errors } = row.custom === undefined
    ? decodeObject({ ...data, kind, apiVersion })
    : decodeCustom({ ...data, kind, apiVersion }, row.custom);
  const unknown = [
    ...duplicates.map((it) => `duplicate field ${JSON.stringify(it)}`),
    ...errors.filter(isStrict).map(({ message }) => message),
  ];
  const wrong = errors.filter((it) => !isStrict(it));
  const start = `${row.kind} in version "${splitVersion(row.apiVersion).version}" cannot be ` +
    `handled as a ${row.kind}`;
  if (wrong.length > 0 || object === undefined) {
    throw badRequest(`${start}: ${wrong.map(formatFieldError).join(", ")}`);
  }
  if (fieldValidation === "Strict" && unknown.length > 0) {
    throw badRequest(`${start}: strict decoding error: ${unknown.join(", ")}`);
  }
  return { object, warnings: fieldValidation === "Warn" ? unknown : [] };
}

/** A custom object without what its schema does not know. */
function decodeCustom(
  data: Readonly<Record<string, unknown>>,
  { schema }: CustomKind,
): { readonly object: KubernetesObject; readonly errors: readonly FieldError[] } {
  const { metadata, errors } = decodeMetadata(data["metadata"] ?? {});
  const { value, unknown } = pruneFields(data, schema, true);
  const object = { ...pruneNulls(value, schema) as object, metadata };
  const notKnown = unknown.map((field): FieldError => ({
    field,
    reason: "UnknownField",
    message: `unknown field ${JSON.stringify(field)}`,
  }));
  // What is in it is judged by the schema.
  return { object: object as unknown as KubernetesObject, errors: [...errors, ...notKnown] };
}

function isStrict({ reason }: FieldError): boolean {
  return reason === "UnknownField";
}

/**
 * The object in the namespace and with the name of its path.
 *
 * @throws {ApiError} `BadRequest` where it names others.
 */
export function placeObject<O extends KubernetesObject>(
  object: O,
  { namespace, name }: Pick<ResourcePath, "namespace" | "name">,
): O {
  const { metadata } = object;
  if (namespace !== undefined && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  if (name !== undefined && metadata.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
    },
  };
}
