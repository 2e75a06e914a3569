/**
 * From the events of a real run to the script that plays it again, each thing at its own moment.
 */
import type { Clock, Millis } from "../../src/base/clock.ts";
import type {
  ContainerScript,
  SandboxScript,
  SimulationScript,
} from "../../src/runtime/simulated/simulation_script.ts";

/** An event as it stands in a log. */
export type LoggedEvent = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly at: number;
  readonly pod: string;
  readonly container?: string;
};

/** The longest time by which a container that goes down with its sandbox is reported after it. */
const SAME_END_MS = 500;

/** Why containers of an evicted pod are stopped. */
const EVICTION = /^the node evicts the pod: ([^]*)$/;

/** What one run of a container did. */
interface ReplayedRun {
  readonly startedAt: Millis;
  readonly startError?: string;
  readonly exited: LoggedEvent | undefined;
  /** The first stop signal. */
  readonly killing: LoggedEvent | undefined;
  /** Ends of probes and hooks, in order. */
  readonly answers: readonly LoggedEvent[];
}

/** What the containers and sandboxes of a run did, and when. */
export class Replay {
  readonly #events: readonly LoggedEvent[];
  readonly #speed: number;

  /**
   * Lifecycle time begins when the Pods are submitted, which is what the first event reports.
   *
   * @param speed lifecycle milliseconds per wall millisecond.
   */
  constructor(events: readonly LoggedEvent[], speed: number) {
    this.#speed = speed;
    const begin = events[0]?.at ?? 0;
    // What the log puts at one moment comes in the order of the log.
    this.#events = events.map((event, index) => ({
      ...event,
      at: event.at - begin + index * 1e-6,
    }));
  }

  /**
   * A script that goes by the clock: what was real keeps its moment, however soon it is asked for.
   */
  createScript(clock: Clock): SimulationScript {
    const attempts = new Map<string, number>();
    const next = (key: string) => {
      const attempt = attempts.get(key) ?? 0;
      attempts.set(key, attempt + 1);
      return attempt;
    };
    return {
      container: ({ name }, { namespace, podName }) => {
        const pod = `${namespace}/${podName}`;
        const run = this.#runs(pod, name)[next(`${pod}/${name}`)];
        return run === undefined ? {} : this.#replayRun(run, pod, clock.now());
      },
      sandbox: ({ namespace, podName }) => {
        const pod = `${namespace}/${podName}`;
        return this.#replaySandbox(pod, next(pod), clock.now());
      },
    };
  }

  #runs(pod: string, container: string): readonly ReplayedRun[] {
    const runs: ReplayedRun[] = [];
    let startedAt: Millis | undefined;
    let killing: LoggedEvent | undefined;
    let answers: LoggedEvent[] = [];
    const end = (exited: LoggedEvent | undefined) => {
      if (startedAt !== undefined) runs.push({ startedAt, killing, exited, answers });
      else if (exited !== undefined) {
        const startError = /could not be started: ([^]*)$/.exec(String(exited.message))![1]!;
        runs.push({ startedAt: exited.at, startError, killing, exited, answers });
      }
      startedAt = undefined;
      killing = undefined;
      answers = [];
    };
    for (const event of this.#events) {
      if (event.pod !== pod || event.container !== container) continue;
      if (event.type === "container.started") startedAt = event.at;
      else if (event.type === "container.killing") killing ??= event;
      else if (event.type === "probe.result" || event.type === "hook.finished") answers.push(event);
      else if (event.type === "container.exited") end(event);
    }
    end(undefined);
    return runs;
  }

  #replayRun(run: ReplayedRun, pod: string, now: Millis): ContainerScript {
    const { startedAt, startError, exited, killing } = run;
    const startMs = Math.max(0, startedAt - now);
    if (startError !== undefined) return { startMs, startError };
    const alive = { startMs, handler: replayAnswers(run.answers, this.#speed) };
    if (exited === undefined || this.#wentAlong(exited, pod)) return alive;
    const exit = {
      exitCode: Number(exited.exitCode),
      oomKilled: exited.reason === "OOMKilled",
      ...(typeof exited.signal === "string" && { signal: exited.signal }),
    };
    if (killing === undefined) return { ...alive, exit, exitAfterMs: exited.at - startedAt };
    const onStopSignal = exited.signal === "SIGKILL"
      ? "ignore" as const
      : { exit, afterMs: exited.at - killing.at };
    return { ...alive, onStopSignal };
  }

  /** Whether the end of a container came with that of its sandbox. */
  #wentAlong(exited: LoggedEvent, pod: string): boolean {
    return exited.signal === "SIGKILL" &&
      this.#deaths(pod).some(({ at }) => at <= exited.at && exited.at - at < SAME_END_MS);
  }

  #deaths(pod: string): readonly LoggedEvent[] {
    return this.#events.filter((event) =>
      event.pod === pod && event.type === "sandbox.exited" && event.died === true
    );
  }

  #replaySandbox(pod: string, attempt: number, now: Millis): SandboxScript {
    const started = this.#events.filter((it) => it.pod === pod && it.type === "sandbox.started");
    const at = started[attempt]?.at;
    if (at === undefined) return {};
    const died = this.#deaths(pod).find((it) => it.attempt === started[attempt]!.attempt);
    const evicted = this.#events.find((event) =>
      event.pod === pod && EVICTION.test(String(event.because))
    );
    return {
      ...(evicted !== undefined && {
        eviction: {
          afterMs: evicted.at - at,
          message: EVICTION.exec(String(evicted.because))![1]!,
        },
      }),
      startMs: Math.max(0, at - now),
      ...(died !== undefined && { exitAfterMs: died.at - at }),
    };
  }
}

/** So often a probe is asked before it counts as one without an answer. */
const TRIES = 3;

/** Each question gets the answer that it got, at the moment at which that came. */
function replayAnswers(
  answers: readonly LoggedEvent[],
  speed: number,
): NonNullable<ContainerScript["handler"]> {
  const tries = new Map<string, number>();
  const left = [...answers];
  return ({ purpose, timeoutMs = Infinity }, now) => {
    const index = left.findIndex(({ probe, hook }) => (probe ?? hook) === purpose);
    const answer = left[index];
    // Its container ended before the answer came.
    if (answer === undefined) return { afterMs: Infinity };
    const tried = (tries.get(purpose) ?? 0) + 1;
    tries.set(purpose, tried % TRIES);
    if (answer.result === "error" && tried < TRIES) return { outcome: "error" };
    tries.set(purpose, 0);
    left.splice(index, 1);
    if (answer.result === "abandoned") return { afterMs: Infinity };
    return {
      // In time, whatever it is: one that came too late says so itself.
      afterMs: Math.min(Math.max(0, answer.at - now), timeoutMs * speed),
      outcome: answer.result as "success" | "warning" | "failure" | "error",
      output: String(answer.output ?? ""),
      ...(typeof answer.exitCode === "number" && { exitCode: answer.exitCode }),
    };
  };
}
