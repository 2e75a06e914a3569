/** The controllers of StatefulSets and DaemonSets, one row each. */
import { resourceOf } from "../../api/kinds/kinds.ts";
import type { DaemonSet, StatefulSet } from "../../api/types/apps.ts";
import type { SchedulableNode } from "../../api/scheduling/node_pods.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { StatusError } from "../../store/status_error.ts";
import type { ControllerWrite } from "../change.ts";
import { resolveRevisionCollision } from "../controller_revision.ts";
import { computeDaemonSetChanges, type DaemonMemory } from "../daemon_set/daemon_set.ts";
import { computeStatefulSetChanges } from "../stateful_set/stateful_set.ts";
import type { ControllerRow } from "./controller_row.ts";

/** The StatefulSet's controller. */
export const statefulSetRow: ControllerRow<StatefulSet> = {
  kind: "StatefulSet",
  component: "statefulset-controller",
  owns: ["Pod", "ControllerRevision"],
  compute: (statefulSet, related, now) =>
    computeStatefulSetChanges({
      statefulSet,
      pods: related.candidatesOf("Pod", statefulSet),
      revisions: related.candidatesOf("ControllerRevision", statefulSet),
      findClaim: (name) => related.find("PersistentVolumeClaim", statefulSet, name),
    }, now),
  resolveTaken: (statefulSet, taken) => {
    if (taken.kind === "ControllerRevision") return resolveRevisionCollision(statefulSet, taken);
    // A claim is used by whatever name it has; a Pod of another owner has to go first.
    if (taken.kind === "PersistentVolumeClaim") return undefined;
    throw new StatusError("AlreadyExists", resourceOf(taken.kind), taken.metadata.name);
  },
  describeFailure: describeStatefulFailure,
};

/** The DaemonSet's controller, for the one node. */
export function createDaemonSetRow(node: SchedulableNode): ControllerRow<DaemonSet> {
  return {
    kind: "DaemonSet",
    component: "daemonset-controller",
    // Its labels and taints.
    everywhere: ["Node"],
    owns: ["Pod", "ControllerRevision"],
    compute: (daemonSet, related, now, { memory }) =>
      computeDaemonSetChanges({
        daemonSet,
        pods: related.candidatesOf("Pod", daemonSet),
        revisions: related.candidatesOf("ControllerRevision", daemonSet),
        node,
        memory: memory as DaemonMemory | undefined,
      }, now),
    resolveTaken: (daemonSet, taken) =>
      taken.kind === "ControllerRevision" ? resolveRevisionCollision(daemonSet, taken) : undefined,
  };
}

/** Rule: Kubernetes, pkg/controller/statefulset/stateful_pod_control.go, recordPodEvent. */
function describeStatefulFailure(
  { metadata: { name: set } }: KubernetesObject,
  { verb, object }: ControllerWrite,
  message: string,
): string {
  const { kind, metadata: { name } } = object;
  const title = `${verb[0]!.toUpperCase()}${verb.slice(1)}`;
  // The name of a claim ends with that of its Pod.
  const claim = `Claim ${name} for Pod ${name.slice(name.lastIndexOf(`${set}-`))}`;
  const subject = kind === "PersistentVolumeClaim" ? claim : `${kind} ${name}`;
  return `${title} ${subject} in StatefulSet ${set} failed error: ${message}`;
}
