/** The objects that a test's pod may name. */
import { nodeFactsOf } from "./node_facts.ts";
import type { Service } from "../../src/api/types/network.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import type { PodSources } from "../../src/node/config/pod_sources.ts";

type Data = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Sources on node `node-1` with four cores, from plain texts by object name and key. */
export function podSources(
  pod: Pod,
  { configMaps = {}, secrets = {}, binary = {}, claims = [], services = [] }: {
    readonly configMaps?: Data;
    readonly secrets?: Data;
    /** `binaryData` of the ConfigMaps, in base64. */
    readonly binary?: Data;
    /** Names of the claims. */
    readonly claims?: readonly string[];
    /** Of its namespace. */
    readonly services?: readonly Service[];
  } = {},
): PodSources {
  const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
  return {
    pod,
    node: nodeFactsOf("node-1", {
      hostIP: "192.0.2.1",
      allocatable: { cpu: "4", memory: "8Gi", "ephemeral-storage": "10Gi" },
    }),
    services,
    configMap: (name) =>
      configMaps[name] && {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name },
        data: configMaps[name],
        ...(binary[name] && { binaryData: binary[name] }),
      },
    secret: (name) =>
      secrets[name] && {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name },
        data: Object.fromEntries(
          Object.entries(secrets[name]).map(([key, text]) => [key, base64(text)]),
        ),
      },
    claim: (name) =>
      claims.includes(name)
        ? { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec: {} }
        : undefined,
  };
}
