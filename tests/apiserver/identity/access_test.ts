/** What users may do. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parsePath } from "../../../src/apiserver/request/path.ts";
import {
  accessOf,
  type AccountRights,
  decideAccess,
  forbidden,
  listRules,
} from "../../../src/apiserver/identity/access.ts";
import {
  ADMINISTRATOR,
  groupsOfUsername,
  type User,
} from "../../../src/apiserver/identity/user.ts";

const account: User = {
  username: "system:serviceaccount:a:b",
  groups: groupsOfUsername("system:serviceaccount:a:b"),
};
const other: User = { username: "jane", groups: groupsOfUsername("jane") };
const anonymous: User = {
  username: "system:anonymous",
  groups: groupsOfUsername("system:anonymous"),
};

const objects = { list: () => [] };

const PODS = "/api/v1/namespaces/a/pods";

/** A request, and who may send it: with which rights a service account may. */
const rows: readonly [string, string, readonly AccountRights[], ("jane" | "anonymous")[]?][] = [
  ["GET", "/version", ["all", "read", "none"], ["jane"]],
  ["GET", "/api", ["all", "read", "none"], ["jane"]],
  ["GET", "/apis/apps/v1", ["all", "read", "none"], ["jane"]],
  ["GET", "/openid/v1/jwks", ["all", "read", "none"], ["jane"]],
  ["GET", "/.well-known/openid-configuration", ["all", "read", "none"], ["jane"]],
  ["GET", "/apisx", ["all", "read"]],
  ["GET", "/metrics", ["all", "read"]],
  [
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ["all", "read", "none"],
    ["jane"],
  ],
  ["POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", ["all"]],
  ["POST", "/apis/authentication.k8s.io/v1/tokenreviews", ["all"]],
  ["GET", PODS, ["all", "read"]],
  ["GET", `${PODS}?watch=true`, ["all", "read"]],
  ["GET", `${PODS}/p`, ["all", "read"]],
  ["GET", `${PODS}/p/log`, ["all", "read"]],
  ["GET", `${PODS}/p/status`, ["all", "read"]],
  ["GET", `${PODS}/p/exec`, ["all"]],
  ["GET", `${PODS}/p/attach`, ["all"]],
  ["GET", `${PODS}/p/portforward`, ["all"]],
  ["GET", "/api/v1/secrets", ["all"]],
  ["GET", "/api/v1/namespaces/a/secrets/s", ["all"]],
  ["GET", "/apis/example.com/v1/secrets", ["all", "read"]],
  ["POST", PODS, ["all"]],
  ["PUT", `${PODS}/p`, ["all"]],
  ["PATCH", `${PODS}/p`, ["all"]],
  ["DELETE", `${PODS}/p`, ["all"]],
  ["POST", "/api/v1/namespaces/a/serviceaccounts/default/token", ["all"]],
];
for (const [method, target, allowed, others = []] of rows) {
  Deno.test(`decideAccess() ${method} ${target}`, () => {
    const url = new URL(target, "https://127.0.0.1");
    const access = accessOf(method, parsePath(url.pathname), url);
    const may = (user: User, rights: AccountRights) =>
      decideAccess(user, access, { rights, objects }).isAllowed;
    const all: readonly AccountRights[] = ["all", "read", "none"];
    deepEqual(all.filter((rights) => may(account, rights)), allowed);
    deepEqual(may(other, "all"), others.includes("jane"));
    deepEqual(may(anonymous, "all"), others.includes("anonymous"));
    deepEqual(may(ADMINISTRATOR, "none"), true);
  });
}

/** A request, and how it is refused. */
const refusals: readonly [string, string, string][] = [
  [
    "GET",
    PODS,
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "a"',
  ],
  [
    "DELETE",
    "/apis/apps/v1/deployments",
    'deployments.apps is forbidden: User "jane" cannot deletecollection resource "deployments" in API group "apps" at the cluster scope',
  ],
  [
    "PATCH",
    `${PODS}/p/status`,
    'pods "p" is forbidden: User "jane" cannot patch resource "pods/status" in API group "" in the namespace "a"',
  ],
  ["GET", "/metrics", 'forbidden: User "jane" cannot get path "/metrics"'],
];
for (const [method, target, expected] of refusals) {
  Deno.test(`forbidden() ${method} ${target}`, () => {
    const url = new URL(target, "https://127.0.0.1");
    const access = accessOf(method, parsePath(url.pathname), url);
    deepEqual(
      forbidden(other, access, decideAccess(other, access, { rights: "none", objects })).message,
      expected,
    );
  });
}

Deno.test("listRules() says what decideAccess() decides", () => {
  const verbs = (user: User, rights: AccountRights) =>
    (listRules(user, { rights, objects })["resourceRules"] as {
      verbs: string[];
      resources: string[];
    }[])
      .filter(({ resources }) => resources.includes("*")).map(({ verbs }) => verbs.join());
  deepEqual(verbs(ADMINISTRATOR, "none"), ["*"]);
  deepEqual(verbs(account, "all"), ["*"]);
  deepEqual(verbs(account, "read"), ["get,list,watch"]);
  deepEqual(verbs(account, "none"), []);
  deepEqual(verbs(other, "all"), []);
});
