import { strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import {
  computeExitStatus,
  type ExitFacts,
  type RunEnd,
} from "../../../src/cli/run/exit_status.ts";

interface Outcome {
  readonly phase: "Succeeded" | "Failed" | "Running" | "Pending";
  readonly reason?: string;
  readonly init?: Readonly<Record<string, number>>;
  readonly sidecar?: Readonly<Record<string, number>>;
  readonly main?: Readonly<Record<string, number>>;
}

function pod(uid: string, { phase, reason, init = {}, sidecar = {}, main = {} }: Outcome): Pod {
  const statuses = (codes: Readonly<Record<string, number>>) =>
    Object.entries(codes).map(([name, exitCode]) => ({
      name,
      image: "i",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode } },
    }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: uid, uid },
    spec: {
      containers: Object.keys(main).map((name) => ({ name })),
      initContainers: [
        ...Object.keys(init).map((name) => ({ name })),
        ...Object.keys(sidecar).map((name) => ({ name, restartPolicy: "Always" as const })),
      ],
    },
    status: {
      phase,
      ...(reason && { reason }),
      initContainerStatuses: [...statuses(init), ...statuses(sidecar)],
      containerStatuses: statuses(main),
    },
  };
}

type Row = [
  name: string,
  outcomes: Outcome[],
  exits: [string, string, number][],
  more: Partial<ExitFacts>,
  status: number,
];
const twoFailed: Outcome = { phase: "Failed", main: { a: 3, b: 5, c: 0 } };
const bThenA: [string, string, number][] = [["0", "c", 0], ["0", "b", 5], ["0", "a", 3]];
const end = (type: RunEnd["type"]) => ({ end: { type } as RunEnd });
const rows: Row[] = [
  ["every Pod succeeded", [{ phase: "Succeeded", main: { a: 0 } }], [["0", "a", 0]], {}, 0],
  ["the last failed container", [twoFailed], bThenA, {}, 3],
  ["the first failed container", [twoFailed], bThenA, { policy: "first" }, 5],
  ["the highest code", [twoFailed], bThenA, { policy: "max" }, 5],
  ["the named container", [twoFailed], bThenA, { codeFrom: "b" }, 5],
  ["the named container, though it is 0", [twoFailed], bThenA, { codeFrom: "c" }, 0],
  ["the named container never ran", [twoFailed], bThenA, { codeFrom: "d" }, 3],
  [
    "the named container of the named Pod",
    [twoFailed, twoFailed],
    [["0", "b", 5], ["1", "b", 6]],
    { codeFrom: "0/b" },
    5,
  ],
  ["a failed init container", [{ phase: "Failed", init: { i: 7 } }], [["0", "i", 7]], {}, 7],
  [
    "a sidecar's code does not count",
    [{ phase: "Failed", sidecar: { s: 143 }, main: { a: 2 } }],
    [["0", "a", 2], ["0", "s", 143]],
    {},
    2,
  ],
  ["no container failed", [{ phase: "Failed", main: { a: 0 } }], [], {}, 1],
  ["the node evicted it", [{ phase: "Failed", reason: "Evicted", main: { a: 143 } }], [], {}, 1],
  ["a fault of the node", [{ phase: "Failed", reason: "NodeFault", main: { a: 3 } }], [], {}, 125],
  [
    "the Pod's deadline",
    [{ phase: "Failed", reason: "DeadlineExceeded", main: { a: 143 } }],
    [["0", "a", 143]],
    { codeFrom: "a" },
    124,
  ],
  [
    "one of two pods failed",
    [{ phase: "Succeeded", main: { a: 0 } }, { phase: "Failed", main: { a: 9 } }],
    [["1", "a", 9], ["0", "a", 0]],
    {},
    9,
  ],
  [
    "a Job failed without a Pod that did",
    [{ phase: "Succeeded" }],
    [],
    { hasBareFailure: true },
    1,
  ],
  ["a Job failed beside a Pod", [twoFailed], bThenA, { hasBareFailure: true }, 3],
  ["--until missed, all succeeded", [{ phase: "Succeeded" }], [], { until: true }, 1],
  ["--until missed, one failed", [twoFailed], bThenA, { until: true }, 3],
  ["--until reached", [twoFailed], bThenA, { until: true, ...end("reached") }, 0],
  ["--timeout", [twoFailed], bThenA, end("timeout"), 124],
  ["nothing decided", [{ phase: "Pending" }], [], end("undecided"), 125],
  ["standard output closed", [twoFailed], bThenA, end("outputClosed"), 141],
  ["SIGHUP", [twoFailed], bThenA, { end: { type: "signal", signal: "SIGHUP" } }, 129],
  ["SIGINT", [twoFailed], bThenA, { end: { type: "signal", signal: "SIGINT" } }, 130],
  ["SIGTERM", [twoFailed], bThenA, { end: { type: "signal", signal: "SIGTERM" } }, 143],
];
for (const [name, outcomes, exits, more, status] of rows) {
  Deno.test(`computeExitStatus(): ${name}`, () => {
    const facts = {
      ...end("finished"),
      pods: outcomes.map((it, index) => pod(String(index), it)),
      exits: exits.map(([uid, container, exitCode]) => ({ uid, container, exitCode })),
      policy: "last" as const,
      until: false,
      ...more,
    };
    equal(computeExitStatus(facts), status);
  });
}
