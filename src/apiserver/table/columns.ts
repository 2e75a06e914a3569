/**
 * The columns of each kind; pure. A kind without a row here has name and age.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go.
 */
import type { ConfigMap, PersistentVolumeClaim, Secret } from "../../api/types/core.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { KindRow } from "../discovery/resources.ts";
import {
  eventColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  persistentVolumeColumns,
  serviceAccountColumns,
} from "./cluster_columns.ts";
import {
  type Column,
  type ColumnHead,
  columnsEach,
  formatAccessModes,
  type KindColumns,
} from "./column.ts";
import { customColumnsOf, definitionColumns } from "./custom_columns.ts";
import { endpointsColumns, endpointSliceColumns, serviceColumns } from "./network_columns.ts";
import { keptColumnsOf } from "./kept_columns.ts";
import { age, name } from "./object_columns.ts";
import { formatPodColumns, type PodColumns } from "./pod_row.ts";
import {
  controllerRevisionColumns,
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  replicaSetColumns,
  replicationControllerColumns,
  statefulSetColumns,
} from "./workload_columns.ts";

const podHeads: readonly (ColumnHead & { readonly key: keyof PodColumns })[] = [
  { key: "name", name: "Name" },
  { key: "ready", name: "Ready" },
  { key: "status", name: "Status" },
  { key: "restarts", name: "Restarts" },
  { key: "age", name: "Age" },
  { key: "ip", name: "IP", isWide: true },
  { key: "node", name: "Node", isWide: true },
  { key: "nominatedNode", name: "Nominated Node", isWide: true },
  { key: "readinessGates", name: "Readiness Gates", isWide: true },
];

/** All cells of a Pod come from one look at it. */
const podColumns: KindColumns<Pod> = {
  heads: podHeads,
  cells: (pod, now) => {
    const columns = formatPodColumns(pod, now);
    return podHeads.map(({ key }) => columns[key]);
  },
};

const configMapColumns: readonly Column<ConfigMap>[] = [
  name,
  { name: "Data", type: "integer", cell: (it) => sizeOf(it.data) + sizeOf(it.binaryData) },
  age,
];

const secretColumns: readonly Column<Secret>[] = [
  name,
  { name: "Type", cell: ({ type = "Opaque" }) => type },
  { name: "Data", type: "integer", cell: ({ data }) => sizeOf(data) },
  age,
];

const claimColumns: readonly Column<PersistentVolumeClaim>[] = [
  name,
  {
    name: "Status",
    cell: ({ metadata, status }) =>
      metadata.deletionTimestamp !== undefined ? "Terminating" : status?.phase ?? "",
  },
  { name: "Volume", cell: ({ spec }) => spec.volumeName ?? "" },
  { name: "Capacity", cell: ({ status }) => status?.capacity?.["storage"] ?? "" },
  {
    name: "Access Modes",
    cell: ({ status }) => formatAccessModes(status?.accessModes),
  },
  { name: "StorageClass", cell: ({ spec }) => spec.storageClassName ?? "" },
  {
    name: "VolumeAttributesClass",
    cell: ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
  },
  age,
  { name: "VolumeMode", isWide: true, cell: ({ spec }) => spec.volumeMode ?? "<unset>" },
];

const COLUMNS: { readonly [K in KindName]?: KindColumns<ObjectOf<K>> } = {
  Pod: podColumns,
  ConfigMap: columnsEach(configMapColumns),
  Secret: columnsEach(secretColumns),
  PersistentVolumeClaim: columnsEach(claimColumns),
  ReplicaSet: columnsEach(replicaSetColumns),
  Deployment: columnsEach(deploymentColumns),
  StatefulSet: columnsEach(statefulSetColumns),
  DaemonSet: columnsEach(daemonSetColumns),
  ControllerRevision: columnsEach(controllerRevisionColumns),
  Job: columnsEach(jobColumns),
  CronJob: columnsEach(cronJobColumns),
  Service: columnsEach(serviceColumns),
  Endpoints: columnsEach(endpointsColumns),
  EndpointSlice: columnsEach(endpointSliceColumns),
  ReplicationController: columnsEach(replicationControllerColumns),
  Namespace: columnsEach(namespaceColumns),
  Node: columnsEach(nodeColumns),
  ServiceAccount: columnsEach(serviceAccountColumns),
  PersistentVolume: columnsEach(persistentVolumeColumns),
  Event: columnsEach(eventColumns),
  Lease: columnsEach(leaseColumns),
  CustomResourceDefinition: columnsEach(definitionColumns),
};

const OTHERS = columnsEach([name, age]);

/** The columns of a kind. */
export function columnsOf({ kind, custom }: KindRow): KindColumns<KubernetesObject> {
  if (custom !== undefined) {
    const kept = custom.keptNote === undefined ? undefined : keptColumnsOf(kind);
    return kept ?? customColumnsOf(custom.version);
  }
  // The key of a row is the kind of its objects.
  return COLUMNS[kind] as KindColumns<KubernetesObject> | undefined ?? OTHERS;
}

function sizeOf(record: object | undefined): number {
  return Object.keys(record ?? {}).length;
}
