/**
 * The ClusterRoles that a cluster begins with and that bindings name; pure data.
 *
 * Rule: Kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. `Differs:` they are
 * not objects, and have only what is served here.
 */
import type { RoleRule } from "./permission.ts";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const EVERY = ["*"];

function rule(verbs: readonly string[], group: string, resources: string): RoleRule {
  return { verbs, apiGroups: [group], resources: resources.split(" ") };
}

/** What is in namespaces, but for Secrets and what leads into containers. */
const CONTENTS: readonly (readonly [group: string, resources: string])[] = [
  [
    "",
    "configmaps endpoints persistentvolumeclaims pods replicationcontrollers " +
    "replicationcontrollers/scale serviceaccounts services",
  ],
  [
    "apps",
    "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets " +
    "statefulsets/scale",
  ],
  ["batch", "cronjobs jobs"],
  ["networking.k8s.io", "ingresses networkpolicies"],
  ["policy", "poddisruptionbudgets"],
];

const VIEW: readonly RoleRule[] = [
  ...CONTENTS.map(([group, resources]) => rule(READ, group, resources)),
  rule(READ, "", "events namespaces pods/log pods/status services/status"),
  rule(READ, "apps", "controllerrevisions deployments/status replicasets/status"),
  rule(READ, "batch", "cronjobs/status jobs/status"),
  rule(READ, "discovery.k8s.io", "endpointslices"),
];

const EDIT: readonly RoleRule[] = [
  ...VIEW,
  ...CONTENTS.map(([group, resources]) => rule(WRITE, group, resources)),
  rule([...READ, ...WRITE], "", "secrets"),
  rule([...READ, "create"], "", "pods/attach pods/exec pods/portforward"),
  rule(["create"], "", "pods/eviction serviceaccounts/token"),
  rule(["create", "patch", "update"], "", "events"),
  rule(["impersonate"], "", "serviceaccounts"),
  rule([...READ, ...WRITE], "coordination.k8s.io", "leases"),
];

/** By their names. */
export const BUILT_IN_ROLES: ReadonlyMap<string, readonly RoleRule[]> = new Map([
  ["cluster-admin", [
    { verbs: EVERY, apiGroups: EVERY, resources: EVERY },
    { verbs: EVERY, nonResourceURLs: EVERY },
  ]],
  ["admin", [
    ...EDIT,
    rule([...READ, ...WRITE], "rbac.authorization.k8s.io", "rolebindings roles"),
    rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
  ]],
  ["edit", EDIT],
  ["view", VIEW],
  ["system:auth-delegator", [
    rule(["create"], "authentication.k8s.io", "tokenreviews"),
    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
  ]],
]);
