/** When an object that was submitted has come to its end; pure. */
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";

/**
 * How far an object is. `stuck`: it makes no progress unless something outside changes; `done`: it
 * has come to its end, or has none to come to because it only holds data; `endless`: it lasts until
 * it is deleted.
 */
export type ObjectState = "active" | "stuck" | "done" | "endless";

/**
 * How far a Pod is, which its object alone does not show: what is left of it on the machine counts.
 */
export type PodStateOf = (pod: Pod) => ObjectState;

type Completion<O> = (object: O, stateOf: PodStateOf) => ObjectState;

const holdsData: Completion<unknown> = () => "done";
const managesPods: Completion<unknown> = () => "endless";

/** One row for each kind. */
const completions: { readonly [K in KindName]: Completion<ObjectOf<K>> } = {
  Pod: (pod, stateOf) => stateOf(pod),
  ConfigMap: holdsData,
  Secret: holdsData,
  PersistentVolumeClaim: holdsData,
  ReplicaSet: managesPods,
  Deployment: managesPods,
};

/** How far an object is that is there; one that is gone is done. */
export function computeObjectState(object: KubernetesObject, stateOf: PodStateOf): ObjectState {
  // The row of a kind takes objects of that kind.
  const completion = completions[object.kind] as Completion<KubernetesObject>;
  return completion(object, stateOf);
}
