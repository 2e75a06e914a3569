/** Issues the tokens of service accounts, and recognizes them. */
import type { Clock } from "../../base/clock.ts";
import {
  type Claims,
  findClaimsFault,
  isClaims,
  ISSUER,
  makeClaims,
  type ObjectFinder,
  type TokenSubject,
  type TokenTerms,
  userOfClaims,
} from "./claims.ts";
import type { SigningKey } from "./signing_key.ts";
import type { User } from "./user.ts";

/** How many tokens are remembered as signed by the key: as many as nodes have Pods, and more. */
const REMEMBERED = 1000;

/**
 * Tokens that Pods ask for with this lifetime, by the volume that admission adds, hold for a year,
 * and are to be replaced after it: older clients do not read the file again.
 *
 * Rule: Kubernetes, pkg/serviceaccount/claims.go, WarnOnlyBoundTokenExpirationPeriod and
 * ExpirationExtensionSeconds.
 */
const EXTENDED_LIFETIME = 3607;
const EXTENSION_SECONDS = 365 * 24 * 60 * 60;

/** What tokens are issued and checked with. */
export interface ServiceTokensOptions {
  /** The wall clock is its own. */
  readonly clock: Clock;
  readonly objects: ObjectFinder;
}

/** A token, and until when its holder should use it. */
export interface IssuedToken {
  readonly token: string;
  /** Wall clock, in ms since 1970. */
  readonly expiresAt: number;
}

/** Whose token it is and where it holds, or why it does not. */
export type TokenFinding =
  | { readonly user: User; readonly audiences: readonly string[] }
  | { readonly fault: string };

/** The tokens of the service accounts of a cluster, all of one key. */
export class ServiceTokens {
  readonly #key: SigningKey;
  readonly #options: ServiceTokensOptions;
  /** Claims of tokens whose signature has been checked; the oldest first. */
  readonly #known = new Map<string, Claims>();

  /** None are issued yet. */
  constructor(key: SigningKey, options: ServiceTokensOptions) {
    this.#key = key;
    this.#options = options;
  }

  /**
   * A new token.
   *
   * Rule: Kubernetes, pkg/registry/core/serviceaccount/storage/token.go, Create.
   */
  async issue(
    subject: TokenSubject,
    { audiences, expirationSeconds }: Pick<TokenTerms, "audiences" | "expirationSeconds">,
  ): Promise<IssuedToken> {
    const now = this.#now();
    const isExtended = subject.pod !== undefined && expirationSeconds === EXTENDED_LIFETIME &&
      audiences.every((it) => it === ISSUER);
    const claims = makeClaims(subject, {
      audiences,
      expirationSeconds: isExtended ? EXTENSION_SECONDS : expirationSeconds,
      ...isExtended && { warnAfterSeconds: expirationSeconds },
      now,
      id: crypto.randomUUID(),
    });
    const expiresAt = (claims.iat + expirationSeconds) * 1000;
    return { token: await this.#key.sign(claims), expiresAt };
  }

  /**
   * Whose token a text is; undefined where it is not a token of this key at all.
   *
   * @param audiences of these one has to be the token's; those that are come back.
   */
  async recognize(
    token: string,
    audiences: readonly string[] = [ISSUER],
  ): Promise<TokenFinding | undefined> {
    const claims = await this.#claimsOf(token);
    if (claims === undefined) return undefined;
    const { objects } = this.#options;
    const fault = findClaimsFault(claims, { audiences, now: this.#now(), objects });
    if (fault !== undefined) return { fault };
    const both = audiences.filter((it) => claims.aud.includes(it));
    return { user: userOfClaims(claims), audiences: both };
  }

  /** What others check tokens with. */
  publicKeys(): Promise<Readonly<Record<string, unknown>>> {
    return this.#key.publicKeys();
  }

  async #claimsOf(token: string): Promise<Claims | undefined> {
    const known = this.#known.get(token);
    if (known !== undefined) return known;
    const claims = await this.#key.verify(token);
    if (!isClaims(claims)) return undefined;
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(token, claims);
    return claims;
  }

  #now(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}
