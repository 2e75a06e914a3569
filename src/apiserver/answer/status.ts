/**
 * Errors as the `Status` objects that clients read; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/types.go, Status, and
 * pkg/api/errors/errors.go, NewInvalid.
 */
import {
  type FieldError,
  type FieldErrorReason,
  InvalidObjectError,
} from "../../api/types/errors.ts";
import { StorageError } from "../../store/journal.ts";
import { StatusError } from "../../store/status_error.ts";
import { ApiError, splitResource, type StatusCause, type StatusDetails } from "./api_error.ts";

/** An answer that is not an object. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** Kubernetes' words for the causes of an invalid object. */
const CAUSES: Readonly<Partial<Record<FieldErrorReason, string>>> = {
  Required: "FieldValueRequired",
  NotSupported: "FieldValueNotSupported",
  Duplicate: "FieldValueDuplicate",
  NotFound: "FieldValueNotFound",
  Forbidden: "FieldValueForbidden",
  TooLong: "FieldValueTooLong",
  TooMany: "FieldValueTooMany",
};

/** The answer to a request that failed with this error; a fault of ours has no details. */
export function formatFailure(error: unknown): Status & { readonly code: number } {
  const { reason, code, message, details } = asApiError(error);
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason !== "" && { reason }),
    ...(details && { details }),
    code,
  };
}

/** The answer to a request that was carried out, where there is no object to answer with. */
export function formatSuccess(details?: StatusDetails, code?: number): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details && { details }),
    ...(code !== undefined && { code }),
  };
}

/** Whether a request failed by a fault of ours. */
export function isOwnFault(error: unknown): boolean {
  return asApiError(error).reason === "InternalError";
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StatusError) {
    const [kind, group] = splitResource(error.resource);
    const details = { name: error.objectName, ...(group && { group }), kind };
    return new ApiError(error.reason, error.message, details);
  }
  if (error instanceof InvalidObjectError) {
    const { kind, qualifiedKind, name } = error.object;
    const group = splitResource(qualifiedKind)[1];
    const causes = error.errors.map(formatCause);
    const details = { name, ...(group && { group }), kind, causes };
    return new ApiError("Invalid", error.serverMessage, details);
  }
  // As one whose etcd has no space left.
  if (error instanceof StorageError) return new ApiError("", error.message);
  return new ApiError("InternalError", "Internal error occurred: the request was not carried out");
}

function formatCause({ field, reason, message }: FieldError): StatusCause {
  return { reason: CAUSES[reason] ?? "FieldValueInvalid", message, field };
}
