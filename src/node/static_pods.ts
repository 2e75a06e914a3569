/**
 * The Pods that a node has from files of its own: each runs as long as its file is there,
 * with or without the object that stands for it.
 *
 * Rule: Kubernetes, pkg/kubelet/kubelet.go, syncPod and tryReconcileMirrorPods, and
 * pkg/kubelet/kubelet_pods.go, HandlePodCleanups.
 */
import { isMirror, mirrorOf, ranUid } from "../api/scheduling/static_pod.ts";
import type { Pod } from "../api/types/pod.ts";
import type { ObjectClient } from "../store/client.ts";
import type { PodProgress } from "./pod_worker.ts";

/** What runs them: the kubelet. */
export interface StaticPodHost {
  /** Begins to work on a Pod that has no object of its uid. */
  startStatic(pod: Pod): void;
  /** Ends it with its grace; resolves when nothing of it is left. */
  endStatic(uid: string): Promise<void>;
  /** How far it is. */
  findStatic(uid: string): PodProgress | undefined;
}

/** What makes {@link StaticPods}. */
export interface StaticPodsOptions {
  readonly client: Pick<
    ObjectClient,
    "get" | "list" | "watch" | "create" | "updateStatus" | "delete"
  >;
  readonly host: StaticPodHost;
  readonly nodeName: string;
}

/** The name of an object is that of another Pod. */
class NameTakenError extends Error {
  constructor(key: string) {
    super(`there is a Pod ${key} that is not of a file: delete it, or name the other one`);
    this.name = "NameTakenError";
  }
}

/**
 * Makes what runs and what stands for it follow what is wanted, by namespace and name; the passes
 * over one name come one after the other.
 */
export class StaticPods {
  readonly name = "static Pod";
  readonly #options: StaticPodsOptions;
  #wanted: ReadonlyMap<string, Pod> = new Map();
  /** Uids of those that have been started. */
  readonly #running = new Map<string, string>();
  readonly #ending = new Set<string>();
  /** Names whose object is that of an end: another one takes its place. */
  readonly #outdated = new Set<string>();
  #onKey: (key: string) => void = () => {};

  /** Wants none. */
  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  /** These are wanted, and no others. */
  want(pods: readonly Pod[]): void {
    const before = this.#wanted;
    this.#wanted = new Map(pods.map((pod) => [keyOf(pod), pod]));
    for (const key of new Set([...before.keys(), ...this.#wanted.keys()])) this.#onKey(key);
  }

  /**
   * Names each Pod that is wanted or whose object needs a look.
   *
   * @returns what ends it.
   */
  watch(onKey: (key: string) => void): () => void {
    this.#onKey = onKey;
    for (const key of this.#wanted.keys()) onKey(key);
    const { client, nodeName } = this.#options;
    return client.watch("Pod", ({ type, object: pod }) => {
      if (pod.spec.nodeName !== nodeName || !isMirror(pod)) return;
      // Its status is written by its worker.
      if (type !== "MODIFIED" || pod.metadata.deletionTimestamp !== undefined) onKey(keyOf(pod));
    });
  }

  /** Looks at one name, and does what follows. */
  async reconcile(key: string): Promise<Record<string, never>> {
    const wanted = this.#wanted.get(key);
    const uid = this.#running.get(key);
    // What is replaced ends first, and is shown until then.
    if (uid !== undefined && this.#ending.has(uid)) return {};
    if (uid !== undefined && uid !== wanted?.metadata.uid) this.#end(key, uid);
    else await this.#show(key, wanted, uid);
    return {};
  }

  #end(key: string, uid: string): void {
    this.#ending.add(uid);
    void this.#options.host.endStatic(uid).then(() => {
      this.#ending.delete(uid);
      this.#running.delete(key);
      this.#outdated.add(key);
      this.#onKey(key);
    });
  }

  async #show(key: string, wanted: Pod | undefined, uid: string | undefined): Promise<void> {
    const { client, host, nodeName } = this.#options;
    const [namespace = "", name = ""] = key.split("/");
    const present = client.get("Pod", namespace, name);
    if (present !== undefined && !isMirror(present)) {
      if (wanted === undefined) return;
      throw new NameTakenError(key);
    }
    const isCurrent = present !== undefined && present.metadata.deletionTimestamp === undefined &&
      ranUid(present) === wanted?.metadata.uid && !this.#outdated.has(key);
    if (present !== undefined && !isCurrent) {
      const { uid } = present.metadata;
      await client.delete("Pod", namespace, name, { graceSeconds: 0, ...uid && { uid } });
    }
    this.#outdated.delete(key);
    // The node may have gone: it is there again at the next start.
    const node = client.get("Node", "", nodeName);
    if (wanted === undefined || node === undefined) return;
    const mirror = isCurrent ? present : await client.create(mirrorOf(wanted, node));
    if (uid === undefined) {
      this.#running.set(key, wanted.metadata.uid!);
      const { metadata } = wanted;
      host.startStatic({ ...mirror, metadata: { ...mirror.metadata, uid: metadata.uid! } });
    } else if (!isCurrent) {
      const { status } = host.findStatic(uid)?.pod ?? {};
      if (status !== undefined) await client.updateStatus({ ...mirror, status });
    }
  }
}

function keyOf({ metadata: { namespace = "", name } }: Pod): string {
  return `${namespace}/${name}`;
}
