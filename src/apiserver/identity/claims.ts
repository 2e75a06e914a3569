/**
 * What the token of a service account says, and whether it still holds; pure.
 *
 * Rule: Kubernetes, pkg/serviceaccount/claims.go, Claims and validator.Validate.
 */
import type { Node, ServiceAccount } from "../../api/types/cluster.ts";
import type { Secret } from "../../api/types/core.ts";
import type { KindName, ObjectOf } from "../../api/types/kinds.ts";
import type { ObjectMeta } from "../../api/types/meta.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isObject } from "../../base/plain_data.ts";
import { accountUsername, groupsOfUsername, type User } from "./user.ts";

/** Who issues tokens, and the audience of those for the API itself; as in kubeadm's clusters. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Where tokens of Pods say which Pod and node they are of; `system:kube-scheduler` and so on. */
const EXTRA_PREFIX = "authentication.kubernetes.io/";

/** An object that is marked as deleted is there for so long for its tokens. */
const DELETION_LEEWAY_MS = 60_000;

/** An object that a token is for, by name and uid. */
export interface NamedObject {
  readonly name: string;
  readonly uid: string;
}

/** What a token says. */
export interface Claims {
  readonly aud: readonly string[];
  /** Seconds since 1970, as all moments here. */
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  /** Unique. */
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly node?: NamedObject;
    readonly pod?: NamedObject;
    readonly secret?: NamedObject;
    readonly serviceaccount: NamedObject;
    /** From when on it should have been replaced. */
    readonly warnafter?: number;
  };
  readonly nbf: number;
  readonly sub: string;
}

/** What a token is for: an account, and the object whose end is the token's. */
export interface TokenSubject {
  readonly account: ServiceAccount;
  readonly pod?: Pod;
  readonly secret?: Secret;
  /** That of the Pod, or the one that the token is bound to. */
  readonly node?: Node;
}

/** How long a token holds, and where. */
export interface TokenTerms {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** @default it is to be replaced when it ends */
  readonly warnAfterSeconds?: number;
  /** Wall clock, in ms since 1970. */
  readonly now: number;
  /** A text that no other token has. */
  readonly id: string;
}

/** What a new token says. */
export function makeClaims(
  { account, pod, secret, node }: TokenSubject,
  { audiences, expirationSeconds, warnAfterSeconds, now, id }: TokenTerms,
): Claims {
  const seconds = Math.floor(now / 1000);
  return {
    aud: audiences,
    exp: seconds + expirationSeconds,
    iat: seconds,
    iss: ISSUER,
    jti: id,
    "kubernetes.io": {
      namespace: account.metadata.namespace!,
      ...node && { node: nameObject(node) },
      ...pod && { pod: nameObject(pod) },
      ...secret && { secret: nameObject(secret) },
      serviceaccount: nameObject(account),
      ...warnAfterSeconds !== undefined && { warnafter: seconds + warnAfterSeconds },
    },
    nbf: seconds,
    sub: accountUsername(account),
  };
}

function nameObject({ metadata: { name, uid } }: { readonly metadata: ObjectMeta }): NamedObject {
  return { name, uid: uid! };
}

/** Finds objects as they are now. */
export interface ObjectFinder {
  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined;
}

/** What claims are held against. */
export interface ClaimsCheck {
  /** Of these one has to be the token's. */
  readonly audiences: readonly string[];
  readonly now: number;
  readonly objects: ObjectFinder;
}

/** Why a token does not hold; undefined: it does. */
export function findClaimsFault(
  claims: Claims,
  { audiences, now, objects }: ClaimsCheck,
): string | undefined {
  if (claims.iss !== ISSUER) return "it is from another issuer";
  if (!claims.aud.some((it) => audiences.includes(it))) {
    return `token audiences ${JSON.stringify(claims.aud)} is invalid for the target audiences ` +
      JSON.stringify(audiences);
  }
  const seconds = now / 1000;
  if (seconds >= claims.exp) return "service account token has expired";
  if (seconds < claims.nbf) return "service account token is not valid yet";
  const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
  const isThere = (kind: KindName, scope: string, { name, uid }: NamedObject) => {
    const metadata = objects.get(kind, scope, name)?.metadata;
    const { deletionTimestamp } = metadata ?? {};
    return metadata?.uid === uid &&
      (deletionTimestamp === undefined ||
        now - Date.parse(deletionTimestamp) < DELETION_LEEWAY_MS);
  };
  if (!isThere("ServiceAccount", namespace, serviceaccount)) {
    return "service account has been deleted";
  }
  if (pod && !isThere("Pod", namespace, pod)) return "pod has been invalidated";
  if (secret && !isThere("Secret", namespace, secret)) return "secret has been invalidated";
  // A Pod's end is that of its token; the node is only named there.
  if (node && !pod && !isThere("Node", "", node)) return "node has been invalidated";
  return undefined;
}

/** The user of a token. */
export function userOfClaims({ sub, jti, "kubernetes.io": it }: Claims): User {
  const { serviceaccount, pod, node } = it;
  const extra: Record<string, readonly string[]> = {
    [`${EXTRA_PREFIX}credential-id`]: [`JTI=${jti}`],
    ...node && {
      [`${EXTRA_PREFIX}node-name`]: [node.name],
      [`${EXTRA_PREFIX}node-uid`]: [node.uid],
    },
    ...pod && {
      [`${EXTRA_PREFIX}pod-name`]: [pod.name],
      [`${EXTRA_PREFIX}pod-uid`]: [pod.uid],
    },
  };
  return { username: sub, uid: serviceaccount.uid, groups: groupsOfUsername(sub), extra };
}

/** Whether data are claims of a service account: a signature shows only from where they are. */
export function isClaims(data: unknown): data is Claims {
  if (!isObject(data)) return false;
  const it = data["kubernetes.io"];
  return Array.isArray(data["aud"]) && typeof data["exp"] === "number" &&
    typeof data["nbf"] === "number" && typeof data["sub"] === "string" && isObject(it) &&
    isObject(it["serviceaccount"]);
}
