/** A node whose objects are kept elsewhere: what it reads is old, and its writes take time. */
import type { KindName, KubernetesObject, ObjectOf } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { defaultSettings } from "../../src/lifecycle/record/record.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import { EventRecorder } from "../../src/node/event_recorder.ts";
import { Kubelet } from "../../src/node/kubelet.ts";
import type { PodProgress } from "../../src/node/pod_worker.ts";
import { Semaphore } from "../../src/node/semaphore.ts";
import { readSources } from "../../src/node/sources/source_reader.ts";
import { StatusManager } from "../../src/node/status_manager.ts";
import { SimulatedRuntime } from "../../src/runtime/simulated/simulated_runtime.ts";
import type { SimulationScript } from "../../src/runtime/simulated/simulation_script.ts";
import type { DeleteOptions, ObjectClient, WatchEvent } from "../../src/store/client.ts";
import { Registry } from "../../src/store/registry.ts";
import { podSources } from "./pod_sources.ts";

/** How a client and the registry behind it are connected. */
export interface Connection {
  readonly clock: VirtualClock;
  readonly registry: Registry;
  /** How long a message takes, each way. */
  readonly lagMs: number;
  /** Whether the next request is lost before the registry gets it. @default never */
  readonly loses?: () => boolean;
}

/**
 * Reads from a cache that changes `lagMs` after the registry; a write takes `lagMs` there and
 * back.
 */
export class RemoteClient implements ObjectClient {
  readonly #connection: Connection;
  readonly #cache = new Map<string, KubernetesObject>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get<K extends KindName>(kind: K, namespace: string, name: string): ObjectOf<K> | undefined {
    return this.#cache.get(`${kind} ${namespace}/${name}`) as ObjectOf<K> | undefined;
  }

  read<K extends KindName>(
    kind: K,
    namespace: string,
    name: string,
  ): Promise<ObjectOf<K> | undefined> {
    return this.#ask((registry) => registry.get(kind, namespace, name));
  }

  list<K extends KindName>(kind: K): ObjectOf<K>[] {
    return [...this.#cache.values()].filter((it) => it.kind === kind) as ObjectOf<K>[];
  }

  /** One watcher for a kind; objects come as copies, as they are decoded from a connection. */
  watch<K extends KindName>(
    kind: K,
    onChange: (event: WatchEvent<ObjectOf<K>>) => void,
  ): () => void {
    return this.#connection.registry.watch(kind, (event) => {
      const { type, object } = structuredClone(event);
      const { namespace, name } = object.metadata;
      void this.#travel().then(() => {
        const key = `${kind} ${namespace}/${name}`;
        if (type === "DELETED") this.#cache.delete(key);
        else this.#cache.set(key, object);
        onChange({ type, object });
      });
    });
  }

  create<O extends KubernetesObject>(object: O): Promise<O> {
    return this.#ask((registry) => registry.create(object));
  }

  update<O extends KubernetesObject>(object: O): Promise<O> {
    return this.#ask((registry) => registry.update(object));
  }

  updateStatus<O extends KubernetesObject>(object: O): Promise<O> {
    return this.#ask((registry) => registry.updateStatus(object));
  }

  bind(pod: Pod, nodeName: string): Promise<Pod> {
    return this.#ask((registry) => registry.bind(pod, nodeName));
  }

  bindClaim(namespace: string, name: string): Promise<void> {
    return this.#ask((registry) => registry.bindClaim(namespace, name));
  }

  delete(kind: KindName, namespace: string, name: string, options?: DeleteOptions): Promise<void> {
    return this.#ask((registry) => void registry.delete(kind, namespace, name, options));
  }

  async #ask<T>(write: (registry: Registry) => T): Promise<T> {
    const { registry, loses } = this.#connection;
    await this.#travel();
    if (loses?.()) throw new TypeError("connection reset");
    const answer = write(registry);
    await this.#travel();
    return answer;
  }

  #travel(): Promise<void> {
    const { clock, lagMs } = this.#connection;
    return clock.sleepUntil(clock.now() + lagMs);
  }
}

/** Starts a node behind such a client, and what is seen of it. */
export function startRemoteNode({ script, lagMs, loses }: {
  readonly script: SimulationScript;
  readonly lagMs: number;
  readonly loses?: () => boolean;
}) {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const client = new RemoteClient({ clock, registry, lagMs, ...(loses && { loses }) });
  const logEvents: LogEvent[] = [];
  const log: string[] = [];
  const progress = new Map<string, PodProgress>();
  const logger = lineLogger((line) => log.push(line));
  const runtime: SimulatedRuntime = new SimulatedRuntime({
    clock,
    script,
    listener: {
      onEvent: (event) => kubelet.onRuntimeEvent(event),
      onOutput: () => Promise.resolve(),
      onWarning: (line) => log.push(line),
    },
  });
  const statuses = new StatusManager({ client, clock, log: logger });
  const kubelet: Kubelet = new Kubelet({
    client,
    nodeName: "node-1",
    runtime,
    clock,
    settings: { ...defaultSettings, wallZeroMs: clock.wallTime(0) },
    starts: new Semaphore(4),
    defaults: { resolveImage: () => undefined, user: { uid: 0, gid: 0 }, home: "/" },
    sourcesOf: (it, references) =>
      readSources({ client, node: podSources(it).node }, it, references),
    hostIP: "192.0.2.1",
    bindClaim: (namespace, name) => client.bindClaim(namespace, name),
    statuses,
    events: new EventRecorder(),
    log: logger,
    onLogEvent: (event) => logEvents.push(event),
    onProgress: (change) => progress.set(change.pod.metadata.uid!, change),
  });
  kubelet.start();
  return { clock, registry, kubelet, statuses, runtime, logEvents, log, progress };
}
