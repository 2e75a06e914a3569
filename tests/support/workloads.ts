/** ReplicaSets, Deployments and Pods for tests of controllers, and a world that applies writes. */
import { defaultDeployment, defaultReplicaSet } from "../../src/api/workload_defaults.ts";
import type { Deployment, DeploymentSpec, ReplicaSet } from "../../src/api/types/apps.ts";
import type { ObjectMeta } from "../../src/api/types/meta.ts";
import type { Pod, PodStatus } from "../../src/api/types/pod.ts";
import { formatSecond } from "../../src/base/go_text.ts";
import type { ControllerWrite, ManagedObject, Moment } from "../../src/controllers/change.ts";
import {
  computeDeploymentChanges,
  resolveCollision,
} from "../../src/controllers/deployment/deployment.ts";
import { computeReplicaSetChanges } from "../../src/controllers/replica_set/replica_set.ts";

/** Where tests begin, in wall ms. */
export const START_MS: number = Date.parse("2026-01-01T00:00:00Z");

/** So many seconds after {@link START_MS}. */
export function momentAt(seconds: number): Moment {
  return { wallMs: START_MS + seconds * 1000, speed: 1 };
}

const labels = { app: "web" };

/** A template of one container with this image. */
export function templateOf(image = "web:1"): Deployment["spec"]["template"] {
  return { metadata: { labels }, spec: { containers: [{ name: "c", image }] } };
}

/** A stored Deployment `web`. */
export function deploymentOf(spec: Partial<DeploymentSpec> = {}): Deployment {
  return defaultDeployment({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", uid: "deployment", generation: 1 },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  });
}

/** A stored ReplicaSet `web` that no Deployment has. */
export function replicaSetOf(spec: Partial<ReplicaSet["spec"]> = {}): ReplicaSet {
  return defaultReplicaSet({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default", uid: "set", generation: 1 },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  });
}

/**
 * A Pod of that ReplicaSet which runs.
 *
 * @param options.readyAt seconds after the start; undefined: it is not ready.
 */
export function podOf(
  name: string,
  { readyAt, metadata, status, nodeName = "node" }: {
    readonly readyAt?: number;
    readonly metadata?: Partial<ObjectMeta>;
    readonly status?: PodStatus;
    readonly nodeName?: string;
  } = {},
): Pod {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "set" };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      labels,
      creationTimestamp: formatSecond(START_MS),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      ...metadata,
    },
    spec: { ...templateOf().spec, nodeName },
    status: { phase: "Running", conditions: [readiness(readyAt)], ...status },
  };
}

function readiness(readyAt: number | undefined) {
  return {
    type: "Ready",
    status: readyAt === undefined ? "False" : "True",
    lastTransitionTime: formatSecond(START_MS + (readyAt ?? 0) * 1000),
  } as const;
}

/** One Deployment, its ReplicaSets and Pods, as a store without delays has them. */
export class Workload {
  deployment: Deployment;
  replicaSets: ReplicaSet[] = [];
  pods: Pod[] = [];
  /** Lines such as `scaleReplicaSet web-x 1`, in order. */
  readonly written: string[] = [];
  /** The texts of the events, in order. */
  readonly events: string[] = [];
  /** Seconds since the start. */
  seconds = 0;
  #count = 0;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  get now(): Moment {
    return momentAt(this.seconds);
  }

  /** Another spec, as an update would store it. */
  change(spec: Partial<DeploymentSpec>): void {
    const { metadata } = this.deployment;
    this.deployment = defaultDeployment({
      ...this.deployment,
      metadata: { ...metadata, generation: metadata.generation! + 1 },
      spec: { ...this.deployment.spec, ...spec },
    });
  }

  /** One step of the Deployment's controller; whether it changed something. */
  stepDeployment(): boolean {
    const { deployment, replicaSets, pods } = this;
    const { writes, published } = computeDeploymentChanges(
      { deployment, replicaSets, pods },
      this.now,
    );
    for (const write of writes) {
      const taken = write.verb === "create" &&
        this.replicaSets.find((it) => it.metadata.name === write.object.metadata.name);
      const collided = taken && resolveCollision(this.deployment, taken);
      if (collided) {
        this.deployment = collided;
        return true;
      }
      this.#apply(write);
    }
    if (published !== undefined) this.deployment = published;
    return writes.length > 0 || published !== undefined;
  }

  /** One step of a ReplicaSet's controller; whether it changed something. */
  stepReplicaSet(replicaSet: ReplicaSet): boolean {
    const { writes, published } = computeReplicaSetChanges(
      { replicaSet, pods: this.pods },
      this.now,
    );
    for (const write of writes) this.#apply(write);
    if (published !== undefined) {
      this.replicaSets = this.replicaSets.map((it) => it === replicaSet ? published : it);
    }
    return writes.length > 0 || published !== undefined;
  }

  /** Every controller, until there is nothing to do. */
  settle(): void {
    for (let steps = 0; steps < 1000; steps++) {
      let isBusy = this.stepDeployment();
      for (const it of [...this.replicaSets]) isBusy = this.stepReplicaSet(it) || isBusy;
      if (!isBusy) return;
    }
    throw new Error(`the controllers do not settle:\n${this.written.slice(-20).join("\n")}`);
  }

  /** Pods that are chosen become ready. */
  makeReady(choose: (pod: Pod) => boolean = () => true): void {
    this.#changePods(
      (pod) => choose(pod) && !isReady(pod),
      (pod) => ({
        ...pod,
        status: { phase: "Running", conditions: [readiness(this.seconds)] },
      }),
    );
  }

  /** What is being deleted is gone. */
  endDeleted(): void {
    this.pods = this.pods.filter((it) => it.metadata.deletionTimestamp === undefined);
  }

  /** `spec.replicas` of each ReplicaSet, in order of creation. */
  sizes(): number[] {
    return this.replicaSets.map(({ spec }) => spec.replicas!);
  }

  #changePods(choose: (pod: Pod) => boolean, change: (pod: Pod) => Pod): void {
    this.pods = this.pods.map((it) => choose(it) ? change(it) : it);
  }

  #apply({ action, verb, object, event }: ControllerWrite): void {
    const stored = verb === "create" ? this.#stamp(object) : object;
    const size = stored.kind === "ReplicaSet" ? ` ${stored.spec.replicas}` : "";
    this.written.push(`${action} ${stored.metadata.name}${size}`);
    if (event) this.events.push(event.messageOf(stored.metadata.name));
    if (stored.kind === "ReplicaSet") {
      this.replicaSets = put(this.replicaSets, verb, stored);
    } else if (stored.kind === "Pod") {
      if (verb === "delete") {
        const deletionTimestamp = formatSecond(this.now.wallMs);
        this.#changePods(
          (it) => it.metadata.uid === stored.metadata.uid,
          (it) => ({ ...it, metadata: { ...it.metadata, deletionTimestamp } }),
        );
      } else this.pods = put(this.pods, verb, stored);
    }
  }

  #stamp(object: ManagedObject): ManagedObject {
    const { metadata } = object;
    const name = metadata.name || `${metadata.generateName}${++this.#count}`;
    const stamped = {
      ...metadata,
      name,
      uid: `uid-${name}`,
      generation: 1,
      creationTimestamp: formatSecond(this.now.wallMs),
    };
    if (object.kind === "Pod") {
      const spec = { ...object.spec, nodeName: "node" };
      return { ...object, metadata: stamped, spec, status: { phase: "Pending" } };
    }
    return { ...object, metadata: stamped } as ManagedObject;
  }
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((it) => it.type === "Ready" && it.status === "True") ?? false;
}

/** A change of the spec raises the generation. */
function put<O extends ReplicaSet | Pod>(list: O[], verb: string, object: O): O[] {
  if (verb === "create") return [...list, object];
  const others = list.filter((it) => it.metadata.uid !== object.metadata.uid);
  if (verb === "delete") return others;
  return list.map((it) =>
    it.metadata.uid !== object.metadata.uid ? it : {
      ...object,
      metadata: { ...object.metadata, generation: (it.metadata.generation ?? 0) + 1 },
    }
  );
}
