/**
 * Keeps the files in volumes of pods that run as the objects are that they come from: ConfigMaps,
 * Secrets, fields of the pod, and tokens, which are replaced before they end.
 *
 * Rule: R-VOL-4; Kubernetes, pkg/kubelet/volumemanager/reconciler, where volumes that require a
 * remount are set up again with each sync of the pod. `Differs:` at once, not within a minute.
 */
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import type { FilesVolume, VolumeConfig } from "../../runtime/config.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";
import { findTokenReferences, findVolumeReferences } from "../config/pod_references.ts";
import { generateVolumeConfigs, generateVolumeOwnership } from "../config/volume_config.ts";
import type { PodTokens } from "./pod_tokens.ts";
import type { SourceReader } from "./source_reader.ts";

/** What volumes are kept with. */
export interface VolumeRefresherOptions {
  readonly client: Pick<ObjectClient, "watch">;
  readonly runtime: Pick<Runtime, "updateVolumes">;
  readonly clock: Clock;
  readonly sourcesOf: SourceReader;
  readonly tokens: Pick<PodTokens, "renewAt" | "forget">;
  readonly log: Logger;
}

/** A pod whose volumes have been made. */
interface Followed {
  pod: Pod;
  /** What its volumes come from: `ConfigMap namespace/name`. */
  readonly sources: ReadonlySet<string>;
  /** What the volumes hold now, by name. */
  readonly written: Map<string, FilesVolume>;
  /** Something may have changed since the last look. */
  isDue: boolean;
  work: Promise<void> | undefined;
  /** Ends the wait for the next token. */
  wait: AbortController;
  /** As it was reported last. */
  fault: string | undefined;
}

/** Follows the volumes of a node's pods. */
export class VolumeRefresher {
  readonly #options: VolumeRefresherOptions;
  readonly #pods = new Map<string, Followed>();

  /** Follows none yet, and watches what volumes come from. */
  constructor(options: VolumeRefresherOptions) {
    this.#options = options;
    const { client } = options;
    client.watch("Pod", (event) => this.#onPod(event));
    client.watch("ConfigMap", (event) => this.#onSource("ConfigMap", event));
    client.watch("Secret", (event) => this.#onSource("Secret", event));
  }

  /** Follows a pod from now on: these volumes of it have just been made. */
  add(pod: Pod, volumes: readonly VolumeConfig[]): void {
    const files = volumes.filter((it) => it.type === "files");
    if (files.length === 0) return;
    const { namespace, uid } = pod.metadata;
    const references = findVolumeReferences(pod);
    const followed: Followed = {
      pod,
      sources: new Set(references.map(({ kind, name }) => `${kind} ${namespace}/${name}`)),
      written: new Map(files.map((it) => [it.name, it])),
      isDue: false,
      work: undefined,
      wait: new AbortController(),
      fault: undefined,
    };
    this.#pods.set(uid!, followed);
    this.#awaitToken(followed);
  }

  /** Leaves the volumes of a pod alone; resolves when nothing is at work on them. */
  async remove(uid: string): Promise<void> {
    const followed = this.#pods.get(uid);
    if (followed === undefined) return;
    this.#pods.delete(uid);
    followed.wait.abort();
    await followed.work;
  }

  /** As {@link remove}, for a pod that is gone. */
  async forget(uid: string): Promise<void> {
    await this.remove(uid);
    this.#options.tokens.forget(uid);
  }

  #onPod({ type, object: pod }: WatchEvent<Pod>): void {
    const followed = this.#pods.get(pod.metadata.uid!);
    if (followed === undefined || type !== "MODIFIED") return;
    const { labels, annotations } = followed.pod.metadata;
    followed.pod = pod;
    const isShown = labels === pod.metadata.labels && annotations === pod.metadata.annotations;
    if (!isShown) this.#refresh(followed);
  }

  #onSource(kind: "ConfigMap" | "Secret", { object: { metadata } }: WatchEvent<{
    readonly metadata: Pod["metadata"];
  }>): void {
    const source = `${kind} ${metadata.namespace}/${metadata.name}`;
    for (const followed of this.#pods.values()) {
      if (followed.sources.has(source)) this.#refresh(followed);
    }
  }

  #awaitToken(followed: Followed): void {
    const { clock, tokens } = this.#options;
    followed.wait.abort();
    followed.wait = new AbortController();
    const at = tokens.renewAt(followed.pod.metadata.uid!);
    if (at === Infinity) return;
    clock.sleepUntil(at, followed.wait.signal)
      .then(() => this.#refresh(followed), () => {}); // The only failure is our own abort.
  }

  #refresh(followed: Followed): void {
    followed.isDue = true;
    followed.work ??= this.#work(followed);
  }

  async #work(followed: Followed): Promise<void> {
    // A watcher does not write while it is being notified.
    await Promise.resolve();
    const isFollowed = () => this.#pods.get(followed.pod.metadata.uid!) === followed;
    while (followed.isDue && isFollowed()) {
      followed.isDue = false;
      try {
        await this.#update(followed, isFollowed);
      } catch (error) {
        this.#report(followed, messageOf(error));
      }
    }
    followed.work = undefined;
    if (isFollowed()) this.#awaitToken(followed);
  }

  async #update(followed: Followed, isFollowed: () => boolean): Promise<void> {
    const { runtime, sourcesOf } = this.#options;
    const { pod, written } = followed;
    const references = { objects: findVolumeReferences(pod), tokens: findTokenReferences(pod) };
    const { configs, failures } = generateVolumeConfigs(await sourcesOf(pod, references));
    // What cannot be made keeps what it has.
    this.#report(followed, [...failures.values()].join("; ") || undefined);
    const changed = configs.filter((it) => it.type === "files")
      .filter((it) => written.has(it.name) && !isEqual(it, written.get(it.name)));
    if (changed.length === 0 || !isFollowed()) return;
    await runtime.updateVolumes(pod.metadata.uid!, changed, generateVolumeOwnership(pod));
    for (const it of changed) written.set(it.name, it);
  }

  /** Each fault once, for as long as it lasts. */
  #report(followed: Followed, fault: string | undefined): void {
    if (fault !== undefined && fault !== followed.fault) {
      const { namespace, name } = followed.pod.metadata;
      this.#options.log.warn("Cannot refresh volumes", {
        pod: `${namespace}/${name}`,
        error: fault,
      });
    }
    followed.fault = fault;
  }
}
