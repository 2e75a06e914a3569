/** Reads what a plan needs to know of this machine. */
import type { NetworkKind } from "../config.ts";
import { noRememberedFacts, type RememberedFacts } from "../machine/remembered_facts.ts";
import { stateRoots } from "../machine/state_dir.ts";
import type { IsolationReport } from "./isolation.ts";
import type { PlannedServices, PodNetworks, RuntimeFacts } from "./runtime_plan.ts";

/** What {@link readRuntimeFacts} goes by. */
export interface RuntimeFactsOptions {
  /** Services are to be reachable. @default false */
  readonly hasServices?: boolean;
  /** An address of the range that Services have already. @default there is none */
  readonly keptAddress?: string | undefined;
  /** What earlier starts have found out. @default everything is tested */
  readonly remembered?: RememberedFacts;
}

/**
 * Reads what this machine can do for a run.
 * @param report `readIsolation()`, started as early as possible.
 */
export async function readRuntimeFacts(
  report: Promise<IsolationReport>,
  network: NetworkKind,
  { hasServices = false, keptAddress, remembered = noRememberedFacts }: RuntimeFactsOptions = {},
): Promise<RuntimeFacts> {
  const isolation = await report;
  return {
    isolation,
    hasOwnProc: Deno.readLinkSync("/proc/self") === String(Deno.pid),
    networks: network === "host" ? undefined : await readPodNetworks(isolation, remembered),
    services: hasServices ? await readServices(network, keptAddress) : undefined,
    roots: stateRoots(Deno.uid() ?? 0),
  };
}

/**
 * Only runs whose pods have networks of their own load this and start the process that tries one.
 */
async function readPodNetworks(
  { level, machine }: IsolationReport,
  remembered: RememberedFacts,
): Promise<PodNetworks | undefined> {
  if (level === "process") return undefined;
  const { readNetworkSupport } = await import("../network/network_support.ts");
  const support = await readNetworkSupport(machine.tools, machine.privileged, remembered);
  const { openPodNetwork } = await import("../network/bridge_network.ts");
  return { support, open: openPodNetwork };
}

/** Only runs with Services load this. A run without a network for its pods cannot have any. */
async function readServices(
  network: NetworkKind,
  keptAddress: string | undefined,
): Promise<PlannedServices | undefined> {
  if (network === "none") return undefined;
  const { readServicePlan } = await import("../service/service_facts.ts");
  const { openServices } = await import("../service/services.ts");
  return { ...readServicePlan(network, keptAddress), open: openServices };
}
