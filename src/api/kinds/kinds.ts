/** The table of kinds: one row for each, and nothing else in the program decides by kind; pure. */
import { groupOf, type KindName, type KubernetesObject, type ObjectOf } from "../types/kinds.ts";
import type { Pod } from "../types/pod.ts";
import type { FieldWarning } from "../validate/warn/field_warning.ts";
import {
  eventStrategy,
  leaseStrategy,
  namespaceStrategy,
  nodeStrategy,
  persistentVolumeStrategy,
  serviceAccountStrategy,
} from "./rows/cluster.ts";
import { configMapStrategy } from "./rows/config_map.ts";
import { definitionStrategy } from "./rows/definition.ts";
import { cronJobStrategy } from "./rows/cron_job.ts";
import { endpointSliceStrategy, endpointsStrategy, serviceStrategy } from "./rows/network.ts";
import { claimStrategy } from "./rows/persistent_volume_claim.ts";
import { podStrategy } from "./rows/pod.ts";
import { secretStrategy } from "./rows/secret.ts";
import { controllerRevisionStrategy, daemonSetStrategy, statefulSetStrategy } from "./rows/sets.ts";
import {
  deploymentStrategy,
  jobStrategy,
  replicaSetStrategy,
  replicationControllerStrategy,
} from "./rows/workloads.ts";
import type { PodTemplate, Strategy } from "./strategy/strategy.ts";

const ROWS: { readonly [K in KindName]: Strategy<ObjectOf<K>> } = {
  Pod: podStrategy,
  ConfigMap: configMapStrategy,
  Secret: secretStrategy,
  PersistentVolumeClaim: claimStrategy,
  ReplicaSet: replicaSetStrategy,
  Deployment: deploymentStrategy,
  Job: jobStrategy,
  CronJob: cronJobStrategy,
  StatefulSet: statefulSetStrategy,
  DaemonSet: daemonSetStrategy,
  ControllerRevision: controllerRevisionStrategy,
  Service: serviceStrategy,
  Endpoints: endpointsStrategy,
  EndpointSlice: endpointSliceStrategy,
  ReplicationController: replicationControllerStrategy,
  Namespace: namespaceStrategy,
  Node: nodeStrategy,
  ServiceAccount: serviceAccountStrategy,
  PersistentVolume: persistentVolumeStrategy,
  Event: eventStrategy,
  Lease: leaseStrategy,
  CustomResourceDefinition: definitionStrategy,
};

/** Every kind that is understood. */
export const KINDS: readonly Strategy[] = Object.values(ROWS);

/** The kinds of objects that manage Pods of their templates. */
export const MANAGING_KINDS: readonly KindName[] = KINDS
  .filter(({ kind, mapPods }) => kind !== "Pod" && mapPods !== undefined)
  .map(({ kind }) => kind);

/** The kinds beside Pods of which a run reports what happens to their objects. */
export const FOLLOWED_KINDS: readonly KindName[] = KINDS
  .filter(({ kind, isFollowed }) => isFollowed || MANAGING_KINDS.includes(kind))
  .map(({ kind }) => kind);

/** The row of a kind as a manifest names it; undefined if it is not understood. */
export function findKind(apiVersion: string, kind: string): Strategy | undefined {
  return KINDS.find((row) => row.kind === kind && row.apiVersion === apiVersion);
}

/** The row of a kind as it is typed: `Deployment`, `deployments`, `deploy`, in any letter case. */
export function findTypedKind(word: string): Strategy | undefined {
  const name = word.toLowerCase();
  return KINDS.find(({ kind, plural, singular, shortNames }) =>
    [kind.toLowerCase(), plural, singular, ...shortNames].includes(name)
  );
}

/** The row of an object's kind. */
export function strategyOf<O extends KubernetesObject>(object: O): Strategy<O> {
  // The key of a row is the kind of its objects.
  return ROWS[object.kind] as Strategy<KubernetesObject> as Strategy<O>;
}

/**
 * What a store keeps an object by: its kind, and its group too where a definition adds the kind,
 * which may be called as another one is.
 */
export function kindNameOf(
  { kind, apiVersion }: Pick<KubernetesObject, "kind" | "apiVersion">,
): KindName {
  const isOwn = Object.hasOwn(ROWS, kind) && ROWS[kind].apiVersion === apiVersion;
  return isOwn ? kind : `${kind}.${groupOf(apiVersion)}` as KindName;
}

/** As errors name the resource of a row: `pods`, `deployments.apps`. */
export function resourceNameOf({ plural, apiVersion }: Strategy): string {
  return withGroup(plural, apiVersion);
}

/**
 * `pods`, or `deployments.apps` where the kind has a group: as the API server's errors name a
 * resource.
 */
export function resourceOf(kind: KindName): string {
  const { plural, apiVersion } = ROWS[kind];
  return withGroup(plural, apiVersion);
}

/**
 * `Pod`, or `Deployment.apps` where the kind has a group: as the API server's errors name a kind.
 */
export function qualifiedKindOf({ kind, apiVersion }: KubernetesObject): string {
  return withGroup(kind, apiVersion);
}

/** What stops nothing and is seldom meant in an object, beside its Pods. */
export function warnObject(object: KubernetesObject): readonly FieldWarning[] {
  return strategyOf(object).warn?.(object) ?? [];
}

/** The Pods that an object is or has templates of. */
export function podTemplatesOf(object: KubernetesObject): readonly PodTemplate[] {
  return strategyOf(object).podTemplatesOf(object);
}

/** An object with the Pods changed that it is or has templates of. */
export function mapPods<O extends KubernetesObject>(object: O, change: (pod: Pod) => Pod): O {
  return strategyOf(object).mapPods?.(object, change) ?? object;
}

/** What a search finds in each Pod of an object, with the fields as paths of the object. */
export function findInPods<T extends { readonly field: string }>(
  object: KubernetesObject,
  find: (pod: Pod) => readonly T[],
): T[] {
  return podTemplatesOf(object).flatMap((template) => findInTemplate(template, find));
}

/**
 * What a search finds in the Pod of a template, with the fields as paths of the object that has it.
 */
export function findInTemplate<T extends { readonly field: string }>(
  { path, pod }: PodTemplate,
  find: (pod: Pod) => readonly T[],
): T[] {
  return find(pod).map((it) => path === "" ? it : { ...it, field: `${path}.${it.field}` });
}

/**
 * A text that is the same for two objects if only one of them can be in a cluster: of one kind,
 * namespace and name.
 */
export function keyOfObject(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  const scope = strategyOf(object).namespaced ? namespace || "default" : "";
  return JSON.stringify([resourceOf(object.kind), scope, name]);
}

function withGroup(name: string, apiVersion: string): string {
  const group = groupOf(apiVersion);
  return group === "" ? name : `${name}.${group}`;
}
