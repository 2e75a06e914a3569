/**
 * How lists and objects of a type are merged: by which field the items of a list are the same, and
 * of which objects only the keys stay that are given; pure.
 *
 * Rule: Kubernetes, the tags `patchStrategy` and `patchMergeKey` of the types in k8s.io/api.
 */
import { elementType, fieldsOf } from "../manifest/decode.ts";

/** By the struct and its field. A list that is not here is replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  "PodSpec.containers": "name",
  "PodSpec.initContainers": "name",
  "PodSpec.ephemeralContainers": "name",
  "PodSpec.volumes": "name",
  "PodSpec.imagePullSecrets": "name",
  "PodSpec.schedulingGates": "name",
  "PodSpec.resourceClaims": "name",
  "PodSpec.hostAliases": "ip",
  "PodSpec.topologySpreadConstraints": "topologyKey",
  "Container.env": "name",
  "Container.ports": "containerPort",
  "Container.volumeMounts": "mountPath",
  "Container.volumeDevices": "devicePath",
  "EphemeralContainer.env": "name",
  "EphemeralContainer.ports": "containerPort",
  "EphemeralContainer.volumeMounts": "mountPath",
  "EphemeralContainer.volumeDevices": "devicePath",
  "ServiceSpec.ports": "port",
  "ServiceAccount.secrets": "name",
  "ObjectMeta.ownerReferences": "uid",
  "PodStatus.podIPs": "ip",
  "PodStatus.hostIPs": "ip",
  "PodStatus.conditions": "type",
  "DeploymentStatus.conditions": "type",
  "ReplicaSetStatus.conditions": "type",
  "StatefulSetStatus.conditions": "type",
  "DaemonSetStatus.conditions": "type",
  "JobStatus.conditions": "type",
  "PersistentVolumeClaimStatus.conditions": "type",
  "NamespaceStatus.conditions": "type",
  "NodeStatus.conditions": "type",
  "NodeStatus.addresses": "type",
};

/** Lists of words that are merged as sets. */
const SETS: ReadonlySet<string> = new Set([
  "ObjectMeta.finalizers",
  "NodeSpec.podCIDRs",
]);

/** Objects of which only the keys stay that are given: their keys exclude each other. */
const RETAINED: ReadonlySet<string> = new Set(["DeploymentStrategy", "Volume"]);

/** How the value of a field is merged. */
export interface MergeRule {
  /** The struct of an object or of the items of a list; undefined where it has no fields. */
  readonly struct: string | undefined;
  /** The field that names an item of a list. */
  readonly key: string | undefined;
  /** The list is a set of words. */
  readonly isSet: boolean;
}

const NO_RULE: MergeRule = { struct: undefined, key: undefined, isSet: false };

/** How a field of a struct is merged; of a struct that is not known nothing is. */
export function mergeRuleOf(struct: string | undefined, field: string): MergeRule {
  const fields = struct === undefined ? undefined : fieldsOf(struct);
  // Of any object.
  if (fields === undefined && struct === "" && field === "metadata") {
    return { ...NO_RULE, struct: "ObjectMeta" };
  }
  const type = fields?.get(field)?.type;
  if (type === undefined) return NO_RULE;
  const inner = /(\[\]|\{\})$/.test(type) ? elementType(type) : type;
  const path = `${struct}.${field}`;
  return {
    struct: type.endsWith("{}") || fieldsOf(inner) === undefined ? undefined : inner,
    key: Object.hasOwn(MERGE_KEYS, path) ? MERGE_KEYS[path] : undefined,
    isSet: SETS.has(path),
  };
}

/** Whether of an object only the keys stay that are given. */
export function isRetained(struct: string | undefined): boolean {
  return struct !== undefined && RETAINED.has(struct);
}
