/**
 * The tokens of the Pods of a node, each used until it is time for another one.
 *
 * Rule: Kubernetes, pkg/kubelet/token/token_manager.go.
 */
import type { Pod } from "../../api/types/pod.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import { keyOfToken, type TokenReference } from "../config/pod_sources.ts";
import type { PodApi, PodToken } from "./pod_api.ts";

/** The part of its time after which a token is replaced. */
const USED_PART = 0.8;
/** A token is replaced after this time at the latest. */
const LONGEST_USE_MS = 24 * 60 * 60 * 1000;
/** When a request that failed is repeated. */
const RETRY_MS = 60_000;

/** What tokens are asked for with. */
export interface PodTokensOptions {
  readonly api: Pick<PodApi, "requestToken">;
  readonly clock: Clock;
  /** Lifecycle milliseconds per wall millisecond: tokens end by the wall clock. */
  readonly speed: number;
}

/** A token, or why there is none. */
export type TokenOutcome = { readonly token: string } | { readonly fault: string };

interface HeldToken extends PodToken {
  readonly renewAt: Millis;
}

/** Holds them. */
export class PodTokens {
  readonly #options: PodTokensOptions;
  /** By uid of the Pod and what was asked for. */
  readonly #held = new Map<string, Map<string, HeldToken>>();

  /** None yet. */
  constructor(options: PodTokensOptions) {
    this.#options = options;
  }

  /** A token for a Pod: the one that it has, or a new one when it is time. */
  async get(pod: Pod, reference: TokenReference): Promise<TokenOutcome> {
    const { api, clock } = this.#options;
    const uid = pod.metadata.uid!;
    const key = keyOfToken(reference);
    const held = this.#held.get(uid)?.get(key);
    if (held !== undefined && clock.now() < held.renewAt) return held;
    try {
      const fresh = await api.requestToken(pod, reference);
      this.#hold(uid, key, { ...fresh, renewAt: this.#renewalOf(fresh) });
      return fresh;
    } catch (error) {
      const isOver = held === undefined || this.#wallTime() >= held.expiresAt;
      if (isOver) return { fault: messageOf(error) };
      this.#hold(uid, key, { ...held, renewAt: clock.now() + RETRY_MS * this.#options.speed });
      return held;
    }
  }

  /** When one of a Pod's tokens is to be replaced next, in lifecycle time. */
  renewAt(uid: string): Millis {
    const times = this.#held.get(uid)?.values().map(({ renewAt }) => renewAt) ?? [];
    return Math.min(Infinity, ...times);
  }

  /** The Pod is gone. */
  forget(uid: string): void {
    this.#held.delete(uid);
  }

  #hold(uid: string, key: string, token: HeldToken): void {
    const held = this.#held.get(uid) ?? new Map<string, HeldToken>();
    this.#held.set(uid, held.set(key, token));
  }

  #renewalOf({ expiresAt }: PodToken): Millis {
    const { clock, speed } = this.#options;
    const useMs = Math.min(LONGEST_USE_MS, (expiresAt - this.#wallTime()) * USED_PART);
    return clock.now() + useMs * speed;
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.wallTime(clock.now());
  }
}
