/** What a pod may know of itself: `fieldRef` and `resourceFieldRef`; pure. */
import { findContainer } from "../../api/pod_containers.ts";
import { ownValue } from "../../base/plain_data.ts";
import type { ResourceFieldSelector } from "../../api/types/pod.ts";
import { nanosOf } from "../../api/types/qos.ts";
import { divideQuantity } from "../../api/types/quantity.ts";
import { quoteText } from "../../base/go_text.ts";
import { ConfigError } from "./config_error.ts";
import type { PodSources } from "./pod_sources.ts";

/**
 * The value of a `fieldRef`. A label or annotation that is not there is empty.
 *
 * Rule: R-ENV-5. Whole label and annotation maps are only for volumes; validation sees to that.
 *
 * @param podIP undefined before the sandbox is there: volumes may not name it.
 */
export function podFieldValue(
  { pod, node }: Pick<PodSources, "pod" | "node">,
  fieldPath: string,
  podIP: string | undefined,
): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/s.exec(fieldPath);
  if (subscript !== null) {
    const map = subscript[1] === "labels" ? metadata.labels : metadata.annotations;
    return ownValue(map, subscript[2]!) ?? "";
  }
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return node.name;
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "default";
    case "status.hostIP":
    case "status.hostIPs":
      return node.hostIP;
    case "status.podIP":
    case "status.podIPs":
      return podIP ?? "";
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

/**
 * The value of a `resourceFieldRef`: the amount over its divisor, rounded up. A limit that is not
 * set, or 0, is the pod's, else what the node has; a request that is not set is 0.
 *
 * Rule: R-ENV-6 (Kubernetes, pkg/api/v1/resource/helpers.go, findContainerInPod).
 *
 * @param self the container that asks, where the selector names no other.
 * @throws {ConfigError} the Pod has no container of that name.
 */
export function resourceFieldValue(
  { pod, node }: Pick<PodSources, "pod" | "node">,
  selector: ResourceFieldSelector,
  self: string | undefined,
): string {
  const name = selector.containerName || self;
  const container = name === undefined ? undefined : findContainer(pod, name);
  if (container === undefined) {
    throw new ConfigError("CreateContainerConfigError", `container ${name} not found`);
  }
  const [kind, resource] = splitOnce(selector.resource);
  const limits = [container.resources?.limits, pod.spec.resources?.limits, node.allocatable];
  const amount = kind === "limits"
    ? limits.map((it) => ownValue(it, resource)).find((it) => nanosOf(it) > 0n) ?? "0"
    : ownValue(container.resources?.requests, resource) ?? "0";
  // A divisor of 0 is what an unset one is on the wire.
  const divisor = /^0+$/.test(selector.divisor ?? "0") ? "1" : selector.divisor!;
  return String(divideQuantity(amount, divisor));
}

/** `limits.ephemeral-storage` to its two words. */
function splitOnce(text: string): [string, string] {
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}

/** One line `key="value"` for each key, sorted (R-ENV-5). */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map).sort().map((key) => `${key}=${quoteText(map[key]!)}`).join("\n");
}
