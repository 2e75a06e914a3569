/**
 * Networks of pods that have network namespaces: one for all of them with the node in it (`pod`),
 * or none.
 *
 * With `pod` there is a network namespace for the node, made with the first pod: a bridge is in it,
 * and from each pod a pair of links leads to that. As root another pair leads to the machine, which
 * so reaches the pods as its neighbours; an ordinary user may not change the machine's interfaces,
 * and connections are opened from inside the node network instead. All of it lies in namespaces,
 * which end with their last process: nothing has to be taken away.
 */
import { messageOf } from "../../base/error_text.ts";
import { openHostPorts } from "./host_port.ts";
import { IpBatch } from "./ip_batch.ts";
import { LoopbackAddresses } from "./host_network.ts";
import type { NodeEntry, PodAddress, PodNetwork } from "./pod_network.ts";
import { NetworkNamespaces } from "./network_namespaces.ts";
import {
  AddressPool,
  type Cidr,
  contains,
  formatBridge,
  formatBridgeAddress,
  formatHostAddress,
  formatHostLink,
  formatLoopback,
  formatOwnRange,
  formatPodInterface,
  formatPodLink,
  planSubnet,
  type Subnet,
} from "./network_plan.ts";
import type { NetworkSupport } from "./network_support.ts";
import { openOutbound, type Outbound } from "./outbound.ts";
import { readTakenRanges } from "./taken_ranges.ts";
import { runProgram } from "../machine/subprocess.ts";
import type { HostPort } from "../config.ts";
import { RuntimeError } from "../runtime.ts";

/** What a network of pods is made with. */
export interface PodNetworkOptions {
  /** What this machine can do; it does not refuse. */
  readonly support: NetworkSupport;
  /**
   * Words before a program that run it in the user and mount namespace of the node's holder; none
   * without one.
   */
  readonly enter: readonly string[];
  /** A folder for sockets that is the user's alone, and goes with the run. */
  readonly stateFolder: string;
  /** A number from 0 to 1, exclusive, another one each time. */
  readonly random: () => number;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
  /** The addresses of Services, which lead to the node network; undefined without any. */
  readonly serviceRange?: string | undefined;
}

/** A network of the given kind. Nothing is made before the first pod needs an address. */
export function openPodNetwork(kind: "pod" | "none", options: PodNetworkOptions): PodNetwork {
  const { enter, stateFolder: folder, support: { tools, outboundRefusal } } = options;
  if (kind === "pod" && outboundRefusal !== undefined) {
    options.warn(`${NO_WAY_OUT}: ${outboundRefusal.reason}; ${outboundRefusal.remedy}`);
  }
  const namespaces = new NetworkNamespaces({ tools, enter, folder });
  return kind === "pod"
    ? new BridgedNetwork(options, namespaces)
    : new SeparateNetwork(options, namespaces);
}

/** What networks have in common whose pods have network namespaces. */
abstract class NamespacedNetwork implements PodNetwork {
  /** By the pods' addresses: the pause process of each. */
  protected readonly pods = new Map<string, number>();

  constructor(
    protected readonly options: PodNetworkOptions,
    protected readonly namespaces: NetworkNamespaces,
  ) {}

  abstract reserve(podUid: string): Promise<PodAddress>;

  async attach(podIP: string, pausePid: number): Promise<void> {
    try {
      await this.join(podIP, pausePid);
    } catch (error) {
      throw refuse("join the pod to its network", error);
    }
    this.pods.set(podIP, pausePid);
  }

  protected abstract join(podIP: string, pausePid: number): Promise<void>;

  async release(podIP: string): Promise<void> {
    const pausePid = this.pods.get(podIP);
    this.pods.delete(podIP);
    if (pausePid !== undefined) await this.namespaces.leave(pausePid);
  }

  abstract connect(host: string, port: number): Promise<Deno.Conn>;

  connectInside(pausePid: number, port: number): Promise<Deno.Conn> {
    return this.namespaces.connectInside(pausePid, port);
  }

  abstract openHostPorts(podIP: string, ports: readonly HostPort[]): AsyncDisposable;

  abstract enterNode(): Promise<NodeEntry | undefined>;

  async close(): Promise<void> {
    await this.namespaces.close();
  }
}

/** Each pod by itself: a loopback interface and nothing else. */
class SeparateNetwork extends NamespacedNetwork {
  readonly #taken = new LoopbackAddresses();

  reserve(podUid: string): Promise<PodAddress> {
    return Promise.resolve({ podIP: this.#taken.take(podUid) });
  }

  protected join(_podIP: string, pausePid: number): Promise<void> {
    return this.namespaces.configure(pausePid, formatLoopback());
  }

  override async release(podIP: string): Promise<void> {
    await super.release(podIP);
    this.#taken.release(podIP);
  }

  connect(hostname: string, port: number): Promise<Deno.Conn> {
    const pausePid = this.pods.get(hostname);
    return pausePid === undefined
      ? Deno.connect({ hostname, port })
      : this.namespaces.connect(pausePid, hostname, port);
  }

  /** Nothing leads into them, either. */
  openHostPorts(): AsyncDisposable {
    return new AsyncDisposableStack();
  }

  enterNode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** What all pods of a bridged network have in common, made with the first of them. */
interface NodeNetwork {
  readonly subnet: Subnet;
  readonly addresses: AddressPool;
  /** In the node's network namespace, which it holds. */
  readonly ip: IpBatch;
  readonly outbound: Outbound | undefined;
}

/** One network for all pods, with the node in it. */
class BridgedNetwork extends NamespacedNetwork {
  #node: Promise<NodeNetwork> | undefined;
  /** What {@link #node} came to. */
  #open: NodeNetwork | undefined;
  #links = 0;
  #closed = false;

  async reserve(): Promise<PodAddress> {
    const { addresses, outbound } = await this.#openNode();
    const podIP = addresses.take();
    return { podIP, ...outbound === undefined ? {} : { nameserver: outbound.nameserver } };
  }

  protected async join(podIP: string, pausePid: number): Promise<void> {
    const { subnet, ip, outbound } = await this.#openNode();
    await ip.run(formatPodLink(this.#links++, pausePid, podIP));
    const { serviceRange: range } = this.options;
    const routes = {
      gateway: outbound === undefined ? undefined : subnet.gateway,
      services: range === undefined ? undefined : { range, via: subnet.proxy },
    };
    await this.namespaces.configure(pausePid, formatPodInterface(podIP, routes));
  }

  override async release(podIP: string): Promise<void> {
    await super.release(podIP);
    this.#open?.addresses.release(podIP);
  }

  connect(hostname: string, port: number): Promise<Deno.Conn> {
    const node = this.#open;
    const isDirect = node === undefined || this.options.support.reachableFromHost ||
      !contains(node.subnet, hostname);
    return isDirect
      ? Deno.connect({ hostname, port })
      : this.namespaces.connect(node.ip.pid, hostname, port);
  }

  openHostPorts(podIP: string, ports: readonly HostPort[]): AsyncDisposable {
    return openHostPorts(ports, (port) => this.connect(podIP, port), this.options.warn);
  }

  async enterNode(): Promise<NodeEntry> {
    const { ip, outbound } = await this.#openNode();
    return {
      enter: this.namespaces.enterOf(ip.pid),
      nameservers: outbound === undefined ? [] : [outbound.nameserver],
      reachableFromHost: this.options.support.reachableFromHost,
    };
  }

  override async close(): Promise<void> {
    this.#closed = true;
    const node = await this.#node?.catch(() => undefined); // Reported to the pods that needed it.
    await Promise.all([super.close(), node?.outbound?.process.stop(), node?.ip.stop()]);
  }

  #openNode(): Promise<NodeNetwork> {
    return this.#node ??= this.#makeNode().then((node) => this.#open = node, (error) => {
      // The next pod attempts it again.
      this.#node = undefined;
      throw error;
    });
  }

  async #makeNode(): Promise<NodeNetwork> {
    const { tools } = this.options.support;
    const ip = new IpBatch(tools, [...this.options.enter, tools.unshare, "--net", "--"]);
    try {
      await ip.run(formatBridge());
      const subnet = await this.#joinNode(ip);
      const { serviceRange } = this.options;
      if (serviceRange !== undefined) await ip.run(formatOwnRange(serviceRange, subnet));
      const outbound = await this.#openOutbound(ip, subnet);
      return { subnet, addresses: new AddressPool(subnet), ip, outbound };
    } catch (error) {
      await ip.stop();
      throw refuse("make the network of the pods", error);
    }
  }

  /**
   * Gives the node its address in a subnet that is free: on a link of the machine, or else on the
   * bridge.
   */
  async #joinNode(ip: IpBatch): Promise<Subnet> {
    const { options } = this;
    const taken = readTakenRanges();
    if (!options.support.reachableFromHost) {
      const subnet = planSubnet(taken, options.random());
      await ip.run(formatBridgeAddress(subnet.node));
      return subnet;
    }
    const name = Math.floor(options.random() * 2 ** 32).toString(16).padStart(8, "0");
    const link = `podling${name}`;
    await ip.run(formatHostLink(link, Deno.pid));
    disableIPv6(link);
    for (let tried: Cidr[] = [];;) {
      const subnet = planSubnet([...taken, ...tried], options.random());
      try {
        const commands = formatHostAddress(link, subnet).join("\n");
        await runProgram([options.support.tools.ip, "-batch", "-"], `${commands}\n`);
        return subnet;
      } catch (error) {
        // Another run may have taken the same one since the routes were read.
        if (tried.length === MAX_TRIES) throw error;
        tried = [...tried, subnet];
      }
    }
  }

  /**
   * The first outbound network that is available. Without one the pods still reach each other and
   * the node.
   */
  async #openOutbound(ip: IpBatch, subnet: Subnet): Promise<Outbound | undefined> {
    const { support: { tools, outbound }, stateFolder: folder, warn } = this.options;
    const common = { tools, namespaces: this.namespaces, folder, subnet, ip };
    for (const tool of outbound) {
      try {
        const opened = await openOutbound(tool, common);
        opened.process.ended.then((why) => {
          if (!this.#closed) warn(`${NO_WAY_OUT} any more: ${tool}: ${why}`);
        });
        return opened;
      } catch (error) {
        warn(`${NO_WAY_OUT} by ${tool}: ${messageOf(error)}`);
      }
    }
    return undefined;
  }
}

/** Prefix of its messages. */
const NO_WAY_OUT = "Pods have no outbound network";

/** How many subnets a run attempts before it fails. */
const MAX_TRIES = 8;

/**
 * A pod could make itself the machine's router by IPv6, as the machine's configuration has it by
 * default.
 */
function disableIPv6(link: string): void {
  const path = `/proc/sys/net/ipv6/conf/${link}/disable_ipv6`;
  try {
    Deno.writeTextFileSync(path, "1");
  } catch (error) {
    // A machine may do without IPv6.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function refuse(operation: string, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  return new RuntimeError("FailedCreatePodSandBox", `Cannot ${operation}: ${messageOf(error)}`, {
    cause: error,
  });
}
