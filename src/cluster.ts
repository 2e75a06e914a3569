/**
 * The wiring diagram: a store and a node from a clock and a runtime. `run`, `serve` and the
 * simulation all start here, and every object comes in through the registry.
 */
import { loadRules } from "./api/kinds/strategy/late_rules.ts";
import {
  findKind,
  FOLLOWED_KINDS,
  KINDS,
  MANAGING_KINDS,
  mapPods,
  podTemplatesOf,
} from "./api/kinds/kinds.ts";
import type { CustomResourceDefinition } from "./api/types/definition.ts";
import type { KindName, KubernetesObject } from "./api/types/kinds.ts";
import type { Ranges } from "./api/types/new_object.ts";
import type { Pod } from "./api/types/pod.ts";
import type { Clock } from "./base/clock.ts";
import { messageOf, stackOf } from "./base/error_text.ts";
import type { Logger } from "./base/log.ts";
import { computeObjectState, type ObjectState, type PodStates } from "./controllers/completion.ts";
import type { QueueCounts } from "./controllers/controller.ts";
import type { startControllers } from "./controllers/wiring/controllers.ts";
import { controllerOf } from "./controllers/ownership.ts";
import type { Scheduling } from "./api/scheduling/scheduling.ts";
import { asksOfNode } from "./api/pod_scheduling.ts";
import { Scheduler } from "./controllers/scheduler.ts";
import type { PodEvent } from "./lifecycle/record/event.ts";
import type { LogEvent } from "./lifecycle/trace/log_event.ts";
import type { ObjectLogEvent } from "./lifecycle/trace/object_event.ts";
import type { LifecycleSettings, PodRecord } from "./lifecycle/record/record.ts";
import type { CommandResolver, ImageResolver } from "./node/config/container_config.ts";
import { ChangeNotifier } from "./node/change_notifier.ts";
import { EventRecorder, type RecordedEvent } from "./node/event_recorder.ts";
import { Kubelet } from "./node/kubelet.ts";
import type { NodeFacts } from "./node/config/pod_sources.ts";
import type { StartPodApi } from "./node/sources/start_pod_api.ts";
import { PodTracker, type PodTrackerOptions } from "./node/pod_tracker.ts";
import type { PodProgress } from "./node/pod_worker.ts";
import type { startServiceProxy } from "./node/proxy/service_proxy.ts";
import type { StaticPodHost } from "./node/static_pods.ts";
import type { ImageUser } from "./node/config/security_config.ts";
import { Semaphore } from "./node/semaphore.ts";
import { readSources } from "./node/sources/source_reader.ts";
import { VolumeReclaimer } from "./node/volume_reclaimer.ts";
import { StatusManager } from "./node/status_manager.ts";
import type { ContainerOutput, Runtime, RuntimeListener } from "./runtime/runtime.ts";
import type { ObjectClient } from "./store/client.ts";
import type { ChangeHistory } from "./store/history.ts";
import type { Journal, KeptObjects } from "./store/journal.ts";
import { Registry } from "./store/registry.ts";
import { RegistryClient } from "./store/registry_client.ts";

/** What a cluster is made of. Time, randomness and the machine are handed in. */
export interface ClusterOptions {
  readonly clock: Clock;
  /** The node's own numbers: back-off, floors, retries; `wallZeroMs` and `speed` fit the clock. */
  readonly settings: LifecycleSettings;
  /** Makes the runtime, which reports to the listener. */
  readonly createRuntime: (listener: RuntimeListener) => Runtime;
  readonly resolveImage: ImageResolver;
  /** What runs as a command in a container of an image. @default the command */
  readonly resolveCommand?: CommandResolver | undefined;
  /** The user of a container whose manifest names none. @default root */
  readonly user?: ImageUser;
  /** `HOME` of such containers. */
  readonly home: string;
  /** A uid that no other object has. */
  readonly newUid: () => string;
  /** The ending of the next name that is to be generated. @default they are counted */
  readonly newNameEnding?: (base: string) => number;
  /** What admission adds to a pod that is created. @default nothing */
  readonly admitPod?: (pod: Pod) => Pod;
  /**
   * Namespaces that are there from the start; no other is there without an object of its own.
   *
   * @default every namespace is there, without an object
   */
  readonly namespaces?: readonly string[];
  /** Kinds beside those of this program. @default none */
  readonly definitions?: readonly CustomResourceDefinition[];
  /** What the store hands out, such as addresses of Services. @default Kubernetes' own ranges */
  readonly ranges?: Ranges;
  /** Makes the client of `kubelet` and so on, which owns what it writes. @default none owns it */
  readonly createClient?: (registry: Registry, manager: string) => ObjectClient;
  /** Gets every change of an object, for clients that watch. @default none is kept */
  readonly history?: ChangeHistory;
  /** What makes every change of an object outlive the process. @default all ends with it */
  readonly journal?: Journal;
  /** What an earlier process has kept. @default nothing */
  readonly kept?: KeptObjects;
  /** What acts on objects that manage pods, from {@link loadControllers}. @default nothing does */
  readonly startControllers?: StartControllers | undefined;
  /** What makes Services reachable, from {@link loadServiceProxy}. @default nothing does */
  readonly startServiceProxy?: StartServiceProxy | undefined;
  /** What gives Pods their tokens and the API's address, where one is served. @default nothing */
  readonly startPodApi?: StartPodApi | undefined;
  /** Name, address and size of the node. */
  readonly node: NodeFacts;
  /** What decides which Pods it can have, from {@link loadScheduling}. @default it takes all */
  readonly scheduling?: Scheduling | undefined;
  /** How many pods may be on their way to their first container at a time. */
  readonly startsAtOnce: number;
  /** Gets every decision as it is made, in order. */
  readonly onLogEvent: (event: LogEvent) => void;
  /** Gets the lines about objects that manage pods, and about what controllers do, in order. */
  readonly onObjectEvent?: (event: ObjectLogEvent) => void;
  /** Gets the containers' output; nothing more is read from a stream until the promise resolves. */
  readonly onOutput: (output: ContainerOutput) => Promise<void>;
  /** Gets what the runtime warns of, a line each. */
  readonly onWarning: (line: string) => void;
  /** Gets every Kubernetes Event as it is recorded. */
  readonly onEvent?: (event: RecordedEvent) => void;
  /**
   * Gets every fact of a pod and the record that it made, in order; for those who fold them again.
   */
  readonly onPodEvent?: (pod: Pod, event: PodEvent, record: PodRecord) => void;
  /**
   * Gets each pod once, when it appears and before anything else is reported of it: submitted or
   * created later; with the objects that control it, the nearest first.
   */
  readonly onPodAdded?: (pod: Pod, owners: readonly KubernetesObject[]) => void;
  /**
   * Gets each pod that was not submitted, when its object is gone and nothing of it is left: no
   * line names it any more.
   */
  readonly onPodGone?: (pod: Pod) => void;
  /** Gets a pod each time something about it has changed. */
  readonly onPodChange?: (pod: PodProgress) => void;
  /** Receives the program's own errors. */
  readonly log: Logger;
}

/** What starts every controller. */
export type StartControllers = typeof startControllers;

/**
 * The controllers, if one of these objects needs any: they are not loaded for any other. What they
 * create is checked by rules that are loaded with them.
 */
export async function loadControllers(
  objects: Iterable<KubernetesObject>,
): Promise<StartControllers | undefined> {
  const kinds = [...objects].map(({ kind }) => kind);
  // A claim that is deleted waits for its Pods.
  const isManaged = (kind: KindName) =>
    FOLLOWED_KINDS.includes(kind) || kind === "PersistentVolumeClaim";
  if (!kinds.some(isManaged)) return undefined;
  await loadRules(kinds);
  const { startControllers } = await import("./controllers/wiring/controllers.ts");
  return startControllers;
}

/** Up to so many Pods that ask nothing of a node always find room. */
const FEW_PODS = 100;

/**
 * What decides which Pods a node can have, if one of these objects leaves any doubt: it is not
 * loaded for any other.
 */
export async function loadScheduling(
  objects: readonly KubernetesObject[],
  node: NodeFacts,
): Promise<Scheduling | undefined> {
  const isDoubtful = ({ kind }: KubernetesObject) => MANAGING_KINDS.includes(kind);
  const isAsking = (object: KubernetesObject) =>
    podTemplatesOf(object).some(({ pod }) => asksOfNode(pod));
  const { taints, isUnschedulable } = node;
  const isOpen = taints.length === 0 && !isUnschedulable;
  if (
    isOpen && objects.length <= FEW_PODS && !objects.some((it) => isDoubtful(it) || isAsking(it))
  ) {
    return undefined;
  }
  const { createScheduling } = await import("./api/scheduling/scheduling.ts");
  return createScheduling(node);
}

/** What starts the proxy of Services. */
export type StartServiceProxy = typeof startServiceProxy;

/** The proxy of Services, if one of these objects is one: it is not loaded for any other. */
export async function loadServiceProxy(
  objects: Iterable<KubernetesObject>,
): Promise<StartServiceProxy | undefined> {
  if (![...objects].some(({ kind }) => kind === "Service")) return undefined;
  const { startServiceProxy } = await import("./node/proxy/service_proxy.ts");
  return startServiceProxy;
}

/** How far an object is that was submitted. */
export interface ObjectProgress {
  /** As it is now, or as it was last where it is gone. */
  readonly object: KubernetesObject;
  /** A Pod's is that of its lifecycle. */
  readonly state: ObjectState;
}

/** A running cluster of one node. */
export interface Cluster {
  /** Reads and writes its objects; pods that are created here run like those that are submitted. */
  readonly client: ObjectClient;
  /** The store itself, for an API server before it. */
  readonly registry: Registry;
  /** The queues of its controllers, as they are now. */
  queues(): readonly QueueCounts[];
  /** What its node runs containers in: list, logs, attach and so on. */
  readonly runtime: Runtime;
  /** What runs the Pods of its node's own files. */
  readonly staticPods: StaticPodHost;
  /**
   * Adds all of these objects or none of them. A node that a manifest names stands for this one.
   *
   * @returns the pods among them, as they were stored first.
   * @throws {InvalidObjectError} with everything that is wrong with the first invalid object.
   * @throws {StatusError} `AlreadyExists`
   */
  submit(objects: readonly KubernetesObject[]): Pod[];
  /**
   * Asks for a pod's graceful end; a second, shorter grace shortens the first. Nothing happens if
   * it is gone.
   *
   * @param graceSeconds undefined: the pod's own.
   */
  deletePod(namespace: string, name: string, graceSeconds?: number): void;
  /**
   * Deletes every object that manages pods, so that no pod is created any more in place of one that
   * ends; what it owns is deleted after it.
   */
  deleteOwners(): void;
  /** How far the submitted objects are, in the order of their submission; each when it is asked. */
  submitted(): IteratorObject<ObjectProgress>;
  /**
   * Every pod of the node, in the order of their creation; of those that are gone the submitted
   * ones.
   */
  pods(): PodProgress[];
  /** Whether a condition holds for each of {@link Cluster.pods}; it lists none of them. */
  everyPod(condition: (pod: PodProgress) => boolean): boolean;
  /** The Kubernetes Events of its pods. */
  events(): RecordedEvent[];
  /**
   * Resolves when the condition holds, looked at now and after each change of a pod or another
   * object.
   *
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  waitFor(condition: () => boolean, signal?: AbortSignal): Promise<void>;
  /**
   * Ends every pod as its deletion would, and keeps all objects as they are now: nothing acts on
   * them any more. Resolves when nothing of the pods is left.
   */
  shutDown(): Promise<void>;
  /** Ends every pod at once, with SIGKILL; each end is reported, and is awaited with `waitFor`. */
  kill(): void;
  /**
   * Ends every pod at once, with SIGKILL and without a report, and resolves when nothing of them is
   * left. May be repeated.
   */
  stop(): Promise<void>;
}

/** Starts a cluster: an empty store, and a node that waits for pods. */
export function startCluster(options: ClusterOptions): Cluster {
  const { clock, node, log, newNameEnding, admitPod, ranges, history, journal, kept } = options;
  const registry = new Registry({
    clock,
    newUid: options.newUid,
    ...(newNameEnding && { newEnding: newNameEnding }),
    ...(admitPod && { admitPod }),
    ...(ranges && { ranges }),
    ...(options.namespaces && { namespaces: options.namespaces }),
    ...(options.definitions && { definitions: options.definitions }),
    ...(history && { history }),
    ...(journal && { journal }),
    ...(kept && { kept }),
    onFault: (error) => log.error("Watcher failed", { error: stackOf(error) }),
  });
  const client = new RegistryClient(registry);
  const clientOf = (manager: string) => options.createClient?.(registry, manager) ?? client;
  const nodeClient = clientOf("kubelet");
  const statuses = new StatusManager({ client: nodeClient, clock, log });
  const events = new EventRecorder(options.onEvent);
  const changes = new ChangeNotifier();
  const tracker = createTracker(options, {
    changes,
    client,
    whyUnschedulable: (uid) => scheduler.whyWaiting(uid),
    takesRoom: (uid) => scheduler.takesRoom(uid),
  });
  registry.watch("Pod", (event) => tracker.onPod(event));
  const { kubelet, runtime } = createKubelet(options, {
    client: nodeClient,
    statuses,
    events,
    tracker,
  });
  kubelet.start();
  const scheduler = createScheduler(options, {
    client: clientOf("kube-scheduler"),
    changes,
    events,
  });
  scheduler.start();
  for (const { kind } of KINDS) if (kind !== "Pod") registry.watch(kind, () => changes.notify());
  const controllers = options.startControllers?.({
    client: clientOf("kube-controller-manager"),
    kinds: registry.kinds,
    clock,
    settings: options.settings,
    node,
    log,
    onK8sEvent: (object, event) => events.record(object, event),
    onObjectEvent: (event) => options.onObjectEvent?.(event),
  });
  const proxy = options.startServiceProxy?.({
    client,
    runtime,
    clock,
    speed: options.settings.speed,
    onK8sEvent: (object, event) => events.record(object, event),
    onWarning: options.onWarning,
    log,
  });
  const volumes = new VolumeReclaimer({ client, runtime, log });
  volumes.start();
  const submitted: KubernetesObject[] = [];

  return {
    client,
    registry,
    runtime,
    staticPods: kubelet,
    submit: (objects) => {
      // The one write past the client: an API server has no request for all of them or none.
      const stored = registry.createAll(objects.map((it) => withThisNode(it, node.name)));
      submitted.push(...stored);
      const pods = stored.filter((object) => object.kind === "Pod");
      for (const { metadata } of pods) tracker.keep(metadata.uid!);
      return pods;
    },
    deleteOwners: () => {
      for (const object of MANAGING_KINDS.flatMap((kind) => client.list(kind))) {
        const { kind, metadata: { namespace = "", name } } = object;
        client.delete(kind, namespace, name, { propagation: "background" }).catch((error) =>
          log.error("Cannot delete object", { object: `${kind} ${name}`, error: messageOf(error) })
        );
      }
    },
    submitted: () => submitted.values().map((object) => findProgress(object, registry, tracker)),
    deletePod: (namespace, name, graceSeconds) => {
      if (client.get("Pod", namespace, name) === undefined) return;
      const options = graceSeconds === undefined ? {} : { graceSeconds };
      client.delete("Pod", namespace, name, options).catch((error) =>
        log.error("Cannot delete pod", { pod: `${namespace}/${name}`, error: messageOf(error) })
      );
    },
    pods: () => tracker.list(),
    queues: () => controllers?.queues() ?? [],
    everyPod: (condition) => tracker.every(condition),
    events: () => events.list(),
    waitFor: (condition, signal) => changes.waitFor(condition, signal),
    shutDown: () => {
      // What they have begun is awaited by `stop`.
      for (const actor of [scheduler, controllers, statuses]) void actor?.stop();
      return kubelet.shutDown();
    },
    kill: () => kubelet.kill(),
    stop: async () => {
      // At the same time: a store that does not answer the scheduler delays no SIGKILL.
      await Promise.all([scheduler.stop(), kubelet.stop(), controllers?.stop(), proxy?.stop()]);
      await statuses.stop();
      await volumes.stop();
    },
  };
}

/** Follows the pods of the node, and reports their changes. */
function createTracker(
  { node, onPodAdded, onPodChange, onPodGone }: ClusterOptions,
  { changes, client, ...scheduling }: Pick<PodTrackerOptions, "whyUnschedulable" | "takesRoom"> & {
    readonly changes: ChangeNotifier;
    readonly client: ObjectClient;
  },
): PodTracker {
  return new PodTracker({
    nodeName: node.name,
    ...scheduling,
    onAdded: (pod) => {
      onPodAdded?.(pod, findOwners(client, pod));
      changes.notify();
    },
    onChange: (progress) => {
      onPodChange?.(progress);
      changes.notify();
    },
    ...(onPodGone && { onGone: onPodGone }),
  });
}

/** Gives Pods the node, and reports it. */
function createScheduler(
  { clock, node, scheduling, log, onLogEvent }: ClusterOptions,
  { client, changes, events }: {
    readonly client: ObjectClient;
    readonly changes: ChangeNotifier;
    readonly events: EventRecorder;
  },
): Scheduler {
  return new Scheduler({
    client,
    clock,
    nodeName: node.name,
    scheduling,
    onK8sEvent: (pod, event) => events.record(pod, event),
    onLogEvent,
    onAttempt: () => changes.notify(),
    log,
  });
}

/** A node with its runtime; what the runtime reports goes to the node. */
function createKubelet(
  options: ClusterOptions,
  { client, statuses, events, tracker }: {
    readonly client: ObjectClient;
    readonly statuses: StatusManager;
    readonly events: EventRecorder;
    readonly tracker: PodTracker;
  },
): { readonly kubelet: Kubelet; readonly runtime: Runtime } {
  const { node } = options;
  const runtime = options.createRuntime({
    onEvent: (event) => kubelet.onRuntimeEvent(event),
    onOutput: options.onOutput,
    onWarning: options.onWarning,
  });
  const kubelet = new Kubelet({
    client,
    nodeName: node.name,
    scheduling: options.scheduling,
    runtime,
    clock: options.clock,
    settings: options.settings,
    starts: new Semaphore(options.startsAtOnce),
    defaults: {
      resolveImage: options.resolveImage,
      ...(options.resolveCommand && { resolveCommand: options.resolveCommand }),
      user: options.user ?? { uid: 0, gid: 0 },
      home: options.home,
    },
    sourcesOf: (pod, references) => readSources({ client, node }, pod, references),
    ...options.startPodApi?.({ ...options, client, runtime, speed: options.settings.speed }),
    hostIP: node.hostIP,
    bindClaim: (namespace, name) => client.bindClaim(namespace, name),
    statuses,
    events,
    log: options.log,
    onLogEvent: options.onLogEvent,
    onPodEvent: options.onPodEvent,
    onProgress: (progress) => tracker.onProgress(progress),
  });
  return { kubelet, runtime };
}

/** How far a submitted object is: the object that now has its name may be another one. */
function findProgress(
  object: KubernetesObject,
  registry: Registry,
  tracker: PodTracker,
): ObjectProgress {
  const { kind, metadata: { namespace, name, uid } } = object;
  const known = tracker.find(uid!)?.pod ?? registry.get(kind, namespace ?? "", name);
  if (known?.metadata.uid !== uid) return { object, state: "done" };
  const pods: PodStates = {
    stateOf: (pod) => tracker.find(pod.metadata.uid!)?.state ?? "done",
    ownedBy: (owner) => tracker.ownedBy(owner),
  };
  return { object: known!, state: computeObjectState(known!, pods) };
}

/** The objects that control a pod, the nearest first. */
function findOwners(client: ObjectClient, { metadata }: Pod): KubernetesObject[] {
  const owners: KubernetesObject[] = [];
  for (let controller = controllerOf(metadata); controller !== undefined;) {
    const row = findKind(controller.apiVersion, controller.kind);
    const owner = row && client.get(row.kind, metadata.namespace ?? "", controller.name);
    if (owner?.metadata.uid !== controller.uid) break;
    owners.push(owner!);
    controller = controllerOf(owner!.metadata);
  }
  return owners;
}

/** A node that a manifest names is one of another cluster, and stands for this one (R-SCHED-4). */
export function withThisNode(object: KubernetesObject, nodeName: string): KubernetesObject {
  const place = (pod: Pod) => pod.spec.nodeName ? { ...pod, spec: { ...pod.spec, nodeName } } : pod;
  return mapPods(object, place);
}
