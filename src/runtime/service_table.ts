/** Services as a runtime makes them reachable: plain data, all of them at once. Pure. */
import type { Protocol } from "../api/types/pod.ts";

/** What leads where at a moment. */
export interface ServiceTable {
  readonly services: readonly ServiceEntry[];
}

/** One Service. */
export interface ServiceEntry {
  readonly namespace: string;
  readonly name: string;
  /** Undefined for a headless one, and for another name. */
  readonly clusterIP?: string;
  /** Of type ExternalName: what it is another name for. */
  readonly externalName?: string;
  /** How long a client keeps its backend after a connection. @default each may get another one */
  readonly affinitySeconds?: number;
  readonly ports: readonly ServicePort[];
  /** Of a headless one: what its name stands for. */
  readonly endpoints: readonly NamedEndpoint[];
}

/** One port of a Service. */
export interface ServicePort {
  /** Empty where it has none. */
  readonly name: string;
  readonly protocol: Protocol;
  /** At the Service's own address. */
  readonly port: number;
  /** At the machine's addresses. */
  readonly nodePort?: number;
  /** What answers, in a constant order. */
  readonly backends: readonly Backend[];
}

/** What answers for a Service. */
export interface Backend {
  readonly address: string;
  readonly port: number;
  /**
   * The address is one of the machine's, where the network of the pods does not lead: connections
   * are opened from the machine. @default they are opened from where the Service is served
   */
  readonly isOnMachine?: boolean;
}

/** An endpoint with a name of its own. */
export interface NamedEndpoint {
  readonly address: string;
  /** The first label of its name. @default its address with dashes */
  readonly hostname?: string;
  readonly ports: readonly Pick<ServicePort, "name" | "protocol" | "port">[];
}

/** An address of a Service, and what answers there. */
export interface Front extends Pick<ServiceEntry, "affinitySeconds"> {
  /** `namespace/name` of the Service. */
  readonly service: string;
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** At least one. */
  readonly backends: readonly Backend[];
}

/** An address of a Service that could not be opened. */
export interface FrontRefusal extends Pick<Front, "service" | "address" | "port" | "protocol"> {
  /** Why, and what would do. */
  readonly message: string;
  /** Another attempt would fail, too. @default it may succeed */
  readonly isLasting?: boolean;
}

/** What a Service leads to on the machine: one thing at most. */
export function findMachineBackend({ services }: ServiceTable): Backend | undefined {
  return services.flatMap(({ ports }) => ports.flatMap(({ backends }) => backends))
    .find(({ isOnMachine }) => isOnMachine);
}

/** Node ports answer at all addresses of the machine (R-PROXY-3). */
const ANY_ADDRESS = "0.0.0.0";

/**
 * The addresses of Services, by `ADDRESS:PORT/PROTOCOL`. One that nothing answers at is left out:
 * nothing listens there, and the kernel refuses the connection, as kube-proxy does.
 *
 * @param side their own addresses, or ports of the machine.
 */
export function findFronts(
  { services }: ServiceTable,
  side: "cluster" | "node",
): ReadonlyMap<string, Front> {
  const fronts = new Map<string, Front>();
  for (const { namespace, name, clusterIP, affinitySeconds, ports } of services) {
    for (const { protocol, port: own, nodePort, backends } of ports) {
      const [address, port] = side === "cluster" ? [clusterIP, own] : [ANY_ADDRESS, nodePort];
      if (address === undefined || port === undefined || backends.length === 0) continue;
      fronts.set(`${address}:${port}/${protocol}`, {
        service: `${namespace}/${name}`,
        address,
        port,
        protocol,
        backends,
        ...affinitySeconds !== undefined && { affinitySeconds },
      });
    }
  }
  return fronts;
}
