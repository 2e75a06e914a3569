/** What lessons read off events. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { type Observation, observe, type SeenRun } from "../../../src/lab/lesson/observation.ts";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";

const event = (fields: Readonly<Record<string, unknown>>) =>
  ({ at: 0, message: "", uid: "1", pod: "default/web", ...fields }) as unknown as RunEvent;
const started = (container: string, restartCount = 0, pod = "default/web") =>
  event({ type: "container.started", container, restartCount, pod });
const exited = (container: string, exitCode: number, reason = "Error") =>
  event({ type: "container.exited", container, exitCode, reason, because: "it ended" });
const phase = (from: string, to: string) => event({ type: "pod.phase", from, to });
const ready = (status: string) => event({ type: "pod.condition", condition: "Ready", status });
const waiting = (restartCount: number, delayMs: number) =>
  event({
    type: "container.waiting",
    container: "app",
    reason: "CrashLoopBackOff",
    restartCount,
    delayMs,
  });
const line = (text: string) => event({ type: "log", container: "app", line: text });
const decision = (action: string) =>
  event({ type: "controller.decision", action, pod: undefined, object: "ReplicaSet default/web" });
const killing = (signal: string) => event({ type: "container.killing", container: "app", signal });

const app = { container: "app" };
const web = { pod: "web" };
const CREATED = { type: "controller.decision", action: "createPod" };
const DELETED = { type: "controller.decision", action: "deletePod" };

const cases: readonly [Observation, readonly RunEvent[], string | undefined][] = [
  [{ type: "phase", ...web }, [], undefined],
  [{ type: "phase", ...web }, [started("app")], "Pending"],
  [{ type: "phase", ...web }, [phase("Pending", "Running")], "Running"],
  [{ type: "phase", pod: "other" }, [phase("Pending", "Running")], undefined],
  [
    { type: "phases", ...web },
    [phase("Pending", "Running"), phase("Running", "Failed")],
    "Pending → Running → Failed",
  ],
  [{ type: "ready", ...web }, [], undefined],
  [{ type: "ready", ...web }, [ready("True"), ready("False")], "False → True → False"],
  [{ type: "ready", ...web }, [ready("False"), ready("True")], "False → True"],
  [{ type: "restarts", ...app }, [], undefined],
  [{ type: "restarts", ...app }, [started("app"), started("app", 1)], "1"],
  [
    { type: "restarts", ...app, pod: "b" },
    [started("app", 0, "x/a"), started("app", 3, "x/b")],
    "3",
  ],
  [{ type: "starts", ...app }, [], "0"],
  [{ type: "starts", ...app }, [started("app"), started("init"), started("app", 1)], "2"],
  [{ type: "exitCode", ...app }, [started("app")], undefined],
  [{ type: "exitCode", ...app }, [exited("app", 1), exited("app", 137), exited("b", 2)], "137"],
  [{ type: "reason", ...app }, [exited("app", 0, "Completed"), started("app", 1)], "Completed"],
  [{ type: "reason", ...app }, [exited("app", 0), waiting(0, 10_000)], "CrashLoopBackOff"],
  [{ type: "wait", ...app, restart: 2 }, [waiting(1, 10_000), waiting(2, 20_000)], "10"],
  [
    { type: "wait", ...app, restart: 2 },
    [event({ type: "container.started", container: "app", restartCount: 2, delayMs: 10_000 })],
    "10",
  ],
  [{ type: "wait", ...app, restart: 9 }, [waiting(1, 10_000)], undefined],
  [
    { type: "startOrder", ...web },
    [started("init"), started("app"), started("init", 1), started("x", 0, "default/other")],
    "init → app",
  ],
  [
    { type: "endOrder", ...web },
    [exited("init", 1), exited("app", 0), exited("init", 0)],
    "app → init",
  ],
  [{ type: "endOrder", ...web }, [], undefined],
  [{ type: "signals", ...app }, [], undefined],
  [{ type: "signals", ...app }, [killing("SIGTERM"), killing("SIGKILL")], "SIGTERM → SIGKILL"],
  [{ type: "output", ...app, begin: "n:" }, [line("n: 1"), line("m: 3"), line("n: 2 ")], "2"],
  [{ type: "output", ...app, begin: "n:" }, [line("an: 1")], undefined],
  [{ type: "count", match: CREATED }, [decision("createPod"), decision("deletePod")], "1"],
  [
    { type: "count", match: { type: "log" }, before: { type: "container.killing", pod: "web" } },
    [line("a"), line("b"), killing("SIGTERM"), line("c")],
    "2",
  ],
  [
    { type: "most", begin: CREATED, end: DELETED },
    ["createPod", "createPod", "deletePod", "createPod", "deletePod"].map(decision),
    "2",
  ],
  [
    { type: "nextAction", after: { match: CREATED, times: 2 }, actions: ["x", "deletePod"] },
    ["createPod", "deletePod", "createPod", "scale", "deletePod"].map(decision),
    "deletePod",
  ],
  [{ type: "nextAction", after: { match: CREATED }, actions: ["x"] }, [], undefined],
];
for (const [index, [observation, events, expected]] of cases.entries()) {
  Deno.test(`observe(): ${index + 1}, ${observation.type}`, () =>
    deepEqual(observe(observation, { events })?.answer, expected));
}

const runs: readonly [Observation["type"] & ("exitStatus" | "verdict"), SeenRun, string][] = [
  ["exitStatus", { events: [], exitStatus: 3 }, "3"],
  ["exitStatus", { events: [] }, "runs-on"],
  ["verdict", { events: [], exitStatus: 125 }, "refused"],
  ["verdict", { events: [started("app")], exitStatus: 125 }, "accepted"],
  ["verdict", { events: [], exitStatus: 0 }, "accepted"],
];
for (const [type, run, expected] of runs) {
  Deno.test(`observe(): ${type} ${expected}`, () =>
    deepEqual(observe({ type }, run)?.answer, expected));
}

Deno.test("observe() names the event that decided", () => {
  const end = exited("app", 1);
  deepEqual(observe({ type: "restarts", ...app }, { events: [started("app"), end] })?.event, end);
});
