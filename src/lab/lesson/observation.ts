/** Answers that are read off the events of a run; pure. */
import type { LogEvent, RunEvent } from "../../lifecycle/trace/log_event.ts";
import { RUNS_ON } from "./answer_words.ts";
import { cutAfter, isMatch, podNameOf, type Sight } from "./sight.ts";

/** A container; without a Pod those of all Pods with a container of that name. */
export interface Place {
  /** Its name. */
  readonly container: string;
  readonly pod?: string;
}

/** Where the answer to a question is. */
export type Observation =
  /** The last phase of a Pod. */
  | { readonly type: "phase"; readonly pod: string }
  /** Every phase in turn: `Pending → Running → Succeeded`. */
  | { readonly type: "phases"; readonly pod: string }
  /** The values of the condition Ready in turn: `False → True`. */
  | { readonly type: "ready"; readonly pod: string }
  | { readonly type: "restarts" } & Place
  /** How often a container was started, in all Pods if none is named. */
  | { readonly type: "starts"; readonly container: string; readonly pod?: string }
  /** Of its last run. */
  | { readonly type: "exitCode" } & Place
  /** The reason that a container shows last: `CrashLoopBackOff`, `Completed`. */
  | { readonly type: "reason" } & Place
  /** The back-off before that restart, in whole seconds. */
  | { readonly type: "wait"; readonly restart: number } & Place
  /** The first starts of a Pod's containers in turn: `init → app`. */
  | { readonly type: "startOrder"; readonly pod: string }
  /** The last ends of a Pod's containers in turn. */
  | { readonly type: "endOrder"; readonly pod: string }
  /** The signals that a container was sent in turn: `SIGTERM → SIGKILL`. */
  | { readonly type: "signals" } & Place
  /** What the last line of its output that begins so goes on with. */
  | { readonly type: "output"; readonly begin: string } & Place
  /** How many events there are, up to the first that matches `before`. */
  | { readonly type: "count"; readonly match: Sight["match"]; readonly before?: Sight["match"] }
  /** Which of these actions of controllers comes first after a sight. */
  | { readonly type: "nextAction"; readonly after: Sight; readonly actions: readonly string[] }
  /** The most of what is there at the same time: what begins and what ends. */
  | { readonly type: "most"; readonly begin: Sight["match"]; readonly end: Sight["match"] }
  /** The exit status of the run; {@link RUNS_ON} if it does not end by itself. */
  | { readonly type: "exitStatus" }
  /** `refused` if nothing was started since the manifest is invalid, else `accepted`. */
  | { readonly type: "verdict" };

/** What a run has shown. */
export interface SeenRun {
  /** Up to the moment at which there was nothing more to see. */
  readonly events: readonly RunEvent[];
  /** Undefined: it was ended from outside. */
  readonly exitStatus?: number;
}

/** An answer, with the event that decided it, if one did. */
export interface Seen {
  readonly answer: string;
  readonly event?: RunEvent;
}

const ARROW = " → ";

/** What a run answers; undefined if it has not come to that. */
export function observe(observation: Observation, run: SeenRun): Seen | undefined {
  const { events } = run;
  switch (observation.type) {
    case "phase":
    case "phases":
      return observePhases(events, observation);
    case "ready":
      return observeReady(events, observation.pod);
    case "restarts":
    case "starts": {
      const own = ownOf(events, observation);
      const starts = own.filter((it) => it.type === "container.started");
      // What decided about the next start says more than the last one.
      const decided = own.findLast((it) => it.type === "container.exited") ?? starts.at(-1);
      if (observation.type === "starts") return seen(starts.length, decided);
      return starts.length === 0 ? undefined : seen(starts.at(-1)!.restartCount, decided);
    }
    case "exitCode": {
      const exit = ownOf(events, observation).findLast((it) => it.type === "container.exited");
      return exit?.type === "container.exited" ? seen(exit.exitCode, exit) : undefined;
    }
    case "reason": {
      const last = ownOf(events, observation).findLast((it) =>
        it.type === "container.exited" || it.type === "container.waiting"
      );
      return last !== undefined && "reason" in last ? seen(last.reason!, last) : undefined;
    }
    case "wait":
      return observeWait(events, observation);
    case "startOrder":
    case "endOrder":
      return observeOrder(events, observation);
    case "signals": {
      const kills = ownOf(events, observation).filter((it) => it.type === "container.killing");
      return kills.length === 0
        ? undefined
        : seen(kills.map(({ signal }) => signal).join(ARROW), kills.at(-1));
    }
    case "output":
      return observeOutput(events, observation);
    case "count":
      return observeCount(events, observation);
    case "nextAction": {
      const before = cutAfter(events, [observation.after]);
      const next = events.slice(before.events.length).find((it) =>
        it.type === "controller.decision" && observation.actions.includes(it.action)
      );
      return next?.type === "controller.decision" ? seen(next.action, next) : undefined;
    }
    case "most":
      return observeMost(events, observation);
    case "exitStatus":
      return seen(run.exitStatus ?? RUNS_ON);
    case "verdict":
      return seen(events.length === 0 && run.exitStatus === 125 ? "refused" : "accepted");
  }
}

function seen(answer: string | number, event?: RunEvent): Seen {
  return { answer: String(answer), ...(event !== undefined && { event }) };
}

type ContainerEvent = Extract<LogEvent, { readonly container: string }>;

function ownOf(events: readonly RunEvent[], { container, pod }: Place): ContainerEvent[] {
  return events.filter((it): it is ContainerEvent =>
    "container" in it && it.container === container && (pod === undefined || podNameOf(it) === pod)
  );
}

function observePhases(
  events: readonly RunEvent[],
  { type, pod }: { readonly type: "phase" | "phases"; readonly pod: string },
): Seen | undefined {
  const own = events.filter((it) => podNameOf(it) === pod);
  if (own.length === 0) return undefined;
  const changes = own.filter((it) => it.type === "pod.phase");
  const phases = [changes[0]?.from ?? "Pending", ...changes.map(({ to }) => to)];
  return seen(type === "phase" ? phases.at(-1)! : phases.join(ARROW), changes.at(-1));
}

function observeReady(events: readonly RunEvent[], pod: string): Seen | undefined {
  const changes = events.filter((it) =>
    it.type === "pod.condition" && it.condition === "Ready" && podNameOf(it) === pod
  );
  const values = changes.map((it) => it.type === "pod.condition" ? it.status : "");
  // A log begins with the first change.
  const all = values[0] === "True" ? ["False", ...values] : values;
  return all.length === 0 ? undefined : seen(all.join(ARROW), changes.at(-1));
}

function observeOrder(
  events: readonly RunEvent[],
  { type, pod }: { readonly type: "startOrder" | "endOrder"; readonly pod: string },
): Seen | undefined {
  const isWanted = (it: RunEvent) => podNameOf(it) === pod && "container" in it;
  const names = events.filter(isWanted).flatMap((it) =>
    it.type === (type === "startOrder" ? "container.started" : "container.exited")
      ? [it.container]
      : []
  );
  const order = type === "startOrder" ? names : names.toReversed();
  const once = [...new Set(order)];
  if (once.length === 0) return undefined;
  return seen((type === "startOrder" ? once : once.reverse()).join(ARROW));
}

function observeOutput(
  events: readonly RunEvent[],
  { begin, ...place }: Place & { readonly begin: string },
): Seen | undefined {
  const line = ownOf(events, place).findLast((it) =>
    it.type === "log" && it.line.startsWith(begin)
  );
  return line?.type === "log" ? seen(line.line.slice(begin.length).trim(), line) : undefined;
}

/** A wait that is over before it is reported shows in the start alone. */
function observeWait(
  events: readonly RunEvent[],
  { restart, ...place }: Place & { readonly restart: number },
): Seen | undefined {
  for (const it of ownOf(events, place)) {
    const isWait = it.type === "container.waiting" && it.restartCount === restart - 1;
    const isStart = it.type === "container.started" && it.restartCount === restart;
    if ((isWait || isStart) && it.delayMs !== undefined) {
      return seen(Math.round(it.delayMs / 1000), it);
    }
  }
  return undefined;
}

function observeCount(
  events: readonly RunEvent[],
  { match, before }: { readonly match: Sight["match"]; readonly before?: Sight["match"] },
): Seen {
  const end = before === undefined ? -1 : events.findIndex((it) => isMatch(it, before));
  const counted = (end < 0 ? events : events.slice(0, end)).filter((it) => isMatch(it, match));
  return seen(counted.length, counted.at(-1));
}

function observeMost(
  events: readonly RunEvent[],
  { begin, end }: { readonly begin: Sight["match"]; readonly end: Sight["match"] },
): Seen {
  let [now, most] = [0, 0];
  for (const event of events) {
    if (isMatch(event, begin)) now++;
    else if (isMatch(event, end)) now--;
    most = Math.max(most, now);
  }
  return seen(most);
}
