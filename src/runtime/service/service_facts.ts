/** Reads which addresses Services can have on this machine. */
import { messageOf } from "../../base/error_text.ts";
import { readTakenRanges } from "../network/taken_ranges.ts";
import { planHostServices, planPodServices, type ServicePlan } from "./service_plan.ts";

const DNS_PORT = 53;

/**
 * The addresses of Services for a network of pods.
 *
 * @param kept an address of the range that Services have already. @default there is none
 */
export function readServicePlan(network: "host" | "pod", kept?: string): ServicePlan {
  if (network === "pod") return planPodServices(readTakenRanges(), kept);
  const plan = planHostServices(crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32, kept);
  const refusal = tryDnsPort(plan.dnsAddress);
  return refusal === undefined ? plan : { ...plan, namesRefusal: refusal };
}

/** Resolvers ask at that port alone. */
function tryDnsPort(hostname: string): string | undefined {
  try {
    Deno.listen({ hostname, port: DNS_PORT }).close();
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied
      ? `port ${DNS_PORT} is not this user's`
      : messageOf(error);
  }
}
