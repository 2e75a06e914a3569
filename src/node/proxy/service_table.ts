/**
 * Services and their EndpointSlices to what a runtime makes reachable; pure.
 *
 * Rule: R-PROXY-1; on one node the traffic policies have no effect.
 */
import { isHeadless, needsClusterIP } from "../../api/network/service_type.ts";
import type { Endpoint, EndpointSlice, Service, ServicePort } from "../../api/types/network.ts";
import type {
  Backend,
  NamedEndpoint,
  ServiceEntry,
  ServiceTable,
} from "../../runtime/service_table.ts";

/** The Service that a slice belongs to. */
const SERVICE_NAME = "kubernetes.io/service-name";

/** What the only network of this node speaks. */
const ADDRESS_TYPE = "IPv4";

/** The Service that stands for the API, in the namespace `default`. */
const API = "default/kubernetes";

/**
 * Every Service that has an address or a name, with what answers for it.
 *
 * @param api where the API listens on the machine: endpoints of the loopback cannot be written.
 */
export function computeServiceTable(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  api?: Pick<Backend, "address" | "port">,
): ServiceTable {
  const byService = Map.groupBy(
    slices.filter(({ addressType }) => addressType === ADDRESS_TYPE),
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`,
  );
  return {
    services: services.map((service) => {
      const { namespace, name } = service.metadata;
      const entry = entryOf(service, byService.get(`${namespace}/${name}`) ?? []);
      const isApi = api !== undefined && `${namespace}/${name}` === API;
      return isApi ? withBackend(entry, { ...api, isOnMachine: true }) : entry;
    }),
  };
}

function withBackend(entry: ServiceEntry, backend: Backend): ServiceEntry {
  return { ...entry, ports: entry.ports.map((port) => ({ ...port, backends: [backend] })) };
}

function entryOf(service: Service, slices: readonly EndpointSlice[]): ServiceEntry {
  const { metadata: { namespace = "", name }, spec } = service;
  const common = { namespace, name };
  if (spec.type === "ExternalName") {
    return { ...common, externalName: spec.externalName ?? "", ports: [], endpoints: [] };
  }
  if (isHeadless(service) || !needsClusterIP(service)) {
    return { ...common, ports: [], endpoints: namedEndpoints(slices) };
  }
  const { clusterIP = "", sessionAffinity, sessionAffinityConfig } = spec;
  const affinitySeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  return {
    ...common,
    clusterIP,
    ...sessionAffinity === "ClientIP" && affinitySeconds !== undefined && { affinitySeconds },
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? "",
      protocol: port.protocol ?? "TCP",
      port: port.port,
      ...port.nodePort !== undefined && { nodePort: port.nodePort },
      backends: findBackends(port, slices),
    })),
    endpoints: [],
  };
}

/** Those that are ready; while there are none, those that end and still answer. */
function findBackends(
  { name = "" }: ServicePort,
  slices: readonly EndpointSlice[],
): readonly Backend[] {
  const find = (isUsed: (endpoint: Endpoint) => boolean) =>
    slices.flatMap(({ endpoints = [], ports = [] }) => {
      const number = ports.find((it) => (it.name ?? "") === name)?.port;
      if (number === undefined) return [];
      return endpoints.filter(isUsed).flatMap(({ addresses: [address] }) =>
        address === undefined ? [] : [{ address, port: number }]
      );
    });
  const ready = find(isReady);
  const found = ready.length > 0 ? ready : find(isEnding);
  // A slice may repeat an endpoint of another for a while.
  const unique = new Map(found.map((it) => [`${it.address}:${it.port}`, it]));
  return [...unique.values()];
}

/** What the name of a headless Service stands for; the same Pod may be in several slices. */
function namedEndpoints(slices: readonly EndpointSlice[]): readonly NamedEndpoint[] {
  const byAddress = new Map<string, NamedEndpoint>();
  for (const { endpoints = [], ports: given = [] } of slices) {
    const ports = given.flatMap(({ name = "", protocol = "TCP", port }) =>
      port === undefined ? [] : [{ name, protocol, port }]
    );
    for (const { addresses: [address], hostname } of endpoints.filter(isReady)) {
      if (address === undefined) continue;
      const known = byAddress.get(address)?.ports ?? [];
      const added = ports.filter(({ name }) => !known.some((it) => it.name === name));
      byAddress.set(address, {
        address,
        ...hostname !== undefined && { hostname },
        ports: [...known, ...added],
      });
    }
  }
  return [...byAddress.values()];
}

/** What says nothing of itself is ready. */
function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

function isEnding({ conditions = {} }: Endpoint): boolean {
  return conditions.serving === true && conditions.terminating === true;
}
