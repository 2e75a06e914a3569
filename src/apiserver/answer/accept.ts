/**
 * What form of answer a client accepts; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/negotiation/negotiate.go.
 */
import { ApiError } from "./api_error.ts";

/** The form of an answer. */
export type AnswerForm = "object" | "table" | "metadata";

/**
 * The first form of an `Accept` header that can be given.
 *
 * @throws {ApiError} `NotAcceptable`
 */
export function negotiate(accept: string | null): AnswerForm {
  if (accept === null || accept.trim() === "") return "object";
  for (const part of accept.split(",")) {
    const [type, ...parameters] = part.split(";").map((it) => it.trim().toLowerCase());
    if (!["application/json", "application/*", "*/*"].includes(type!)) continue;
    const as = parameters.find((it) => it.startsWith("as="))?.slice("as=".length);
    const isMeta = parameters.includes("g=meta.k8s.io");
    if (as === undefined || as === "") return "object";
    if (isMeta && as === "table") return "table";
    if (isMeta && as.startsWith("partialobjectmetadata")) return "metadata";
  }
  throw new ApiError(
    "NotAcceptable",
    "only the following media types are accepted: application/json",
  );
}
