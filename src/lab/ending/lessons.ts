/** Lessons about probes, and about the end of a Pod; pure. */
import type { Lessons } from "../lesson/lesson_text.ts";
import { PHASES } from "../lesson/answer_words.ts";
import probes from "./probes.yaml" with { type: "text" };
import termination from "./termination.yaml" with { type: "text" };

/** The lessons of this chapter, in order. */
export const endingLessons = {
  "probes": {
    manifest: probes,
    speed: 4,
    ends: [
      {
        match: { type: "pod.condition", pod: "web", condition: "Ready", status: "True" },
        times: 2,
      },
      { match: { type: "container.started", pod: "stuck", restartCount: 1 } },
    ],
    script: `containers:
  web/server: { runs: [running], probes: { readiness: [fail@..2s, fail@4s..6s] } }
  stuck/server: { runs: [running], onStop: ignore, probes: { liveness: [fail] } }`,
    questions: {
      ready: {
        observed: { type: "ready", pod: "web" },
        choices: [
          "True",
          "False → True",
          "False → True → False → True",
          "True → False → True",
        ],
        answer: "False → True → False → True",
        rule: "R-PROBE-6",
      },
      web: {
        observed: { type: "restarts", pod: "web", container: "server" },
        answer: "0",
        rule: "R-PROBE-15",
      },
      phase: {
        observed: { type: "phase", pod: "web" },
        choices: PHASES,
        answer: "Running",
        rule: "R-PHASE-1",
      },
      stuck: {
        observed: { type: "restarts", pod: "stuck", container: "server" },
        answer: "1",
        rule: "R-PROBE-15",
      },
      failures: {
        observed: {
          type: "count",
          match: { type: "probe.result", pod: "stuck", result: "failure" },
          before: { type: "container.killing", pod: "stuck" },
        },
        answer: "3",
        rule: "R-PROBE-7",
      },
    },
  },
  "termination": {
    manifest: termination,
    speed: 5,
    options: ["--delete", "polite@15s", "--delete", "deaf@15s"],
    script: `containers:
  polite/app: { runs: [running], onStop: { exit: 0 }, hooks: { preStop: { after: 1s } } }
  deaf/app: { runs: [running], onStop: ignore }`,
    questions: {
      order: {
        observed: { type: "output", pod: "polite", container: "app", begin: "the order:" },
        choices: ["preStop SIGTERM", "SIGTERM preStop", "SIGTERM"],
        answer: "preStop SIGTERM",
        rule: "R-TERM-3",
      },
      polite: {
        observed: { type: "phase", pod: "polite" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-8",
      },
      signals: {
        observed: { type: "signals", pod: "deaf", container: "app" },
        choices: ["SIGTERM", "SIGKILL", "SIGTERM → SIGKILL"],
        answer: "SIGTERM → SIGKILL",
        rule: "R-TERM-3",
      },
      code: {
        observed: { type: "exitCode", pod: "deaf", container: "app" },
        answer: "137",
        rule: "R-EXIT-1",
      },
      deaf: {
        observed: { type: "phase", pod: "deaf" },
        choices: PHASES,
        answer: "Failed",
        rule: "R-PHASE-8",
      },
    },
  },
} as const satisfies Lessons;
