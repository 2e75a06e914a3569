/**
 * How a delete is asked for, in its body or its query; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/types.go, DeleteOptions, and
 * pkg/apis/meta/v1/validation/validation.go, ValidateDeleteOptions.
 */
import { isObject } from "../../base/plain_data.ts";
import type { Propagation } from "../../api/kinds/deletion.ts";
import { badRequest } from "../answer/api_error.ts";
import { parseWriteOptions } from "./options.ts";

/** How a delete is asked for. */
export interface RequestDeleteOptions {
  /** @default the object's own */
  readonly graceSeconds?: number;
  readonly propagation?: Propagation;
  /** Only if the object still is this one. */
  readonly uid?: string;
  /** Only if it is still at this version. */
  readonly resourceVersion?: string;
  readonly isDryRun: boolean;
}

const PROPAGATIONS: Readonly<Record<string, Propagation>> = {
  Background: "background",
  Foreground: "foreground",
  Orphan: "orphan",
};

/**
 * Reads how a delete is asked for; a body goes before the query.
 *
 * @throws {ApiError} `BadRequest`
 */
export function parseDeleteOptions(data: unknown, query: URLSearchParams): RequestDeleteOptions {
  const body = data === undefined || data === null ? {} : data;
  if (!isObject(body)) throw badRequest("the body of a delete must be DeleteOptions");
  const { kind = "DeleteOptions", dryRun = [], preconditions = {} } = body;
  if (kind !== "DeleteOptions") {
    throw badRequest(`${String(kind)} cannot be handled as a DeleteOptions`);
  }
  if (!Array.isArray(dryRun) || dryRun.some((it) => it !== "All")) {
    throw badRequest('dryRun: the only supported value is "All"');
  }
  if (preconditions !== null && !isObject(preconditions)) {
    throw badRequest("preconditions must be an object");
  }
  const grace = body["gracePeriodSeconds"] ?? query.get("gracePeriodSeconds") ?? undefined;
  const { uid, resourceVersion } = preconditions ?? {};
  return {
    ...(grace !== undefined && { graceSeconds: parseGrace(grace) }),
    ...parsePropagation(body, query),
    ...(uid ? { uid: String(uid) } : {}),
    ...(resourceVersion ? { resourceVersion: String(resourceVersion) } : {}),
    isDryRun: dryRun.length > 0 || parseWriteOptions(query).isDryRun,
  };
}

function parseGrace(value: unknown): number {
  const seconds = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof seconds === "number" && Number.isSafeInteger(seconds)) return seconds;
  throw badRequest(`gracePeriodSeconds: ${JSON.stringify(value)} is not a whole number of seconds`);
}

function parsePropagation(
  body: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): { readonly propagation?: Propagation } {
  const word = body["propagationPolicy"] ?? query.get("propagationPolicy") ?? undefined;
  const orphans = body["orphanDependents"] ?? query.get("orphanDependents") ?? undefined;
  if (word !== undefined && orphans !== undefined) {
    throw badRequest("orphanDependents and propagationPolicy cannot both be set");
  }
  if (orphans !== undefined) {
    return { propagation: String(orphans) === "true" ? "orphan" : "background" };
  }
  if (word === undefined) return {};
  const propagation = typeof word === "string" && Object.hasOwn(PROPAGATIONS, word)
    ? PROPAGATIONS[word]
    : undefined;
  if (propagation !== undefined) return { propagation };
  throw badRequest(
    `propagationPolicy: ${JSON.stringify(word)} is not one of Background, Foreground, Orphan`,
  );
}
