/** When an object that was submitted has come to its end; pure. */
import type { Job } from "../api/types/batch.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import { isFinished, isManagedHere } from "./job_state.ts";
import { isActive } from "./pod_state.ts";

/**
 * How far an object is. `stuck`: it makes no progress unless something outside changes; `done`: it
 * has come to its end, or has none to come to because it only holds data; `endless`: it lasts until
 * it is deleted.
 */
export type ObjectState = "active" | "stuck" | "done" | "endless";

/** What of Pods counts for the state of an object. */
export interface PodStates {
  /** How far a Pod is, which its object alone does not show: what is left of it on the machine. */
  readonly stateOf: (pod: Pod) => ObjectState;
  /** The Pods that the object of a uid controls, the oldest first. */
  readonly ownedBy: (uid: string) => readonly Pod[];
}

type Completion<O> = (object: O, pods: PodStates) => ObjectState;

const holdsData: Completion<unknown> = () => "done";
const managesPods: Completion<unknown> = () => "endless";

/** One row for each kind. */
const completions: { readonly [K in KindName]: Completion<ObjectOf<K>> } = {
  Pod: (pod, { stateOf }) => stateOf(pod),
  ConfigMap: holdsData,
  Secret: holdsData,
  PersistentVolumeClaim: holdsData,
  ReplicaSet: managesPods,
  ReplicationController: managesPods,
  Deployment: managesPods,
  Job: computeJobState,
  CronJob: managesPods,
  StatefulSet: managesPods,
  DaemonSet: managesPods,
  ControllerRevision: holdsData,
  // What it leads to are Pods, which count for themselves.
  Service: holdsData,
  Endpoints: holdsData,
  // One that is being deleted is empty soon.
  Namespace: ({ metadata }) => metadata.deletionTimestamp === undefined ? "done" : "active",
  Node: holdsData,
  ServiceAccount: holdsData,
  PersistentVolume: holdsData,
  Event: holdsData,
  Lease: holdsData,
  CustomResourceDefinition: holdsData,
  EndpointSlice: holdsData,
};

/** How far an object is that is there; one that is gone is done. */
export function computeObjectState(object: KubernetesObject, pods: PodStates): ObjectState {
  // The row of a kind takes objects of that kind.
  const completion = completions[object.kind] as Completion<KubernetesObject>;
  return completion(object, pods);
}

/**
 * A Job that is not finished waits for its Pods, or for the moment at which it creates the next one
 * (R-JOB-6). It is stuck if all that it wants can never start, or nothing here works on it.
 */
function computeJobState(job: Job, { stateOf, ownedBy }: PodStates): ObjectState {
  if (isFinished(job)) return "done";
  const { spec: { suspend, parallelism = 1, completions, activeDeadlineSeconds }, status } = job;
  if (suspend || !isManagedHere(job)) return "stuck";
  if (activeDeadlineSeconds !== undefined) return "active";
  const pods = ownedBy(job.metadata.uid!);
  // The youngest first: of thousands that have ended few are looked at.
  const isGoingOn = (pod: Pod) => isActive(pod) && stateOf(pod) !== "stuck";
  if (parallelism !== 0 && pods.findLast(isGoingOn) !== undefined) return "active";
  const active = pods.filter(isActive);
  const left = (completions ?? parallelism) - (status?.succeeded ?? 0);
  const isAnnounced = status?.conditions?.some(({ type }) => type !== "Suspended");
  // A Pod with a finalizer is still counted, which may end the Job.
  const isCounted = pods.every(({ metadata }) => (metadata.finalizers ?? []).length === 0);
  if (parallelism === 0 && isCounted && !isAnnounced) return "stuck";
  const isFull = active.length > 0 && active.length >= Math.min(parallelism, left);
  return isFull && active.every((pod) => stateOf(pod) === "stuck") ? "stuck" : "active";
}
