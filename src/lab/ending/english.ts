/** The words of the lessons about probes and the end of a Pod, in English; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { endingLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const endingEnglish: TextsOf<typeof endingLessons> = {
  "probes": {
    title: "Probes and readiness",
    intro: [
      "A readiness probe decides whether a container gets traffic, a liveness probe whether it is still alive. The first only takes it out of service. The second kills it, and the restart policy does the rest.",
      "The readiness probe of Pod web fails twice, succeeds twice, fails twice and then succeeds each time; one failure counts (failureThreshold: 1). The liveness probe of Pod stuck always fails. The run is looked at when web is ready for the second time and stuck has been restarted.",
    ],
    questions: {
      ready: {
        ask: "Which values does the condition Ready of Pod web have in turn?",
        why:
          "A container with a readiness probe begins not ready, and follows the probe from then on. Running does not mean ready.",
      },
      web: {
        ask: "How often is the container of Pod web restarted for its failed readiness probes?",
        why:
          "A readiness probe restarts nothing. It changes the condition Ready, and with it the traffic.",
      },
      phase: {
        ask: "What is the phase of Pod web while it is not ready?",
        why: "A phase follows from the containers' states. Readiness is a condition beside it.",
      },
      stuck: {
        ask: "How often has the container of Pod stuck been restarted by then?",
        why: "Its liveness probe has failed, so it was killed, and Always starts it again.",
      },
      failures: {
        ask: "How many failed liveness probes are needed before it is killed?",
        why: "failureThreshold is 3, and only failures in a row count.",
      },
    },
    next:
      "Give stuck a startupProbe that always fails in place of its livenessProbe. What changes?",
  },
  "termination": {
    title: "Graceful termination",
    intro: [
      "When a Pod is deleted, each container gets its preStop hook, then SIGTERM, and as long as the grace period lasts. What still runs then is ended by SIGKILL.",
      "Pod polite has a preStop hook and handles SIGTERM. Pod deaf ignores it; its grace period is 10 s. Both are deleted after 15 s.",
    ],
    questions: {
      order: {
        ask: "In which order does Pod polite see the hook and the signal?",
        why: "The hook runs first, and its time is taken from the grace period.",
      },
      polite: {
        ask: "What is the last phase of Pod polite?",
        why: "It has answered the stop with exit code 0: even a deleted Pod can be Succeeded.",
      },
      signals: {
        ask: "Which signals does the container of Pod deaf get?",
        why:
          "SIGTERM once, and SIGKILL, which no program can ignore, when its grace period is over.",
      },
      code: {
        ask: "Which exit code does it have?",
        why: "128 + 9: SIGKILL ended it.",
      },
      deaf: {
        ask: "What is the last phase of Pod deaf?",
        why: "Its container did not end with 0 but was killed.",
      },
    },
    next:
      "Remove the trap of Pod deaf, so that sleep alone is PID 1. Does SIGTERM end it now? (PID 1 has no default actions for signals.)",
  },
};
