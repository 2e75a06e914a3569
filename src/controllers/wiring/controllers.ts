/**
 * Every controller, one row each, and the loop of each started. Loaded only where an object needs
 * them.
 */
import type { Deployment, ReplicaSet, ReplicationController } from "../../api/types/apps.ts";
import type { CronJob, Job } from "../../api/types/batch.ts";
import { KindTable } from "../../api/kinds/kind_table.ts";
import { FOLLOWED_KINDS, kindNameOf } from "../../api/kinds/kinds.ts";
import type { Namespace } from "../../api/types/cluster.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../../api/types/kinds.ts";
import type { SchedulableNode } from "../../api/scheduling/node_pods.ts";
import type { Logger } from "../../base/log.ts";
import type { LifecycleSettings } from "../../lifecycle/record/record.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";
import { Controller, type QueueCounts } from "../controller.ts";
import { ClaimProtection } from "./claim_protection.ts";
import type { ControllerRow, RelatedObjects } from "./controller_row.ts";
import { createCalendar } from "../cron_job/calendar.ts";
import { computeCronJobChanges } from "../cron_job/cron_job.ts";
import type { CronJobMemory } from "../cron_job/seen_jobs.ts";
import { computeDeploymentChanges, resolveCollision } from "../deployment/deployment.ts";
import { isRolling } from "../deployment/strategy.ts";
import { GarbageCollector } from "./garbage_collector.ts";
import { computeJobChanges, computeOrphanChanges } from "../job/job.ts";
import type { JobMemory } from "../job/job_facts.ts";
import type { ControllerContext } from "./object_writer.ts";
import { OwnedIndex } from "./owned_index.ts";
import { computeNamespaceChanges } from "../namespace/namespace.ts";
import { controllerOf } from "../ownership.ts";
import { isActive, isReady, isTerminal, isTerminating, readySince } from "../pod_state.ts";
import {
  computeReplicaSetChanges,
  type ReplicaOwner,
  selectorOf,
} from "../replica_set/replica_set.ts";
import { type RowContext, RowReconciler } from "./row_reconciler.ts";
import { endpointSliceRow, endpointsRow, mirrorRow } from "./service_rows.ts";
import { createDaemonSetRow, statefulSetRow } from "./set_rows.ts";
import { TaintEviction } from "./taint_eviction.ts";
import { traceChange } from "./trace.ts";

/** The controller of a ReplicaSet or ReplicationController: they decide alike. */
function createReplicaRow<O extends ReplicaOwner>(
  kind: O["kind"],
  component: string,
): ControllerRow<O> {
  return {
    kind,
    component,
    owns: ["Pod"],
    isDoneAtOnce: true,
    adoptsBy: selectorOf,
    // One that had ended did not count any more.
    isMissed: (gone) => gone.kind !== "Pod" || !isTerminal(gone),
    isNews: (before, after) =>
      before.kind !== "Pod" || after.kind !== "Pod" || isActive(before) !== isActive(after) ||
      isTerminating(before) !== isTerminating(after) || isReady(before) !== isReady(after) ||
      readySince(before) !== readySince(after),
    compute: (replicaSet, related, now, { failure }) =>
      computeReplicaSetChanges({
        replicaSet,
        pods: related.candidatesOf("Pod", replicaSet),
        ...(failure && failure.reason !== "FailedUpdate" && {
          failure: { reason: failure.reason, message: failure.message },
        }),
      }, now),
  };
}

/** The Deployment's controller. */
const deploymentRow: ControllerRow<Deployment> = {
  kind: "Deployment",
  component: "deployment-controller",
  owns: ["ReplicaSet"],
  follows: ["Pod"],
  // A rollout that ends its old Pods first waits for their end (R-DEPLOY-7).
  isFollowed: (deployment, changed) =>
    !isRolling(deployment) && changed.kind === "Pod" && (isTerminal(changed) || isGoing(changed)),
  compute: (deployment, related, now) => {
    const replicaSets = related.candidatesOf("ReplicaSet", deployment);
    const pods = isRolling(deployment)
      ? []
      : replicaSets.flatMap(({ metadata }) => related.ownedBy("Pod", metadata.uid!));
    return computeDeploymentChanges({ deployment, replicaSets, pods }, now);
  },
  resolveTaken: (deployment, taken) =>
    taken.kind === "ReplicaSet" ? resolveCollision(deployment, taken) : undefined,
};

/** The Job's controller. */
const jobRow: ControllerRow<Job> = {
  kind: "Job",
  component: "job-controller",
  owns: ["Pod"],
  compute: (job, related, now, { failure, memory }) => {
    // Its status counts what is written.
    if (failure !== undefined) return { writes: [] };
    const pods = related.candidatesOf("Pod", job);
    return computeJobChanges({ job, pods, memory: memory as JobMemory | undefined }, now);
  },
  computeOrphans: ({ metadata }, related) =>
    computeOrphanChanges(related.ownedBy("Pod", metadata.uid)),
};

/**
 * The CronJob's controller.
 *
 * @param wallZeroMs the wall clock at the beginning of the run.
 */
function cronJobRow(wallZeroMs: number): ControllerRow<CronJob> {
  return {
    kind: "CronJob",
    component: "cronjob-controller",
    owns: ["Job"],
    compute: (cronJob, related, now, { failure, memory }) => {
      if (failure !== undefined) return { writes: [] };
      const calendar = createCalendar(wallZeroMs, now);
      const { wakeAtMs, ...changes } = computeCronJobChanges({
        cronJob,
        jobs: related.candidatesOf("Job", cronJob),
        createdMs: calendar.toSchedule(Date.parse(cronJob.metadata.creationTimestamp!)),
        memory: memory as CronJobMemory | undefined,
      }, Math.round(calendar.toSchedule(now.wallMs)));
      return { ...changes, ...(wakeAtMs !== undefined && { wakeAtMs: calendar.toWall(wakeAtMs) }) };
    },
    // It had not been seen yet, or another made it: the next look knows.
    resolveTaken: () => undefined,
  };
}

/** The controller of namespaces. */
function createNamespaceRow(kinds: KindTable): ControllerRow<Namespace> {
  return {
    kind: "Namespace",
    component: "namespace-controller",
    owns: [],
    compute: (namespace, related, now, { memory }) => {
      const contents = isGoing(namespace) ? related.contentsOf(namespace.metadata.name) : [];
      const sinceMs = memory as number | undefined;
      const resourceOf = (it: KubernetesObject) => kinds.resourceOf(kindNameOf(it));
      return computeNamespaceChanges({ namespace, contents, sinceMs, resourceOf }, now);
    },
  };
}

/** Every controller of a kind. */
function createRows({ node, settings, kinds }: ControllersContext): readonly ControllerRow[] {
  return [
    createReplicaRow<ReplicaSet>("ReplicaSet", "replicaset-controller"),
    createReplicaRow<ReplicationController>("ReplicationController", "replication-controller"),
    deploymentRow,
    statefulSetRow,
    createDaemonSetRow(node),
    jobRow,
    cronJobRow(settings.wallZeroMs),
    endpointSliceRow,
    endpointsRow,
    mirrorRow,
    createNamespaceRow(kinds ?? new KindTable()),
  ] as unknown as readonly ControllerRow[];
}

function isGoing({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** What controllers are started with. */
export interface ControllersContext extends ControllerContext {
  /** How the wall clock goes. */
  readonly settings: Pick<LifecycleSettings, "wallZeroMs" | "speed">;
  /** The one node. */
  readonly node: SchedulableNode;
  readonly log: Logger;
}

/** Controllers that run. */
export interface Controllers {
  /** The queue of each, as it is now. */
  queues(): readonly QueueCounts[];
  /** Ends them; resolves when none of them writes any more. May be repeated. */
  stop(): Promise<void>;
}

/** Starts every controller, the garbage collector and the lines about what they manage. */
export function startControllers(context: ControllersContext): Controllers {
  const { client, clock, log, settings: { wallZeroMs, speed } } = context;
  const stopTracing = traceObjects(context);
  const rows = createRows(context);
  const related = new RelatedIndexes(client, rows, context.kinds ?? new KindTable());
  const rowContext: RowContext = {
    ...context,
    related,
    readMoment: () => ({ wallMs: wallZeroMs + clock.now() / speed, speed }),
  };
  const controllers = [
    ...rows.map((row) => new RowReconciler(row, rowContext)),
    new GarbageCollector(context),
    new ClaimProtection(context),
    new TaintEviction(context),
  ].map((reconciler) => new Controller({ reconciler, clock, log }));
  for (const controller of controllers) controller.start();
  return {
    queues: () => controllers.map(({ queue }) => queue),
    stop: async () => {
      stopTracing();
      related.stop();
      await Promise.all(controllers.map((it) => it.stop()));
    },
  };
}

/** One index for each kind that controllers own or look at. */
class RelatedIndexes implements RelatedObjects {
  readonly #client: ObjectClient;
  readonly #kinds: KindTable;
  readonly #indexes: ReadonlyMap<KindName, OwnedIndex<KindName>>;

  /** Follows the objects of all these kinds. */
  constructor(client: ObjectClient, rows: readonly ControllerRow[], kinds: KindTable) {
    this.#client = client;
    this.#kinds = kinds;
    const indexed = new Set(rows.flatMap(({ owns, follows = [] }) => [...owns, ...follows]));
    this.#indexes = new Map([...indexed].map((kind) => [kind, new OwnedIndex(client, kind)]));
  }

  candidatesOf<K extends KindName>(kind: K, owner: KubernetesObject): ObjectOf<K>[] {
    return this.#of(kind).candidatesOf(owner);
  }

  ownedBy<K extends KindName>(kind: K, uid: string): ObjectOf<K>[] {
    return this.#of(kind).ownedBy(uid);
  }

  besideOf<K extends KindName>(kind: K, { metadata }: KubernetesObject): ObjectOf<K>[] {
    return this.#client.list(kind).filter((it) => it.metadata.namespace === metadata.namespace);
  }

  contentsOf(namespace: string): KubernetesObject[] {
    return this.#kinds.names.filter((it) => this.#kinds.isNamespaced(it))
      .flatMap((kind): readonly KubernetesObject[] => this.#client.list(kind))
      .filter(({ metadata }) => metadata.namespace === namespace);
  }

  find<K extends KindName>(
    kind: K,
    { metadata }: { readonly metadata: { readonly namespace?: string } },
    name: string,
  ) {
    return this.#client.get(kind, metadata.namespace ?? "", name);
  }

  stop(): void {
    for (const index of this.#indexes.values()) index.stop();
  }

  /** The index of a kind has its objects alone. */
  #of<K extends KindName>(kind: K): OwnedIndex<K> {
    return this.#indexes.get(kind) as unknown as OwnedIndex<K>;
  }
}

/** Reports what happens to objects that manage others, and to Pods that are managed. */
function traceObjects({ client, clock, onObjectEvent }: ControllersContext): () => void {
  const seen = new Map<string, KubernetesObject>();
  const onChange = ({ type, object }: WatchEvent<KubernetesObject>) => {
    const { uid = "" } = object.metadata;
    const before = seen.get(uid);
    const after = type === "DELETED" ? undefined : object;
    if (after === undefined) seen.delete(uid);
    else seen.set(uid, after);
    if (object.kind === "Pod" && controllerOf(object.metadata) === undefined) return;
    for (const event of traceChange(before, after, clock.now())) onObjectEvent(event);
  };
  const watches = (["Pod", ...FOLLOWED_KINDS] as const).map((kind) => client.watch(kind, onChange));
  return () => watches.forEach((unwatch) => unwatch());
}
