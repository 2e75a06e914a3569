/** Chooses what answers a client of a Service: in turn, or what answered it before. Pure. */
import type { Backend } from "../service_table.ts";

/** Clients that are remembered of one address of a Service; the oldest go first. */
const MAX_CLIENTS = 10_000;

/** Which backend a client keeps, and until when. */
interface Attachment {
  readonly backend: string;
  readonly untilMs: number;
}

/**
 * The backends of one address of a Service.
 *
 * Rule: R-PROXY-2.
 */
export class Balancer {
  #backends: readonly Backend[] = [];
  #affinityMs: number | undefined;
  #turn = 0;
  readonly #clients = new Map<string, Attachment>();

  /** What there is from now on; a client whose backend is gone gets another one. */
  update(backends: readonly Backend[], affinitySeconds: number | undefined): void {
    this.#backends = backends;
    this.#affinityMs = affinitySeconds === undefined ? undefined : affinitySeconds * 1000;
    if (affinitySeconds === undefined) this.#clients.clear();
  }

  /** Every backend once, in the order in which they are attempted for a client. */
  choose(client: string, nowMs: number): readonly Backend[] {
    const count = this.#backends.length;
    const kept = this.#findKept(client, nowMs);
    const first = kept ?? (count === 0 ? 0 : this.#turn++ % count);
    return this.#backends.map((_, index) => this.#backends[(first + index) % count]!);
  }

  /** A client has been connected with a backend. */
  noteConnected(client: string, backend: Backend, nowMs: number): void {
    if (this.#affinityMs === undefined) return;
    // The one that was connected last is the last to be forgotten.
    this.#clients.delete(client);
    const untilMs = nowMs + this.#affinityMs;
    this.#clients.set(client, { backend: formatBackend(backend), untilMs });
    if (this.#clients.size > MAX_CLIENTS) this.#clients.delete(this.#clients.keys().next().value!);
  }

  #findKept(client: string, nowMs: number): number | undefined {
    const attachment = this.#clients.get(client);
    if (attachment === undefined || nowMs >= attachment.untilMs) return undefined;
    const index = this.#backends.findIndex((it) => formatBackend(it) === attachment.backend);
    return index < 0 ? undefined : index;
  }
}

/** `ADDRESS:PORT` */
export function formatBackend({ address, port }: Backend): string {
  return `${address}:${port}`;
}
