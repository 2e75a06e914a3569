/** Lessons about phases and what comes before and beside the main containers; pure. */
import type { Lessons } from "../lesson/lesson_text.ts";
import { PHASES } from "../lesson/answer_words.ts";
import initFails from "./init_fails.yaml" with { type: "text" };
import initOrder from "./init_order.yaml" with { type: "text" };
import phases from "./phases.yaml" with { type: "text" };
import sidecars from "./sidecars.yaml" with { type: "text" };

/** The lessons of this chapter, in order. */
export const lifecycleLessons = {
  "phases": {
    manifest: phases,
    speed: 5,
    options: ["--delete", "leaves@15s"],
    ends: [
      { match: { type: "container.started", pod: "waits" } },
      { match: { type: "pod.phase", pod: "runs", to: "Running" } },
      { match: { type: "pod.phase", pod: "succeeds", to: "Succeeded" } },
      { match: { type: "pod.phase", pod: "fails", to: "Failed" } },
      { match: { type: "sandbox.exited", pod: "leaves" } },
    ],
    script: `containers:
  waits/prepare: { runs: [running] }
  runs/main: { runs: [running] }
  succeeds/main: { runs: [0] }
  fails/main: { runs: [3] }
  leaves/main: { runs: [running], onStop: ignore }`,
    questions: {
      waits: {
        observed: { type: "phase", pod: "waits" },
        choices: PHASES,
        answer: "Pending",
        rule: "R-PHASE-4",
      },
      runs: {
        observed: { type: "phase", pod: "runs" },
        choices: PHASES,
        answer: "Running",
        rule: "R-PHASE-4",
      },
      succeeds: {
        observed: { type: "phase", pod: "succeeds" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-4",
      },
      fails: {
        observed: { type: "phase", pod: "fails" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-PHASE-4",
      },
      leaves: {
        observed: { type: "phases", pod: "leaves" },
        choices: [
          "Pending → Running → Failed",
          "Pending → Running → Terminating",
          "Pending → Running → Succeeded",
        ],
        answer: "Pending → Running → Failed",
        rule: "R-PHASE-8",
      },
      display: {
        choices: ["Running", "Terminating", "Failed", "Completed"],
        answer: "Terminating",
        rule: "R-DELETE-4",
      },
      unknown: {
        choices: ["crash", "image", "node"],
        answer: "node",
        rule: "R-PRINT-6",
      },
    },
  },
  "init-order": {
    manifest: initOrder,
    speed: 1,
    questions: {
      order: {
        observed: { type: "startOrder", pod: "init-order" },
        choices: ["fetch → migrate → app", "app → fetch → migrate", "migrate → fetch → app"],
        answer: "fetch → migrate → app",
        rule: "R-INIT-8",
      },
      phases: {
        observed: { type: "phases", pod: "init-order" },
        choices: [
          "Pending → Running → Succeeded",
          "Running → Succeeded",
          "Pending → Initialized → Succeeded",
        ],
        answer: "Pending → Running → Succeeded",
        rule: "R-PHASE-4",
      },
      runs: {
        observed: { type: "starts", container: "fetch" },
        answer: "1",
        rule: "R-INIT-6",
      },
      log: {
        observed: { type: "output", container: "app", begin: "the log:" },
        choices: ["fetched migrated", "migrated fetched", "fetched"],
        answer: "fetched migrated",
        rule: "R-INIT-8",
      },
    },
  },
  "init-fails": {
    manifest: initFails,
    speed: 8,
    ends: [
      { match: { type: "container.waiting", pod: "always", delayMs: 20_000 } },
      { match: { type: "container.waiting", pod: "on-failure", delayMs: 20_000 } },
      { match: { type: "pod.phase", pod: "never", to: "Failed" } },
    ],
    script: "containers: { check: { runs: [1] } }",
    questions: {
      always: {
        observed: { type: "phase", pod: "always" },
        choices: PHASES,
        answer: "Pending",
        rule: "R-FOLK-5",
      },
      onFailure: {
        observed: { type: "phase", pod: "on-failure" },
        choices: PHASES,
        answer: "Pending",
        rule: "R-FOLK-19",
      },
      never: {
        observed: { type: "phase", pod: "never" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-INIT-6",
      },
      attempts: {
        observed: { type: "starts", pod: "never", container: "check" },
        answer: "1",
        rule: "R-INIT-4",
      },
      app: {
        observed: { type: "starts", container: "app" },
        answer: "0",
        rule: "R-INIT-8",
      },
    },
  },
  "sidecars": {
    manifest: sidecars,
    speed: 1,
    script: "containers: { proxy: { runs: [running], onStop: { exit: 7 } } }",
    questions: {
      starts: {
        observed: { type: "startOrder", pod: "sidecars" },
        choices: [
          "proxy → prepare → app",
          "prepare → proxy → app",
          "prepare → app → proxy",
        ],
        answer: "proxy → prepare → app",
        rule: "R-SIDECAR-1",
      },
      ends: {
        observed: { type: "endOrder", pod: "sidecars" },
        choices: [
          "prepare → app → proxy",
          "proxy → prepare → app",
          "prepare → proxy → app",
        ],
        answer: "prepare → app → proxy",
        rule: "R-SIDECAR-7",
      },
      exit: {
        observed: { type: "exitCode", container: "proxy" },
        answer: "7",
        rule: "R-EXIT-1",
      },
      phase: {
        observed: { type: "phase", pod: "sidecars" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-SIDECAR-8",
      },
    },
  },
} as const satisfies Lessons;
