/**
 * The Service by which Pods find the API, with its endpoints.
 *
 * Rule: Kubernetes, pkg/controlplane/controller/kubernetesservice/controller.go, and
 * pkg/controlplane/reconcilers/instancecount.go.
 */
import type { Endpoints, EndpointSlice, Service } from "../../api/types/network.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import { CLUSTER_DOMAIN } from "../../runtime/config.ts";
import type { SocketAddress } from "../../node/sources/pod_api.ts";
import type { ObjectClient } from "../../store/client.ts";
import { isRefusal } from "../../store/status_error.ts";

/** What the Service is called. */
export const API_SERVICE = "kubernetes";
/** Where it is. */
export const API_NAMESPACE = "default";

/** The names by which Pods reach the API. */
export const API_NAMES: readonly string[] = [
  API_SERVICE,
  `${API_SERVICE}.${API_NAMESPACE}`,
  `${API_SERVICE}.${API_NAMESPACE}.svc`,
  `${API_SERVICE}.${API_NAMESPACE}.svc.${CLUSTER_DOMAIN}`,
];

const HTTPS_PORT = 443;

/** What the Service is made from. */
export interface ApiServiceOptions {
  /** The address of the Service. */
  readonly clusterIP: string;
  /** Its port. */
  readonly port: number;
  /** An address of this machine, and the port at which the API listens. */
  readonly endpoint: SocketAddress;
  readonly log: Logger;
}

/**
 * The port of the Service: that of HTTPS where Pods have networks of their own. Where they share
 * the machine's, its low ports need not be the user's: then that of the API itself.
 *
 * @param address of the Service, where this program listens for it.
 */
export function chooseApiPort(address: string, sharesNetwork: boolean, apiPort: number): number {
  if (!sharesNetwork) return HTTPS_PORT;
  try {
    Deno.listen({ hostname: address, port: HTTPS_PORT }).close();
    return HTTPS_PORT;
  } catch {
    // Whatever the reason, nothing will listen there.
    return apiPort;
  }
}

/**
 * The address of the Service among the objects that a server before this one has kept; undefined:
 * there is none.
 */
export function findApiAddress(kept: readonly KubernetesObject[]): string | undefined {
  const service = kept.find((it) =>
    it.kind === "Service" && it.metadata.namespace === API_NAMESPACE &&
    it.metadata.name === API_SERVICE
  );
  return service?.kind === "Service" ? service.spec.clusterIP : undefined;
}

/** Enters the Service and its endpoints, and enters what is deleted of them again. */
export async function offerApi(client: ObjectClient, options: ApiServiceOptions): Promise<void> {
  const objects = describeApi(options);
  for (const object of objects) await enter(client, object);
  for (const object of objects) {
    const { kind, metadata: { namespace, name } } = object;
    client.watch(kind, ({ type, object: { metadata } }) => {
      if (type !== "DELETED" || metadata.namespace !== namespace || metadata.name !== name) return;
      // A watcher does not write while it is being notified.
      queueMicrotask(() =>
        enter(client, object).catch((error) =>
          options.log.error("Cannot create object", {
            object: `${kind} ${namespace}/${name}`,
            error: messageOf(error),
          })
        )
      );
    });
  }
}

/**
 * What is there from an earlier start is led to where the API is now; another Service takes the
 * place of one whose own address is another, which may not change.
 */
async function enter(client: ObjectClient, object: KubernetesObject): Promise<void> {
  const { kind, metadata: { namespace = "", name } } = object;
  const known = client.get(kind, namespace, name);
  if (known !== undefined && isEqual(addressesOf(known), addressesOf(object))) return;
  const changed = known && lead(known, object);
  if (changed !== undefined) return void await client.update(changed);
  if (known !== undefined) await client.delete(kind, namespace, name);
  try {
    await client.create(object);
  } catch (error) {
    // What watches deletions was faster.
    if (!isRefusal(error, "AlreadyExists")) throw error;
  }
}

/** What was entered before, with the addresses of the other; undefined: it cannot have them. */
function lead(known: KubernetesObject, object: KubernetesObject): KubernetesObject | undefined {
  if (known.kind === "Service" && object.kind === "Service") {
    const { clusterIP, ports } = object.spec;
    if (known.spec.clusterIP !== clusterIP) return undefined;
    return { ...known, spec: { ...known.spec, ...(ports && { ports }) } };
  }
  return { ...object, metadata: known.metadata } as KubernetesObject;
}

/** Where one of the objects leads. */
function addressesOf(object: KubernetesObject): unknown {
  switch (object.kind) {
    case "Service": {
      const { clusterIP, ports = [] } = object.spec;
      return [clusterIP, ports.map(({ port, targetPort }) => [port, targetPort])];
    }
    case "Endpoints":
      return object.subsets?.map(({ addresses = [], ports = [] }) => [
        addresses.map(({ ip }) => ip),
        ports.map(({ port }) => port),
      ]);
    case "EndpointSlice":
      return [
        object.endpoints?.map(({ addresses }) => addresses),
        object.ports?.map(({ port }) => port),
      ];
    default:
      return undefined;
  }
}

function describeApi(
  { clusterIP, port, endpoint: { address, port: targetPort } }: ApiServiceOptions,
): readonly KubernetesObject[] {
  const metadata = { namespace: API_NAMESPACE, name: API_SERVICE };
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, labels: { component: "apiserver", provider: "kubernetes" } },
    spec: { clusterIP, ports: [{ name: "https", protocol: "TCP", port, targetPort }] },
  };
  // The validation of endpoints refuses addresses of the loopback.
  if (address.startsWith("127.") || address.includes(":")) return [service];
  const ports = [{ name: "https", protocol: "TCP", port: targetPort }] as const;
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip: address }], ports }],
  };
  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": API_SERVICE } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  return [service, endpoints, slice];
}
