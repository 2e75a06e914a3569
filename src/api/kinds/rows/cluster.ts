/**
 * The rows of what a cluster has beside workloads: Namespace, Node, ServiceAccount,
 * PersistentVolume, Event and Lease; pure.
 *
 * Rule: Kubernetes, pkg/registry/core/namespace/strategy.go and those of the other kinds.
 */
import type {
  Event,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  ServiceAccount,
} from "../../types/cluster.ts";
import { lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** What is alike in the rows of what only holds data. */
const holdingRow = {
  confidential: false,
  applyDefaults: <O>(object: O): O => object,
  prepareForCreate: <O>(object: O): O => object,
  podTemplatesOf: () => [],
} as const;

/** Those that a cluster begins with (R-NS-4). */
const KEPT_NAMESPACES: readonly string[] = ["default", "kube-system", "kube-public"];

/** How namespaces are read, completed, checked and stored. */
export const namespaceStrategy: Strategy<Namespace> = {
  ...holdingRow,
  kind: "Namespace",
  apiVersion: "v1",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
  struct: "Namespace",
  isFollowed: true,
  hasStatus: true,
  applyDefaults: (it) => lateRules("cluster").defaultNamespace(it),
  prepareForCreate: (it) => lateRules("cluster").prepareNamespace(it),
  // What holds it belongs to its controller, which removes it once it is empty.
  prepareForUpdate: (it, { metadata, spec }) =>
    metadata.deletionTimestamp === undefined ? { ...it, spec } : it,
  validate: (it) => lateRules("cluster").namespaceErrors(it),
  whyKept: ({ metadata: { name } }) =>
    KEPT_NAMESPACES.includes(name) ? "this namespace may not be deleted" : undefined,
  isHeld: ({ spec: { finalizers = [] } }) => finalizers.length > 0,
  markDeleted: (it) => lateRules("cluster").endNamespace(it),
};

/** How nodes are read, completed, checked and stored. */
export const nodeStrategy: Strategy<Node> = {
  ...holdingRow,
  kind: "Node",
  apiVersion: "v1",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  namespaced: false,
  struct: "Node",
  hasStatus: true,
  applyDefaults: (it) => lateRules("cluster").defaultNode(it),
  validate: (it) => lateRules("cluster").nodeErrors(it),
  validateUpdate: (it, old) => lateRules("cluster").nodeUpdateErrors(it, old),
};

/** How service accounts are read, completed, checked and stored. */
export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  ...holdingRow,
  kind: "ServiceAccount",
  apiVersion: "v1",
  plural: "serviceaccounts",
  singular: "serviceaccount",
  shortNames: ["sa"],
  namespaced: true,
  struct: "ServiceAccount",
  hasStatus: false,
  validate: (it) => lateRules("cluster").serviceAccountErrors(it),
};

/** How volumes are read, completed, checked and stored. */
export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  ...holdingRow,
  kind: "PersistentVolume",
  apiVersion: "v1",
  plural: "persistentvolumes",
  singular: "persistentvolume",
  shortNames: ["pv"],
  namespaced: false,
  struct: "PersistentVolume",
  hasStatus: true,
  applyDefaults: (it) => lateRules("cluster").defaultPersistentVolume(it),
  validate: (it) => lateRules("cluster").persistentVolumeErrors(it),
  validateUpdate: (it, old) => lateRules("cluster").persistentVolumeUpdateErrors(it, old),
};

/** How events are read, completed, checked and stored. */
export const eventStrategy: Strategy<Event> = {
  ...holdingRow,
  kind: "Event",
  apiVersion: "v1",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  namespaced: true,
  struct: "Event",
  hasStatus: false,
  validate: (it) => lateRules("cluster").eventErrors(it),
};

/** How leases are read, completed, checked and stored. */
export const leaseStrategy: Strategy<Lease> = {
  ...holdingRow,
  kind: "Lease",
  apiVersion: "coordination.k8s.io/v1",
  plural: "leases",
  singular: "lease",
  shortNames: [],
  namespaced: true,
  struct: "Lease",
  hasStatus: false,
  validate: (it) => lateRules("cluster").leaseErrors(it),
};
