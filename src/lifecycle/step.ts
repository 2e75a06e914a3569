/** One step of a Pod's worker: new facts go in, actions and reports come out. Pure. */
import type { Pod } from "../api/types/pod.ts";
import { amountsOf, isSameAmounts, withAmounts, withKeptAmounts } from "../api/amounts/amounts.ts";
import type { Millis } from "../base/clock.ts";
import { computePodActions, type PodActions } from "./decide/compute.ts";
import type { PodAction, PodOperation } from "./record/action.ts";
import type { PodEvent } from "./record/event.ts";
import { applyPodEvent } from "./record/apply_pod_event.ts";
import type { LifecycleSettings, PodRecord } from "./record/record.ts";
import { restorePodRecord } from "./record/restored_record.ts";
import { withForeignConditions } from "./status/conditions.ts";
import { isTerminalPhase } from "./status/phase.ts";
import { generatePodStatus } from "./status/status.ts";
import { generateK8sEvents, type K8sEvent } from "./trace/kubernetes_event.ts";
import type { LogEvent } from "./trace/log_event.ts";
import { tracePodEvent } from "./trace/trace.ts";

/** What a step begins from: all that is remembered of a Pod between two steps. */
export interface PodState {
  /** With the status published last. */
  readonly pod: Pod;
  /** What the facts so far have made. */
  readonly record: PodRecord;
  /** What the status published last was made from: time alone changes no status. */
  readonly shown: { readonly pod: Pod; readonly record: PodRecord } | undefined;
  /** The grace of the last request for deletion. */
  readonly graceSeconds: number | undefined;
  /** Ends of sandboxes and containers whose starts have not been reported, by id. */
  readonly earlyExits: ReadonlyMap<string, PodEvent>;
}

/** What a step takes: facts, and that the Pod's object or the time is another one. */
export type PodNews =
  | PodEvent
  | { readonly type: "podChanged"; readonly pod: Pod }
  | { readonly type: "timePassed" };

/** One thing that a step asks for, with the Pod as it was then. */
export type PodEffect =
  /** A fact has become part of the record; this is its report. */
  | {
    readonly type: "recorded";
    readonly pod: Pod;
    readonly event: PodEvent;
    readonly record: PodRecord;
    readonly logEvents: readonly LogEvent[];
    readonly k8sEvents: readonly K8sEvent[];
  }
  /** The Pod has this status now, which has to be written. */
  | { readonly type: "publish"; readonly pod: Pod }
  /** The machine is to do this. */
  | { readonly type: "begin"; readonly pod: Pod; readonly operation: PodOperation };

/** The result of a step; its actions are part of the record already. */
export interface PodStep extends PodActions {
  /** What the next step begins from. */
  readonly state: PodState;
  /** To be carried out in this order. */
  readonly effects: readonly PodEffect[];
}

/** Shared by the Pods that have none, which are nearly all. */
const NO_EXITS: PodState["earlyExits"] = new Map();

/** A Pod that a node has just got, and its report. */
export function startPod(
  pod: Pod,
  { at, settings, hostIP }: {
    readonly at: Millis;
    readonly settings: LifecycleSettings;
    /** The node's address. */
    readonly hostIP: string;
  },
): Pick<PodStep, "state" | "effects"> {
  const { conditions, ...status } = pod.status ?? {};
  const record = restorePodRecord(pod, { at, settings, hostIP, status });
  const step = new StepWriter(
    {
      pod: withKeptAmounts(pod),
      record,
      shown: undefined,
      graceSeconds: undefined,
      earlyExits: NO_EXITS,
    },
    at,
  );
  // That it is scheduled has been published for it (R-COND-2).
  if (conditions) step.record({ type: "statusPublished", at, status: pod.status! });
  // Other amounts that there was no room for are asked for again.
  step.noteAmounts(pod);
  // Its deletion was asked for when another node process had it.
  step.noteDeletion();
  return { state: step.state, effects: step.effects };
}

/**
 * Takes in all that is known, and only then decides: a container that went down with its sandbox is
 * not started again in there.
 *
 * Rules: R-WORKER-3, R-RAC-1.
 *
 * @param news in the order of its coming; at least one.
 */
export function stepPod(state: PodState, news: readonly PodNews[], now: Millis): PodStep {
  const step = new StepWriter(state, now);
  for (const item of news) {
    step.apply(item);
    // What is decided goes by what has been published of it (R-WORKER-3, R-RAC-1).
    step.publish();
  }
  const decided = computePodActions(step.state.pod, step.state.record, now);
  // The machine works while statuses are written: its results come after this step.
  for (const action of decided.actions) step.begin(action);
  for (const action of decided.actions) {
    // Every sync begins with a status (R-WORKER-3).
    if (action.type === "beginSync") step.publish();
    step.record({ type: "actionBegun", at: now, action });
  }
  step.publish();
  return { ...decided, state: step.state, effects: step.effects };
}

/** Collects what one step comes to. */
class StepWriter {
  readonly effects: PodEffect[] = [];
  state: PodState;
  readonly #now: Millis;

  constructor(state: PodState, now: Millis) {
    this.state = state;
    this.#now = now;
  }

  apply(news: PodNews): void {
    const { record } = this.state;
    switch (news.type) {
      case "timePassed":
        return;
      case "podChanged":
        return this.#changePod(news.pod);
      case "sandboxExited":
        // Reported before its start: applied after it, or it would be forgotten.
        if (record.sandbox.type === "creating") this.#keepExit(news.sandboxId, news);
        else this.record(news);
        return;
      case "sandboxStarted": {
        this.record(news);
        const exit = this.#takeExit(news.sandboxId);
        if (exit !== undefined) this.record(exit);
        return;
      }
      case "containerExited": {
        const { starting, current } = record.containers.get(news.name) ?? {};
        // Reported before its start: kept until then, so that it is seen running once.
        const isEarly = starting !== undefined && current?.containerId !== news.containerId;
        if (isEarly) this.#keepExit(news.containerId, news);
        else this.record(news);
        return;
      }
      case "resizeAdmitted":
        this.record(news);
        return this.#allocate();
      case "containerStarted": {
        this.record(news);
        const exit = this.#takeExit(news.containerId);
        if (exit === undefined) return;
        this.publish();
        return this.record(exit);
      }
      default:
        return this.record(news);
    }
  }

  /** Every change of the record goes through here. */
  record(event: PodEvent): void {
    const { pod, record: before } = this.state;
    const record = applyPodEvent(before, event);
    this.state = { ...this.state, record };
    this.effects.push({
      type: "recorded",
      pod,
      event,
      record,
      logEvents: tracePodEvent(pod, before, event, record),
      k8sEvents: generateK8sEvents(pod, before, event),
    });
  }

  publish(): void {
    const { pod, record, shown } = this.state;
    if (shown?.pod === pod && shown.record === record) return;
    const status = generatePodStatus(pod, record, this.#now);
    if (status !== record.published) {
      this.state = { ...this.state, pod: { ...pod, status } };
      this.record({ type: "statusPublished", at: this.#now, status });
      this.effects.push({ type: "publish", pod: this.state.pod });
    }
    this.state = { ...this.state, shown: { pod: this.state.pod, record: this.state.record } };
  }

  begin(action: PodAction): void {
    switch (action.type) {
      case "terminatePod":
      case "beginSync":
      case "stopContainer":
      case "backOffContainer":
      case "completeResize":
        return; // To be remembered and no more.
      default:
        this.effects.push({ type: "begin", pod: this.state.pod, operation: action });
    }
  }

  #changePod(pod: Pod): void {
    // Its status is the worker's to write, and may have been written since; foreign conditions are
    // not, and end with the final status (R-COND-1, R-WORKER-9).
    const { published } = this.state.record;
    const status = isTerminalPhase(published.phase)
      ? published
      : withForeignConditions(published, pod.status);
    this.noteAmounts(pod);
    this.state = { ...this.state, pod: { ...pod, status } };
    this.#allocate();
    this.noteDeletion();
  }

  /** Records that the Pod's object asks for other amounts than are allocated (R-RESIZE-3). */
  noteAmounts({ metadata, spec }: Pod): void {
    const { pod, record } = this.state;
    if (spec === pod.spec) return;
    const allocated = record.allocated ?? amountsOf(pod.spec);
    const desired = amountsOf(spec);
    if (isSameAmounts(desired, record.resize?.desired ?? allocated)) return;
    const generation = metadata.generation ?? 0;
    this.record({ type: "resizeDesired", at: this.#now, desired, allocated, generation });
  }

  /** All that follows goes by the amounts that the node has allocated (R-RESIZE-3). */
  #allocate(): void {
    const { pod, record: { allocated } } = this.state;
    if (allocated === undefined) return;
    const spec = withAmounts(pod.spec, allocated);
    if (spec !== pod.spec) this.state = { ...this.state, pod: { ...pod, spec } };
  }

  /** Records that the Pod's object is being deleted, and each new grace. */
  noteDeletion(): void {
    const graceSeconds = this.state.pod.metadata.deletionGracePeriodSeconds;
    if (graceSeconds === undefined || graceSeconds === this.state.graceSeconds) return;
    this.state = { ...this.state, graceSeconds };
    this.record({ type: "deletionRequested", at: this.#now, graceSeconds });
  }

  #keepExit(id: string, exit: PodEvent): void {
    this.state = { ...this.state, earlyExits: new Map(this.state.earlyExits).set(id, exit) };
  }

  #takeExit(id: string): PodEvent | undefined {
    const exit = this.state.earlyExits.get(id);
    if (exit === undefined) return undefined;
    const earlyExits = new Map(this.state.earlyExits);
    earlyExits.delete(id);
    this.state = { ...this.state, earlyExits };
    return exit;
  }
}
