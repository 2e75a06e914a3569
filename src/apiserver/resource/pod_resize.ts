/**
 * What admission makes of other amounts for a Pod (R-RESIZE-4).
 *
 * Rule: Kubernetes, plugin/pkg/admission/podresize/admission.go.
 */
import { RESIZABLE } from "../../api/amounts/amounts.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { computePodResources, nanosOf } from "../../api/types/qos.ts";
import { StatusError } from "../../store/status_error.ts";
import type { ApiContext } from "./context.ts";

/** What an amount is counted in, in billionths: CPU in thousandths, memory in bytes. */
const UNITS = { cpu: 1_000_000n, memory: 1_000_000_000n } as const;

/**
 * A Pod that asks for more than its whole node has is refused at once.
 *
 * @throws {StatusError} `Forbidden`
 */
export function checkResize({ registry }: ApiContext, object: KubernetesObject): void {
  if (object.kind !== "Pod") return;
  const { metadata: { namespace = "", name }, spec } = object;
  const present = registry.get("Pod", namespace, name);
  const node = registry.get("Node", "", present?.spec.nodeName ?? "");
  const allocatable = node?.status?.allocatable;
  if (allocatable === undefined) return;
  const requests = computePodResources(spec, "requests");
  for (const resource of RESIZABLE) {
    const inUnits = (amount: string | undefined) =>
      (nanosOf(amount) + UNITS[resource] - 1n) / UNITS[resource];
    const [requested, available] = [inUnits(requests[resource]), inUnits(allocatable[resource])];
    if (requested <= available) continue;
    throw new StatusError("Forbidden", "pods", name, {
      detail: `node didn't have enough allocatable resources: ${resource}, ` +
        `requested: ${requested}, allocatable: ${available}`,
    });
  }
}
