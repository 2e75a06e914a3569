import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { defaultSettings } from "../../src/lifecycle/record/record.ts";
import {
  type PodEffect,
  type PodNews,
  type PodState,
  type PodStep,
  startPod,
  stepPod,
} from "../../src/lifecycle/step.ts";
import { pod } from "./machine.ts";

const start = { at: 0, settings: defaultSettings, hostIP: "10.0.0.1" };

/** An effect in a few words. */
function word(effect: PodEffect): string {
  switch (effect.type) {
    case "recorded": {
      const { event } = effect;
      return event.type === "actionBegun" ? `${event.type} ${event.action.type}` : event.type;
    }
    case "publish": {
      const { phase, containerStatuses } = effect.pod.status!;
      const [state] = Object.keys(containerStatuses?.[0]?.state ?? {});
      return `publish ${[phase, state].filter((it) => it !== undefined).join(" ")}`;
    }
    case "begin":
      return `begin ${effect.operation.type}`;
  }
}

const words = ({ effects }: Pick<PodStep, "effects">) => effects.map(word);

/** Steps from news to news; the last one is returned. */
function play(state: PodState, ...steps: readonly (readonly PodNews[])[]): PodStep {
  const last = steps.reduce<PodStep | undefined>(
    (before, news, index) => stepPod(before?.state ?? state, news, index),
    undefined,
  );
  return last!;
}

const timePassed = { type: "timePassed" } as const;
const sandboxStarted = {
  type: "sandboxStarted",
  at: 2,
  sandboxId: "s",
  attempt: 0,
  pid: 1,
  podIP: "127.0.0.2",
  hostIP: "10.0.0.1",
  isolation: "process",
} as const;
const containerStarted = {
  type: "containerStarted",
  at: 4,
  name: "app",
  containerId: "c",
  pid: 2,
  user: { uid: 0, gid: 0, supplementalGroups: [0] },
  hasImage: true,
  startMs: 1,
} as const;
const containerExited = {
  type: "containerExited",
  at: 3,
  name: "app",
  containerId: "c",
  exitCode: 0,
  oomKilled: false,
  terminationMessage: "",
  logTail: "",
} as const;
const untilStarting: readonly (readonly PodNews[])[] = [
  [timePassed],
  [{ type: "volumesPrepared", at: 1 }],
  [sandboxStarted],
];

function stateOf(given: Pod = pod({ restartPolicy: "Never" })): PodState {
  return startPod(given, start).state;
}

Deno.test("startPod() records that the pod has been scheduled, if so (R-COND-2)", () => {
  const condition = { type: "PodScheduled", status: "True" } as const;
  const scheduled: Pod = { ...pod({}), status: { phase: "Pending", conditions: [condition] } };
  deepEqual(words(startPod(scheduled, start)), ["statusPublished"]);
  deepEqual(words(startPod(pod({}), start)), []);
});

Deno.test("stepPod() publishes what it has learnt, begins what follows, and publishes that (R-WORKER-3)", () => {
  deepEqual(words(play(stateOf(), [timePassed])), [
    "statusPublished",
    "publish Pending waiting",
    "begin prepareVolumes",
    "actionBegun prepareVolumes",
  ]);
  deepEqual(words(play(stateOf(), ...untilStarting)), [
    "sandboxStarted",
    "statusPublished",
    "publish Pending waiting",
    "begin startContainer",
    "actionBegun startContainer",
  ]);
});

Deno.test("stepPod() shows a container running whose end was reported before its start", () => {
  const { state, effects } = play(stateOf(), ...untilStarting, [containerExited]);
  deepEqual(effects, []);
  const next = stepPod(state, [containerStarted], 4);
  deepEqual(words(next).slice(0, 6), [
    "containerStarted",
    "statusPublished",
    "publish Running running",
    "containerExited",
    "statusPublished",
    "publish Running terminated",
  ]);
  deepEqual([...next.state.earlyExits], []);
});

Deno.test("stepPod() starts nothing in a sandbox whose end is known with its start", () => {
  const exited = { type: "sandboxExited", at: 2, sandboxId: "s" } as const;
  for (const news of [[exited, sandboxStarted], [sandboxStarted, exited]] as const) {
    const { effects } = play(stateOf(), ...untilStarting.slice(0, 2), news);
    const facts = effects.flatMap((it) => it.type === "recorded" ? [it.event.type] : []);
    deepEqual(facts.filter((it) => it.startsWith("sandbox")), ["sandboxStarted", "sandboxExited"]);
    equal(effects.some((it) => word(it) === "begin startContainer"), false);
  }
});

Deno.test("stepPod() records each grace of a deletion once, and keeps the worker's status", () => {
  const { state } = play(stateOf(), ...untilStarting, [containerStarted]);
  const deleted = (graceSeconds: number): PodNews => ({
    type: "podChanged",
    pod: {
      ...state.pod,
      metadata: {
        ...state.pod.metadata,
        deletionTimestamp: "2026-01-01T00:00:30Z",
        deletionGracePeriodSeconds: graceSeconds,
      },
      status: { phase: "Pending" },
    },
  });
  const step = stepPod(state, [deleted(30), deleted(30), deleted(5)], 5);
  const graces = step.effects.flatMap((it) =>
    it.type === "recorded" && it.event.type === "deletionRequested" ? [it.event.graceSeconds] : []
  );
  deepEqual(graces, [30, 5]);
  equal(step.state.pod.status?.phase, "Running");
});

Deno.test("stepPod() makes nothing of time alone", () => {
  const { state, wakeAt } = play(stateOf(), [timePassed]);
  const next = stepPod(state, [timePassed], 60_000);
  deepEqual([next.effects, next.actions, next.wakeAt], [[], [], wakeAt]);
  equal(next.state, state);
});
