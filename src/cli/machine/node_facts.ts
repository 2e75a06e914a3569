/** The facts that a node reports about its machine, and the machine's refusals. */
import type { NodeLabel, NodeTaint } from "../arguments/values.ts";
import { MAX_PODS, type NodeFacts } from "../../node/config/pod_sources.ts";
import type { Quantity } from "../../api/types/meta.ts";
import { readTextIfPresent, statIfPresent } from "../../base/files.ts";
import { UsageError } from "../../base/usage_error.ts";
import { hostAddress } from "../../runtime/machine/host_address.ts";
import type { RememberedFacts } from "../../runtime/machine/remembered_facts.ts";
import { stateRoots } from "../../runtime/machine/state_dir.ts";
import { RuntimeError } from "../../runtime/runtime.ts";

/**
 * Name, address and size of this machine.
 *
 * @param diskSize of the data's file system. @default read when it is asked for
 */
export function readNodeFacts(diskSize?: Quantity): NodeFacts {
  const name = Deno.hostname().toLowerCase();
  return {
    name,
    hostIP: hostAddress(),
    labels: nodeLabels(name, Deno.build.arch === "aarch64" ? "arm64" : "amd64"),
    taints: [],
    allocatable: {
      pods: String(MAX_PODS),
      cpu: String(navigator.hardwareConcurrency),
      memory: `${Math.floor(Deno.systemMemoryInfo().total / 1024)}Ki`,
      // Read on demand: hardly any manifest refers to it.
      get "ephemeral-storage"() {
        return diskSize ?? readDiskSize(stateRoots(Deno.uid() ?? 0).data);
      },
      get "hugepages-2Mi"() {
        return readHugePages(2048);
      },
      get "hugepages-1Gi"() {
        return readHugePages(1048576);
      },
    },
  };
}

/** The node with the labels and taints of the command line. */
export function withNodeOptions(
  facts: NodeFacts,
  { "node-label": labels, "node-taint": taints }: {
    readonly "node-label": readonly NodeLabel[];
    readonly "node-taint": readonly NodeTaint[];
  },
): NodeFacts {
  const added = Object.fromEntries(labels.map(({ key, value }) => [key, value]));
  return {
    ...facts,
    labels: { ...facts.labels, ...added },
    labelAdvice: "--node-label adds others",
    taints: [
      ...facts.taints,
      ...taints.map(({ key, value, effect }) => ({ key, ...(value && { value }), effect })),
    ],
  };
}

/**
 * The labels that a kubelet gives its node.
 *
 * Rule: Kubernetes, pkg/kubelet/kubelet_node_status.go, initialNode.
 */
export function nodeLabels(name: string, arch: string): Readonly<Record<string, string>> {
  return {
    "beta.kubernetes.io/arch": arch,
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": arch,
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
  };
}

/** The size of the data's file system, found out once for as long as its device keeps its size. */
export async function recallDiskSize(remembered: RememberedFacts): Promise<Quantity> {
  const path = stateRoots(Deno.uid() ?? 0).data;
  const dev = statIfPresent(path)?.dev;
  const sectors = dev === undefined ? undefined : readTextIfPresent(sizeFileOf(dev));
  // One without a device, in memory or of another machine, may get another size at any time.
  if (sectors === undefined) return readDiskSize(path);
  const known = await remembered.recall({
    name: "disk",
    dependsOn: `${path} ${dev} ${sectors.trim()}`,
    isValue: (value): value is Quantity => typeof value === "string",
    find: () => Promise.resolve(readDiskSize(path)),
  });
  return known!;
}

/**
 * Where the kernel shows the size of a block device.
 *
 * Rule: Linux, include/linux/kdev_t.h, new_decode_dev.
 */
function sizeFileOf(dev: number): string {
  const major = dev >>> 8 & 0xfff;
  const minor = dev & 0xff | dev >>> 12 & 0xfff00;
  return `/sys/dev/block/${major}:${minor}/size`;
}

/** The size of the file system that holds a path, or will hold it; 0 where it is unknown. */
function readDiskSize(path: string): Quantity {
  try {
    const { success, stdout } = new Deno.Command("df", {
      args: ["-P", "-k", path],
      stderr: "null",
    }).outputSync();
    if (!success && path !== "/") return readDiskSize(path.replace(/\/[^/]*$/, "") || "/");
    const kibibytes = /\n\S+ +(\d+) /.exec(new TextDecoder().decode(stdout))?.[1];
    return kibibytes === undefined ? "0" : `${kibibytes}Ki`;
  } catch (error) {
    // A machine may do without `df`.
    if (error instanceof Deno.errors.NotFound) return "0";
    throw error;
  }
}

/** The huge pages of a size that the machine has set aside, in all. */
function readHugePages(kibibytes: number): string {
  const file = `/sys/kernel/mm/hugepages/hugepages-${kibibytes}kB/nr_hugepages`;
  try {
    return `${Number(Deno.readTextFileSync(file)) * kibibytes}Ki`;
  } catch (error) {
    // A kernel may know no such size.
    if (error instanceof Deno.errors.NotFound) return "0";
    throw error;
  }
}

/**
 * The home directory that the machine's user list names for the user of this program; `/` if it
 * names none.
 */
export function readHome(): string {
  const uid = String(Deno.uid());
  try {
    for (const line of Deno.readTextFileSync("/etc/passwd").split("\n")) {
      const fields = line.split(":");
      if (fields[2] === uid && fields[5]) return fields[5];
    }
  } catch (error) {
    // A machine may do without a list.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return "/";
}

/**
 * Awaits work that the machine may refuse: not our own fault, and reported as such.
 * @throws {UsageError} with the words of a {@link RuntimeError}.
 */
export async function fromMachine<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asUsageError(error);
  }
}

/**
 * A refusal of the machine as an error that is reported without a stack; others are returned as
 * they are.
 */
export function asUsageError(error: unknown): unknown {
  return error instanceof RuntimeError ? new UsageError(error.message) : error;
}
