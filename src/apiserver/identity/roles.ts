/**
 * What roles grant by their bindings; pure.
 *
 * Rule: Kubernetes, plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/registry/rbac/validation/rule.go,
 * and pkg/apis/rbac/v1/evaluation_helpers.go.
 */
import { matchesSelector } from "../../api/label_selector.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import type { LabelSelector } from "../../api/types/meta.ts";
import { isObject } from "../../base/plain_data.ts";
import { BUILT_IN_ROLES } from "./built_in_roles.ts";
import type { Access, ResourceAccess, RoleRule } from "./permission.ts";
import type { User } from "./user.ts";

/** The group of roles and bindings. */
export const RBAC_GROUP = "rbac.authorization.k8s.io";

/** Lists the objects of a kind. */
export interface RoleObjects {
  list(kind: KindName): readonly KubernetesObject[];
}

/** A role that a binding gives to a user. */
interface Grant {
  readonly rules: readonly RoleRule[];
  /** In words. */
  readonly because: string;
}

type Data = Readonly<Record<string, unknown>>;

/** Why a user may do something: the binding that grants it; undefined: none does. */
export function findGrant(user: User, access: Access, objects: RoleObjects): string | undefined {
  const namespace = access.type === "resource" ? access.namespace : undefined;
  for (const { rules, because } of grantsOf(user, namespace, objects)) {
    if (rules.some((rule) => covers(rule, access))) return because;
  }
  return undefined;
}

/** All rules of a user in a namespace; of the whole cluster without one. */
export function rulesOf(
  user: User,
  namespace: string | undefined,
  objects: RoleObjects,
): readonly RoleRule[] {
  return [...grantsOf(user, namespace, objects)].flatMap(({ rules }) => rules);
}

function* grantsOf(
  user: User,
  namespace: string | undefined,
  objects: RoleObjects,
): Generator<Grant> {
  const kinds = ["ClusterRoleBinding", ...namespace === undefined ? [] : ["RoleBinding"]];
  for (const kind of kinds) {
    for (const binding of list(objects, kind)) {
      const { metadata } = binding;
      if (kind === "RoleBinding" && metadata.namespace !== namespace) continue;
      const { roleRef, subjects } = binding as unknown as Data;
      const subject = listOf(subjects).find((it) => isMeant(it, user, metadata.namespace));
      if (subject === undefined || !isObject(roleRef)) continue;
      const where = metadata.namespace === undefined ? "" : `/${metadata.namespace}`;
      yield {
        rules: findRules(String(roleRef["kind"]), String(roleRef["name"]), namespace, objects),
        because: `RBAC: allowed by ${kind} "${metadata.name}${where}" of ${roleRef["kind"]} ` +
          `"${roleRef["name"]}" to ${subject["kind"]} "${subject["name"]}"`,
      };
    }
  }
}

function isMeant(
  { kind, name, namespace }: Data,
  { username, groups }: User,
  ofBinding: string | undefined,
): boolean {
  switch (kind) {
    case "User":
      return username === name;
    case "Group":
      return groups.some((it) => it === name);
    case "ServiceAccount":
      return username === `system:serviceaccount:${namespace || ofBinding}:${name}`;
    default:
      return false;
  }
}

function findRules(
  kind: string,
  name: string,
  namespace: string | undefined,
  objects: RoleObjects,
): readonly RoleRule[] {
  const scope = kind === "Role" ? namespace : undefined;
  const role = list(objects, kind === "Role" ? "Role" : "ClusterRole")
    .find(({ metadata }) => metadata.name === name && metadata.namespace === scope);
  // Those that every cluster begins with can be replaced by an object.
  if (role === undefined) return kind === "ClusterRole" ? BUILT_IN_ROLES.get(name) ?? [] : [];
  const { rules, aggregationRule } = role as unknown as Data;
  const selectors = isObject(aggregationRule)
    ? listOf(aggregationRule["clusterRoleSelectors"])
    : [];
  const gathered = selectors.flatMap((selector) =>
    list(objects, "ClusterRole")
      .filter((it) => it !== role && matchesSelector(selector as LabelSelector, it.metadata.labels))
      .flatMap((it) => rulesIn((it as unknown as Data)["rules"]))
  );
  return [...rulesIn(rules), ...gathered];
}

/** The schema of roles leaves no other form. */
function rulesIn(rules: unknown): readonly RoleRule[] {
  return listOf(rules) as unknown as readonly RoleRule[];
}

function covers(rule: RoleRule, access: Access): boolean {
  if (!isAmong(access.verb, rule.verbs)) return false;
  if (access.type === "path") {
    return (rule.nonResourceURLs ?? []).some((it) =>
      it === access.path || (it.endsWith("*") && access.path.startsWith(it.slice(0, -1)))
    );
  }
  const { resourceNames = [] } = rule;
  return isAmong(access.group, rule.apiGroups) && coversResource(access, rule.resources) &&
    (resourceNames.length === 0 || resourceNames.includes(access.name ?? ""));
}

function coversResource(
  { resource, subresource }: ResourceAccess,
  resources: readonly string[] = [],
): boolean {
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return isAmong(full, resources) ||
    (subresource !== undefined && resources.includes(`*/${subresource}`));
}

function isAmong(word: string, words: readonly string[] = []): boolean {
  return words.includes("*") || words.includes(word);
}

function list(objects: RoleObjects, kind: string): readonly KubernetesObject[] {
  // The table of the cluster has the kind by this name.
  return objects.list(`${kind}.${RBAC_GROUP}` as KindName);
}

function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
