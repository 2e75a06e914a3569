/** Lessons about restarts: policies, back-off, exit codes and a lost sandbox; pure. */
import type { Lessons } from "../lesson/lesson_text.ts";
import { PHASES, RUNS_ON } from "../lesson/answer_words.ts";
import always from "./always.yaml" with { type: "text" };
import backOff from "./back_off.yaml" with { type: "text" };
import exitCodes from "./exit_codes.yaml" with { type: "text" };
import never from "./never.yaml" with { type: "text" };
import onFailure from "./on_failure.yaml" with { type: "text" };
import restartPod from "./restart_pod.yaml" with { type: "text" };

/** The lessons of this chapter, in order. */
export const restartLessons = {
  "always": {
    manifest: always,
    speed: 8,
    ends: [
      { match: { type: "container.waiting", pod: "normal", delayMs: 20_000 } },
      { match: { type: "container.waiting", pod: "abnormal", delayMs: 20_000 } },
    ],
    script:
      "{ after: 1ms, containers: { normal/app: { runs: [0] }, abnormal/app: { runs: [1] } } }",
    questions: {
      normal: {
        observed: { type: "phase", pod: "normal" },
        choices: PHASES,
        answer: "Running",
        rule: "R-RESTART-1",
      },
      reason: {
        observed: { type: "reason", pod: "normal", container: "app" },
        choices: ["Completed", "CrashLoopBackOff", "Error"],
        answer: "CrashLoopBackOff",
        rule: "R-BACKOFF-6",
      },
      abnormal: {
        observed: { type: "phase", pod: "abnormal" },
        choices: PHASES,
        answer: "Running",
        rule: "R-PHASE-5",
      },
      restarts: {
        observed: { type: "restarts", pod: "abnormal", container: "app" },
        answer: "2",
        rule: "R-BACKOFF-3",
      },
      status: {
        observed: { type: "exitStatus" },
        choices: ["0", "1", RUNS_ON],
        answer: RUNS_ON,
        rule: "R-PHASE-4",
      },
    },
  },
  "on-failure": {
    manifest: onFailure,
    speed: 20,
    script:
      "{ after: 1ms, containers: { normal/app: { runs: [0] }, abnormal/app: { runs: [1, 1, 0] } } }",
    questions: {
      normal: {
        observed: { type: "phase", pod: "normal" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-4",
      },
      normalRestarts: {
        observed: { type: "restarts", pod: "normal", container: "app" },
        answer: "0",
        rule: "R-RESTART-1",
      },
      abnormal: {
        observed: { type: "phase", pod: "abnormal" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-6",
      },
      abnormalRestarts: {
        observed: { type: "restarts", pod: "abnormal", container: "app" },
        answer: "2",
        rule: "R-RESTART-1",
      },
      status: {
        observed: { type: "exitStatus" },
        answer: "0",
        rule: "R-PHASE-4",
      },
    },
  },
  "never": {
    manifest: never,
    speed: 1,
    script: `containers:
  normal/app: { runs: [0] }
  abnormal/app: { runs: [3] }
  fails: { runs: [1] }
  works: { runs: [{ exit: 0, after: 2s }] }`,
    questions: {
      normal: {
        observed: { type: "phase", pod: "normal" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-4",
      },
      abnormal: {
        observed: { type: "phase", pod: "abnormal" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-PHASE-4",
      },
      code: {
        observed: { type: "exitCode", pod: "abnormal", container: "app" },
        answer: "3",
        rule: "R-EXIT-1",
      },
      restarts: {
        observed: { type: "restarts", pod: "abnormal", container: "app" },
        answer: "0",
        rule: "R-RESTART-1",
      },
      mixed: {
        observed: { type: "phase", pod: "mixed" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-PHASE-5",
      },
    },
  },
  "back-off": {
    manifest: backOff,
    speed: 100,
    ends: [{ match: { type: "container.waiting", container: "crash", delayMs: 300_000 } }],
    script: "{ after: 1ms, containers: { crash: { runs: [1] } } }",
    questions: {
      second: {
        observed: { type: "wait", container: "crash", restart: 2 },
        answer: "10",
        rule: "R-BACKOFF-3",
      },
      fourth: {
        observed: { type: "wait", container: "crash", restart: 4 },
        answer: "40",
        rule: "R-BACKOFF-3",
      },
      longest: {
        observed: { type: "wait", container: "crash", restart: 7 },
        answer: "300",
        rule: "R-BACKOFF-1",
      },
      phase: {
        observed: { type: "phase", pod: "back-off" },
        choices: PHASES,
        answer: "Running",
        rule: "R-FOLK-5",
      },
      reset: {
        choices: ["never", "success", "ten minutes"],
        answer: "ten minutes",
        rule: "R-BACKOFF-4",
      },
    },
  },
  "exit-codes": {
    manifest: exitCodes,
    speed: 1,
    script: `containers:
  own: { runs: [42] }
  not-found: { runs: [127] }
  not-executable: { runs: [126] }
  segfault: { runs: [SIGSEGV] }
  killed: { runs: [SIGKILL] }`,
    questions: {
      notFound: {
        observed: { type: "exitCode", container: "not-found" },
        answer: "127",
        rule: "R-EXIT-2",
      },
      notExecutable: {
        observed: { type: "exitCode", container: "not-executable" },
        answer: "126",
        rule: "R-EXIT-2",
      },
      segfault: {
        observed: { type: "exitCode", container: "segfault" },
        answer: "139",
        rule: "R-EXIT-1",
      },
      killed: {
        observed: { type: "exitCode", container: "killed" },
        answer: "137",
        rule: "R-EXIT-1",
      },
      reason: {
        observed: { type: "reason", container: "killed" },
        choices: ["Completed", "Error", "OOMKilled"],
        answer: "Error",
        rule: "R-EXIT-3",
      },
      phase: {
        observed: { type: "phase", pod: "exit-codes" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-PHASE-5",
      },
    },
  },
  "restart-pod": {
    manifest: restartPod,
    speed: 20,
    needsSandbox: true,
    script: `containers:
  app: { runs: [1, running, 0] }
sandboxes:
  restart-pod: [{ after: 20s }]`,
    questions: {
      first: {
        observed: { type: "starts", container: "first" },
        answer: "2",
        rule: "R-SANDBOX-5",
      },
      app: {
        observed: { type: "starts", container: "app" },
        answer: "3",
        rule: "R-SANDBOX-3",
      },
      lines: {
        observed: { type: "output", container: "app", begin: "lines in the volume:" },
        answer: "7",
        rule: "R-VOL-2",
      },
      phase: {
        observed: { type: "phase", pod: "restart-pod" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-4",
      },
    },
  },
} as const satisfies Lessons;
