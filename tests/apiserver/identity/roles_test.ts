/** What roles grant by their bindings. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { KindName, KubernetesObject } from "../../../src/api/types/kinds.ts";
import type { Access } from "../../../src/apiserver/identity/permission.ts";
import { decideAccess, listRules } from "../../../src/apiserver/identity/access.ts";
import { findGrant, type RoleObjects } from "../../../src/apiserver/identity/roles.ts";
import { groupsOfUsername, type User } from "../../../src/apiserver/identity/user.ts";

const RBAC = "rbac.authorization.k8s.io";
const userOf = (username: string): User => ({ username, groups: groupsOfUsername(username) });
const bot = userOf("system:serviceaccount:a:bot");

type Data = Readonly<Record<string, unknown>>;

/** Objects by kind, each with its name, `NAMESPACE/NAME` or `NAME`, and its fields. */
function objectsOf(all: Readonly<Record<string, Readonly<Record<string, Data>>>>): RoleObjects {
  return {
    list: (kind: KindName) =>
      Object.entries(all[kind.slice(0, -RBAC.length - 1)] ?? {}).map(([key, fields]) => {
        const [name, namespace] = key.split("/").toReversed();
        const { labels, ...rest } = fields;
        const metadata = { name, ...namespace && { namespace }, ...labels ? { labels } : {} };
        return { metadata, ...rest } as unknown as KubernetesObject;
      }),
  };
}

const ref = (kind: string, name: string) => ({ apiGroup: RBAC, kind, name });
const ofBot = [{ kind: "ServiceAccount", name: "bot", namespace: "a" }];
const pods = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods", "pods/log"] };

const access = (text: string, namespace?: string): Access => {
  const [verb = "", what = "", name] = text.split(" ");
  if (what.startsWith("/")) return { type: "path", verb, path: what };
  const [full = "", group = ""] = what.split("@");
  const [resource = "", subresource] = full.split("/");
  return {
    type: "resource",
    verb,
    group,
    resource,
    ...subresource !== undefined && { subresource },
    ...namespace !== undefined && { namespace },
    ...name !== undefined && { name },
  };
};

const objects = objectsOf({
  Role: {
    "a/reader": { rules: [pods] },
    "a/named": {
      rules: [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"], resourceNames: ["s"] }],
    },
    "b/reader": { rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] },
  },
  ClusterRole: {
    scaler: { rules: [{ verbs: ["*"], apiGroups: ["apps"], resources: ["*/scale"] }] },
    metrics: { rules: [{ verbs: ["get"], nonResourceURLs: ["/metrics", "/logs/*"] }] },
    gathered: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { add: "1" } }] } },
    part: {
      labels: { add: "1" },
      rules: [{ verbs: ["create"], apiGroups: [""], resources: ["events"] }],
    },
  },
  RoleBinding: {
    "a/reader": { roleRef: ref("Role", "reader"), subjects: ofBot },
    "a/named": {
      roleRef: ref("Role", "named"),
      subjects: [{ kind: "ServiceAccount", name: "bot" }],
    },
    "a/scaler": { roleRef: ref("ClusterRole", "scaler"), subjects: ofBot },
    "a/gone": { roleRef: ref("Role", "none"), subjects: ofBot },
    "a/view": {
      roleRef: ref("ClusterRole", "view"),
      subjects: [{ apiGroup: RBAC, kind: "User", name: "jane" }],
    },
  },
  ClusterRoleBinding: {
    metrics: {
      roleRef: ref("ClusterRole", "metrics"),
      subjects: [{ apiGroup: RBAC, kind: "Group", name: "system:serviceaccounts:a" }],
    },
    gathered: { roleRef: ref("ClusterRole", "gathered"), subjects: ofBot },
    admin: {
      roleRef: ref("ClusterRole", "cluster-admin"),
      subjects: [{ apiGroup: RBAC, kind: "User", name: "root" }],
    },
  },
});

/** Who asks for what, in which namespace, and whether it is granted. */
const rows: readonly [User, string, string | undefined, boolean][] = [
  [bot, "get pods", "a", true],
  [bot, "get pods/log p", "a", true],
  [bot, "get pods/exec p", "a", false],
  [bot, "create pods", "a", false],
  [bot, "get pods", "b", false],
  [bot, "get pods", undefined, false],
  [bot, "get pods@metrics.k8s.io", "a", false],
  [bot, "get secrets s", "a", true],
  [bot, "get secrets t", "a", false],
  [bot, "list secrets", "a", false],
  [bot, "update deployments/scale@apps", "a", true],
  [bot, "update deployments@apps", "a", false],
  [bot, "update deployments/scale@apps", "b", false],
  [bot, "get /metrics", undefined, true],
  [bot, "get /logs/x", undefined, true],
  [bot, "post /metrics", undefined, false],
  [bot, "get /metricsx", undefined, false],
  [bot, "create events", "a", true],
  [bot, "create events", undefined, true],
  [userOf("system:serviceaccount:a:other"), "get pods", "a", false],
  [userOf("system:serviceaccount:a:other"), "get /metrics", undefined, true],
  [userOf("system:serviceaccount:b:bot"), "get pods", "a", false],
  [userOf("jane"), "list deployments@apps", "a", true],
  [userOf("jane"), "list secrets", "a", false],
  [userOf("jane"), "create pods/exec p", "a", false],
  [userOf("jane"), "list deployments@apps", "b", false],
  [userOf("root"), "delete nodes n", undefined, true],
  [userOf("root"), "get /anything", undefined, true],
];
for (const [user, text, namespace, isGranted] of rows) {
  Deno.test(`findGrant() ${user.username}: ${text} in ${namespace ?? "the cluster"}`, () => {
    equal(findGrant(user, access(text, namespace), objects) !== undefined, isGranted);
  });
}

Deno.test("findGrant() names the binding, as Kubernetes does", () => {
  deepEqual(
    findGrant(bot, access("get pods", "a"), objects),
    'RBAC: allowed by RoleBinding "reader/a" of Role "reader" to ServiceAccount "bot"',
  );
  deepEqual(
    findGrant(userOf("root"), access("get pods", "a"), objects),
    'RBAC: allowed by ClusterRoleBinding "admin" of ClusterRole "cluster-admin" to User "root"',
  );
});

const policy = { rights: "rbac", objects } as const;

Deno.test("decideAccess() with rbac: what is granted, and what every user has", () => {
  deepEqual(decideAccess(bot, access("list pods", "a"), policy).isAllowed, true);
  deepEqual(decideAccess(bot, access("create pods", "a"), policy), {
    isAllowed: false,
    reason: "",
  });
  deepEqual(decideAccess(bot, access("get /version"), policy).isAllowed, true);
});

Deno.test("decideAccess() with rbac: rights are not passed on by who may only write roles", () => {
  const admin = userOf("ann");
  const own = (rules: readonly Data[]) =>
    objectsOf({
      ClusterRole: { r: { rules } },
      ClusterRoleBinding: {
        b: { roleRef: ref("ClusterRole", "r"), subjects: [{ kind: "User", name: "ann" }] },
      },
    });
  const write = { verbs: ["create", "delete"], apiGroups: [RBAC], resources: ["*"] };
  const bind = { verbs: ["bind"], apiGroups: [RBAC], resources: ["clusterroles"] };
  const may = (text: string, ...rules: readonly Data[]) =>
    decideAccess(admin, access(text), { rights: "rbac", objects: own(rules) }).isAllowed;
  equal(may(`create clusterrolebindings@${RBAC}`, write), false);
  equal(may(`create clusterrolebindings@${RBAC}`, write, bind), true);
  equal(may(`create clusterroles@${RBAC}`, write, bind), false);
  equal(may(`delete clusterrolebindings@${RBAC} b`, write), true);
});

Deno.test("listRules() with rbac has the rules of all bindings of a namespace", () => {
  const { resourceRules } = listRules(bot, policy, "a") as { resourceRules: readonly Data[] };
  equal(resourceRules.includes(pods), true);
  const cluster = listRules(bot, policy) as { resourceRules: readonly Data[] };
  equal(cluster.resourceRules.includes(pods), false);
  deepEqual(
    (listRules(bot, policy) as { nonResourceRules: readonly Data[] }).nonResourceRules.at(-1),
    { verbs: ["get"], nonResourceURLs: ["/metrics", "/logs/*"] },
  );
});
