/** The lanes of a Pod: its phase, whether it is ready, pause, and each container; pure. */
import type { Millis } from "../../base/clock.ts";
import type { PodPhase } from "../../api/types/pod.ts";
import type {
  ContainerExitedLogEvent,
  ContainerRef,
  ContainerRole,
  LogEvent,
  ProbeResultLogEvent,
} from "../../lifecycle/trace/log_event.ts";
import { type Lane, LaneBuilder, type SpanState } from "./lane.ts";

const PHASES: Readonly<Record<PodPhase, SpanState>> = {
  Pending: "pending",
  Running: "running",
  Succeeded: "succeeded",
  Failed: "failed",
  Unknown: "unknown",
};

/** Init containers run first, and sidecars start among them. */
const ROLES: readonly ContainerRole[] = ["init", "sidecar", "app", "ephemeral"];

/** Containers of one role stand in the order of their first events, which is the Pod's. */
export class PodLanes {
  readonly #phase = new LaneBuilder("phase", "phase");
  readonly #ready = new LaneBuilder("Ready", "ready");
  readonly #pause = new LaneBuilder("pause", "pause");
  readonly #containers = new Map<string, LaneBuilder>();

  /** A Pod is Pending from its first event on. */
  constructor(at: Millis) {
    this.#phase.enter("pending", "Pending", { at, message: "Pod is Pending" });
  }

  /** Takes the next event about the Pod. */
  add(event: LogEvent): void {
    switch (event.type) {
      case "pod.phase":
        this.#phase.enter(PHASES[event.to] ?? "unknown", event.to, event);
        break;
      case "pod.condition":
        if (event.condition !== "Ready") break;
        this.#ready.enter(
          event.status === "True" ? "ready" : "notReady",
          event.status === "True" ? "Ready" : event.reason ?? "not ready",
          event,
        );
        break;
      case "sandbox.started":
        this.#pause.enter("running", `pid ${event.pid}`, event);
        break;
      case "sandbox.exited":
        this.#pause.leave(event, event.died ? "died" : "ended");
        break;
      case "pod.finished":
        for (const lane of [this.#phase, this.#ready]) lane.leave(event);
        break;
      default:
        if ("container" in event) this.#addContainerEvent(event);
    }
  }

  /** The lanes, as they are when the log ends; those of which nothing is known are left out. */
  end(to: Millis): readonly Lane[] {
    const containers = [...this.#containers.values()];
    const lanes = [
      this.#phase,
      this.#ready,
      this.#pause,
      ...ROLES.flatMap((role) => containers.filter((lane) => lane.role === role)),
    ];
    return lanes.map((lane) => lane.end(to)).filter(({ spans, marks }) =>
      spans.length + marks.length > 0
    );
  }

  #addContainerEvent(event: Extract<LogEvent, ContainerRef>): void {
    const lane = this.#laneOf(event);
    switch (event.type) {
      case "container.started":
        lane.enter("running", runLabel(event.restartCount), event);
        break;
      case "container.exited":
        endRun(lane, event);
        break;
      case "container.waiting":
        lane.enter(event.delayMs === undefined ? "waiting" : "backOff", event.reason, event);
        break;
      case "container.killing":
        lane.mark("signal", event.signal, event, event.signal === "SIGKILL");
        break;
      case "probe.result":
        lane.mark("probe", describeProbe(event), event, event.result === "failure");
        break;
      case "hook.started":
        lane.mark("hook", event.hook, event);
        break;
      case "hook.finished": {
        const isBad = event.result === "failure" || event.result === "abandoned";
        lane.mark("hook", `${event.hook} ${event.result}`, event, isBad);
      }
    }
  }

  #laneOf({ container, role }: ContainerRef): LaneBuilder {
    const lane = this.#containers.get(container) ?? new LaneBuilder(container, role);
    this.#containers.set(container, lane);
    return lane;
  }
}

function runLabel(restartCount: number): string {
  return restartCount === 0 ? "running" : `run ${restartCount + 1}`;
}

/** A program that could not be started has no run to end. */
function endRun(lane: LaneBuilder, event: ContainerExitedLogEvent): void {
  const { exitCode, signal, reason } = event;
  if (lane.state === "running") lane.leave(event, signal ?? `exit ${exitCode}`);
  else {
    lane.leave(event);
    lane.mark("startError", `${reason} ${exitCode}`, event, true);
  }
}

function describeProbe({ probe, result }: ProbeResultLogEvent): string {
  return `${probe} ${result}`;
}
