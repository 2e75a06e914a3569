/**
 * `/etc/resolv.conf` as the kubelet and a container runtime write it. Pure.
 */
import { CLUSTER_DOMAIN, type DnsConfig } from "../config.ts";

/** What resolvers look at, and Kubernetes with them. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
/** All search domains with a blank between them. */
const MAX_SEARCH_LIST = 2048;

/** Of a pod that asks the cluster's DNS server. */
const CLUSTER_OPTIONS = ["ndots:5"];

/** The DNS server of a cluster. */
export interface ClusterDns {
  readonly nameserver: string;
  /** Before those of the node. */
  readonly searches: readonly string[];
}

/** Where short names of a pod's Services are found. */
export function clusterSearches(namespace: string): readonly string[] {
  const services = `svc.${CLUSTER_DOMAIN}`;
  return [`${namespace}.${services}`, services, CLUSTER_DOMAIN];
}

/**
 * Renders the file for a pod: the node's own, to which `dnsConfig` is added, or with policy `None`
 * that alone. With `Cluster` the cluster's server is the only one, where there is one. Of an option
 * that both have the pod's value counts; what is over the resolver's limits is left out.
 *
 * Rules: R-DNS-5; Kubernetes, pkg/kubelet/network/dns, GetPodDNS; containerd, parseDNSOptions.
 */
export function formatResolvConf(
  dns: DnsConfig,
  nodeFile: string,
  cluster?: ClusterDns,
): string {
  const { policy, nameservers, searches, options } = dns;
  const asks = nameservers.length + searches.length + options.length > 0;
  const isCluster = policy === "Cluster" && cluster !== undefined;
  if (policy !== "None" && !isCluster && !asks) return nodeFile;
  const found = parseResolvConf(policy === "None" ? "" : nodeFile);
  const node: ResolvConf = isCluster
    ? {
      nameservers: [cluster.nameserver],
      searches: [...cluster.searches, ...found.searches],
      options: CLUSTER_OPTIONS,
    }
    : found;
  const given = options.map(({ name, value }) => value === undefined ? name : `${name}:${value}`);
  return [
    ...formatLine("search", cutSearches(unique([...node.searches, ...searches]))),
    ...unique([...node.nameservers, ...nameservers]).slice(0, MAX_NAMESERVERS)
      .flatMap((address) => formatLine("nameserver", [address])),
    ...formatLine("options", mergeOptions([...node.options, ...given])),
  ].map((line) => `${line}\n`).join("");
}

/**
 * The node's `resolv.conf` as it can be used in a pod: a resolver that a pod cannot reach, because
 * it listens on the machine's loopback or has an IPv6 address only, gives way to the pods' own.
 */
export function formatReachableResolvConf(nodeFile: string, nameserver: string): string {
  let replaced = false;
  return nodeFile.split("\n").flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (address === undefined || /^(?!127\.)[\d.]+$/.test(address)) return [line];
    if (replaced) return [];
    replaced = true;
    return [`nameserver ${nameserver}`];
  }).join("\n");
}

interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** Of several `search` lines the last counts. */
function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  let searches: string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === "nameserver" && words[0] !== undefined) nameservers.push(words[0]);
    else if (keyword === "options") options.push(...words);
    // A domain is the same with a dot at its end and without; the root is nothing but that dot.
    else if (keyword === "search") {
      searches = words.map((it) => it === "." ? it : it.replace(/\.$/, ""));
    }
  }
  return { nameservers, searches, options };
}

/** A later value of a name takes the place of an earlier one. */
function mergeOptions(options: readonly string[]): readonly string[] {
  const byName = new Map(options.map((option) => [option.split(":")[0]!, option]));
  return [...byName.values()];
}

function cutSearches(searches: readonly string[]): readonly string[] {
  const kept = searches.slice(0, MAX_SEARCHES);
  while (kept.join(" ").length > MAX_SEARCH_LIST) kept.pop();
  return kept;
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

function formatLine(keyword: string, words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : [[keyword, ...words].join(" ")];
}
