/** The one node of tests. */
import { nodeLabels } from "../../src/cli/machine/node_facts.ts";
import type { NodeFacts } from "../../src/node/config/pod_sources.ts";

/** A node of this name, without taints and with room for many Pods of this size in all. */
export function nodeFactsOf(
  name: string,
  { allocatable = {}, ...facts }: Partial<Omit<NodeFacts, "name">> = {},
): NodeFacts {
  return {
    name,
    hostIP: "127.0.0.1",
    labels: nodeLabels(name, "amd64"),
    taints: [],
    ...facts,
    allocatable: { cpu: "2", memory: "4Gi", pods: "10000", ...allocatable },
  };
}
