/**
 * The Services of a run: their addresses, their names and the machine's ports that lead to them.
 *
 * Pods that share the machine's network are served by this program. Pods with networks of their own
 * are served from inside the node network, by a process that ends with this one; only ports of the
 * machine are this program's.
 */
import { messageOf } from "../../base/error_text.ts";
import { readTextIfPresent } from "../../base/files.ts";
import { TiedProcess } from "../machine/tied_process.ts";
import { ownProgram } from "../network/dial/own_program.ts";
import { formatAddress, parseNameservers } from "../network/network_plan.ts";
import type { NodeEntry, PodNetwork } from "../network/pod_network.ts";
import { openDnsServer } from "./dns_server.ts";
import { DnsZone } from "./dns_zone.ts";
import type { ProxyAnswer, ProxySettings } from "./proxy_program.ts";
import { PROXY_WORD } from "./proxy_word.ts";
import type { ServicePlan } from "./service_plan.ts";
import { MachineDoor } from "../network/machine_door.ts";
import { ServiceProxy } from "./service_proxy.ts";
import type { BackendConnect } from "./tcp_front.ts";
import {
  findFronts,
  findMachineBackend,
  type FrontRefusal,
  type ServiceTable,
} from "../service_table.ts";

/** What the Services of a run are made with. */
export interface ServicesOptions {
  readonly plan: ServicePlan;
  /** The network of the pods. */
  readonly network: PodNetwork;
  /** Gives a process a session of its own. */
  readonly setsid: string;
  /**
   * Where a socket is made by which one of the Services leads to the machine, in a folder that is
   * the user's alone. @default none does
   */
  readonly machineSocket?: string;
  /** Prints one line for the user. */
  readonly warn: (line: string) => void;
}

/** The Services of a run. */
export interface Services {
  /** Resolves when a first table is served, or cannot be: pods start after that. */
  start(): Promise<void>;
  /**
   * Serves a table, in place of the one before; without any Service not before a pod starts.
   *
   * @returns what could not be opened: the next update attempts it again.
   * @throws {Error} nothing can be served.
   */
  update(table: ServiceTable): Promise<readonly FrontRefusal[]>;
  /** Closes all of it. */
  close(): Promise<void>;
}

/** Prepares them; nothing is opened before the first table. */
export function openServices(options: ServicesOptions): Services {
  return new ServicesOfRun(options);
}

/** What serves the addresses of Services, and their names. */
interface Side {
  update(table: ServiceTable): Promise<readonly FrontRefusal[]>;
  close(): Promise<void>;
}

class ServicesOfRun implements Services {
  /** The first table was served, or could not be. */
  readonly #settled = Promise.withResolvers<void>();
  /** A pod or a Service needs them. */
  #isNeeded = false;
  /** A table without Services that came before that. */
  #early: ServiceTable | undefined;
  #sides: Promise<readonly Side[]> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(private readonly options: ServicesOptions) {}

  async start(): Promise<void> {
    this.#isNeeded = true;
    if (this.#early !== undefined) {
      this.update(this.#early).catch((error) =>
        this.options.warn(`Services do not answer: ${messageOf(error)}`)
      );
    }
    await this.#settled.promise;
  }

  async update(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    this.#isNeeded ||= table.services.length > 0;
    this.#early = this.#isNeeded ? undefined : table;
    if (!this.#isNeeded) return [];
    const done = this.#last.then(() => this.#update(table));
    this.#last = done.catch(() => {}); // Reported to its caller.
    return await done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settled.resolve();
    const sides = await this.#sides?.catch(() => []) ?? [];
    // What is under way ends with them.
    await Promise.all(sides.map((side) => side.close()));
    await this.#last;
  }

  async #update(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    if (this.#closed) return [];
    try {
      const sides = await this.#openSides();
      return (await Promise.all(sides.map((side) => side.update(table)))).flat();
    } finally {
      this.#settled.resolve();
    }
  }

  #openSides(): Promise<readonly Side[]> {
    return this.#sides ??= openSides(this.options).catch((error) => {
      // The next table attempts it again.
      this.#sides = undefined;
      throw error;
    });
  }
}

async function openSides(options: ServicesOptions): Promise<readonly Side[]> {
  const { network, warn } = options;
  const entry = await network.enterNode();
  const connect = connectBy(network);
  const udpRefusal = entry === undefined || entry.reachableFromHost ? {} : {
    udpRefusal: "as an ordinary user nothing but TCP leads into the Pods' network; " +
      "run as root, or with --network host",
  };
  const ports = new ServiceProxy({ connect, warn, ...udpRefusal });
  const machine: Side = {
    update: (table) => ports.update(findFronts(table, "node")),
    close: () => ports.close(),
  };
  const cluster = entry === undefined
    ? await LocalSide.open(options)
    : new RemoteSide(options, entry);
  return [cluster, machine];
}

function connectBy(network: PodNetwork): BackendConnect {
  return ({ address: hostname, port, isOnMachine }) =>
    isOnMachine ? Deno.connect({ hostname, port }) : network.connect(hostname, port);
}

/** Served by this program. */
class LocalSide implements Side {
  readonly #proxy: ServiceProxy;
  #zone = new DnsZone({ services: [] });
  #names: AsyncDisposable | undefined;

  private constructor({ network, warn }: ServicesOptions) {
    this.#proxy = new ServiceProxy({
      connect: connectBy(network),
      warn,
    });
  }

  static async open(options: ServicesOptions): Promise<LocalSide> {
    const { plan: { dnsAddress, namesRefusal }, warn } = options;
    const side = new LocalSide(options);
    if (namesRefusal !== undefined) return side;
    const resolvers = parseNameservers(readTextIfPresent("/etc/resolv.conf") ?? "");
    const servers = resolvers.map(({ base }) => formatAddress(base));
    try {
      const readZone = () => side.#zone;
      side.#names = await openDnsServer({ address: dnsAddress, servers, readZone });
    } catch (error) {
      warn(`Names of Services are not answered at ${dnsAddress}: ${messageOf(error)}`);
    }
    return side;
  }

  update(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    this.#zone = new DnsZone(table);
    return this.#proxy.update(findFronts(table, "cluster"));
  }

  async close(): Promise<void> {
    await Promise.all([this.#names?.[Symbol.asyncDispose](), this.#proxy.close()]);
  }
}

const proxyProgram = {
  module: import.meta.resolve("./proxy_program.ts"),
  word: PROXY_WORD,
  hasPackages: true,
  isConfined: true,
};

/** How long the process is left alone after it has ended by itself. */
const RESTART_MS = 1000;

/** Served by a process in the node network. */
class RemoteSide implements Side {
  #process: Promise<TiedProcess> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #table: ServiceTable | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  /** Why it ended last, which is reported once. */
  #reported: string | undefined;
  readonly #door: MachineDoor | undefined;
  #closed = false;

  constructor(
    private readonly options: ServicesOptions,
    private readonly entry: NodeEntry,
  ) {
    const { machineSocket, warn } = options;
    if (machineSocket !== undefined) this.#door = new MachineDoor(machineSocket, warn);
  }

  update(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    this.#table = table;
    const done = this.#last.then(() => this.#update(table));
    this.#last = done.catch(() => {}); // Reported to its caller.
    return done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const process = await this.#process?.catch(() => undefined);
    await process?.stop();
    await this.#door?.close();
    await this.#last;
  }

  async #update(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    if (this.#closed) return [];
    this.#door?.lead(findMachineBackend(table));
    const process = await (this.#process ??= this.#start().catch((error) => {
      this.#process = undefined;
      throw error;
    }));
    await process.write(`${JSON.stringify(table)}\n`);
    const line = await process.readLine();
    if (line === undefined) throw new Error(await process.ended);
    const { refusals, warnings } = JSON.parse(line) as ProxyAnswer;
    for (const warning of warnings) this.options.warn(warning);
    return refusals;
  }

  async #start(): Promise<TiedProcess> {
    const { plan: { dnsAddress }, setsid, machineSocket } = this.options;
    const { enter, nameservers } = this.entry;
    const own = machineSocket === undefined ? {} : { machineSocket };
    const settings: ProxySettings = { dnsAddress, servers: nameservers, ...own };
    const program = { ...proxyProgram, ...machineSocket && { socket: machineSocket } };
    const { argv, env } = ownProgram(program);
    const process = new TiedProcess({
      setsid,
      argv: [...enter, ...argv, JSON.stringify(settings)],
      env,
    });
    void process.ended.then((why) => this.#onEnded(why));
    // The empty line of its start.
    if (await process.readLine() === undefined) throw new Error(await process.ended);
    return process;
  }

  #onEnded(why: string): void {
    this.#process = undefined;
    if (this.#closed) return;
    if (why !== this.#reported) {
      this.options.warn(
        `Services do not answer: the process that serves them ended, and is started again: ${why}`,
      );
    }
    this.#reported = why;
    this.#restart = setTimeout(() => {
      // Its end is reported above.
      if (this.#table !== undefined) this.update(this.#table).catch(() => {});
    }, RESTART_MS);
  }
}
