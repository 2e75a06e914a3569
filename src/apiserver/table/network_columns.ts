/**
 * The columns of Services and of their endpoints; pure.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go, printService, printEndpoints and
 * printEndpointSlice.
 */
import type { Endpoints, EndpointSlice, Service } from "../../api/types/network.ts";
import { type Column, formatLabels, NONE } from "./column.ts";
import { age, name } from "./object_columns.ts";

/** Of Services. */
export const serviceColumns: readonly Column<Service>[] = [
  name,
  { name: "Type", cell: ({ spec }) => spec.type ?? "ClusterIP" },
  { name: "Cluster-IP", cell: ({ spec }) => spec.clusterIPs?.[0] || spec.clusterIP || NONE },
  { name: "External-IP", cell: formatExternal },
  { name: "Port(s)", cell: formatPorts },
  age,
  { name: "Selector", isWide: true, cell: ({ spec }) => formatLabels(spec.selector) },
];

/** Of Endpoints. */
export const endpointsColumns: readonly Column<Endpoints>[] = [
  name,
  {
    name: "Endpoints",
    cell: ({ subsets = [] }) =>
      formatSome(
        subsets.flatMap(({ addresses = [], ports = [] }) =>
          ports.length === 0
            ? addresses.map(({ ip }) => ip)
            : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`))
        ),
      ),
  },
  age,
];

/** Of EndpointSlices. */
export const endpointSliceColumns: readonly Column<EndpointSlice>[] = [
  name,
  { name: "AddressType", cell: ({ addressType }) => addressType },
  {
    name: "Ports",
    cell: ({ ports }) =>
      ports === undefined || ports.length === 0
        ? "<unset>"
        : formatSome(ports.map(({ port, name }) => port === undefined ? name ?? "*" : `${port}`)),
  },
  {
    name: "Endpoints",
    cell: ({ endpoints = [] }) =>
      endpoints.length === 0 ? "<unset>" : formatSome(endpoints.flatMap((it) => it.addresses)),
  },
  age,
];

function formatExternal({ spec, status }: Service): string {
  const { type = "ClusterIP", externalIPs = [], externalName } = spec;
  if (type === "ExternalName") return externalName || NONE;
  const given = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) =>
    ip || hostname || ""
  );
  const all = [...(type === "LoadBalancer" ? given : []), ...externalIPs].filter((it) => it !== "");
  if (all.length > 0) return all.join(",");
  return type === "LoadBalancer" ? "<pending>" : NONE;
}

function formatPorts({ spec }: Service): string {
  const texts = (spec.ports ?? []).map(({ port, nodePort, protocol = "TCP" }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
  );
  return texts.length === 0 ? NONE : texts.join(",");
}

/** At most three of them, and how many more there are. */
function formatSome(texts: readonly string[]): string {
  if (texts.length === 0) return NONE;
  const shown = texts.slice(0, 3).join(",");
  return texts.length > 3 ? `${shown} + ${texts.length - 3} more...` : shown;
}
