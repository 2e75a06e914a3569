/** Ports of the machine that containers want; pure. */
import type { Pod, Protocol } from "../types/pod.ts";

/** One port that one container wants. */
export interface PortClaim {
  /** The field's path. */
  readonly field: string;
  /** Whose it is. */
  readonly pod: Pod;
  /** Whose it is there. */
  readonly container: string;
  /** Of an init container that goes on running. */
  readonly isSidecar: boolean;
  /** Its protocol. */
  readonly protocol: Protocol;
  /** As it is written; empty for all of the machine's. */
  readonly hostIP: string;
  /** The machine's. */
  readonly port: number;
  readonly containerPort: number;
}

/**
 * The host ports of the containers that run together; with `hostNetwork` whatever port is declared
 * is the machine's. Init containers that end before the others start take no part.
 */
export function claimsOf(pod: Pod): PortClaim[] {
  const { hostNetwork, initContainers = [], containers } = pod.spec;
  return [["initContainers", initContainers], ["containers", containers]].flatMap(([list, all]) =>
    (all as Pod["spec"]["containers"]).flatMap((container, index) => {
      const isSidecar = list === "initContainers";
      if (isSidecar && container.restartPolicy !== "Always") return [];
      return (container.ports ?? []).flatMap((port, at) => {
        const number = port.hostPort || (hostNetwork ? port.containerPort : 0);
        return number === 0 ? [] : [{
          field: `spec.${list}[${index}].ports[${at}].hostPort`,
          pod,
          container: container.name,
          isSidecar,
          protocol: port.protocol || "TCP",
          hostIP: port.hostIP ?? "",
          port: number,
          containerPort: port.containerPort,
        }];
      });
    })
  );
}

/** Whether only one of two claims can be met: an address of all overlaps every other. */
export function isPortClash(
  a: Pick<PortClaim, "port" | "protocol" | "hostIP">,
  b: Pick<PortClaim, "port" | "protocol" | "hostIP">,
): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.hostIP === b.hostIP || isEveryAddress(a.hostIP) || isEveryAddress(b.hostIP);
}

/** Whether a host port at this address is one of all the machine's addresses. */
export function isEveryAddress(ip: string): boolean {
  return ip === "" || ip === "0.0.0.0" || ip === "::";
}
