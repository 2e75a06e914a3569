/**
 * An experiment: the outcome of Pods for each exit code, restart policy and role of a container.
 * Words in, Pods out; events in, outcomes out; pure.
 */
import type { ExperimentPolicy, ExperimentRole } from "./experiment_words.ts";
import type { Millis } from "../../base/clock.ts";
import type {
  ContainerExitedLogEvent,
  ContainerWaitingLogEvent,
  LogEvent,
  RunEvent,
} from "../../lifecycle/trace/log_event.ts";

/** One Pod of an experiment. */
export interface Cell {
  readonly role: ExperimentRole;
  readonly policy: ExperimentPolicy;
  /** What the container ends with each time, 0 to 255. */
  readonly exitCode: number;
}

/** The outcome of a Pod within its lifetime. */
export interface CellOutcome extends Cell {
  readonly phase: string;
  /** How often the container under test was started again. */
  readonly restarts: number;
  /** How it stands at the end: `Running`, `Error`, `CrashLoopBackOff`. */
  readonly state: string;
  /** The wait before the next start, if it waits for one. */
  readonly backOffMs?: Millis;
  /** What `run` exits with for this Pod alone; undefined: it would go on. */
  readonly exitStatus?: number;
  /** The facts that decided last about the container, and the rule that explains them. */
  readonly because: string;
  readonly rule: string;
}

/** The container beside an init container under test, which runs on. */
const RUNS_ON = "runs-on";

/** The container beside a sidecar under test, which works for a while and succeeds. */
const WORKS = "works";

/** Every combination, by role, policy and code. */
export function listCells(
  roles: readonly ExperimentRole[],
  policies: readonly ExperimentPolicy[],
  exitCodes: readonly number[],
): Cell[] {
  return roles.flatMap((role) =>
    policies.flatMap((policy) => exitCodes.map((exitCode) => ({ role, policy, exitCode })))
  );
}

/** The words of `simulate` for what the containers of all cells do. */
export function scriptWords(cells: readonly Cell[], workMs: Millis): string[] {
  const codes = [...new Set(cells.map(({ exitCode }) => exitCode))];
  const roles = new Set(cells.map(({ role }) => role));
  return [
    ...codes.map((exitCode) => `--exit=${testedNameOf({ exitCode })}=${exitCode}`),
    ...roles.has("init") ? [`--exit=${RUNS_ON}=running`] : [],
    ...roles.has("sidecar") ? [`--after=${WORKS}=${workMs}ms`] : [],
  ];
}

/** The name of a cell's Pod: `init-always-1`. */
export function podNameOf({ role, policy, exitCode }: Cell): string {
  return `${role}-${policy.toLowerCase()}-${exitCode}`;
}

/** The name of the container under test: the same for all that end alike. */
function testedNameOf({ exitCode }: { readonly exitCode: number | "" }): string {
  return `exits-${exitCode}`;
}

/** Whether a container under test runs for the first time. */
export function isFirstStart(event: RunEvent): boolean {
  return event.type === "container.started" && event.restartCount === 0 &&
    event.container.startsWith(testedNameOf({ exitCode: "" }));
}

/**
 * The Pod of a cell, as a manifest has it. Beside an init container stands one that runs on; beside
 * a sidecar one that works for a while and succeeds, since a sidecar ends nothing by itself.
 *
 * @param workSeconds how long that works, in seconds of the machine.
 */
export function makePod(cell: Cell, workSeconds: number): Readonly<Record<string, unknown>> {
  const { role, policy, exitCode } = cell;
  const image = "experiment";
  const tested = { name: testedNameOf(cell), image, command: ["sh", "-c", `exit ${exitCode}`] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: podNameOf(cell) },
    spec: {
      restartPolicy: policy,
      terminationGracePeriodSeconds: 0,
      ...role === "app" ? { containers: [tested] } : role === "init"
        ? {
          initContainers: [tested],
          containers: [{ name: RUNS_ON, image, command: ["sleep", "infinity"] }],
        }
        : {
          initContainers: [{ ...tested, restartPolicy: "Always" }],
          containers: [{ name: WORKS, image, command: ["sleep", String(workSeconds)] }],
        },
    },
  };
}

/**
 * The outcome of a cell's Pod.
 *
 * @param events of its Pod, in order.
 * @param lifetime lifecycle ms from the first start of the container under test; what happens later
 * does not count.
 */
export function computeOutcome(
  cell: Cell,
  events: readonly LogEvent[],
  lifetime: Millis,
): CellOutcome {
  const tested = testedNameOf(cell);
  const begin = events.find((it) => it.type === "container.started" && it.container === tested);
  const end = (begin?.at ?? 0) + lifetime;
  const counted = events.filter(({ at }) => at <= end);
  const phase = counted.findLast(({ type }) => type === "pod.phase");
  const own = counted.filter((it) => "container" in it && it.container === tested);
  const starts = own.filter(({ type }) => type === "container.started").length;
  const last = own.findLast(({ type }) =>
    ["container.started", "container.exited", "container.waiting"].includes(type)
  );
  const exit = own.findLast((it): it is ContainerExitedLogEvent => it.type === "container.exited");
  const name = phase?.type === "pod.phase" ? phase.to : "Pending";
  const isOver = name === "Succeeded" || name === "Failed";
  const waiting = last?.type === "container.waiting" ? last : undefined;
  return {
    ...cell,
    phase: name,
    restarts: Math.max(starts - 1, 0),
    state: stateOf(last),
    ...(waiting?.delayMs !== undefined && !isOver && { backOffMs: waiting.delayMs }),
    // Nothing but the container under test fails.
    ...(isOver && { exitStatus: name === "Succeeded" ? 0 : cell.exitCode }),
    because: exit?.because ?? "it has not ended",
    rule: exit?.rule ?? "",
  };
}

function stateOf(last: LogEvent | undefined): string {
  switch (last?.type) {
    case "container.started":
      return "Running";
    case "container.exited":
      return last.reason;
    case "container.waiting":
      return (last satisfies ContainerWaitingLogEvent).reason;
    default:
      return "Waiting";
  }
}
