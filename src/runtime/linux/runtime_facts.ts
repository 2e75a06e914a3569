/** Reads what a plan needs to know of this machine. */
import type { NetworkKind } from "../config.ts";
import { stateRoots } from "../machine/state_dir.ts";
import type { IsolationReport } from "./isolation.ts";
import type { PodNetworks, RuntimeFacts } from "./runtime_plan.ts";

/**
 * Reads what this machine can do for a run.
 * @param report `readIsolation()`, started as early as possible.
 */
export async function readRuntimeFacts(
  report: Promise<IsolationReport>,
  network: NetworkKind,
): Promise<RuntimeFacts> {
  const isolation = await report;
  return {
    isolation,
    hasOwnProc: Deno.readLinkSync("/proc/self") === String(Deno.pid),
    networks: network === "host" ? undefined : await readPodNetworks(isolation),
    roots: stateRoots(Deno.uid() ?? 0),
  };
}

/**
 * Only runs whose pods have networks of their own load this and start the process that tries one.
 */
async function readPodNetworks(
  { level, machine }: IsolationReport,
): Promise<PodNetworks | undefined> {
  if (level === "process") return undefined;
  const { readNetworkSupport } = await import("../network/network_support.ts");
  const support = await readNetworkSupport(machine.tools, machine.privileged);
  const { openPodNetwork } = await import("../network/bridge_network.ts");
  return { support, open: openPodNetwork };
}
