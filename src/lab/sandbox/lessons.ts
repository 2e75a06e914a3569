/** Lessons about what holds the containers of a Pod together; pure. */
import type { Lessons } from "../lesson/lesson_text.ts";
import { PHASES } from "../lesson/answer_words.ts";
import network from "./network.yaml" with { type: "text" };
import pause from "./pause.yaml" with { type: "text" };
import secret from "./secret.yaml" with { type: "text" };
import storage from "./storage.yaml" with { type: "text" };

/** The lessons of this chapter, in order. */
export const sandboxLessons = {
  "pause": {
    manifest: pause,
    speed: 20,
    needsSandbox: true,
    script: "containers: { app: { runs: [1, 0] } }",
    questions: {
      first: {
        observed: { type: "output", container: "app", begin: "PID 1:" },
        choices: ["pause", "sh", "init"],
        answer: "pause",
        rule: "R-SANDBOX-12",
      },
      zombies: {
        observed: { type: "output", container: "app", begin: "zombies left:" },
        answer: "0",
        rule: "R-SANDBOX-12",
      },
      namespaces: {
        observed: { type: "output", container: "app", begin: "namespaces after the restart:" },
        choices: ["same", "new"],
        answer: "same",
        rule: "R-SANDBOX-11",
      },
      restarts: {
        observed: { type: "restarts", container: "app" },
        answer: "1",
        rule: "R-RESTART-1",
      },
    },
  },
  "network": {
    manifest: network,
    speed: 1,
    options: ["--network", "none"],
    needsSandbox: true,
    script: "containers: { server: { runs: [running] } }",
    questions: {
      neighbour: {
        observed: { type: "output", pod: "shop", container: "client", begin: "answer:" },
        choices: ["hello", "refused"],
        answer: "hello",
        rule: "R-SANDBOX-11",
      },
      stranger: {
        observed: { type: "output", pod: "stranger", container: "client", begin: "answer:" },
        choices: ["hello", "refused"],
        answer: "refused",
        rule: "R-SANDBOX-11",
      },
      phase: {
        observed: { type: "phase", pod: "shop" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-SIDECAR-7",
      },
    },
  },
  "storage": {
    manifest: storage,
    speed: 20,
    needsSandbox: true,
    script:
      "containers: { writer: { runs: [1, 1, 0] }, reader: { runs: [{ exit: 0, after: 1m }] } }",
    questions: {
      volume: {
        observed: { type: "output", container: "writer", begin: "lines in the volume:" },
        answer: "3",
        rule: "R-VOL-2",
      },
      reader: {
        observed: { type: "output", container: "reader", begin: "lines for the reader:" },
        answer: "3",
        rule: "R-VOL-2",
      },
      own: {
        observed: { type: "output", container: "writer", begin: "lines in /tmp:" },
        answer: "1",
        rule: "R-VOL-2",
      },
      restarts: {
        observed: { type: "restarts", container: "writer" },
        answer: "2",
        rule: "R-RESTART-1",
      },
      phase: {
        observed: { type: "phase", pod: "storage" },
        choices: PHASES,
        answer: "Succeeded",
        rule: "R-PHASE-4",
      },
    },
  },
  "secret": {
    manifest: secret,
    speed: 1,
    needsSandbox: true,
    questions: {
      init: {
        observed: {
          type: "output",
          container: "login",
          begin: "characters of the password:",
        },
        answer: "18",
        rule: "R-VOL-4",
      },
      app: {
        observed: { type: "output", container: "app", begin: "the password:" },
        choices: ["readable", "not there"],
        answer: "not there",
        rule: "R-VOL-11",
      },
      order: {
        observed: { type: "startOrder", pod: "secret" },
        choices: ["login → app", "app → login"],
        answer: "login → app",
        rule: "R-INIT-8",
      },
    },
  },
} as const satisfies Lessons;
