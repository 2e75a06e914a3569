/** The node of a cluster that serves: an object that clients change. */
import type { Node, NodeSystemInfo } from "../../api/types/cluster.ts";
import type { NodeFacts } from "../../node/config/pod_sources.ts";
import { readTextIfPresent } from "../../base/files.ts";
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
