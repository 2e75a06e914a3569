/**
 * Which objects a controller has, takes over and gives back; pure.
 *
 * Rule: Kubernetes, pkg/controller/controller_ref_manager.go, ClaimObject.
 */
import { createMatcher } from "../api/label_selector.ts";
import type { LabelSelector, ObjectMeta, OwnerReference } from "../api/types/meta.ts";
import type {
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../api/types/apps.ts";
import type { CronJob, Job } from "../api/types/batch.ts";
import type { Endpoints, Service } from "../api/types/network.ts";
import type { Pod } from "../api/types/pod.ts";
import type { ControllerWrite } from "./change.ts";

/** An object that has others. */
export type Owner = Pick<
  | Deployment
  | ReplicaSet
  | ReplicationController
  | StatefulSet
  | DaemonSet
  | Job
  | CronJob
  | Service
  | Endpoints
  | Pod,
  "apiVersion" | "kind" | "metadata"
>;

/** Objects by what a controller does with them. */
export interface Claims<O> {
  /** Its own, and selected. */
  readonly owned: readonly O[];
  /** Without a controller, and selected: as they are with this one (R-RS-5). */
  readonly adopted: readonly O[];
  /** Its own, and not selected any more: as they are without it (R-RS-6). */
  readonly released: readonly O[];
}

/** The reference to the controller of an object. */
export function controllerOf(
  { ownerReferences = [] }: Partial<ObjectMeta>,
): OwnerReference | undefined {
  // Nearly always the only one; a pass looks at thousands of objects.
  const [first] = ownerReferences;
  return first === undefined || first.controller
    ? first
    : ownerReferences.find(({ controller }) => controller);
}

/** A reference that makes an owner the controller. */
export function controllerReference({ apiVersion, kind, metadata }: Owner): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/**
 * What an owner has of the objects of its namespace. One that another controller has is left alone,
 * and an owner that is being deleted takes and gives back nothing.
 */
export function claimObjects<O extends { readonly metadata: ObjectMeta }>(
  owner: Owner,
  selector: LabelSelector,
  objects: readonly O[],
): Claims<O> {
  const { uid, namespace, deletionTimestamp } = owner.metadata;
  const isEnding = deletionTimestamp !== undefined;
  const claims = { owned: [] as O[], adopted: [] as O[], released: [] as O[] };
  const matches = createMatcher(selector);
  for (const object of objects) {
    const { metadata } = object;
    if (metadata.namespace !== namespace) continue;
    const controller = controllerOf(metadata);
    const isSelected = matches(metadata.labels);
    if (controller === undefined) {
      if (isEnding || !isSelected || metadata.deletionTimestamp !== undefined) continue;
      claims.adopted.push(withOwner(object, owner));
    } else if (controller.uid === uid) {
      if (isSelected) claims.owned.push(object);
      else if (!isEnding) claims.released.push(withoutOwner(object, owner));
    }
  }
  return claims;
}

/** What an owner takes over and gives back, as writes (R-RS-5, R-RS-6). */
export function claimWrites(
  { kind, metadata: { name } }: Owner,
  { adopted, released }: Pick<Claims<ControllerWrite["object"]>, "adopted" | "released">,
): ControllerWrite[] {
  const titleOf = (it: ControllerWrite["object"]) => `${it.kind} ${it.metadata.name}`;
  return [
    ...adopted.map((object): ControllerWrite => ({
      action: `adopt${wordOf(object)}`,
      verb: "update",
      object,
      because: `${titleOf(object)} has no controller, and ${kind} ${name} selects it`,
      rule: "R-RS-5",
    })),
    ...released.map((object): ControllerWrite => ({
      action: `release${wordOf(object)}`,
      verb: "update",
      object,
      because: `${kind} ${name} does not select the labels of ${titleOf(object)}`,
      rule: "R-RS-6",
    })),
  ];
}

/** What is taken over, in the words of actions. */
function wordOf({ kind }: ControllerWrite["object"]): "Pod" | "ReplicaSet" | "Revision" {
  return kind === "Pod" || kind === "ReplicaSet" ? kind : "Revision";
}

function withOwner<O extends { readonly metadata: ObjectMeta }>(object: O, owner: Owner): O {
  const { ownerReferences = [] } = object.metadata;
  const references = [...ownerReferences, controllerReference(owner)];
  return { ...object, metadata: { ...object.metadata, ownerReferences: references } };
}

/** A list that would be empty is left out. */
function withoutOwner<O extends { readonly metadata: ObjectMeta }>(object: O, owner: Owner): O {
  const { ownerReferences = [], ...metadata } = object.metadata;
  const references = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid);
  return {
    ...object,
    metadata: { ...metadata, ...(references.length > 0 && { ownerReferences: references }) },
  };
}
