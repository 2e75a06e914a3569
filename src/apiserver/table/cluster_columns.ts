/**
 * The columns of what a cluster has beside workloads; pure.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go, printNamespace and so on.
 */
import type {
  Event,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  ServiceAccount,
} from "../../api/types/cluster.ts";
import { formatAge, formatSince } from "./age.ts";
import { type Column, formatAccessModes, NONE } from "./column.ts";
import { age, name } from "./object_columns.ts";

/** Of namespaces. */
export const namespaceColumns: readonly Column<Namespace>[] = [
  name,
  { name: "Status", cell: ({ status }) => status?.phase ?? "" },
  age,
];

/** Of nodes. */
export const nodeColumns: readonly Column<Node>[] = [
  name,
  { name: "Status", cell: formatNodeStatus },
  { name: "Roles", cell: formatRoles },
  age,
  { name: "Version", cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? "" },
  { name: "Internal-IP", isWide: true, cell: (it) => addressOf(it, "InternalIP") },
  { name: "External-IP", isWide: true, cell: (it) => addressOf(it, "ExternalIP") },
  { name: "OS-Image", isWide: true, cell: ({ status }) => status?.nodeInfo?.osImage ?? UNKNOWN },
  {
    name: "Kernel-Version",
    isWide: true,
    cell: ({ status }) => status?.nodeInfo?.kernelVersion ?? UNKNOWN,
  },
  {
    name: "Container-Runtime",
    isWide: true,
    cell: ({ status }) => status?.nodeInfo?.containerRuntimeVersion ?? UNKNOWN,
  },
];

const UNKNOWN = "<unknown>";
const ROLE = "node-role.kubernetes.io/";

function formatNodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
  const word = ready === undefined ? "Unknown" : ready === "True" ? "Ready" : "NotReady";
  return spec.unschedulable ? `${word},SchedulingDisabled` : word;
}

function formatRoles({ metadata: { labels = {} } }: Node): string {
  const roles = Object.entries(labels).flatMap(([key, value]) =>
    key.startsWith(ROLE)
      ? [key.slice(ROLE.length)]
      : key === "kubernetes.io/role" && value !== ""
      ? [value]
      : []
  );
  return roles.toSorted().join(",") || NONE;
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find((it) => it.type === type)?.address ?? NONE;
}

/** Of service accounts. */
export const serviceAccountColumns: readonly Column<ServiceAccount>[] = [
  name,
  { name: "Secrets", type: "integer", cell: ({ secrets = [] }) => secrets.length },
  age,
];

/** Of volumes. */
export const persistentVolumeColumns: readonly Column<PersistentVolume>[] = [
  name,
  { name: "Capacity", cell: ({ spec }) => spec.capacity?.["storage"] ?? "" },
  { name: "Access Modes", cell: ({ spec }) => formatAccessModes(spec.accessModes) },
  { name: "Reclaim Policy", cell: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "" },
  {
    name: "Status",
    cell: ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? status?.phase ?? "" : "Terminating",
  },
  {
    name: "Claim",
    cell: ({ spec: { claimRef } }) =>
      claimRef === undefined ? "" : `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`,
  },
  { name: "StorageClass", cell: ({ spec }) => spec.storageClassName ?? "" },
  {
    name: "VolumeAttributesClass",
    cell: ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
  },
  { name: "Reason", cell: ({ status }) => status?.reason ?? "" },
  age,
  { name: "VolumeMode", isWide: true, cell: ({ spec }) => spec.volumeMode ?? "<unset>" },
];

/** Of events. */
export const eventColumns: readonly Column<Event>[] = [
  {
    name: "Last Seen",
    cell: ({ lastTimestamp, series, eventTime, count, firstTimestamp }, now) => {
      const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime;
      const times = series?.count ?? count ?? 1;
      const first = firstTimestamp ?? eventTime;
      const since = formatSince(last, now);
      return times > 1 && first !== undefined
        ? `${since} (x${times} over ${formatAge(now - Date.parse(first))})`
        : since;
    },
  },
  { name: "Type", cell: ({ type = "" }) => type },
  { name: "Reason", cell: ({ reason = "" }) => reason },
  {
    name: "Object",
    cell: ({ involvedObject: { kind = "", name = "" } }) => `${kind.toLowerCase()}/${name}`,
  },
  { name: "Subobject", isWide: true, cell: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
  {
    name: "Source",
    isWide: true,
    cell: ({ source: { component, host }, reportingComponent = "" }) =>
      [component ?? reportingComponent, ...host === undefined ? [] : [host]].join(", "),
  },
  { name: "Message", cell: ({ message = "" }) => message.trim() },
  {
    name: "First Seen",
    isWide: true,
    cell: ({ firstTimestamp, eventTime }, now) => formatSince(firstTimestamp ?? eventTime, now),
  },
  { name: "Count", isWide: true, type: "integer", cell: ({ count = 1 }) => count },
  { name: "Name", isWide: true, cell: ({ metadata }) => metadata.name },
];

/** Of leases. */
export const leaseColumns: readonly Column<Lease>[] = [
  name,
  { name: "Holder", cell: ({ spec }) => spec.holderIdentity ?? "" },
  age,
];
