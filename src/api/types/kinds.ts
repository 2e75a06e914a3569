/**
 * The types of all kinds that are understood, in one union; their rules are the rows of
 * `../kinds/`.
 */
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "./apps.ts";
import type { CronJob, Job } from "./batch.ts";
import type { Event, Lease, Namespace, Node, PersistentVolume, ServiceAccount } from "./cluster.ts";
import type { ConfigMap, PersistentVolumeClaim, Secret } from "./core.ts";
import type { CustomResourceDefinition } from "./definition.ts";
import type { Endpoints, EndpointSlice, Service } from "./network.ts";
import type { Pod } from "./pod.ts";

/** An object of a kind that is understood. */
export type KubernetesObject =
  | Pod
  | ConfigMap
  | Secret
  | PersistentVolumeClaim
  | ReplicaSet
  | Deployment
  | StatefulSet
  | DaemonSet
  | ControllerRevision
  | Job
  | CronJob
  | Service
  | Endpoints
  | EndpointSlice
  | ReplicationController
  | Namespace
  | Node
  | ServiceAccount
  | PersistentVolume
  | Event
  | Lease
  | CustomResourceDefinition;

/** The kinds that are understood. */
export type KindName = KubernetesObject["kind"];

/** The object type of a kind. */
export type ObjectOf<K extends KindName> = Extract<KubernetesObject, { readonly kind: K }>;

/** The API group of an `apiVersion`: `apps` of `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}
