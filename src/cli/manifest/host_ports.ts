/** Ports of the machine that two containers want; pure. */
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import { findInPods } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod, Protocol } from "../../api/types/pod.ts";

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
 * The host ports that an earlier container of these objects has already, each as an error of the
 * later one. An address of all overlaps every other; with `hostNetwork` whatever port is declared
 * is the machine's. Init containers that end before the others start take no part.
 *
 * `Differs:` in a cluster the scheduler finds another node for the later Pod, or lets it wait.
 *
 * @returns for each object its errors, in the same order.
 */
export function findPortClashes(objects: readonly KubernetesObject[]): FieldError[][] {
  const taken: PortClaim[] = [];
  const findClashes = (pod: Pod) =>
    claimsOf(pod).flatMap((claim) => {
      const other = taken.find((it) => isClash(it, claim));
      taken.push(claim);
      return other === undefined || isFoundByValidation(other, claim)
        ? []
        : [describeClash(other, claim)];
    });
  return objects.map((object) => findInPods(object, findClashes));
}

/** The host ports of the containers that run together. */
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

function isClash(a: PortClaim, b: PortClaim): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.hostIP === b.hostIP || isEveryAddress(a.hostIP) || isEveryAddress(b.hostIP);
}

function isEveryAddress(ip: string): boolean {
  return ip === "" || ip === "0.0.0.0" || ip === "::";
}

function addressOf(hostIP: string): string {
  return isEveryAddress(hostIP) ? "every address" : hostIP;
}

/** Within the mains of a Pod, the same port at the same address (R-VALID-34). */
function isFoundByValidation(a: PortClaim, b: PortClaim): boolean {
  return a.pod === b.pod && !a.isSidecar && !b.isSidecar && a.hostIP === b.hostIP;
}

function describeClash(earlier: PortClaim, later: PortClaim): FieldError {
  const { name, namespace } = earlier.pod.metadata;
  const { field, protocol, hostIP, port } = later;
  const owner = `container "${earlier.container}" of Pod "${namespace || "default"}/${name}"`;
  return unsupported(
    field,
    `${owner} has port ${port}/${protocol} of ${addressOf(hostIP)} already`,
  );
}
