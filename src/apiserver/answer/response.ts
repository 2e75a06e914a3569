/** Answers in the forms that clients ask for. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { AnswerForm } from "./accept.ts";
import { formatTable, type IncludedObject, metadataOf } from "../table/table.ts";
import type { KindRow } from "../discovery/resources.ts";
import { formatFailure } from "./status.ts";

/** What an answer has beside its body. */
export interface AnswerOptions {
  /** @default 200 */
  readonly code?: number;
  /** Shown to the user, each a line. */
  readonly warnings?: readonly string[];
}

/** An answer with these data. */
export function answerJson(
  data: unknown,
  { code = 200, warnings = [] }: AnswerOptions = {},
): Response {
  const headers = new Headers({ "content-type": "application/json" });
  const response = new Response(JSON.stringify(data), { status: code, headers });
  for (const warning of warnings) addWarning(response, warning);
  return response;
}

/** Adds a line that the user is shown. */
export function addWarning({ headers }: Response, warning: string): void {
  headers.append("warning", `299 - "${escapeWarning(warning)}"`);
}

/** An answer with an object in the form that is asked for. */
export function answerObject(
  object: KubernetesObject,
  { row, form, include, now, ...options }: AnswerOptions & {
    readonly row: KindRow;
    readonly form: AnswerForm;
    readonly include: IncludedObject;
    readonly now: number;
  },
): Response {
  return answerJson(formatObject(object, { row, form, include, now }), options);
}

/** The failure of a request. */
export function answerFailure(error: unknown): Response {
  const status = formatFailure(error);
  const response = answerJson(status, { code: status.code });
  const seconds = status.details?.retryAfterSeconds;
  if (seconds !== undefined) response.headers.set("retry-after", String(seconds));
  return response;
}

/** An object in one of the forms. */
export function formatObject(
  object: KubernetesObject,
  { row, form, include, now }: {
    readonly row: KindRow;
    readonly form: AnswerForm;
    readonly include: IncludedObject;
    readonly now: number;
  },
): unknown {
  switch (form) {
    case "object":
      return object;
    case "metadata":
      return metadataOf(object);
    case "table": {
      const { resourceVersion } = object.metadata;
      const metadata = { ...resourceVersion !== undefined && { resourceVersion } };
      return formatTable([object], { row, metadata, include, now });
    }
  }
}

/** A header has neither line breaks nor what is not ASCII. */
function escapeWarning(text: string): string {
  return text.replace(/["\\]/g, "\\$&").replace(/[^\x20-\x7e]+/g, " ").slice(0, 500);
}
