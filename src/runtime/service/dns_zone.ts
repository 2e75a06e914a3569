/**
 * The names of Services, as a cluster's DNS server has them. Pure.
 *
 * Rules: R-DNS-1 to R-DNS-4.
 */
import { CLUSTER_DOMAIN } from "../config.ts";
import type { NamedEndpoint, ServiceEntry, ServiceTable } from "../service_table.ts";

/** Seconds for which an answer may be kept: CoreDNS' own. */
export const TTL_SECONDS = 5;

/** What is asked. */
export interface DnsQuestion {
  /** In any case of letters, without a dot at its end. */
  readonly name: string;
  /** `A`, `SRV`, … */
  readonly type: string;
}

/** One record, as `dns-packet` writes it. */
export type DnsRecord =
  | { readonly type: "A"; readonly name: string; readonly data: string }
  | { readonly type: "CNAME" | "PTR"; readonly name: string; readonly data: string }
  | {
    readonly type: "SRV";
    readonly name: string;
    readonly data: {
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    };
  };

/** What is known of a name. */
export interface DnsAnswer {
  /** `NXDOMAIN`: there is no such name; without it a name without such records. */
  readonly code: "NOERROR" | "NXDOMAIN";
  readonly answers: readonly DnsRecord[];
  /** The addresses of names in the answers. */
  readonly additionals: readonly DnsRecord[];
  /** A name outside of the cluster that the answer leads to: its addresses complete it. */
  readonly elsewhere?: string;
}

/** The names of a table. */
export class DnsZone {
  /** Records by their names in small letters; those in the middle of longer names have none. */
  readonly #records = new Map<string, DnsRecord[]>([[CLUSTER_DOMAIN, []]]);

  /** Finds all names. */
  constructor({ services }: ServiceTable) {
    for (const service of services) this.#addService(service);
  }

  /** Undefined: the name belongs to another server. */
  answer({ name, type }: DnsQuestion): DnsAnswer | undefined {
    const found = this.#records.get(name.toLowerCase());
    if (found === undefined) return isOurs(name) ? NO_SUCH_NAME : undefined;
    const alias = found.find((it) => it.type === "CNAME");
    if (alias !== undefined) return this.#follow(name, alias.data as string, type);
    const answers = found.filter((it) => it.type === type).map((it) => ({ ...it, name }));
    const targets = answers.flatMap((it) => it.type === "SRV" ? [it.data.target] : []);
    const additionals = [...new Set(targets)].flatMap((target) => this.#addressesOf(target));
    return { code: "NOERROR", answers, additionals };
  }

  /** An alias answers every question; what it stands for goes with it. */
  #follow(name: string, target: string, type: string): DnsAnswer {
    const alias: DnsRecord = { type: "CNAME", name, data: target };
    const known = this.#records.get(target.toLowerCase())?.filter((it) => it.type === type);
    return {
      code: "NOERROR",
      answers: [alias, ...known ?? []],
      additionals: [],
      ...type !== "CNAME" && !isOurs(target) && { elsewhere: target },
    };
  }

  #addressesOf(name: string): DnsRecord[] {
    return (this.#records.get(name) ?? []).filter((it) => it.type === "A");
  }

  #addService(service: ServiceEntry): void {
    const { clusterIP, externalName, ports, endpoints } = service;
    const name = `${service.name}.${service.namespace}.svc.${CLUSTER_DOMAIN}`;
    if (externalName !== undefined) {
      this.#add({ type: "CNAME", name, data: externalName.replace(/\.$/, "") });
    } else if (clusterIP !== undefined) {
      this.#addAddress(name, clusterIP);
      for (const port of ports) this.#addPort(name, port, name);
    } else {
      for (const endpoint of endpoints) this.#addEndpoint(name, endpoint);
    }
  }

  #addEndpoint(service: string, { address, hostname, ports }: NamedEndpoint): void {
    const name = `${hostname ?? address.replaceAll(".", "-")}.${service}`;
    this.#add({ type: "A", name: service, data: address });
    this.#addAddress(name, address);
    for (const port of ports) this.#addPort(service, port, name);
  }

  /** A name and the way back from its address. */
  #addAddress(name: string, address: string): void {
    this.#add({ type: "A", name, data: address });
    const reverse = address.split(".").reverse().join(".");
    this.#add({ type: "PTR", name: `${reverse}.in-addr.arpa`, data: name });
  }

  /** Only a port with a name has one. */
  #addPort(
    service: string,
    { name, protocol, port }: NamedEndpoint["ports"][number],
    target: string,
  ): void {
    if (name === "") return;
    this.#add({
      type: "SRV",
      name: `_${name}._${protocol.toLowerCase()}.${service}`,
      data: { priority: 0, weight: 100, port, target },
    });
  }

  #add(record: DnsRecord): void {
    const key = record.name.toLowerCase();
    const known = this.#records.get(key);
    if (known === undefined) this.#records.set(key, [record]);
    else known.push(record);
    if (record.type === "PTR") return;
    // What is above a name exists, without records.
    for (let parent = parentOf(key); isOurs(parent); parent = parentOf(parent)) {
      if (this.#records.has(parent)) break;
      this.#records.set(parent, []);
    }
  }
}

const NO_SUCH_NAME: DnsAnswer = { code: "NXDOMAIN", answers: [], additionals: [] };

/** Whether a name is in the cluster's domain, which no other server knows. */
function isOurs(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === CLUSTER_DOMAIN || lower.endsWith(`.${CLUSTER_DOMAIN}`);
}

function parentOf(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}
