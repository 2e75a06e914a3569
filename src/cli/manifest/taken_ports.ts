/** Ports of the machine that are not available, checked before anything starts. */
import { claimsOf, type PortClaim } from "../../api/scheduling/host_ports.ts";
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import type { Pod } from "../../api/types/pod.ts";
import { findPortRefusal } from "../../runtime/network/host_port.ts";
import type { NetworkKind } from "../../runtime/config.ts";

/**
 * The host ports of a pod that another program listens on, or that this user may not open.
 *
 * `Differs:` in a cluster nothing checks, and the first listener gets the port.
 */
export function findTakenPorts(pod: Pod, network: NetworkKind): FieldError[] {
  return claimsOf(pod).flatMap((claim) => {
    const user = findUser(claim, network);
    if (user === undefined) return [];
    const { field, port, protocol, hostIP } = claim;
    const refusal = findPortRefusal(
      { hostIP: hostIP || "0.0.0.0", hostPort: port, protocol },
      user,
    );
    return refusal === undefined ? [] : [unsupported(field, `port ${port}: ${refusal}`)];
  });
}

/** What is going to listen; undefined if nothing is. */
function findUser(
  { pod, port, containerPort }: PortClaim,
  network: NetworkKind,
): "program" | "container" | undefined {
  if (pod.spec.hostNetwork) return "container";
  switch (network) {
    case "host":
      return port === containerPort ? "container" : undefined;
    case "pod":
      return "program";
    case "none":
      return undefined;
  }
}
