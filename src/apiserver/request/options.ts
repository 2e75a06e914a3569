/**
 * The query of a request; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/types.go, ListOptions, CreateOptions and so on,
 * and pkg/apis/meta/internalversion/validation/validation.go.
 */
import { ApiError, badRequest, type StatusCause } from "../answer/api_error.ts";

/** Which version a list or watch has to have. */
export type VersionMatch = "Exact" | "NotOlderThan";

/** How a list or a watch is asked for. */
export interface ListOptions {
  readonly isWatch: boolean;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Undefined: the newest. */
  readonly resourceVersion?: number;
  readonly match?: VersionMatch;
  /** How many objects at most; 0: all. */
  readonly limit: number;
  /** Where the last answer ended. */
  readonly continueToken?: string;
  readonly timeoutSeconds?: number;
  readonly wantsBookmarks: boolean;
  /** Whether a watch begins with what is there. @default as the version has it */
  readonly sendInitialEvents?: boolean;
}

/** Whether fields that are not known are left out, reported or refused. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** How a write is asked for. */
export interface RequestWriteOptions {
  readonly isDryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Who writes, for the fields that it manages. */
  readonly fieldManager?: string;
  /** Takes fields over that others manage. */
  readonly isForced: boolean;
}

/**
 * Reads how a list or a watch is asked for.
 *
 * @throws {ApiError} `BadRequest`, `Invalid`
 */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const isWatch = parseFlag(query, "watch") ?? false;
  const resourceVersion = parseCount(query, "resourceVersion");
  const limit = parseCount(query, "limit") ?? 0;
  const timeoutSeconds = parseCount(query, "timeoutSeconds");
  const continueToken = query.get("continue") || undefined;
  const sendInitialEvents = parseFlag(query, "sendInitialEvents");
  const matchWord = query.get("resourceVersionMatch") || undefined;
  checkMatch(matchWord, { isWatch, resourceVersion, sendInitialEvents, continueToken });
  return {
    isWatch,
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(matchWord !== undefined && { match: matchWord as VersionMatch }),
    limit,
    ...(continueToken !== undefined && { continueToken }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    wantsBookmarks: parseFlag(query, "allowWatchBookmarks") ?? false,
    ...(sendInitialEvents !== undefined && { sendInitialEvents }),
  };
}

/**
 * Reads how a write is asked for.
 *
 * @throws {ApiError} `BadRequest`, `Invalid`
 */
export function parseWriteOptions(query: URLSearchParams): RequestWriteOptions {
  const dryRun = query.getAll("dryRun").filter((it) => it !== "");
  if (dryRun.some((it) => it !== "All")) {
    throw invalidOptions(
      "dryRun",
      `Unsupported value: "${dryRun.join()}": supported values: "All"`,
    );
  }
  const word = query.get("fieldValidation") || "Warn";
  if (word !== "Ignore" && word !== "Warn" && word !== "Strict") {
    throw invalidOptions(
      "fieldValidation",
      `Unsupported value: ${
        JSON.stringify(word)
      }: supported values: "", "Ignore", "Strict", "Warn"`,
    );
  }
  const fieldManager = query.get("fieldManager") || undefined;
  return {
    isDryRun: dryRun.length > 0,
    fieldValidation: word,
    ...(fieldManager !== undefined && { fieldManager }),
    isForced: parseFlag(query, "force") ?? false,
  };
}

function checkMatch(
  match: string | undefined,
  { isWatch, resourceVersion, sendInitialEvents, continueToken }: {
    readonly isWatch: boolean;
    readonly resourceVersion: number | undefined;
    readonly sendInitialEvents: boolean | undefined;
    readonly continueToken: string | undefined;
  },
): void {
  const refuse = (why: string) => invalidOptions("resourceVersionMatch", `Forbidden: ${why}`);
  if (isWatch) {
    if (sendInitialEvents === undefined && match !== undefined) {
      throw refuse(
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    }
    if (sendInitialEvents !== undefined && match !== "NotOlderThan") {
      throw refuse(
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      );
    }
    return;
  }
  if (sendInitialEvents !== undefined) {
    throw invalidOptions("sendInitialEvents", "Forbidden: sendInitialEvents is forbidden for list");
  }
  if (match === undefined) return;
  if (resourceVersion === undefined) {
    throw refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (continueToken !== undefined) {
    throw refuse("resourceVersionMatch is forbidden when continue is provided");
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    throw invalidOptions(
      "resourceVersionMatch",
      `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
    );
  }
  if (match === "Exact" && resourceVersion === 0) {
    throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

function invalidOptions(field: string, message: string): ApiError {
  const causes: StatusCause[] = [{ reason: "FieldValueInvalid", message, field }];
  return new ApiError("Invalid", `ListOptions "" is invalid: ${field}: ${message}`, {
    kind: "ListOptions",
    causes,
  });
}

/** As Go's strconv.ParseBool reads it; an empty word is true. */
function parseFlag(query: URLSearchParams, name: string): boolean | undefined {
  const word = query.get(name);
  if (word === null) return undefined;
  if (["", "1", "t", "T", "true", "TRUE", "True"].includes(word)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(word)) return false;
  throw badRequest(`invalid value for ${name}: ${JSON.stringify(word)} is not a boolean`);
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const word = query.get(name);
  if (word === null || word === "") return undefined;
  const count = Number(word);
  if (/^\d{1,16}$/.test(word) && Number.isSafeInteger(count)) return count;
  throw badRequest(`invalid value for ${name}: ${JSON.stringify(word)} is not a number from 0`);
}
