/**
 * What the API server fills in in namespaces, nodes, volumes and events, and what a create sets;
 * pure.
 *
 * Rule: Kubernetes, pkg/apis/core/v1/defaults.go; pkg/registry/core/namespace/strategy.go.
 */
import type { Namespace, Node, PersistentVolume } from "./types/cluster.ts";

/** Every namespace has its name as a label. */
const NAME_LABEL = "kubernetes.io/metadata.name";
/** Holds a namespace until nothing is in it (R-NS-2). */
const NAMESPACE_FINALIZER = "kubernetes";

/** A namespace with everything that it leaves open; a second time changes nothing (R-NS-1). */
export function defaultNamespace(namespace: Namespace): Namespace {
  const { metadata, status = {} } = namespace;
  const labels = { ...metadata.labels, ...(metadata.name && { [NAME_LABEL]: metadata.name }) };
  return {
    ...namespace,
    metadata: { ...metadata, labels },
    status: { ...status, phase: status.phase || "Active" },
  };
}

/** A new namespace, which stays until its controller has emptied it (R-NS-1). */
export function prepareNamespace(namespace: Namespace): Namespace {
  const { finalizers = [] } = namespace.spec;
  if (finalizers.includes(NAMESPACE_FINALIZER)) return namespace;
  return {
    ...namespace,
    spec: { ...namespace.spec, finalizers: [...finalizers, NAMESPACE_FINALIZER] },
  };
}

/** A namespace that is being deleted. */
export function endNamespace(namespace: Namespace): Namespace {
  return { ...namespace, status: { ...namespace.status, phase: "Terminating" } };
}

/** A node with everything that it leaves open; a second time changes nothing. */
export function defaultNode(node: Node): Node {
  const { status = {} } = node;
  const { capacity, allocatable = capacity } = status;
  return { ...node, status: { ...status, ...(allocatable && { allocatable }) } };
}

/** A volume with everything that it leaves open; a second time changes nothing. */
export function defaultPersistentVolume(volume: PersistentVolume): PersistentVolume {
  const { spec, status = {} } = volume;
  return {
    ...volume,
    spec: {
      ...spec,
      persistentVolumeReclaimPolicy: spec.persistentVolumeReclaimPolicy || "Retain",
      volumeMode: spec.volumeMode ?? "Filesystem",
    },
    status: { ...status, phase: status.phase || "Pending" },
  };
}
