/** Events for tests of the timeline. */
import type { LogEvent, RunEvent } from "../../../src/lifecycle/trace/log_event.ts";

/** An event of a Pod, with the fields that a test names. */
export function podEvent(at: number, type: string, fields: Record<string, unknown> = {}): LogEvent {
  const { pod = "default/web", uid = "u1" } = fields;
  return {
    at,
    pod,
    uid,
    type,
    message: `${type} at ${at}`,
    because: "so it is",
    rule: "R-PHASE-4",
    ...fields,
  } as unknown as LogEvent;
}

/** An init container that succeeds, and a container that fails, waits and fails again. */
export const CRASH_LOOP: readonly RunEvent[] = [
  podEvent(0, "pod.condition", { condition: "Ready", status: "False", reason: "NotYet" }),
  podEvent(100, "sandbox.started", { pid: 7, attempt: 0 }),
  ...run("setup", "init", 200, 500, 0),
  ...run("web", "app", 600, 900, 1),
  podEvent(600, "pod.phase", { from: "Pending", to: "Running" }),
  waiting(900, 10_000),
  ...run("web", "app", 10_900, 11_000, 1, 1),
  waiting(11_000, 20_000),
  podEvent(11_500, "container.killing", { container: "web", role: "app", signal: "SIGTERM" }),
  podEvent(12_000, "pod.phase", { from: "Running", to: "Failed" }),
  podEvent(12_100, "sandbox.exited", { pid: 7, attempt: 0 }),
  podEvent(12_100, "pod.finished", { phase: "Failed", exitCode: 1 }),
];

/** A start and an end of a container. */
export function run(
  container: string,
  role: string,
  from: number,
  to: number,
  exitCode: number,
  restartCount = 0,
): LogEvent[] {
  const fields = { container, role, restartCount };
  return [
    podEvent(from, "container.started", { ...fields, pid: 8, startMs: 1 }),
    podEvent(to, "container.exited", {
      ...fields,
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      durationMs: to - from,
    }),
  ];
}

function waiting(at: number, delayMs: number): LogEvent {
  const reason = "CrashLoopBackOff";
  return podEvent(at, "container.waiting", {
    container: "web",
    role: "app",
    restartCount: 0,
    reason,
    delayMs,
  });
}

/** So many Pods that crash and wait, one event a line of a log, in the order of their times. */
export function manyEvents(count: number): RunEvent[] {
  const pods = 50;
  const rounds = Math.ceil(count / pods / 3);
  return Array.from(
    { length: rounds },
    (_, round) =>
      Array.from({ length: pods }, (_, pod): LogEvent[] => {
        const at = round * 60_000 + pod * 7;
        const fields = { pod: `default/web-${pod}`, uid: `u${pod}` };
        return [
          ...run("app", "app", at, at + 10_000, 1, round),
          waiting(at + 10_000, 40_000),
        ].map((it) => ({ ...it, ...fields }));
      }).flat(),
  ).flat().sort((a, b) => a.at - b.at).slice(0, count);
}
