/** The Jobs of a run, as far as they decide how it ends. */
import type { Job } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import { findCondition, isFinished } from "../../controllers/job_state.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import type { ContainerExitedLogEvent } from "../../lifecycle/trace/log_event.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";

/** A Job that has failed. */
export interface FailedJob {
  /** The last of its Pods that failed; undefined if none did by itself. */
  readonly lastPod?: Pod | undefined;
}

/** As they are; Jobs that count by themselves and have finished stay when they are deleted. */
export class RunJobs {
  readonly #client: Pick<ObjectClient, "get" | "watch">;
  readonly #jobs = new Map<string, Job>();
  /** The last Pod that failed of each Job, by the uid of the Job. */
  readonly #failedPods = new Map<string, Pod>();

  /** Follows them, those that are there included. */
  constructor(client: Pick<ObjectClient, "get" | "watch">) {
    this.#client = client;
    client.watch("Job", (event) => this.#note(event));
  }

  /** Takes note of a change of a Pod. What a deletion makes of it is not its own failure. */
  noteChange(pod: Pod): void {
    if (pod.status?.phase === "Failed") this.#noteFailure(pod);
  }

  /** Takes note of the end of a container, also of one that runs again at once. */
  noteExit({ pod, uid, container, exitCode }: ContainerExitedLogEvent): void {
    if (exitCode === 0 || this.#jobs.size === 0) return;
    const [namespace = "", name = ""] = pod.split("/");
    const present = this.#client.get("Pod", namespace, name);
    if (present?.metadata.uid !== uid) return;
    const terminated = { exitCode, startedAt: null, finishedAt: null };
    const status = { name: container, restartCount: 0, ready: false, image: "", imageID: "" };
    const containerStatuses = [{ ...status, state: { terminated } }];
    this.#noteFailure({ ...present!, status: { phase: "Failed", containerStatuses } });
  }

  /** In the order of their creation. */
  list(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** Those that count by themselves and have failed. */
  failed(): FailedJob[] {
    return this.list().filter((job) => isIndependent(job) && findCondition(job, "Failed"))
      .map(({ metadata }) => ({ lastPod: this.#failedPods.get(metadata.uid!) }));
  }

  /** Whether a Pod is the last that failed of a Job. */
  isLastFailure({ metadata }: Pod): boolean {
    const job = controllerOf(metadata)?.uid ?? "";
    return this.#failedPods.get(job)?.metadata.uid === metadata.uid;
  }

  #noteFailure(pod: Pod): void {
    const controller = controllerOf(pod.metadata);
    if (controller?.kind !== "Job" || pod.metadata.deletionTimestamp !== undefined) return;
    if (this.#jobs.has(controller.uid)) this.#failedPods.set(controller.uid, pod);
  }

  #note({ type, object: job }: WatchEvent<Job>): void {
    const uid = job.metadata.uid!;
    if (type !== "DELETED" || isIndependent(job) && isFinished(job)) {
      this.#jobs.set(uid, job);
      return;
    }
    this.#jobs.delete(uid);
    this.#failedPods.delete(uid);
  }
}

/** Whether a CronJob or another object decides for it. */
function isIndependent({ metadata }: Job): boolean {
  return controllerOf(metadata) === undefined;
}
