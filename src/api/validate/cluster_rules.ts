/**
 * The rules of what a cluster has beside workloads, in one piece that is loaded where a manifest
 * has one of these kinds; pure.
 */
import {
  defaultNamespace,
  defaultNode,
  defaultPersistentVolume,
  endNamespace,
  prepareNamespace,
} from "../cluster_defaults.ts";
import {
  eventErrors,
  leaseErrors,
  namespaceErrors,
  nodeErrors,
  nodeUpdateErrors,
  serviceAccountErrors,
} from "./cluster/validate_cluster.ts";
import { persistentVolumeErrors, persistentVolumeUpdateErrors } from "./cluster/validate_volume.ts";

/** By what their rows do with them. */
export const clusterRules = {
  defaultNamespace,
  prepareNamespace,
  endNamespace,
  namespaceErrors,
  defaultNode,
  nodeErrors,
  nodeUpdateErrors,
  serviceAccountErrors,
  defaultPersistentVolume,
  persistentVolumeErrors,
  persistentVolumeUpdateErrors,
  eventErrors,
  leaseErrors,
} as const;

/** The type of {@link clusterRules}. */
export type ClusterRules = typeof clusterRules;
