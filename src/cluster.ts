/**
 * The wiring diagram: a store and a node from a clock and a runtime. `run`, `serve` and the simulation
 * all start here, and every object comes in through the registry.
 */
import type { KubernetesObject } from "./api/types/kinds.ts";
import type { Pod } from "./api/types/pod.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/log.ts";
import type { PodEvent } from "./lifecycle/record/event.ts";
import type { LogEvent } from "./lifecycle/trace/log_event.ts";
import type { LifecycleSettings, PodRecord } from "./lifecycle/record/record.ts";
import type { CommandResolver, ImageResolver } from "./node/config/container_config.ts";
import { generateScheduledEvent } from "./lifecycle/trace/kubernetes_event.ts";
import { EventRecorder, type RecordedEvent } from "./node/event_recorder.ts";
import { Kubelet } from "./node/kubelet.ts";
import type { NodeFacts, PodSources } from "./node/config/pod_sources.ts";
import type { PodProgress } from "./node/pod_worker.ts";
import type { ImageUser } from "./node/config/security_config.ts";
import { Semaphore } from "./node/semaphore.ts";
import { StatusManager } from "./node/status_manager.ts";
import type { ContainerOutput, Runtime, RuntimeListener } from "./runtime/runtime.ts";
import type { ObjectClient } from "./store/client.ts";
import { Registry } from "./store/registry.ts";

/** What a cluster is made of. Time, randomness and the machine are handed in. */
export interface ClusterOptions {
  /** Lifecycle time. */
  readonly clock: Clock;
  /** The node's own numbers: back-off, floors, retries; `wallZeroMs` and `speed` fit the clock. */
  readonly settings: LifecycleSettings;
  /** Makes the runtime, which reports to the listener. */
  readonly createRuntime: (listener: RuntimeListener) => Runtime;
  /** What an image runs. */
  readonly resolveImage: ImageResolver;
  /** What runs as a command in a container of an image. @default the command */
  readonly resolveCommand?: CommandResolver | undefined;
  /** Who a container is where its manifest does not say. @default root */
  readonly user?: ImageUser;
  /** `HOME` of such containers. */
  readonly home: string;
  /** A uid that no other object has. */
  readonly newUid: () => string;
  /** Name, address and size of the node. */
  readonly node: NodeFacts;
  /** How many pods may be on their way to their first container at a time. */
  readonly startsAtOnce: number;
  /** Gets every decision as it is made, in order. */
  readonly onLogEvent: (event: LogEvent) => void;
  /** Gets the containers' output; nothing more is read from a stream until the promise resolves. */
  readonly onOutput: (output: ContainerOutput) => Promise<void>;
  /** Gets every Kubernetes Event as it is recorded. */
  readonly onEvent?: (event: RecordedEvent) => void;
  /** Gets every fact of a pod and the record that it made, in order; for those who fold them again. */
  readonly onPodEvent?: (pod: Pod, event: PodEvent, record: PodRecord) => void;
  /** Gets a pod each time something about it has changed. */
  readonly onPodChange?: (pod: PodProgress) => void;
  /** Where the program's own troubles are told. */
  readonly log: Logger;
}

/** A running cluster of one node. */
export interface Cluster {
  /**
   * Adds all of these objects or none of them, and starts the pods, which are all bound to this node.
   *
   * @returns the pods among them, as stored.
   * @throws {InvalidObjectError} with everything that is wrong with the first invalid object.
   * @throws {StatusError} `AlreadyExists`
   */
  submit(objects: readonly KubernetesObject[]): Pod[];
  /**
   * Asks for a pod's graceful end; a second, shorter grace shortens the first. Nothing happens if it is gone.
   *
   * @param graceSeconds undefined: the pod's own.
   */
  deletePod(namespace: string, name: string, graceSeconds?: number): void;
  /** Every pod that was submitted here, in that order, deleted ones included. */
  pods(): PodProgress[];
  /** The Kubernetes Events of its pods. */
  events(): RecordedEvent[];
  /**
   * Resolves when the condition holds, looked at now and after each change of a pod.
   *
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  waitFor(
    condition: (pods: readonly PodProgress[]) => boolean,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Ends every pod at once, with SIGKILL; each end is reported, and is awaited with `waitFor`. */
  kill(): void;
  /** Ends every pod at once, with SIGKILL and without a report, and resolves when nothing of them is left. May be repeated. */
  stop(): Promise<void>;
}

/** Starts a cluster: an empty store, and a node that waits for pods. */
export function startCluster(options: ClusterOptions): Cluster {
  const { clock, settings, node, log, onLogEvent } = options;
  const registry = new Registry({ clock, newUid: options.newUid });
  const events = new EventRecorder(options.onEvent);
  /** Of the pods submitted here, by uid. */
  const progress = new Map<string, PodProgress>();
  const changes = new Set<() => void>();

  const onProgress = (change: PodProgress) => {
    const uid = change.pod.metadata.uid!;
    if (progress.has(uid)) progress.set(uid, change);
    options.onPodChange?.(change);
    for (const onChange of [...changes]) onChange();
  };

  const runtime = options.createRuntime({
    onEvent: (event) => kubelet.onRuntimeEvent(event),
    onOutput: options.onOutput,
  });
  const kubelet = new Kubelet({
    client: registry,
    nodeName: node.name,
    runtime,
    clock,
    settings,
    starts: new Semaphore(options.startsAtOnce),
    defaults: {
      resolveImage: options.resolveImage,
      ...(options.resolveCommand && { resolveCommand: options.resolveCommand }),
      user: options.user ?? { uid: 0, gid: 0 },
      home: options.home,
    },
    sourcesOf: (pod) => sourcesOf(registry, node, pod),
    bindClaim: (namespace, name) => registry.bindClaim(namespace, name),
    statuses: new StatusManager(registry),
    events,
    log,
    onLogEvent,
    onPodEvent: options.onPodEvent,
    onProgress,
  });
  kubelet.start();

  /** There is one node, so that nothing has to be chosen; but gates hold a pod back (R-COND-8). */
  const schedule = (pod: Pod): Pod => {
    const gates = pod.spec.schedulingGates ?? [];
    const bound = gates.length === 0 ? registry.bindPod(pod, node.name) : pod;
    if (gates.length === 0) events.record(bound, generateScheduledEvent(bound, clock.now()));
    progress.set(
      pod.metadata.uid!,
      gates.length === 0
        ? { pod: bound, state: "active" }
        : { pod, state: "stuck", stuck: { type: "idle", because: explainGates(pod) } },
    );
    return bound;
  };

  return {
    submit: (objects) =>
      registry.createAll(objects.map(withoutNode)).filter((object) => object.kind === "Pod")
        .map(schedule),
    deletePod: (namespace, name, graceSeconds) => {
      const pod = registry.get("Pod", namespace, name);
      if (pod === undefined) return;
      registry.delete("Pod", namespace, name, graceSeconds === undefined ? {} : { graceSeconds });
      // No node has ever had it: it is gone (R-DELETE-1).
      if (pod.spec.nodeName === undefined) onProgress({ pod, state: "done" });
    },
    pods: () => [...progress.values()],
    events: () => events.list(),
    waitFor: (condition, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (signal?.aborted) reject(signal.reason);
        else if (condition([...progress.values()])) resolve();
      };
      changes.add(look);
      signal?.addEventListener("abort", look, { once: true });
      look();
      return promise.finally(() => {
        changes.delete(look);
        signal?.removeEventListener("abort", look);
      });
    },
    kill: () => kubelet.kill(),
    stop: () => kubelet.stop(),
  };
}

/** A node that the manifest names is one of another cluster: a pod gets its node here. */
function withoutNode(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Pod") return object;
  const { nodeName: _, ...spec } = object.spec;
  return { ...object, spec };
}

function explainGates({ spec }: Pod): string {
  const names = (spec.schedulingGates ?? []).map(({ name }) => name).join(", ");
  return `its scheduling gates hold it back: ${names}; remove them from the manifest to run it`;
}

function sourcesOf(client: ObjectClient, node: NodeFacts, pod: Pod): PodSources {
  const namespace = pod.metadata.namespace!;
  return {
    pod,
    node,
    configMap: (name) => client.get("ConfigMap", namespace, name),
    secret: (name) => client.get("Secret", namespace, name),
    claim: (name) => client.get("PersistentVolumeClaim", namespace, name),
  };
}
