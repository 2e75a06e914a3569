/**
 * The wiring diagram: a store and a node from a clock and a runtime. `run`, `serve` and the simulation
 * all start here, and every object comes in through the registry.
 */
import type { KubernetesObject } from "./api/kinds.ts";
import type { Pod } from "./api/pod.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/log.ts";
import type { LifecycleSettings } from "./lifecycle/record.ts";
import type { LogEvent } from "./lifecycle/trace.ts";
import type { ImageResolver } from "./node/container_config.ts";
import type { RecordedEvent } from "./node/event_recorder.ts";
import type { NodeFacts } from "./node/pod_sources.ts";
import type { ContainerOutput, Runtime, RuntimeListener } from "./runtime/runtime.ts";

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
  /** `HOME` of containers that set none. */
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
  /** Gets a pod each time something about it has changed. */
  readonly onPodChange?: (pod: PodProgress) => void;
  /** Where the program's own troubles are told. */
  readonly log: Logger;
}

/** How far a pod is. */
export interface PodProgress {
  /** As it is now, or as it was last where it has been deleted. */
  readonly pod: Pod;
  /**
   * `stuck`: all that is left are containers that cannot be configured, and only somebody else's doing
   * could change that; `done`: terminal, and nothing of it is left on the machine.
   */
  readonly state: "active" | "stuck" | "done";
}

/** A running cluster of one node. */
export interface Cluster {
  /**
   * Adds all of these objects or none of them, and starts the pods.
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
  /** Every pod that was ever submitted, in that order, deleted ones included. */
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
  /** Ends every pod at once, with SIGKILL, and resolves when nothing of them is left. May be repeated. */
  stop(): Promise<void>;
}
