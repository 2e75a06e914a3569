/**
 * The way out of the node network: a program that turns its packets into connections of this
 * machine's user.
 */
import {
  formatBridgeAddress,
  formatMasquerade,
  formatPastaArguments,
  formatSlirpArguments,
  formatSlirpPort,
  PASTA_NAMESERVER,
  type Subnet,
} from "./network_plan.ts";
import type { IpBatch } from "./ip_batch.ts";
import type { NetworkNamespaces } from "./network_namespaces.ts";
import type { NetworkTools, OutboundTool } from "./network_support.ts";
import { TiedProcess } from "../machine/tied_process.ts";
import pastaScript from "./pasta.sh" with { type: "text" };

/** What the way out is made of. */
export interface OutboundOptions {
  /** Programs by their paths. */
  readonly tools: NetworkTools;
  /** What leads into the namespaces. */
  readonly namespaces: NetworkNamespaces;
  /** A folder that is the user's alone. */
  readonly folder: string;
  /** The addresses of the pods. */
  readonly subnet: Subnet;
  /** The node network. */
  readonly ip: IpBatch;
}

/** An open way out. */
export interface Outbound {
  /** Where it answers DNS queries. */
  readonly nameserver: string;
  /** The program that makes it. */
  readonly process: TiedProcess;
}

/**
 * Opens the outbound network, and creates the pods' gateway.
 * @throws {Error} with the program's message, if it is not available; then there is no gateway.
 */
export async function openOutbound(
  tool: OutboundTool,
  options: OutboundOptions,
): Promise<Outbound> {
  const process = tool === "slirp4netns" ? startSlirp(options) : startPasta(options);
  try {
    await process.waitUntilReady();
    if (tool === "slirp4netns") {
      // It keeps any number of machines apart: its interface is a port of the bridge, and it is the
      // gateway itself.
      await options.ip.run(formatSlirpPort());
      return { process, nameserver: options.subnet.nameserver };
    }
    // It knows one machine only: what leaves has to look as if it came from there.
    const { sh, nft } = options.tools;
    const forward = 'echo 1 >/proc/sys/net/ipv4/ip_forward && exec "$0" -f -';
    await options.namespaces.run(options.ip.pid, [sh, "-c", forward, nft!], formatMasquerade());
    await options.ip.run(formatBridgeAddress(options.subnet.gateway));
    return { process, nameserver: PASTA_NAMESERVER };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

function startSlirp({ tools, namespaces, subnet, ip }: OutboundOptions): TiedProcess {
  const program = [tools.slirp4netns!, ...formatSlirpArguments(subnet, ip.pid)];
  // Its standard output means nothing except on a descriptor of its own.
  const script = 'exec "$@" 3>&1 >&2';
  return new TiedProcess({
    setsid: tools.setsid,
    argv: [...namespaces.enter, tools.sh, "-c", script, "sh", ...program],
  });
}

function startPasta({ tools, namespaces, folder, ip }: OutboundOptions): TiedProcess {
  const { sh, setsid, unshare, mount, sleep, pasta } = tools;
  const script = [
    ...[sh, "-c", pastaScript, "pasta.sh"],
    ...[String(ip.pid), folder, pasta!, ...formatPastaArguments()],
  ];
  return new TiedProcess({
    setsid,
    argv: [
      ...namespaces.enter,
      ...[unshare, "--fork", "--kill-child", "--pid", "--mount", "--"],
      ...script,
    ],
    env: { mount, sleep },
  });
}
