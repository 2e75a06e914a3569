/** Who sends a request; pure. */
import type { ServiceAccount } from "../../api/types/cluster.ts";

/**
 * A user as a server knows it.
 *
 * Rule: Kubernetes, apiserver, pkg/authentication/user/user.go, Info.
 */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** What else is known, by its key. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Members may do everything. */
export const MASTERS = "system:masters";
/** Every user that has been recognized. */
export const AUTHENTICATED = "system:authenticated";
/** Every service account. */
export const SERVICE_ACCOUNTS = "system:serviceaccounts";

const ACCOUNT_PREFIX = "system:serviceaccount:";

/** The user of the kubeconfig that the server writes. */
export const ADMINISTRATOR: User = { username: "podling", groups: [MASTERS, AUTHENTICATED] };

/** What a service account is called as a user. */
export function accountUsername({ metadata }: ServiceAccount): string {
  return `${ACCOUNT_PREFIX}${metadata.namespace}:${metadata.name}`;
}

/**
 * The groups of a user by its name alone.
 *
 * Rule: Kubernetes, apiserver, pkg/authentication/serviceaccount/util.go, MakeGroupNames.
 */
export function groupsOfUsername(username: string): readonly string[] {
  if (username === "system:anonymous") return ["system:unauthenticated"];
  const namespace = new RegExp(`^${ACCOUNT_PREFIX}([^:]+):[^:]+$`).exec(username)?.[1];
  const accounts = namespace === undefined
    ? []
    : [SERVICE_ACCOUNTS, `${SERVICE_ACCOUNTS}:${namespace}`];
  return [...accounts, AUTHENTICATED];
}
