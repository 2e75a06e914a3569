/** Keeps what a runtime makes reachable of Services as the store has them. */
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Service } from "../../api/types/network.ts";
import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import { awaitLastRequests } from "../../base/retry.ts";
import type { K8sEvent } from "../../lifecycle/trace/kubernetes_event.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { FrontRefusal, ServiceTable } from "../../runtime/service_table.ts";
import type { ObjectClient } from "../../store/client.ts";
import type { PodApi } from "../sources/pod_api.ts";
import { computeServiceTable } from "./service_table.ts";

/** As Kubernetes Events name it. */
const COMPONENT = "kube-proxy";

/** The wait before what was refused is attempted again doubles from one to the other. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** What a node's proxy of Services is made with. */
export interface ServiceProxyOptions {
  readonly client: Pick<ObjectClient, "list" | "watch" | "get">;
  readonly runtime: Pick<Runtime, "updateServices">;
  /** The API of this node, which one of the Services leads to. @default there is none */
  readonly api?: Pick<PodApi, "listensAt"> | undefined;
  readonly clock: Clock;
  /** Lifecycle milliseconds per wall millisecond: a machine is asked again in wall time. */
  readonly speed: number;
  /** Gets what could not be opened, as an Event of its Service. */
  readonly onK8sEvent: (service: Service, event: K8sEvent) => void;
  /** Gets the same as a line for the user. */
  readonly onWarning: (line: string) => void;
  readonly log: Logger;
}

/** A proxy that runs. */
export interface ServiceProxy {
  /** Ends it; what is reachable stays so until the runtime ends. May be repeated. */
  stop(): Promise<void>;
}

/** Starts one; the first table is handed on at once. */
export function startServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  return new StoreFollower(options);
}

class StoreFollower implements ServiceProxy {
  readonly #unwatch: readonly (() => void)[];
  readonly #stopped = new AbortController();
  /** What is reachable now, but for {@link #refused}. */
  #table: ServiceTable | undefined;
  #refused: readonly FrontRefusal[] = [];
  #failures = 0;
  #isDue = false;
  #work: Promise<void> | undefined;
  #retry = new AbortController();

  constructor(private readonly options: ServiceProxyOptions) {
    const onChange = () => this.#schedule();
    this.#unwatch = (["Service", "EndpointSlice"] as const)
      .map((kind) => options.client.watch(kind, onChange));
    this.#schedule();
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    this.#stopped.abort();
    this.#retry.abort();
    if (this.#work === undefined) return;
    await awaitLastRequests(
      this.#work,
      this.options,
      "Cannot await the last table of Services",
      {},
    );
  }

  #schedule(): void {
    if (this.#stopped.signal.aborted) return;
    this.#isDue = true;
    this.#work ??= this.#applyAll();
  }

  /** Until nothing is due: one table at a time, of all changes that came meanwhile. */
  async #applyAll(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#isDue && !this.#stopped.signal.aborted) {
        this.#isDue = false;
        await this.#apply();
      }
    } finally {
      this.#work = undefined;
    }
  }

  async #apply(): Promise<void> {
    const { client, runtime, api, log } = this.options;
    const table = computeServiceTable(
      client.list("Service"),
      client.list("EndpointSlice"),
      api?.listensAt(),
    );
    if (this.#failures === 0 && isEqual(table, this.#table)) return;
    this.#retry.abort();
    try {
      const refused = await runtime.updateServices(table);
      this.#table = table;
      this.#report(refused);
      this.#failures = refused.every((it) => it.isLasting) ? 0 : this.#failures + 1;
    } catch (error) {
      if (this.#failures === 0) log.warn("Cannot reach Services", { error: messageOf(error) });
      this.#failures++;
    }
    if (this.#failures > 0) this.#repeatLater();
  }

  /** Each refusal once, for as long as it lasts. */
  #report(refused: readonly FrontRefusal[]): void {
    const { client, clock, onK8sEvent, onWarning } = this.options;
    const known = new Set(this.#refused.map(formatRefusal));
    for (const refusal of refused) {
      const message = formatRefusal(refusal);
      if (known.has(message)) continue;
      const [namespace = "", name = ""] = refusal.service.split("/");
      const again = refusal.isLasting ? "" : "; it is attempted again";
      onWarning(`Service "${name}": ${message}${again}`);
      const service = client.get("Service", namespace, name);
      if (service === undefined) continue;
      const event = { type: "Warning", reason: "FailedToOpenPort", message } as const;
      onK8sEvent(service, { ...event, at: clock.now(), component: COMPONENT });
    }
    this.#refused = refused;
  }

  #repeatLater(): void {
    const { clock, speed } = this.options;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    this.#retry = new AbortController();
    clock.sleepUntil(clock.now() + delayMs * speed, this.#retry.signal)
      .then(() => this.#schedule(), () => {}); // The only failure is our own abort.
  }
}

function formatRefusal({ address, port, protocol, message }: FrontRefusal): string {
  return `cannot listen on ${address}:${port}/${protocol}: ${message}`;
}
