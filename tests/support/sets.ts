/** StatefulSets and DaemonSets for tests of controllers, and a world that applies their writes. */
import { prepareCreate } from "../../src/api/kinds/creation.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { prepareUpdate } from "../../src/api/kinds/update.ts";
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetSpec,
  StatefulSet,
  StatefulSetSpec,
} from "../../src/api/types/apps.ts";
import type { PersistentVolumeClaim } from "../../src/api/types/core.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { formatSecond } from "../../src/base/go_text.ts";
import type { Changes, ControllerWrite } from "../../src/controllers/change.ts";
import {
  computeDaemonSetChanges,
  type DaemonMemory,
} from "../../src/controllers/daemon_set/daemon_set.ts";
import { computeStatefulSetChanges } from "../../src/controllers/stateful_set/stateful_set.ts";
import type { SchedulableNode } from "../../src/api/scheduling/node_pods.ts";
import { nodeFactsOf } from "./node_facts.ts";
import { momentAt, START_MS, templateOf } from "./workloads.ts";

await loadRules(["StatefulSet"]);

const labels = { app: "web" };

/** A StatefulSet `web`. */
export function statefulSetOf(spec: Partial<StatefulSetSpec> = {}): StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  };
}

/** A DaemonSet `web`. */
export function daemonSetOf(spec: Partial<DaemonSetSpec> = {}): DaemonSet {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  };
}

/** A template of claims of this name. */
export function claimTemplateOf(name: string): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
}

/** One set and what it owns, as a store without delays has them. */
export class SetWorld<S extends StatefulSet | DaemonSet> {
  set: S;
  pods: Pod[] = [];
  revisions: ControllerRevision[] = [];
  claims: PersistentVolumeClaim[] = [];
  /** Lines such as `createPod web-0`, in order; hashes are shown as `A`, `B` and so on. */
  readonly written: string[] = [];
  /** `REASON MESSAGE` of the events, in order. */
  readonly events: string[] = [];
  /** The rules of the writes, in order. */
  readonly rules: string[] = [];
  /** What is reported that it waits for, in order. */
  readonly waits: string[] = [];
  /** The one node. */
  node: SchedulableNode = nodeFactsOf("node");
  /** Seconds since the start. */
  seconds = 0;
  /** The wall time of the next look that the last pass asked for, in seconds since the start. */
  wakeAt: number | undefined;
  readonly #hashes: string[] = [];
  #memory: unknown;
  #count = 0;

  constructor(set: S) {
    this.set = this.#create(set);
  }

  /** Another spec, as an update would store it. */
  change(spec: Partial<S["spec"]>): void {
    const given = { ...this.set, spec: { ...this.set.spec, ...spec } } as S;
    this.set = prepareUpdate(given as KubernetesObject, this.set).object as S;
  }

  /** One step of the controller; whether it changed something. */
  step(): boolean {
    const { writes, published, wakeAtMs, events = [] } = this.#compute();
    for (const write of writes) this.#apply(write);
    for (const { reason, messageOf } of events) this.events.push(`${reason} ${messageOf("")}`);
    if (published !== undefined) this.set = published;
    this.wakeAt = wakeAtMs === undefined ? undefined : (wakeAtMs - START_MS) / 1000;
    return writes.length > 0 || published !== undefined;
  }

  /** Until there is nothing to do; the lines of what was written. */
  settle(): string[] {
    const from = this.written.length;
    for (let steps = 0; steps < 100; steps++) {
      if (!this.step()) return this.written.slice(from).map((it) => this.#shorten(it));
    }
    throw new Error(`the controller does not settle:\n${this.written.slice(-20).join("\n")}`);
  }

  /** Everything that a rollout needs, until nothing changes; the lines of what was written. */
  rollOut(): string[] {
    const written: string[] = [];
    for (let rounds = 0; rounds < 50; rounds++) {
      const lines = this.settle();
      this.endDeleted();
      lines.push(...this.settle());
      this.makeReady();
      lines.push(...this.settle());
      if (lines.length === 0) return written;
      written.push(...lines);
    }
    throw new Error(`the rollout has no end:\n${written.slice(-20).join("\n")}`);
  }

  /** Pods with these names, or all, become ready. */
  makeReady(...names: string[]): void {
    this.setPods(names, { phase: "Running" }, "True");
  }

  /** Pods with these names, or all, get this status. */
  setPods(names: string[], status: NonNullable<Pod["status"]>, ready: "True" | "False"): void {
    const lastTransitionTime = formatSecond(momentAt(this.seconds).wallMs);
    this.pods = this.pods.map((pod) => {
      const isMeant = names.length === 0 || names.includes(pod.metadata.name);
      const present = pod.status?.conditions?.find(({ type }) => type === "Ready")?.status;
      if (!isMeant || present === ready) return pod;
      const conditions = [{ type: "Ready", status: ready, lastTransitionTime }];
      return { ...pod, status: { ...status, conditions } };
    });
  }

  /** What is being deleted is gone. */
  endDeleted(): void {
    this.pods = this.pods.filter((it) => it.metadata.deletionTimestamp === undefined);
  }

  /** A Pod is being deleted, as by hand. */
  deletePod(name: string): void {
    const deletionTimestamp = formatSecond(momentAt(this.seconds).wallMs);
    this.pods = this.pods.map((it) =>
      it.metadata.name === name ? { ...it, metadata: { ...it.metadata, deletionTimestamp } } : it
    );
  }

  /** Names of the Pods with their images, and a sign for those that are being deleted. */
  show(): string[] {
    return this.pods.map(({ metadata, spec }) =>
      `${metadata.name} ${spec.containers[0]!.image}${metadata.deletionTimestamp ? " -" : ""}`
    );
  }

  /** The status, with `A` and `B` for the hashes. */
  get status(): unknown {
    return JSON.parse(this.#shorten(JSON.stringify(this.set.status)));
  }

  #compute(): Changes<S> {
    const { set, pods, revisions, claims } = this;
    const now = momentAt(this.seconds);
    const changes = set.kind === "StatefulSet"
      ? computeStatefulSetChanges({
        statefulSet: set,
        pods,
        revisions,
        findClaim: (name) => claims.find(({ metadata }) => metadata.name === name),
      }, now)
      : computeDaemonSetChanges({
        daemonSet: set,
        pods,
        revisions,
        node: this.node,
        memory: this.#memory as DaemonMemory | undefined,
      }, now);
    for (const { because } of changes.decisions ?? []) this.waits.push(because);
    this.#memory = changes.memory;
    return changes as unknown as Changes<S>;
  }

  #apply({ action, verb, object, event, rule }: ControllerWrite): void {
    const stored = verb === "create" ? this.#create(object) : object;
    const { name, labels = {} } = stored.metadata;
    if (action === "createRevision") {
      const label = labels["controller.kubernetes.io/hash"] ?? labels["controller-revision-hash"];
      this.#hashes.push(label!);
    }
    this.written.push(`${action} ${name}`);
    this.rules.push(rule);
    if (event) this.events.push(`${event.reason} ${event.messageOf(name)}`);
    if (stored.kind === "ControllerRevision") this.revisions = put(this.revisions, verb, stored);
    if (stored.kind === "PersistentVolumeClaim") this.claims = put(this.claims, verb, stored);
    if (stored.kind !== "Pod") return;
    if (verb === "delete") this.deletePod(name);
    else this.pods = put(this.pods, verb, stored);
  }

  /** As the registry stores it, with what a scheduler adds to a Pod. */
  #create<O extends { readonly kind: string; readonly metadata: Pod["metadata"] }>(given: O): O {
    const { metadata } = given;
    const name = metadata.name || `${metadata.generateName}${++this.#count}`;
    const stamp = {
      uid: `uid-${++this.#count}`,
      creationTimestamp: formatSecond(momentAt(this.seconds).wallMs),
    };
    const named = { ...given, metadata: { ...metadata, name } };
    const { object, errors } = prepareCreate(named as unknown as KubernetesObject, stamp);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    const spec = object.kind === "Pod" && { spec: { ...object.spec, nodeName: "node" } };
    return { ...object, ...spec } as unknown as O;
  }

  #shorten(text: string): string {
    return this.#hashes.reduce(
      (it, hash, index) => it.replaceAll(hash, "ABCDEFGH"[index]!),
      text,
    );
  }
}

function put<O extends Pod | ControllerRevision | PersistentVolumeClaim>(
  list: O[],
  verb: string,
  object: O,
): O[] {
  const others = list.filter((it) => it.metadata.uid !== object.metadata.uid);
  if (verb === "delete") return others;
  if (verb === "create") return [...list, object];
  return list.map((it) => it.metadata.uid === object.metadata.uid ? object : it);
}
