/**
 * What a user may do; pure. Service accounts have the rights that the server was started with:
 * those that RBAC objects grant, or the same for all of them.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/request/requestinfo.go, and
 * pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage.
 */
import { ApiError } from "../answer/api_error.ts";
import type { RequestPath } from "../request/path.ts";
import type { Access, ResourceAccess } from "./permission.ts";
import { findGrant, RBAC_GROUP, type RoleObjects, rulesOf } from "./roles.ts";
import { AUTHENTICATED, MASTERS, SERVICE_ACCOUNTS, type User } from "./user.ts";

/**
 * The rights of service accounts: what RBAC objects grant; everything; to read everything but
 * Secrets, without what leads into containers; or what every user has.
 */
export type AccountRights = "rbac" | "all" | "read" | "none";

/** By what it is decided. */
export interface AccessPolicy {
  readonly rights: AccountRights;
  /** Where roles and bindings are. */
  readonly objects: RoleObjects;
}

/** An answer, and why. */
export interface Decision {
  readonly isAllowed: boolean;
  /** Empty where there is nothing to say. */
  readonly reason: string;
}

/** Verbs of those that only look. */
const READING = ["get", "list", "watch"];
/** Subresources that show something of an object and do nothing. */
const SHOWING = ["log", "scale", "status"];
/** What every user asks about itself. */
const OWN_REVIEWS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];
/** What every user may read: discovery, the version, health, and the keys of tokens. */
const PUBLIC_PATH =
  /^\/(api|apis|openapi|version|healthz|livez|readyz|openid\/v1\/jwks|\.well-known\/openid-configuration)(\/|$)/;

const NO_RIGHTS: Readonly<Record<"read" | "none", string>> = {
  read: "this server lets service accounts read everything but Secrets, and nothing more; " +
    "without --service-accounts they have what RBAC objects grant",
  none: "this server gives service accounts no rights; without --service-accounts they have what " +
    "RBAC objects grant",
};

/** Whether a user may do something. */
export function decideAccess(
  user: User,
  access: Access,
  { rights, objects }: AccessPolicy,
): Decision {
  const { groups } = user;
  if (groups.includes(MASTERS)) {
    return { isAllowed: true, reason: "the token of this server allows everything" };
  }
  if (isPublic(access) && groups.includes(AUTHENTICATED)) return { isAllowed: true, reason: "" };
  if (rights === "rbac") return decideByRoles(user, access, objects);
  if (!groups.includes(SERVICE_ACCOUNTS)) return { isAllowed: false, reason: "" };
  if (rights === "all") {
    return { isAllowed: true, reason: "this server gives service accounts all rights" };
  }
  return rights === "read" && isReading(access)
    ? { isAllowed: true, reason: "this server lets service accounts read" }
    : { isAllowed: false, reason: NO_RIGHTS[rights] };
}

/**
 * `Differs:` who writes roles or bindings needs the verb `escalate` or `bind`: to have the rights
 * that they grant is not enough.
 */
function decideByRoles(user: User, access: Access, objects: RoleObjects): Decision {
  const because = findGrant(user, access, objects);
  if (because === undefined) return { isAllowed: false, reason: "" };
  const extra = access.type === "resource" ? findEscalation(access) : undefined;
  if (extra === undefined || findGrant(user, extra, objects) !== undefined) {
    return { isAllowed: true, reason: because };
  }
  return {
    isAllowed: false,
    reason: `it takes the verb ${extra.verb} on ${extra.resource} here, too`,
  };
}

const GRANTING = ["create", "update", "patch"];

/** What else it takes to grant rights. Rule: pkg/registry/rbac/escalation_check.go. */
function findEscalation(access: ResourceAccess): ResourceAccess | undefined {
  const { group, verb, resource } = access;
  if (group !== RBAC_GROUP || !GRANTING.includes(verb)) return undefined;
  const isBinding = resource.endsWith("bindings");
  return {
    ...access,
    verb: isBinding ? "bind" : "escalate",
    resource: isBinding ? resource.replace("bindings", "s") : resource,
  };
}

function isPublic(access: Access): boolean {
  if (access.type === "path") return access.verb === "get" && PUBLIC_PATH.test(access.path);
  return access.verb === "create" && OWN_REVIEWS.includes(access.resource);
}

function isReading(access: Access): boolean {
  if (!READING.includes(access.verb)) return false;
  if (access.type === "path") return true;
  const { group, resource, subresource } = access;
  const isSecret = resource === "*" || (resource === "secrets" && group === "");
  return !isSecret && (subresource === undefined || SHOWING.includes(subresource));
}

/** The rules of `kubectl auth can-i --list` that come to the same. */
export function listRules(
  user: User,
  { rights, objects }: AccessPolicy,
  namespace?: string,
): Readonly<Record<string, unknown>> {
  const every = ["*"];
  const has = (it: AccountRights) =>
    user.groups.includes(MASTERS) || (user.groups.includes(SERVICE_ACCOUNTS) && rights === it);
  const paths = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi"]
    .concat("/openapi/*", "/readyz", "/version");
  const own = [
    {
      verbs: ["create"],
      apiGroups: ["authorization.k8s.io"],
      resources: OWN_REVIEWS.slice(0, 2),
    },
    { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: OWN_REVIEWS.slice(2) },
  ];
  if (has("all")) {
    return {
      resourceRules: [{ verbs: every, apiGroups: every, resources: every }],
      nonResourceRules: [{ verbs: every, nonResourceURLs: every }],
      incomplete: false,
    };
  }
  if (rights === "rbac" && !user.groups.includes(MASTERS)) {
    const granted = rulesOf(user, namespace, objects);
    const readable = { verbs: ["get"], nonResourceURLs: paths };
    return {
      resourceRules: [...own, ...granted.filter(({ resources }) => resources !== undefined)],
      nonResourceRules: [
        readable,
        ...granted.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
      ],
      incomplete: false,
    };
  }
  return {
    resourceRules: has("read")
      // There is no rule for all but one resource.
      ? [...own, { verbs: READING, apiGroups: every, resources: every }]
      : own,
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: has("read") ? every : paths }],
    incomplete: has("read"),
    ...has("read") && { evaluationError: "all resources but Secrets" },
  };
}

/** What a request asks for. */
export function accessOf(method: string, path: RequestPath, url: URL): Access {
  if (path.type !== "resource") {
    return { type: "path", verb: method.toLowerCase(), path: url.pathname };
  }
  const { apiVersion, namespace, resource, name, subresource } = path;
  return {
    type: "resource",
    verb: verbOf(method, path, url.searchParams),
    ...namespace !== undefined && { namespace },
    group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
    resource,
    ...subresource !== undefined && { subresource },
    ...name !== undefined && { name },
  };
}

function verbOf(
  method: string,
  { name }: { readonly name?: string },
  query: URLSearchParams,
): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    case "GET":
    case "HEAD":
      if (["1", "true"].includes(query.get("watch") ?? "")) return "watch";
      return name === undefined ? "list" : "get";
    default:
      return method.toLowerCase();
  }
}

/** The refusal of what a user may not do. */
export function forbidden({ username }: User, access: Access, { reason }: Decision): ApiError {
  const because = reason === "" ? "" : `: ${reason}`;
  const who = `User ${JSON.stringify(username)}`;
  if (access.type === "path") {
    const { verb, path } = access;
    return new ApiError(
      "Forbidden",
      `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}${because}`,
    );
  }
  const { verb, namespace, group, resource, subresource, name } = access;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined
    ? "at the cluster scope"
    : `in the namespace ${JSON.stringify(namespace)}`;
  const full = group === "" ? resource : `${resource}.${group}`;
  return new ApiError(
    "Forbidden",
    `${full}${name === undefined ? "" : ` "${name}"`} is forbidden: ${who} cannot ${verb} ` +
      `resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}${because}`,
    { ...name !== undefined && { name }, ...group !== "" && { group }, kind: resource },
  );
}
