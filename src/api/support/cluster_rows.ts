/** What the fields of namespaces, nodes, accounts, volumes, events and leases get; pure. */
import { BY_SERVER, emulated, enforced, ignored, METADATA, type Rows } from "./row.ts";

/** The kinds of {@link CLUSTER_SUPPORT}. */
export type ClusterKind =
  | "Namespace"
  | "Node"
  | "ServiceAccount"
  | "PersistentVolume"
  | "Event"
  | "Lease"
  | "CustomResourceDefinition";

const DEFINED = enforced("the API serves the kind; a run leaves its objects out");
const KEPT = emulated("kept; nothing here reads it");

/** Makes the rows of each of these kinds. */
export const CLUSTER_SUPPORT: Readonly<Record<ClusterKind, () => Rows>> = {
  Namespace: () => ({
    ...METADATA,
    "spec": BY_SERVER,
    "status": BY_SERVER,
  }),
  Node: () => ({
    ...METADATA,
    "spec": ignored("this machine is the one node, whatever nodes a manifest has"),
    "status": BY_SERVER,
  }),
  ServiceAccount: () => ({
    ...METADATA,
    "automountServiceAccountToken": enforced("false: no folder of the service account"),
    "imagePullSecrets": emulated("nothing is pulled"),
    "secrets": emulated("kept; tokens come from the volume of a Pod, or from a request"),
  }),
  PersistentVolume: () => ({
    ...METADATA,
    "spec": ignored("each claim gets a directory of its own"),
    "status": BY_SERVER,
  }),
  Event: () => ({
    ...METADATA,
    "action": KEPT,
    "count": KEPT,
    "eventTime": KEPT,
    "firstTimestamp": KEPT,
    "involvedObject": KEPT,
    "lastTimestamp": KEPT,
    "message": KEPT,
    "reason": KEPT,
    "related": KEPT,
    "reportingComponent": KEPT,
    "reportingInstance": KEPT,
    "series": KEPT,
    "source": KEPT,
    "type": KEPT,
  }),
  Lease: () => ({ ...METADATA, "spec": KEPT }),
  CustomResourceDefinition: () => ({ ...METADATA, "spec": DEFINED, "status": BY_SERVER }),
};
