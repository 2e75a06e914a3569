import { strictEqual as equal } from "node:assert/strict";
import type {
  Container,
  ContainerState,
  ContainerStatus,
  RestartPolicy,
} from "../../../src/api/types/pod.ts";
import { computePhase } from "../../../src/lifecycle/status/phase.ts";
import { container, pod, sidecar } from "../machine.ts";

/** A state in the words of the reference: `W`, `R`, `Rs`, `T1`, `W/T0`, or none. */
type Word = "none" | "W" | "R" | "Rs" | "T0" | "T1" | "T42" | "W/T0" | "W/T1" | "W/RAC";

function status(name: string, word: Word): ContainerStatus[] {
  if (word === "none") return [];
  const ended = (code: string): ContainerState => ({
    terminated: code === "RAC"
      ? { exitCode: 137, reason: "RestartingAllContainers" }
      : { exitCode: Number(code) },
  });
  const [first, last] = word.split("/") as [string, string?];
  const state: ContainerState = first === "W"
    ? { waiting: {} }
    : first.startsWith("R")
    ? { running: {} }
    : ended(first.slice(1));
  return [{
    name,
    image: "busybox",
    imageID: "",
    ready: false,
    restartCount: 0,
    started: first === "Rs",
    state,
    ...(last !== undefined && { lastState: ended(last.replace("T", "")) }),
  }];
}

interface Row {
  readonly policy: RestartPolicy;
  /** The one init entry, if any. */
  readonly init?: Container;
  readonly X?: Word;
  readonly A: Word;
  readonly B?: Word;
  readonly mains?: readonly Container[];
  readonly flags?: string;
  readonly phase: string;
}

const X = container("x");
const S = sidecar("s");
const inA = (rest: Partial<Container>) => [container("a", rest)];
const [Always, OnFailure, Never] = ["Always", "OnFailure", "Never"] as const;
const rule42 = {
  restartPolicy: Never,
  restartPolicyRules: [{
    action: "RestartAllContainers",
    exitCodes: { operator: "In", values: [42] },
  }],
} as const;

/** `flags`: `t` podIsTerminal, `i` podHasInitialized. */
const rows: readonly Row[] = [
  { policy: Always, A: "none", B: "none", phase: "Pending" },
  { policy: Always, A: "R", B: "none", phase: "Pending" },
  { policy: Always, A: "R", B: "W", phase: "Pending" },
  { policy: Always, A: "R", B: "W/T0", phase: "Running" },
  { policy: Always, A: "T0", B: "T1", phase: "Running" },
  { policy: Always, A: "T0", B: "T0", flags: "t", phase: "Succeeded" },
  { policy: Always, A: "T0", B: "T1", flags: "t", phase: "Failed" },
  { policy: Never, A: "R", B: "T1", phase: "Running" },
  { policy: Never, A: "T1", B: "T0", phase: "Failed" },
  { policy: Never, A: "T0", B: "T0", phase: "Succeeded" },
  { policy: OnFailure, A: "T0", B: "T1", phase: "Running" },
  { policy: OnFailure, A: "T0", B: "T0", phase: "Succeeded" },
  { policy: Always, init: X, X: "T1", A: "none", B: "none", phase: "Pending" },
  { policy: Always, init: X, X: "W/T1", A: "none", B: "none", phase: "Pending" },
  { policy: Never, init: X, X: "T1", A: "W", B: "W", phase: "Failed" },
  { policy: Always, init: X, X: "T0", A: "R", B: "R", phase: "Running" },
  {
    policy: Always,
    init: container("x", { restartPolicy: "Never" }),
    X: "T1",
    A: "none",
    phase: "Failed",
  },
  {
    policy: Never,
    init: container("x", { restartPolicy: "OnFailure" }),
    X: "T1",
    A: "none",
    phase: "Pending",
  },
  { policy: Always, init: S, X: "R", A: "none", B: "none", phase: "Pending" },
  { policy: Always, init: S, X: "Rs", A: "R", B: "none", flags: "i", phase: "Pending" },
  { policy: Always, init: S, X: "Rs", A: "R", B: "R", flags: "i", phase: "Running" },
  { policy: Always, init: S, X: "R", A: "R", B: "R", flags: "i", phase: "Running" },
  { policy: Always, init: S, X: "R", A: "R", B: "R", phase: "Pending" },
  { policy: Always, init: S, X: "T1", A: "R", B: "R", flags: "i", phase: "Running" },
  { policy: Always, init: S, X: "W/T1", A: "R", B: "R", flags: "i", phase: "Running" },
  { policy: Always, init: S, X: "T1", A: "T0", B: "T0", flags: "ti", phase: "Succeeded" },
  { policy: Never, init: S, X: "Rs", A: "T0", B: "T1", flags: "i", phase: "Running" },
  { policy: Never, init: S, X: "T1", A: "T0", B: "T1", flags: "i", phase: "Failed" },
  { policy: Never, mains: inA({ restartPolicy: "Always" }), A: "T1", phase: "Running" },
  {
    policy: Always,
    mains: [container("a", { restartPolicy: "Never" }), container("b", { restartPolicy: "Never" })],
    A: "T1",
    B: "T0",
    phase: "Failed",
  },
  { policy: Never, mains: inA(rule42), A: "T42", phase: "Running" },
  // Beyond the vectors of the reference; the first for R-PHASE-6.
  { policy: OnFailure, A: "T1", B: "T1", phase: "Running" },
  { policy: Never, mains: inA(rule42), A: "W/RAC", phase: "Running" },
  { policy: Never, init: X, X: "W/RAC", A: "W/RAC", phase: "Running" },
  { policy: Always, init: S, X: "none", A: "R", phase: "Pending" },
  { policy: Never, A: "W/T0", B: "T0", phase: "Failed" },
];

for (const { policy, init, X, A, B, mains, flags = "", phase } of rows) {
  const containers = mains ??
    ["a", ...(B === undefined ? [] : ["b"])].map((name) => container(name));
  const own = (mains ?? []).map(({ restartPolicy }) => restartPolicy).join();
  const title = [
    policy,
    own && `own ${own}`,
    init && `${init.name}=${X}`,
    `A=${A}`,
    B && `B=${B}`,
    flags,
  ]
    .filter((part) => part).join(" ");
  Deno.test(`computePhase() R-PHASE-1 R-PHASE-2 R-PHASE-3 R-PHASE-4: ${title} is ${phase}`, () => {
    const subject = pod({
      restartPolicy: policy,
      containers,
      ...(init !== undefined && { initContainers: [init] }),
    });
    const facts = {
      statuses: {
        inits: init === undefined || X === undefined ? [] : status(init.name, X),
        mains: [...status("a", A), ...(B === undefined ? [] : status("b", B))],
      },
      podIsTerminal: flags.includes("t"),
      podHasInitialized: flags.includes("i"),
    };
    equal(computePhase(subject, facts), phase);
  });
}

Deno.test("computePhase() R-PHASE-7: an annotation of the manifest makes no static pod", () => {
  const subject = pod({ containers: [container("a")] }, {
    annotations: { "kubernetes.io/config.source": "file" },
  });
  const facts = {
    statuses: { inits: [], mains: status("a", "T1") },
    podIsTerminal: true,
    podHasInitialized: true,
  };
  equal(computePhase(subject, facts), "Failed");
});
