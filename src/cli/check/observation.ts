/** What is seen of the run of a scenario. */
import { FOLLOWED_KINDS } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod, PodStatus } from "../../api/types/pod.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import type { Cluster } from "../../cluster.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../runtime/config.ts";
import type { SimulationScript } from "../../runtime/simulated/simulation_script.ts";
import { PodNames } from "../../scenario/pod_names.ts";
import type { RecordedRun } from "../play/recorded_run.ts";
import type { RunPlace } from "../play/machine_run.ts";

/** What is seen of a Pod. */
export interface ObservedPod {
  /** As it was last. */
  readonly pod: Pod;
  /** Its own name, and others such as `web#2`. */
  readonly names: readonly string[];
  /** Every status that was published, each once. */
  readonly statuses: readonly ObservedStatus[];
}

/** A status that was published. */
export interface ObservedStatus {
  readonly at: Millis;
  readonly status: PodStatus;
  /** Its Pod was being deleted. */
  readonly isEnding: boolean;
}

/** All that a scenario's expectations are compared with. */
export interface Observation extends Pick<RecordedRun, "events" | "exitStatus" | "diagnostics"> {
  /** In the order in which they appeared. */
  readonly pods: readonly ObservedPod[];
  /** By `KIND/NAME`, as they were before they were deleted. */
  readonly objects: ReadonlyMap<string, KubernetesObject>;
  /** `TYPE REASON MESSAGE` */
  readonly kubernetesEvents: readonly string[];
  /** What the machine was last asked to create, by name of Pod or container. */
  readonly asked: ReadonlyMap<string, PodSandboxConfig | ContainerConfig>;
  /** A text in which `UID` stands for the uid of a Pod: each run has others. */
  readonly withoutIds: (text: string) => string;
}

interface OpenPod {
  pod: Pod;
  readonly names: readonly string[];
  readonly statuses: ObservedStatus[];
}

/** Follows one run. */
export class Observer {
  readonly #names = new PodNames();
  readonly #pods = new Map<string, OpenPod>();
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #asked = new Map<string, PodSandboxConfig | ContainerConfig>();
  #cluster: Cluster | undefined;

  /** What the run is to call. */
  placeFor(clock: Clock): Partial<RunPlace> {
    return {
      names: this.#names,
      onPodAdded: (pod) => {
        const names = this.#names.namesOf(pod);
        this.#pods.set(pod.metadata.uid ?? "", { pod, names, statuses: [] });
      },
      onPodChange: ({ pod }) => this.#noteStatus(pod, clock.now()),
      onSubmitted: (cluster) => this.#follow(cluster),
    };
  }

  /** A script that notes what is asked of it. */
  observe(script: SimulationScript): SimulationScript {
    return {
      ...script,
      container: (config, pod) => {
        this.#asked.set(config.name, config);
        return script.container?.(config, pod) ?? {};
      },
      sandbox: (config) => {
        this.#asked.set(config.podName, config);
        return script.sandbox?.(config) ?? {};
      },
    };
  }

  /** What has been seen, once the run is over. */
  finish({ events, exitStatus, diagnostics }: RecordedRun): Observation {
    return {
      events: events.map((event) => "pod" in event ? this.#rename(event) : event),
      exitStatus,
      diagnostics,
      pods: [...this.#pods.values()],
      objects: this.#objects,
      kubernetesEvents: this.#cluster?.events()
        .map(({ type, reason, message }) => this.#withoutIds(`${type} ${reason} ${message}`)) ?? [],
      asked: this.#asked,
      withoutIds: (text) => this.#withoutIds(text),
    };
  }

  /** A text in which each run has other words: `UID` and `NODE` stand for them. */
  #withoutIds(text: string): string {
    let result = text;
    for (const [uid, { pod: { spec } }] of this.#pods) {
      if (uid !== "") result = result.replaceAll(uid, "UID");
      if (spec.nodeName && result.endsWith(` to ${spec.nodeName}`)) {
        result = `${result.slice(0, -spec.nodeName.length)}NODE`;
      }
    }
    return result;
  }

  /** A Pod that is made by another object has a name that is not known before: `web#1`. */
  #rename<E extends RunEvent & { readonly pod: string; readonly uid: string }>(event: E): E {
    const name = this.#pods.get(event.uid)?.names.findLast((it) => it.includes("#"));
    if (name === undefined) return event;
    return { ...event, pod: `${event.pod.slice(0, event.pod.indexOf("/"))}/${name}` };
  }

  #noteStatus(pod: Pod, at: Millis): void {
    const seen = this.#pods.get(pod.metadata.uid ?? "");
    if (seen === undefined) return;
    seen.pod = pod;
    const { status } = pod;
    if (status === undefined || seen.statuses.at(-1)?.status === status) return;
    seen.statuses.push({ at, status, isEnding: pod.metadata.deletionTimestamp !== undefined });
  }

  #follow(cluster: Cluster): void {
    this.#cluster = cluster;
    for (const kind of FOLLOWED_KINDS) {
      cluster.client.watch(kind, ({ type, object }) => {
        if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) return;
        this.#objects.set(`${kind}/${object.metadata.name}`, object);
      });
    }
  }
}
