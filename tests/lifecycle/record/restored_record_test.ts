/** A Pod that an earlier node process has run: the machine counts as rebooted in between. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { container, Machine, type MachineOptions, pod, sidecar } from "../machine.ts";

/** Runs a Pod up to a moment, and has another node process find what was published of it. */
function reboot(
  subject: Pod,
  { at = 60_000, ...options }: MachineOptions & { readonly at?: number } = {},
): { readonly before: Machine; readonly after: Machine } {
  const before = new Machine(subject, options).runTo(at);
  const status = structuredClone(before.status);
  // Moments of lifecycle time begin again.
  const settings = { wallZeroMs: at + 5000 };
  return { before, after: new Machine(before.pod, { ...options, status, settings }) };
}

const startsOf = ({ operations }: Machine) => operations.filter((it) => it.includes(" start "));

/** `NAME restarts READY state, last` of each container. */
function lines({ status }: Machine): string[] {
  return [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []].map((it) => {
    const word = ({ running, terminated, waiting } = it.state ?? {}) =>
      running
        ? "running"
        : terminated
        ? `${terminated.reason} ${terminated.exitCode}`
        : `${waiting?.reason}`;
    const last = it.lastState?.terminated === undefined ? "" : `, ${word(it.lastState)}`;
    return `${it.name} ${it.restartCount} ${word(it.state)}${last}`;
  });
}

const cases: readonly {
  readonly what: string;
  readonly spec: Partial<PodSpec>;
  readonly script?: NonNullable<MachineOptions["script"]>;
  readonly starts: readonly string[];
  readonly phase: string;
  readonly containers: readonly string[];
}[] = [
  {
    what: "R-SANDBOX-5 R-COUNT-3: what runs always runs again, and is counted on",
    spec: {},
    starts: ["0 start app 1"],
    phase: "Running",
    containers: ["app 1 running, Unknown 255"],
  },
  {
    what: "R-SANDBOX-5 R-COUNT-4: all init containers run again, and then the others",
    spec: { initContainers: [container("a"), sidecar("s"), container("b")] },
    script: { a: [{ ms: 1000 }], b: [{ ms: 1000 }] },
    starts: ["0 start a 1", "1 start s 1", "1 start b 1", "2 start app 1"],
    phase: "Running",
    containers: [
      "a 1 Completed 0, Completed 0",
      "s 1 running, Unknown 255",
      "b 1 Completed 0, Completed 0",
      "app 1 running, Unknown 255",
    ],
  },
  {
    what: "R-SANDBOX-2: what may run only once has failed",
    spec: { restartPolicy: "Never" },
    starts: [],
    phase: "Failed",
    containers: ["app 0 Unknown 255"],
  },
  {
    what: "R-SANDBOX-3: a main that has succeeded is not started again, one that ran is",
    spec: { restartPolicy: "OnFailure", containers: [container("done"), container("app")] },
    script: { done: [{ ms: 1000 }] },
    starts: ["0 start app 1"],
    phase: "Running",
    containers: ["app 1 running, Unknown 255", "done 0 Completed 0"],
  },
  {
    what: "R-BACKOFF-1: the back-off of what crashes begins again",
    spec: {},
    script: { app: [{ ms: 0, code: 3 }] },
    // Of the runs at 0, 0, 10 and 30 s the last is number 3.
    starts: ["0 start app 4"],
    phase: "Running",
    containers: ["app 4 CrashLoopBackOff, Error 3"],
  },
];

for (const { what, spec, script, starts, phase, containers } of cases) {
  Deno.test(`a node that finds a Pod after a reboot: ${what}`, () => {
    const { after: machine } = reboot(pod(spec), { ...script && { script } });
    machine.runTo(5000);
    deepEqual(startsOf(machine).slice(0, starts.length), starts);
    deepEqual(lines(machine), containers);
    equal(machine.status.phase, phase);
  });
}

Deno.test("a node that finds a Pod after a reboot keeps what was published of it", () => {
  const { before, after } = reboot(pod({ initContainers: [container("i")] }), {
    script: { i: [{ ms: 2000 }] },
  });
  const [first] = after.statuses;
  equal(first!.status.startTime, before.status.startTime);
  const terminated = before.status.initContainerStatuses![0]!.state!.terminated!;
  after.runTo(100);
  const lastState = after.status.initContainerStatuses![0]!.lastState!.terminated!;
  // Shown to the second as it was, though lifecycle time is another one.
  deepEqual(lastState, terminated);
});

Deno.test("R-WORKER-9: a Pod that has ended stays so, and nothing is made for it", () => {
  for (const code of [0, 1]) {
    const { before, after } = reboot(pod({ restartPolicy: "Never" }), {
      script: { app: [{ ms: 1000, code }] },
    });
    after.runToEnd();
    deepEqual(after.status, before.status);
    deepEqual(after.operations, ["0 terminate finished"]);
    equal(after.done, true);
  }
});

Deno.test("R-DELETE-5: a Pod that was being deleted ends without another start", () => {
  const before = new Machine(pod({}), { script: { app: [{ onSigterm: "ignore" }] } })
    .runTo(1000).delete(30).runTo(2000);
  const after = new Machine(before.pod, { status: structuredClone(before.status) }).runToEnd();
  equal(after.done, true);
  deepEqual(startsOf(after), []);
  deepEqual(lines(after), ["app 0 Unknown 255"]);
});

Deno.test("R-DEADLINE-2: the deadline counts from the first start, on whichever node process", () => {
  const subject = pod({ activeDeadlineSeconds: 100 });
  const { after } = reboot(subject, { at: 60_000 });
  // 65 s have passed when the second process begins.
  after.runTo(34_000);
  equal(after.status.phase, "Running");
  after.runToEnd();
  deepEqual([after.status.phase, after.status.reason], ["Failed", "DeadlineExceeded"]);
});
