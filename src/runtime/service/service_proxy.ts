/** Listens at the addresses of Services and forwards to what answers there. */
import { formatRefusal } from "../network/host_port.ts";
import { Balancer } from "./balancer.ts";
import type { Front, FrontRefusal } from "../service_table.ts";
import { type BackendConnect, openTcpFront } from "./tcp_front.ts";
import { UdpFront } from "./udp_front.ts";

/** What a proxy is made with. */
export interface ServiceProxyOptions {
  /** Opens connections to backends. */
  readonly connect: BackendConnect;
  /** Why datagrams do not reach the backends from here. @default they do */
  readonly udpRefusal?: string;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
}

/** One address that is open. */
interface OpenFront {
  readonly balancer: Balancer;
  /** Follows a change of what answers. */
  readonly retain: (front: Front) => void;
  /** Takes nothing new; resolves when nothing is left. */
  readonly drain: () => Promise<void>;
  /** Ends all. */
  readonly close: () => Promise<void>;
}

/** What this machine can never open. */
class LastingRefusal extends Error {}

/** Listeners that follow a table. */
export class ServiceProxy {
  readonly #open = new Map<string, OpenFront>();
  readonly #draining = new Set<OpenFront>();
  #last: Promise<unknown> = Promise.resolve();

  /** Nothing is open yet. */
  constructor(private readonly options: ServiceProxyOptions) {}

  /**
   * Opens what is new, and closes what is gone; connections that are open end by themselves.
   *
   * @returns what could not be opened: the next update attempts it again.
   */
  update(fronts: ReadonlyMap<string, Front>): Promise<readonly FrontRefusal[]> {
    const done = this.#last.then(() => this.#update(fronts));
    this.#last = done;
    return done;
  }

  /** Closes all addresses and ends all connections. */
  async close(): Promise<void> {
    await this.#last;
    const all = [...this.#open.values(), ...this.#draining];
    this.#open.clear();
    await Promise.all(all.map((front) => front.close()));
  }

  async #update(fronts: ReadonlyMap<string, Front>): Promise<readonly FrontRefusal[]> {
    for (const [key, open] of [...this.#open]) if (!fronts.has(key)) this.#drain(key, open);
    const refusals: FrontRefusal[] = [];
    for (const [key, front] of fronts) {
      const known = this.#open.get(key);
      if (known !== undefined) {
        known.balancer.update(front.backends, front.affinitySeconds);
        known.retain(front);
        continue;
      }
      const opened = await this.#tryOpen(front);
      if ("message" in opened) refusals.push(opened);
      else this.#open.set(key, opened);
    }
    return refusals;
  }

  #drain(key: string, open: OpenFront): void {
    this.#open.delete(key);
    this.#draining.add(open);
    void open.drain().then(() => this.#draining.delete(open));
  }

  async #tryOpen(front: Front): Promise<OpenFront | FrontRefusal> {
    const { service, address, port, protocol } = front;
    try {
      return await this.#openFront(front);
    } catch (error) {
      const message = formatRefusal({ hostIP: address, hostPort: port, protocol }, error, "port");
      const isLasting = error instanceof LastingRefusal;
      return { service, address, port, protocol, message, ...isLasting && { isLasting } };
    }
  }

  async #openFront(front: Front): Promise<OpenFront> {
    const { address, port, protocol, backends, affinitySeconds } = front;
    const { connect, udpRefusal, warn } = this.options;
    const balancer = new Balancer();
    balancer.update(backends, affinitySeconds);
    if (protocol === "SCTP") throw new LastingRefusal("only TCP and UDP are forwarded");
    if (protocol === "UDP") {
      if (udpRefusal !== undefined) throw new LastingRefusal(udpRefusal);
      const opened = await UdpFront.open(address, port, balancer);
      const close = () => Promise.resolve(opened.close());
      return {
        balancer,
        retain: ({ backends }) => opened.retain(backends),
        drain: close,
        close,
      };
    }
    const relay = openTcpFront({
      ...{ address, port, balancer, connect },
      onFault: (why) =>
        warn(`Service ${front.service} stopped listening on ${address}:${port}: ${why}`),
    });
    return {
      balancer,
      retain: () => {},
      drain: () => relay.drain(),
      close: () => relay.close(),
    };
  }
}
