/**
 * Tokens that a node asks for on behalf of its Pods.
 *
 * Rule: Kubernetes, pkg/volume/projected/projected.go, collectData, ServiceAccountToken.
 */
import type { Pod } from "../../api/types/pod.ts";
import { StatusError } from "../../store/status_error.ts";
import { ISSUER, type ObjectFinder } from "./claims.ts";
import type { IssuedToken, ServiceTokens } from "./tokens.ts";

/**
 * A token of a Pod's service account that ends with the Pod.
 *
 * @param wish.audience where it is shown; empty: to the API.
 * @throws {StatusError} `NotFound`: there is no such account.
 */
export async function issuePodToken(
  tokens: ServiceTokens,
  objects: ObjectFinder,
  pod: Pod,
  { audience, expirationSeconds }: {
    readonly audience: string;
    readonly expirationSeconds: number;
  },
): Promise<IssuedToken> {
  const { metadata: { namespace = "" }, spec } = pod;
  const name = spec.serviceAccountName || "default";
  const account = objects.get("ServiceAccount", namespace, name);
  if (account === undefined) throw new StatusError("NotFound", "serviceaccounts", name);
  const node = spec.nodeName ? objects.get("Node", "", spec.nodeName) : undefined;
  return await tokens.issue({ account, pod, ...node && { node } }, {
    audiences: [audience || ISSUER],
    expirationSeconds,
  });
}
