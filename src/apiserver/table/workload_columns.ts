/**
 * The columns of the kinds that manage Pods; pure.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go, printDeployment and so on.
 */
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../api/types/apps.ts";
import type { CronJob, Job } from "../../api/types/batch.ts";
import { formatAge, formatSince } from "./age.ts";
import {
  type Column,
  formatContainers,
  formatImages,
  formatLabels,
  formatSelector,
  NONE,
} from "./column.ts";
import { age, name } from "./object_columns.ts";

/** Columns of objects with a template of their Pods. */
interface Templated {
  readonly spec: Pick<Job["spec"], "selector" | "template">;
}

const containers: Column<Templated> = {
  name: "Containers",
  isWide: true,
  cell: ({ spec }) => formatContainers(spec.template),
};
const images: Column<Templated> = {
  name: "Images",
  isWide: true,
  cell: ({ spec }) => formatImages(spec.template),
};
const selector: Column<Templated> = {
  name: "Selector",
  isWide: true,
  cell: ({ spec }) => formatSelector(spec.selector),
};
/** Of Deployments. */
export const deploymentColumns: readonly Column<Deployment>[] = [
  name,
  {
    name: "Ready",
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
  },
  { name: "Up-to-date", type: "integer", cell: ({ status }) => status?.updatedReplicas ?? 0 },
  { name: "Available", type: "integer", cell: ({ status }) => status?.availableReplicas ?? 0 },
  age,
  containers,
  images,
  selector,
];

/** Of ReplicaSets. */
export const replicaSetColumns: readonly Column<ReplicaSet>[] = [
  name,
  { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas ?? 1 },
  { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
  { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
  age,
  {
    name: "Containers",
    isWide: true,
    cell: ({ spec }) => spec.template === undefined ? NONE : formatContainers(spec.template),
  },
  {
    name: "Images",
    isWide: true,
    cell: ({ spec }) => spec.template === undefined ? NONE : formatImages(spec.template),
  },
  { name: "Selector", isWide: true, cell: ({ spec }) => formatSelector(spec.selector) },
];

/** Of ReplicationControllers. */
export const replicationControllerColumns: readonly Column<ReplicationController>[] = [
  name,
  { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas ?? 1 },
  { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
  { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
  age,
  { name: "Containers", isWide: true, cell: ({ spec }) => formatContainers(spec.template) },
  { name: "Images", isWide: true, cell: ({ spec }) => formatImages(spec.template) },
  { name: "Selector", isWide: true, cell: ({ spec }) => formatLabels(spec.selector) },
];

/** Of StatefulSets. */
export const statefulSetColumns: readonly Column<StatefulSet>[] = [
  name,
  {
    name: "Ready",
    cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
  },
  age,
  containers,
  images,
];

/** Of DaemonSets. */
export const daemonSetColumns: readonly Column<DaemonSet>[] = [
  name,
  { name: "Desired", type: "integer", cell: ({ status }) => status?.desiredNumberScheduled ?? 0 },
  { name: "Current", type: "integer", cell: ({ status }) => status?.currentNumberScheduled ?? 0 },
  { name: "Ready", type: "integer", cell: ({ status }) => status?.numberReady ?? 0 },
  {
    name: "Up-to-date",
    type: "integer",
    cell: ({ status }) => status?.updatedNumberScheduled ?? 0,
  },
  { name: "Available", type: "integer", cell: ({ status }) => status?.numberAvailable ?? 0 },
  { name: "Node Selector", cell: ({ spec }) => formatLabels(spec.template.spec.nodeSelector) },
  age,
  containers,
  images,
  selector,
];

/** Of ControllerRevisions. */
export const controllerRevisionColumns: readonly Column<ControllerRevision>[] = [
  name,
  { name: "Controller", cell: ({ metadata }) => formatOwner(metadata) },
  { name: "Revision", type: "integer", cell: ({ revision }) => revision },
  age,
];

/** Of Jobs. */
export const jobColumns: readonly Column<Job>[] = [
  name,
  { name: "Status", cell: formatJobStatus },
  { name: "Completions", cell: formatCompletions },
  { name: "Duration", cell: formatJobDuration },
  age,
  containers,
  images,
  selector,
];

/** Of CronJobs. */
export const cronJobColumns: readonly Column<CronJob>[] = [
  name,
  { name: "Schedule", cell: ({ spec }) => spec.schedule },
  { name: "Timezone", cell: ({ spec }) => spec.timeZone ?? NONE },
  { name: "Suspend", type: "boolean", cell: ({ spec }) => spec.suspend ? "True" : "False" },
  { name: "Active", type: "integer", cell: ({ status }) => status?.active?.length ?? 0 },
  {
    name: "Last Schedule",
    cell: ({ status }, now) =>
      status?.lastScheduleTime === undefined ? NONE : formatSince(status.lastScheduleTime, now),
  },
  age,
  {
    name: "Containers",
    isWide: true,
    cell: ({ spec }) => formatContainers(spec.jobTemplate.spec!.template),
  },
  {
    name: "Images",
    isWide: true,
    cell: ({ spec }) => formatImages(spec.jobTemplate.spec!.template),
  },
  {
    name: "Selector",
    isWide: true,
    cell: ({ spec }) => formatSelector(spec.jobTemplate.spec!.selector),
  },
];

function formatOwner({ ownerReferences = [] }: ControllerRevision["metadata"]): string {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner === undefined) return NONE;
  const { apiVersion, kind, name } = owner;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind.toLowerCase()}${group}/${name}`;
}

function hasCondition({ status }: Job, type: string): boolean {
  return status?.conditions?.some((it) => it.type === type && it.status === "True") ?? false;
}

function formatJobStatus(job: Job): string {
  if (hasCondition(job, "Complete")) return "Complete";
  if (hasCondition(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (hasCondition(job, "Suspended")) return "Suspended";
  if (hasCondition(job, "FailureTarget")) return "FailureTarget";
  if (hasCondition(job, "SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

function formatCompletions({ spec, status }: Job): string {
  const { completions, parallelism = 0 } = spec;
  const succeeded = status?.succeeded ?? 0;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function formatJobDuration({ status = {} }: Job, now: number): string {
  const { startTime, completionTime, conditions = [] } = status;
  if (startTime === undefined) return "";
  const failed = conditions.find(({ type, status }) => type === "Failed" && status === "True");
  const end = completionTime ?? failed?.lastTransitionTime;
  return formatAge((end === undefined ? now : Date.parse(end)) - Date.parse(startTime));
}
