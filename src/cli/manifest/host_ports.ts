/** Ports of the machine that two containers of a Pod want; pure. */
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import {
  claimsOf,
  isEveryAddress,
  isPortClash,
  type PortClaim,
} from "../../api/scheduling/host_ports.ts";
import type { Pod } from "../../api/types/pod.ts";

/**
 * The host ports that an earlier container of the same Pod has already, each as an error of the
 * later one. With `hostNetwork` whatever port is declared is the machine's. Another Pod that has a
 * port lets this one wait (R-SCHED-2).
 *
 * `Differs:` in a cluster nothing checks, and the first listener gets the port.
 */
export function findPortClashes(pod: Pod): FieldError[] {
  const claims = claimsOf(pod);
  return claims.flatMap((claim, index) => {
    const other = claims.slice(0, index).find((it) => isPortClash(it, claim));
    return other === undefined || isFoundByValidation(other, claim)
      ? []
      : [describeClash(other, claim)];
  });
}

function addressOf(hostIP: string): string {
  return isEveryAddress(hostIP) ? "every address" : hostIP;
}

/** Of the mains, the same port at the same address (R-VALID-34). */
function isFoundByValidation(a: PortClaim, b: PortClaim): boolean {
  return !a.isSidecar && !b.isSidecar && a.hostIP === b.hostIP;
}

function describeClash(earlier: PortClaim, later: PortClaim): FieldError {
  const { field, protocol, hostIP, port } = later;
  return unsupported(
    field,
    `container "${earlier.container}" has port ${port}/${protocol} of ${addressOf(hostIP)} already`,
  );
}
