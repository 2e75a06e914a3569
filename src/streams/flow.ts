/**
 * What a client sends on a connection, held back while it is not read: a WebSocket as programs here
 * have it takes whatever comes.
 */

/** The flow from one client. */
export interface Flow {
  /** Takes no more from the client. May be repeated. */
  pause(): void;
  /** Goes on. May be repeated. */
  resume(): void;
}

/** So much may wait for a reader until its client is held back. */
export const MAX_AHEAD_BYTES: number = 1 << 20;

/** A flow that can be waited for. */
export class FlowGate implements Flow {
  #paused: PromiseWithResolvers<void> | undefined;

  /** As {@link Flow.pause}. */
  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  /** As {@link Flow.resume}. */
  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Resolves when it may go on; undefined where it may at once. */
  get passed(): Promise<void> | undefined {
    return this.#paused?.promise;
  }
}

/** The request of a client that can be held back. */
type FlowRequest = Request & { readonly flow: Flow };

/** Has a request know the flow of its connection. */
export function withFlow(request: Request, flow: Flow): Request {
  return Object.assign(request, { flow });
}

/** The flow of a request's connection; undefined where it has none of its own. */
export function flowOf(request: Request): Flow | undefined {
  return "flow" in request ? (request as FlowRequest).flow : undefined;
}
