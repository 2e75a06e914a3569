import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { computeTimeline, type LaneGroup } from "../../../src/report/timeline/timeline.ts";
import { CRASH_LOOP, podEvent, run } from "./events.ts";

/** A lane as one line: `web app: 600-900 running/exit 1, …; marks`. */
function sketch({ lanes }: LaneGroup): string[] {
  return lanes.map(({ title, role, spans, marks }) => {
    const parts = spans.map(({ from, to, state, end, isOpen }) =>
      `${from}-${to} ${state}${end === undefined ? "" : `/${end}`}${isOpen ? " …" : ""}`
    );
    const signs = marks.map(({ at, kind, label, isBad }) =>
      `${at} ${kind} ${label}${isBad ? "!" : ""}`
    );
    return `${title} ${role}: ${[...parts, ...signs].join(", ")}`;
  });
}

Deno.test("computeTimeline() gives each container a lane, in the order of the Pod", () => {
  const { from, to, groups } = computeTimeline(CRASH_LOOP);
  deepEqual([from, to], [0, 12_100]);
  deepEqual(groups.map(({ title, depth }) => [title, depth]), [["Pod default/web", 0]]);
  deepEqual(sketch(groups[0]!), [
    "phase phase: 0-600 pending, 600-12000 running, 12000-12100 failed",
    "Ready ready: 0-12100 notReady",
    "pause pause: 100-12100 running/ended",
    "setup init: 200-500 running/exit 0",
    "web app: 600-900 running/exit 1, 900-10900 backOff, 10900-11000 running/exit 1, " +
    "11000-12100 backOff …, 11500 signal SIGTERM",
  ]);
});

Deno.test("computeTimeline() says what began and what ended a run", () => {
  const { groups } = computeTimeline(CRASH_LOOP);
  const web = groups[0]!.lanes.at(-1)!;
  deepEqual(
    web.spans[0]!.facts,
    [600, 900].map((at) => ({
      at,
      message: `container.${at === 600 ? "started" : "exited"} at ${at}`,
      because: "so it is",
      rule: "R-PHASE-4",
    })),
  );
});

const pods: readonly [name: string, events: readonly RunEvent[], lanes: readonly string[]][] = [
  [
    "a program that cannot be started has no run",
    [podEvent(5, "container.exited", {
      container: "a",
      role: "app",
      reason: "StartError",
      exitCode: 128,
    })],
    ["phase phase: 5-5 pending …", "a app: 5 startError StartError 128!"],
  ],
  [
    "a signal is named in place of its code",
    run("a", "app", 1, 2, 137).map((it) => ({ ...it, signal: "SIGKILL" })),
    ["phase phase: 1-2 pending …", "a app: 1-2 running/SIGKILL"],
  ],
  [
    "probes and hooks are signs",
    [
      ["probe.result", { probe: "liveness", result: "failure" }],
      ["hook.started", { hook: "preStop" }],
      ["hook.finished", { hook: "preStop", result: "abandoned" }],
    ].map(([type, fields]) =>
      podEvent(3, type as string, { container: "a", role: "sidecar", ...fields as object })
    ),
    [
      "phase phase: 3-3 pending …",
      "a sidecar: 3 probe liveness failure!, 3 hook preStop, 3 hook preStop abandoned!",
    ],
  ],
  [
    "a sandbox that dies is followed by another one",
    [
      podEvent(1, "sandbox.started", { pid: 1 }),
      podEvent(2, "sandbox.exited", { pid: 1, died: true }),
      podEvent(3, "sandbox.started", { pid: 2 }),
    ],
    ["phase phase: 1-3 pending …", "pause pause: 1-2 running/died, 3-3 running …"],
  ],
  [
    "a clock that jumps back orders nothing",
    [...run("a", "app", 10, 30, 0), podEvent(20, "pod.phase", { to: "Running" })],
    ["phase phase: 10-20 pending, 20-30 running …", "a app: 10-30 running/exit 0"],
  ],
];
for (const [name, events, lanes] of pods) {
  Deno.test(`computeTimeline(): ${name}`, () => {
    deepEqual(sketch(computeTimeline(events).groups[0]!), lanes);
  });
}

const object = (at: number, type: string, fields: Record<string, unknown>) =>
  ({ at, type, message: type, ...fields }) as unknown as RunEvent;
const owned = (at: number, name: string, owner?: string) =>
  object(at, "object.created", { object: name, ...(owner !== undefined && { owner }) });

Deno.test("computeTimeline() puts owners above what they own", () => {
  const { groups } = computeTimeline([
    podEvent(0, "pod.phase", { pod: "default/alone", uid: "u0", to: "Running" }),
    owned(0, "Deployment default/web"),
    owned(1, "ReplicaSet default/web-1", "Deployment default/web"),
    owned(2, "Pod default/web-1-a", "ReplicaSet default/web-1"),
    owned(3, "ReplicaSet default/web-2", "Deployment default/web"),
    podEvent(4, "pod.phase", { pod: "default/web-1-a", uid: "u2", to: "Running" }),
    object(5, "object.updated", { object: "Deployment default/web", change: "1 of 1" }),
    object(6, "controller.decision", { object: "Deployment default/web", action: "scale" }),
  ]);
  deepEqual(groups.map(({ title, depth }) => `${depth} ${title}`), [
    "0 Pod default/alone",
    "0 Deployment default/web",
    "1 ReplicaSet default/web-1",
    "2 Pod default/web-1-a",
    "1 ReplicaSet default/web-2",
  ]);
  deepEqual(sketch(groups[1]!), [" object: 0-5 object, 5-6 object …, 6 decision scale"]);
});

Deno.test("computeTimeline() survives objects that claim to own each other", () => {
  const { groups } = computeTimeline([
    owned(0, "Job d/a", "Job d/b"),
    owned(0, "Job d/b", "Job d/a"),
  ]);
  deepEqual(groups.map(({ title }) => title), ["Job d/a", "Job d/b"]);
});

Deno.test("computeTimeline() keeps Pods of one name apart", () => {
  const { groups } = computeTimeline([
    podEvent(0, "pod.phase"),
    podEvent(1, "pod.phase", { uid: "u2" }),
  ]);
  equal(groups.length, 2);
});

Deno.test("computeTimeline() of nothing has nothing", () => {
  deepEqual(computeTimeline([]), { from: 0, to: 0, groups: [] });
  deepEqual(computeTimeline([podEvent(1, "log")]).groups, []);
});
