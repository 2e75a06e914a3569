import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { ContainerRecord, ExitedRun } from "../../src/lifecycle/record/container_record.ts";
import { formatGoDuration } from "../../src/base/go_text.ts";
import { defaultSettings } from "../../src/lifecycle/record/record.ts";
import { computeBackoff } from "../../src/lifecycle/policy/restart.ts";
import { container, Machine, pod, sidecar } from "./machine.ts";

const durations: readonly [number, string][] = [
  [0, "0s"],
  [100, "100ms"],
  [1000, "1s"],
  [2500, "2.5s"],
  [10_000, "10s"],
  [80_000, "1m20s"],
  [160_000, "2m40s"],
  [300_000, "5m0s"],
  [3_600_000, "1h0m0s"],
];
for (const [ms, text] of durations) {
  Deno.test(`formatGoDuration() R-BACKOFF-8: ${ms} ms is ${text}`, () => {
    equal(formatGoDuration(ms), text);
  });
}

function exited(finishedAt: number, rest: Partial<ExitedRun> = {}): ExitedRun {
  return {
    type: "exited",
    containerId: "c",
    restartCount: 0,
    sandboxId: "s0",
    image: "busybox",
    exitCode: 1,
    reason: "Error",
    startedAt: 0,
    finishedAt,
    message: "",
    logTail: "",
    ...rest,
  };
}

const s = 1000;
const entry = (delayS: number, lastUpdateS: number, key = "busybox") => ({
  key,
  delayMs: delayS * s,
  lastUpdate: lastUpdateS * s,
});
type Case = readonly [
  string,
  Partial<ContainerRecord>,
  nowS: number,
  answer: string,
  afterKill?: boolean,
];
const cases: readonly Case[] = [
  ["R-BACKOFF-2 no record starts now", {}, 5, "first"],
  ["R-BACKOFF-2 no entry starts now", { current: exited(1 * s) }, 1, "start 0 then 10"],
  [
    "R-BACKOFF-2 waits from the finish",
    {
      current: exited(5 * s),
      backoff: entry(10, 4),
    },
    14.999,
    "wait 10 until 15",
  ],
  [
    "R-BACKOFF-2 starts when it is over",
    {
      current: exited(5 * s),
      backoff: entry(10, 4),
    },
    15,
    "start 10 then 20",
  ],
  [
    "R-BACKOFF-1 the cap",
    {
      current: exited(5 * s),
      backoff: entry(160, 4),
    },
    165,
    "start 160 then 300",
  ],
  [
    "R-BACKOFF-1 stays at the cap",
    {
      current: exited(5 * s),
      backoff: entry(300, 4),
    },
    305,
    "start 300 then 300",
  ],
  [
    "R-BACKOFF-4 a run of 600 s does not reset",
    {
      current: exited(600 * s),
      backoff: entry(300, 0),
    },
    600,
    "wait 300 until 600.001",
  ],
  [
    "R-BACKOFF-4 R-FOLK-4 one that ended more than 600 s after its start was permitted resets",
    {
      current: exited(600.5 * s),
      backoff: entry(300, 0),
    },
    600.5,
    "start 0 then 10",
  ],
  [
    "R-BACKOFF-4 R-FOLK-4 the row is dropped 600 s after the last start, whatever the cap",
    {
      current: exited(400 * s),
      backoff: entry(300, 0),
    },
    400,
    "wait 300 until 600.001",
  ],
  [
    "R-BACKOFF-4 and then it starts afresh",
    {
      current: exited(400 * s),
      backoff: entry(300, 0),
    },
    600.001,
    "start 0 then 10",
  ],
  [
    "R-BACKOFF-5 another image starts afresh",
    {
      current: exited(5 * s),
      backoff: entry(160, 4, "other"),
    },
    5,
    "start 0 then 10",
  ],
  [
    "R-BACKOFF-7 a kill for a restart counts from the run before",
    { current: exited(50 * s), previous: exited(5 * s), backoff: entry(10, 4) },
    50,
    "start 10 then 20",
    true,
  ],
  [
    "R-BACKOFF-7 and does not even touch the table the first time",
    { current: exited(50 * s) },
    50,
    "first",
    true,
  ],
  [
    "R-BACKOFF-7 R-BACKOFF-2 a kill may be refused by the run before",
    { current: exited(50 * s), previous: exited(30 * s), backoff: entry(40, 29) },
    50,
    "wait 40 until 70",
    true,
  ],
  [
    "R-BACKOFF-7 R-BACKOFF-2 and from then on its own end counts, as any other",
    { current: exited(50 * s), previous: exited(30 * s), backoff: entry(40, 29) },
    50,
    "wait 40 until 90",
  ],
  [
    "R-RAC-7 counts from the run that started the pod over",
    {
      reset: { at: 6 * s, causeFinishedAt: 5 * s },
      backoff: entry(10, 4),
    },
    6,
    "wait 10 until 15",
  ],
  [
    "R-RAC-7 but not for its neighbours",
    {
      reset: { at: 6 * s },
      backoff: entry(10, 4),
    },
    6,
    "first",
  ],
];
for (const [name, containerRecord, nowS, answer, afterKill] of cases) {
  Deno.test(`computeBackoff() ${name}: ${answer}`, () => {
    const decision = computeBackoff(
      container("app"),
      { name: "app", nextRestartCount: 1, superseded: [], ...containerRecord },
      defaultSettings.backoff,
      nowS * s,
      afterKill,
    );
    const words = decision.type === "first"
      ? "first"
      : decision.type === "wait"
      ? `wait ${decision.delayMs / s} until ${decision.until / s}`
      : `start ${decision.delayMs / s} then ${decision.entry.delayMs / s}`;
    equal(words, answer);
  });
}

function delays(machine: Machine): number[] {
  return machine.log.flatMap((line) =>
    line.type === "container.started" && line.delayMs !== undefined ? [line.delayMs] : []
  );
}

Deno.test("R-BACKOFF-3 R-FOLK-2: the delays of nine restarts", () => {
  const machine = new Machine(pod({}), { script: { app: [{ ms: 0, code: 1 }] } }).runTo(1_500_000);
  deepEqual(delays(machine).slice(0, 9).map((ms) => ms / s), [
    0,
    10,
    20,
    40,
    80,
    160,
    300,
    300,
    300,
  ]);
  equal(machine.status.phase, "Running", "R-FOLK-5");
});

Deno.test("R-BACKOFF-1: --crash-backoff 100ms,300ms", () => {
  const machine = new Machine(pod({}), {
    script: { app: [{ ms: 0, code: 1 }] },
    settings: { backoff: { baseMs: 100, maxMs: 300, resetMs: 600 } },
  }).runTo(1500);
  deepEqual(delays(machine).slice(0, 5), [0, 100, 200, 300, 300]);
});

Deno.test("R-BACKOFF-1: a base above the cap is cut to it", () => {
  const machine = new Machine(pod({}), {
    script: { app: [{ ms: 0, code: 1 }] },
    settings: { backoff: { baseMs: 5000, maxMs: 1000, resetMs: 2000 } },
  }).runTo(2500);
  deepEqual(delays(machine), [0, 1000, 1000]);
});

Deno.test("R-BACKOFF-1: --crash-backoff 0 never waits", () => {
  const machine = new Machine(pod({}), {
    script: { app: [{ ms: 100, code: 1 }] },
    settings: { backoff: { baseMs: 0, maxMs: 0, resetMs: 0 } },
  }).runTo(1000);
  deepEqual(delays(machine), Array(10).fill(0));
  equal(machine.log.some(({ type }) => type === "container.waiting"), false);
});

Deno.test("R-BACKOFF-6 R-FOLK-3: inits, sidecars and successes back off too", () => {
  const subject = pod({ initContainers: [sidecar("s"), container("i")] });
  const script = { s: [{ ms: 0, code: 1 }], i: [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, {}] };
  const machine = new Machine(subject, { script }).runTo(9000);
  equal(machine.state("s"), "Waiting CrashLoopBackOff");
  const again = new Machine(pod({}), { script: { app: [{ ms: 0 }] } }).runTo(9000);
  equal(again.state("app"), "Waiting CrashLoopBackOff");
});

Deno.test("R-BACKOFF-8 R-ACT-8: the event and the status say how long", () => {
  const machine = new Machine(pod({}), { script: { app: [{ ms: 0, code: 1 }] } }).runTo(1000);
  deepEqual(machine.events.find(({ reason }) => reason === "BackOff"), {
    at: 0,
    type: "Warning",
    reason: "BackOff",
    message: "Back-off restarting failed container app in pod p_default(u1)",
    fieldPath: "spec.containers{app}",
  });
  deepEqual(machine.container("app").state?.waiting, {
    reason: "CrashLoopBackOff",
    message: "back-off 10s restarting failed container=app pod=p_default(u1)",
  });
});

Deno.test("R-BACKOFF-5: a changed image is started at once", () => {
  const machine = new Machine(pod({}), { script: { app: [{ ms: 0, code: 1 }] } }).runTo(100_000);
  equal(machine.state("app"), "Waiting CrashLoopBackOff");
  machine.pod = pod({ containers: [container("app", { image: "other" })] });
  machine.send({ type: "volumesPrepared", at: machine.now });
  equal(machine.container("app").image, "docker.io/library/other:latest");
  equal(machine.operations.at(-1)?.startsWith("100 start app"), true);
});

Deno.test("R-ACT-6 R-FOLK-17: containers that end at once, without back-off, starve no other", () => {
  const atOnce = Array.from({ length: 20 }, () => ({ ms: 0, code: 1 }));
  const machine = new Machine(
    pod({ containers: [container("a"), container("b"), container("c")] }),
    {
      script: { a: atOnce, b: atOnce },
      latency: () => 10,
      settings: { backoff: { baseMs: 0, maxMs: 0, resetMs: 0 } },
    },
  ).runTo(100);
  const starts = machine.operations.filter((operation) => operation.includes(" start "))
    .map((operation) => operation.slice(operation.indexOf("start ") + "start ".length));
  deepEqual(starts.slice(0, 7), ["a 0", "b 0", "c 0", "a 1", "b 1", "a 2", "b 2"]);
});
