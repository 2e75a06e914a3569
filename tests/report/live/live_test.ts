import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { formatLiveLines } from "../../../src/report/live/live_lines.ts";
import { LiveState } from "../../../src/report/live/live_state.ts";
import { CRASH_LOOP, podEvent, run } from "../timeline/events.ts";

function stateAfter(events: readonly RunEvent[]): LiveState {
  const state = new LiveState();
  for (const event of events) state.add(event);
  return state;
}

const object = (type: string, name: string, change?: string) =>
  ({ at: 0, type, object: name, message: "", ...(change && { change }) }) as unknown as RunEvent;

const linesOf = (state: LiveState, now: number, columns = 100, rows = 24) =>
  formatLiveLines(state, now, { columns, rows }).map(({ text }) => text);

Deno.test("a live view counts down to the next start", () => {
  const state = stateAfter(CRASH_LOOP.filter(({ at }) => at <= 900));
  deepEqual(linesOf(state, 4900), [
    "Pod web  Running",
    "  setup  Completed         init, exit 0",
    "  web    CrashLoopBackOff  exit 1, next in 6s",
  ]);
  deepEqual(linesOf(state, 10_899)[2], "  web    CrashLoopBackOff  exit 1, next in 1s");
});

Deno.test("a live view keeps the last exit code of what runs again", () => {
  const state = stateAfter(CRASH_LOOP.filter(({ at }) => at <= 10_900));
  equal(linesOf(state, 10_950)[2], "  web    Running    exit 1, 1 restart");
});

Deno.test("objects stand above, in their own words, until they are deleted", () => {
  const state = stateAfter([
    object("object.created", "Deployment default/web"),
    object("object.updated", "Deployment default/web", "1 of 2 Pods available"),
    object("object.created", "Pod default/web"),
    podEvent(0, "pod.condition", { condition: "Ready", status: "True" }),
  ]);
  deepEqual(linesOf(state, 0), [
    "Deployment web  1 of 2 Pods available",
    "Pod web         Pending  Ready",
  ]);
  state.add(object("object.deleted", "Pod default/web"));
  state.add(object("object.deleted", "Deployment default/web"));
  deepEqual(linesOf(state, 0), []);
});

Deno.test("add() returns whether what is shown has changed", () => {
  const state = new LiveState();
  const cases: [RunEvent, boolean][] = [
    [podEvent(0, "log", { container: "a" }), false],
    [podEvent(0, "pod.phase", { to: "Running" }), true],
    [podEvent(0, "pod.condition", { condition: "Initialized", status: "True" }), false],
    [podEvent(0, "probe.result", { container: "a" }), false],
    [run("a", "app", 0, 1, 0)[0]!, true],
  ];
  for (const [event, changes] of cases) equal(state.add(event), changes, event.type);
});

const MANY = stateAfter(
  Array.from({ length: 40 }, (_, i) => {
    const pod = { pod: `default/p${i}`, uid: `u${i}` };
    return [
      podEvent(0, "pod.phase", { ...pod, to: i < 30 ? "Running" : "Succeeded" }),
      ...run("main", "app", 0, 1, 0).map((it) => ({ ...it, ...pod })),
    ];
  }).flat(),
);

for (const [columns, rows] of [[80, 24], [20, 5], [1, 1], [300, 100]] as const) {
  Deno.test(`a live view of 40 Pods fits ${columns} by ${rows}`, () => {
    const lines = linesOf(MANY, 0, columns, rows);
    ok(lines.length <= Math.max(rows - 3, 1), String(lines.length));
    for (const line of lines) ok(line.length < Math.max(columns, 2), line);
  });
}

Deno.test("what does not fit is counted", () => {
  const lines = linesOf(MANY, 0, 80, 24);
  equal(lines.length, 21);
  equal(lines[0], "Pod p0   Running");
  equal(lines.at(-1), "… and 20 more Pods: 10 Running, 10 Succeeded");
});

Deno.test("a name cannot steer the terminal", () => {
  const state = stateAfter([podEvent(0, "pod.phase", { pod: "default/\x1b[2J", to: "Running" })]);
  deepEqual(linesOf(state, 0), ["Pod \\u001b[2J  Running"]);
});

Deno.test("a narrow live view shortens names, not states", () => {
  const pod = "default/server-with-a-long-name-6c46664f98-";
  const state = stateAfter([
    object("object.updated", "Deployment default/server-with-a-long-name", "1 of 2 Pods available"),
    ...["kdh9x", "tcpf7"].flatMap((id) =>
      CRASH_LOOP.filter(({ at }) => at <= 900).map((it) => ({ ...it, pod: `${pod}${id}`, uid: id }))
    ),
  ]);
  deepEqual(linesOf(state, 4900, 60), [
    "Deployment ser…g-name  1 of 2 Pods available",
    "Pod server-wit…-kdh9x  Running",
    "  setup                Completed         init, exit 0",
    "  web                  CrashLoopBackOff  exit 1, next in 6s",
    "Pod server-wit…-tcpf7  Running",
    "  setup                Completed         init, exit 0",
    "  web                  CrashLoopBackOff  exit 1, next in 6s",
  ]);
  deepEqual(linesOf(state, 4900, 40).slice(0, 4), [
    "Deploy…g-name  1 of 2 Pods available",
    "Pod se…-kdh9x  Running",
    "  setup        Completed         exit 0",
    "  web          CrashLoopBackOff  in 6s",
  ]);
});
