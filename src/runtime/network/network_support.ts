/**
 * What this machine can do for the networks of pods: `doctor` prints what the runtime decides by.
 */
import { messageOf } from "../../base/error_text.ts";
import { findProgram } from "../machine/executable.ts";
import type { IsolationRow, Refusal, Tools } from "../machine/machine.ts";
import {
  describeKernelState,
  fingerprint,
  noRememberedFacts,
  type RememberedFacts,
} from "../machine/remembered_facts.ts";
import { runProgram } from "../machine/subprocess.ts";
import { toolSearchPath } from "../machine/tool_search.ts";

/** A program that leads out of the node network. */
export type OutboundTool = "slirp4netns" | "pasta";

/** Programs by their paths. */
export interface NetworkTools
  extends Pick<Tools, "sh" | "setsid" | "nsenter" | "unshare" | "mount" | "sleep"> {
  /** Of iproute2. */
  readonly ip: string;
  /** Undefined where there is none. */
  readonly slirp4netns?: string;
  /** Undefined where there is none. */
  readonly pasta?: string;
  /** Of nftables; undefined where there is none. */
  readonly nft?: string;
}

/** What was found out. */
export interface NetworkSupport {
  /** Why pods cannot have networks of their own; undefined where they can. */
  readonly refusal?: Refusal;
  /** What can lead out, the best first. */
  readonly outbound: readonly OutboundTool[];
  /** Why nothing can. */
  readonly outboundRefusal?: Refusal;
  /** Any program of the machine reaches the pods. */
  readonly reachableFromHost: boolean;
  readonly tools: NetworkTools;
}

/** What decides about the way out. */
export interface OutboundFacts extends Pick<NetworkTools, "slirp4netns" | "pasta" | "nft"> {
  /** Whether this user may make interfaces whose other end is a program. */
  readonly tun: "open" | "missing" | "forbidden";
}

/**
 * Finds out what this machine can do; starts one process that tries.
 *
 * @param privileged namespaces are made by root, without a user namespace.
 * @param remembered what earlier starts have found out; by default everything is tested.
 */
export async function readNetworkSupport(
  tools: Tools,
  privileged: boolean,
  remembered: RememberedFacts = noRememberedFacts,
): Promise<NetworkSupport> {
  const { sh, setsid, nsenter, unshare, mount, sleep } = tools;
  const searchPath = toolSearchPath();
  const ip = findProgram("ip", searchPath);
  const others = Object.fromEntries(
    ["slirp4netns", "pasta", "nft"].map((name) => [name, findProgram(name, searchPath)] as const)
      .filter(([, path]) => path !== undefined),
  );
  const found = { sh, setsid, nsenter, unshare, mount, sleep, ip: ip ?? "ip", ...others };
  const refusal = ip === undefined
    ? { reason: "ip cannot be found on PATH", remedy: "install iproute2" }
    : await recallNetwork(found, privileged, remembered);
  return {
    ...refusal === undefined ? {} : { refusal },
    ...chooseOutbound({ ...others, tun: readTun() }),
    reachableFromHost: privileged,
    tools: found,
  };
}

/** What can lead out, or why nothing can. Pure. */
export function chooseOutbound(
  { slirp4netns, pasta, nft, tun }: OutboundFacts,
): Pick<NetworkSupport, "outbound" | "outboundRefusal"> {
  const outbound: OutboundTool[] = [];
  // Needs nothing beside it, keeps pods apart by itself and is ready sooner.
  if (slirp4netns !== undefined) outbound.push("slirp4netns");
  if (pasta !== undefined && nft !== undefined) outbound.push("pasta");
  if (outbound.length === 0) {
    return {
      outbound,
      outboundRefusal: pasta === undefined
        ? {
          reason: "neither slirp4netns nor pasta can be found on PATH",
          remedy: "install slirp4netns, or passt and nftables",
        }
        : {
          reason: "pasta is here, but nft cannot be found on PATH",
          remedy: "install nftables or slirp4netns",
        },
    };
  }
  switch (tun) {
    case "open":
      return { outbound };
    case "missing":
      return {
        outbound: [],
        outboundRefusal: { reason: "there is no /dev/net/tun", remedy: "modprobe tun" },
      };
    case "forbidden":
      return {
        outbound: [],
        outboundRefusal: {
          reason: "/dev/net/tun is not accessible for this user",
          remedy: "chmod 666 /dev/net/tun, the default of most distributions",
        },
      };
  }
}

/** The rows of `doctor` for networks. Pure. */
export function describeNetwork(support: NetworkSupport): readonly IsolationRow[] {
  const { refusal, outbound: [tool], outboundRefusal, reachableFromHost } = support;
  const own = "a network namespace and an address for each pod";
  const pods: IsolationRow = refusal !== undefined
    ? { name: "pod network", status: "no", detail: refusal.reason, remedy: refusal.remedy }
    : reachableFromHost
    ? {
      name: "pod network",
      status: "yes",
      detail: `${own}, reached by any program of this machine`,
    }
    : {
      name: "pod network",
      status: "partly",
      detail: `${own}; other programs reach it through host ports`,
    };
  const out: IsolationRow = tool !== undefined
    ? { name: "outbound traffic", status: "yes", detail: `of pods with their own network: ${tool}` }
    : {
      name: "outbound traffic",
      status: "no",
      detail: `of pods with their own network: ${outboundRefusal?.reason}`,
      ...outboundRefusal === undefined ? {} : { remedy: outboundRefusal.remedy },
    };
  const services = describeServices(support);
  return refusal === undefined ? [pods, out, services] : [pods, services];
}

function describeServices({ refusal, reachableFromHost }: NetworkSupport): IsolationRow {
  const name = "Services";
  if (reachableFromHost) {
    const detail = "reached from Pods by name and address, from the machine by node ports";
    return { name, status: "yes", detail };
  }
  return refusal === undefined
    ? {
      name,
      status: "partly",
      detail: "reached from Pods by name and address, from the machine by node ports for TCP alone",
    }
    : {
      name,
      status: "partly",
      detail: "reached by address alone, on ports of 1024 and above, of the machine's loopback",
      remedy: refusal.remedy,
    };
}

/** An attempt that has succeeded counts until the machine starts again, or its programs change. */
async function recallNetwork(
  tools: NetworkTools,
  privileged: boolean,
  remembered: RememberedFacts,
): Promise<Refusal | undefined> {
  let refusal: Refusal | undefined;
  await remembered.recall({
    name: "network",
    dependsOn: [describeKernelState(), fingerprint([tools.unshare, tools.ip])].join("\n"),
    isValue: (value): value is true => value === true,
    find: async () => {
      refusal = await tryNetwork(tools, privileged);
      return refusal === undefined ? true : undefined;
    },
  });
  return refusal;
}

/** The kernel may lack what a node network is made of. */
async function tryNetwork(
  { unshare, ip }: NetworkTools,
  privileged: boolean,
): Promise<Refusal | undefined> {
  const user = privileged ? [] : ["--user", "--map-root-user"];
  try {
    await runProgram(
      [unshare, ...user, "--net", "--", ip, "-batch", "-"],
      "link add br0 type bridge\nlink add veth0 type veth peer name veth1\n",
    );
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    return /unrecognized|invalid option|usage/i.test(message)
      ? { reason: `${ip} is not that of iproute2 (${message})`, remedy: "install iproute2" }
      : {
        reason: `the kernel refuses a bridge between network namespaces (${message})`,
        remedy: "modprobe bridge; modprobe veth",
      };
  }
}

function readTun(): OutboundFacts["tun"] {
  try {
    Deno.openSync("/dev/net/tun", { read: true, write: true }).close();
    return "open";
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied ? "forbidden" : "missing";
  }
}
