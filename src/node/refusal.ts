/** Which errors of an operation are news about its pod, and how log lines name that. */
import type { Pod } from "../api/types/pod.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import { ConfigError } from "./config/config_error.ts";

/**
 * What the machine or the manifest refused, as news about the pod.
 * @throws any other error.
 */
export function refusal(error: unknown): { readonly reason: string; readonly message: string } {
  if (error instanceof RuntimeError || error instanceof ConfigError) return error;
  if (error instanceof DOMException && error.name === "AbortError") {
    return { reason: "Canceled", message: "the pod is ending" };
  }
  throw error;
}

/** `namespace/name` of a pod, for log lines. */
export function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
