/** Recognizes who sends a request: by its token, or as another one whose place it takes. */
import { ApiError, badRequest } from "../answer/api_error.ts";
import { type AccessPolicy, decideAccess } from "./access.ts";
import type { ServiceTokens } from "./tokens.ts";
import { ADMINISTRATOR, groupsOfUsername, type User } from "./user.ts";

/** What requests are looked at with; to act as another user is a right, too. */
export interface AuthenticatorOptions extends AccessPolicy {
  /** That of the administrator. */
  readonly token: string;
  readonly tokens: Pick<ServiceTokens, "recognize">;
}

/**
 * Who sends a request with these headers.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/filters/authentication.go and impersonation.go.
 *
 * @throws {ApiError} `Unauthorized`; `Forbidden` and `BadRequest` where it would act as another.
 */
export async function authenticate(
  headers: Headers,
  options: AuthenticatorOptions,
): Promise<User> {
  const given = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  const user = await recognizeToken(given, options);
  if (user === undefined) throw new ApiError("Unauthorized", "Unauthorized");
  return actAs(user, headers, options);
}

async function recognizeToken(
  given: string,
  { token, tokens }: AuthenticatorOptions,
): Promise<User | undefined> {
  if (isSame(given, token)) return ADMINISTRATOR;
  const found = await tokens.recognize(given);
  return found !== undefined && "user" in found ? found.user : undefined;
}

/** `kubectl --as`. */
function actAs(user: User, headers: Headers, policy: AccessPolicy): User {
  const username = headers.get("impersonate-user") ?? "";
  const groups = headers.get("impersonate-group")?.split(",").map((it) => it.trim()) ?? [];
  const uid = headers.get("impersonate-uid");
  const extra = extraOf(headers);
  if (username === "") {
    if (groups.length === 0 && uid === null && extra === undefined) return user;
    throw badRequest("requested groups, uid or extra without impersonating a user");
  }
  if (!mayImpersonate(user, username, policy)) {
    throw new ApiError(
      "Forbidden",
      `users ${JSON.stringify(username)} is forbidden: User ${JSON.stringify(user.username)} ` +
        'cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  }
  const isMore = groups.length > 0 || uid !== null || extra !== undefined;
  if (isMore && !mayImpersonate(user, "*", policy)) {
    throw new ApiError("Forbidden", "groups, uid and extra: all users have to be impersonable");
  }
  const own = groupsOfUsername(username);
  return {
    username,
    ...uid !== null && { uid },
    groups: groups.length === 0 ? own : [...new Set([...groups, ...own.slice(-1)])],
    ...extra && { extra },
  };
}

/** A service account is a resource of its own. */
function mayImpersonate(user: User, username: string, policy: AccessPolicy): boolean {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  const what = namespace === undefined || name === undefined
    ? { resource: "users", name: username }
    : { resource: "serviceaccounts", namespace, name };
  const access = { type: "resource", verb: "impersonate", group: "", ...what } as const;
  return decideAccess(user, access, policy).isAllowed;
}

/** The keys are sent as parts of a URL. */
function extraOf(headers: Headers): User["extra"] {
  const prefix = "impersonate-extra-";
  const found = [...headers].filter(([name]) => name.startsWith(prefix));
  if (found.length === 0) return undefined;
  return Object.fromEntries(
    found.map(([name, value]) => [decodeKey(name.slice(prefix.length)), value.split(", ")]),
  );
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // The only failure is a malformed escape: then it is meant as it stands.
    return key;
  }
}

/** Takes as long wherever the texts differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
