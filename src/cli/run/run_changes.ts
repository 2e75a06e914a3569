/** What a run changes about its objects while it goes on: `--apply`, `--delete`, and a script. */
import { applyManifest } from "../../api/patch/three_way.ts";
import { keyOfObject, mapPods, resourceOf, strategyOf } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import { type Cluster, withThisNode } from "../../cluster.ts";
import type { PodNames } from "../../scenario/pod_names.ts";
import {
  type Plan,
  type PlannedApply,
  type PlannedChange,
  type PlannedDeletion,
  withHostPaths,
} from "../manifest/plan.ts";

/** What makes {@link RunChanges}. */
export interface RunChangesOptions {
  readonly plan: Plan;
  readonly cluster: () => Cluster;
  /** Stands for every node that a manifest names. */
  readonly nodeName: string;
  readonly clock: Clock;
  /** The names of the Pods that have appeared. */
  readonly names: PodNames;
  /** Gets each manifest when it is applied, before anything of it is written. */
  readonly onApply: (apply: PlannedApply) => void;
  /** Called after each change. */
  readonly onMade: () => void;
  /** Gets a line about each change that cannot be made; the run goes on. */
  readonly warn: (line: string) => void;
}

/** How long controllers have to answer a change. */
const SETTLE_MS: Millis = 100;

/** Makes the planned changes, each at its moment of lifecycle time. */
export class RunChanges {
  readonly #options: RunChangesOptions;
  /** The manifest that was applied last, by key of the object. */
  readonly #applied = new Map<string, KubernetesObject>();
  readonly #over = new AbortController();
  #pending: number;

  /** Has made none. */
  constructor(options: RunChangesOptions) {
    this.#options = options;
    this.#pending = options.plan.changes.length;
    for (const [document, object] of options.plan.objects) {
      this.#applied.set(keyOfObject(object), this.#place(object, document.folder));
    }
  }

  /** Whether changes are to come. */
  get isPending(): boolean {
    return this.#pending > 0;
  }

  /**
   * Begins; resolves when every manifest has been applied, or none will be any more. What is only
   * deleted keeps no run going.
   */
  async run(): Promise<void> {
    const made = this.#options.plan.changes.map((it) => [it, this.#makeLater(it)] as const);
    await Promise.all(made.filter(([{ type }]) => type === "apply").map(([, it]) => it));
  }

  /** The run ends: nothing is changed any more. */
  stop(): void {
    this.#over.abort();
  }

  async #makeLater(change: PlannedChange): Promise<void> {
    const { clock, warn } = this.#options;
    try {
      await clock.sleepUntil(change.at, this.#over.signal);
    } catch {
      return; // The only failure is our own abort.
    }
    try {
      if (change.type === "apply") await this.#apply(change);
      else await this.#delete(change);
    } catch (error) {
      const what = change.type === "apply" ? `apply ${change.file}` : `delete ${change.name}`;
      warn(`Cannot ${what}: ${messageOf(error)}`);
    } finally {
      await this.#settle();
      this.#pending--;
      this.#options.onMade();
    }
  }

  /** Until controllers have answered: before, a status is that of the time before the change. */
  async #settle(): Promise<void> {
    const { clock } = this.#options;
    // The only failure is our own abort.
    await clock.sleepUntil(clock.now() + SETTLE_MS, this.#over.signal).catch(() => {});
  }

  async #apply(apply: PlannedApply): Promise<void> {
    const { warn, onApply } = this.#options;
    onApply(apply);
    for (const [document, object] of apply.objects) {
      try {
        await this.#applyObject(this.#place(object, document.folder));
      } catch (error) {
        // The other objects are applied all the same, as kubectl does.
        warn(`Cannot apply ${apply.file}: ${messageOf(error)}`);
      }
    }
  }

  async #applyObject(object: KubernetesObject): Promise<void> {
    const cluster = this.#options.cluster();
    const key = keyOfObject(object);
    const { namespace, name } = object.metadata;
    const scope = strategyOf(object).namespaced ? namespace || "default" : "";
    const present = cluster.client.get(object.kind, scope, name);
    if (present === undefined) cluster.submit([object]);
    else await cluster.client.update(applyManifest(present, object, this.#applied.get(key)));
    this.#applied.set(key, object);
  }

  /** An object as it is submitted: with the paths and the node of this machine. */
  #place(object: KubernetesObject, folder: string): KubernetesObject {
    const placed = mapPods(object, (pod) => withHostPaths(pod, folder));
    return withThisNode(placed, this.#options.nodeName);
  }

  async #delete({ kind, name, graceSeconds }: PlannedDeletion): Promise<void> {
    const { names } = this.#options;
    const { client } = this.#options.cluster();
    const found = client.list(kind).filter((it) =>
      it.kind === "Pod" ? names.isNamed(name, it) : it.metadata.name === name
    );
    if (found.length === 0) throw new Error(`${resourceOf(kind)} "${name}" not found`);
    const options = graceSeconds === undefined ? {} : { graceSeconds };
    for (const { metadata: { namespace = "", name } } of found) {
      await client.delete(kind, namespace, name, options);
    }
  }
}
