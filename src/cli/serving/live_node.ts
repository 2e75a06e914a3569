/** The node of a cluster that serves: an object that clients change, and that shows it is alive. */
import type { Node, NodeSystemInfo } from "../../api/types/cluster.ts";
import type { NodeFacts } from "../../node/config/pod_sources.ts";
import { LEASE_NAMESPACE, renewLease, withHeartbeat } from "../../node/config/node_object.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import { readTextIfPresent } from "../../base/files.ts";
import type { Logger } from "../../base/log.ts";
import type { ObjectClient } from "../../store/client.ts";
import { KUBERNETES_VERSION } from "../../apiserver/discovery/version.ts";

/**
 * The facts of a node with what clients have changed of its object: labels, taints, and whether it
 * takes Pods; each as it is when it is read.
 */
export function liveNode(facts: NodeFacts, find: () => Node | undefined): NodeFacts {
  return {
    ...facts,
    get labels() {
      return find()?.metadata.labels ?? facts.labels;
    },
    get taints() {
      return find()?.spec.taints ?? facts.taints;
    },
    get isUnschedulable() {
      return find()?.spec.unschedulable ?? false;
    },
  };
}

/** How often a node renews its lease: a quarter of its time. */
const RENEW_MS: Millis = 10_000;
/** How often it reports its conditions where nothing changes. */
const REPORT_MS: Millis = 300_000;

/** What {@link keepAlive} needs. */
export interface LifeOptions {
  readonly client: Pick<ObjectClient, "get" | "create" | "updateStatus">;
  /** Renews what is owned already: the owners of fields are not looked at each time. */
  readonly renewing: Pick<ObjectClient, "update">;
  /** The machine's own: who looks at a node goes by that, whatever `--speed` says. */
  readonly clock: Clock;
  readonly nodeName: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** For writes that fail. */
  readonly log: Logger;
}

/**
 * Renews a node's lease, and reports its conditions, until the signal. A write that fails is
 * repeated with the next one, and logged once.
 *
 * Rule: Kubernetes, pkg/kubelet/apis/config/v1beta1/defaults.go, NodeLeaseDurationSeconds and
 * NodeStatusReportFrequency; pkg/kubelet/kubelet.go, nodeLeaseRenewIntervalFraction.
 */
export async function keepAlive(options: LifeOptions): Promise<void> {
  const { clock, nodeName, signal, log } = options;
  let reportAt = clock.now() + REPORT_MS;
  let hasFailed = false;
  while (!signal.aborted) {
    const isDue = clock.now() >= reportAt;
    try {
      await showLife(options, isDue);
      if (isDue) reportAt += REPORT_MS;
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) log.warn("Cannot renew lease", { node: nodeName, error: messageOf(error) });
      hasFailed = true;
    }
    try {
      await clock.sleepUntil(clock.now() + RENEW_MS, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

async function showLife(
  { client, renewing, clock, nodeName }: LifeOptions,
  isReportDue: boolean,
): Promise<void> {
  const node = client.get("Node", "", nodeName);
  // Deleted by a client: its lease goes with it.
  if (node === undefined) return;
  const nowMs = clock.wallTime(clock.now());
  const present = client.get("Lease", LEASE_NAMESPACE, nodeName);
  const lease = renewLease(node, present, nowMs);
  if (present === undefined) await client.create(lease);
  else await renewing.update(lease);
  if (isReportDue) await client.updateStatus(withHeartbeat(node, nowMs));
}

/** What the machine reports about itself. */
export function readSystemInfo(version: string): NodeSystemInfo {
  const read = (path: string) => readTextIfPresent(path)?.trim() ?? "";
  const machineID = read("/etc/machine-id");
  return {
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
    bootID: read("/proc/sys/kernel/random/boot_id"),
    containerRuntimeVersion: `podling://${version}`,
    kernelVersion: Deno.osRelease(),
    kubeProxyVersion: "",
    kubeletVersion: KUBERNETES_VERSION,
    machineID,
    operatingSystem: "linux",
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(read("/etc/os-release"))?.[1] ?? "",
    systemUUID: machineID,
  };
}
