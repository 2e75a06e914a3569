/** Lessons about Pods that a controller manages, and those that none does; pure. */
import type { Lessons } from "../lesson/lesson_text.ts";
import deploymentPolicy from "./deployment_policy.yaml" with { type: "text" };
import roll from "./roll.yaml" with { type: "text" };
import scale from "./scale.yaml" with { type: "text" };
import standalone from "./standalone.yaml" with { type: "text" };

const CREATED = { type: "controller.decision", action: "createPod" } as const;
const DELETED = { type: "controller.decision", action: "deletePod" } as const;
const RUNS_ON = "containers: { server: { runs: [running], onStop: { exit: 0 } } }";

/** The lessons of this chapter, in order. */
export const managedLessons = {
  "standalone": {
    manifest: standalone,
    speed: 8,
    options: ["--network", "host", "--delete", "alone@20s", "--delete", "web#1@20s"],
    ends: [
      { match: { type: "sandbox.exited" }, times: 2 },
      { match: { type: "container.started", container: "server" }, times: 3 },
    ],
    script: RUNS_ON,
    questions: {
      web: {
        observed: { type: "count", match: CREATED },
        answer: "2",
        rule: "R-RS-1",
      },
      alone: {
        observed: { type: "starts", pod: "alone", container: "server" },
        answer: "1",
        rule: "R-WORKER-2",
      },
      name: {
        choices: ["same", "other"],
        answer: "other",
        rule: "R-RS-1",
      },
    },
  },
  "scale": {
    manifest: scale,
    speed: 8,
    options: ["--network", "host"],
    applies: [{ at: "20s", replace: /replicas: \d+/, by: "replicas: 1" }],
    ends: [{ match: { type: "sandbox.exited" }, times: 2 }],
    script: RUNS_ON,
    questions: {
      created: {
        observed: { type: "count", match: CREATED },
        answer: "3",
        rule: "R-RS-1",
      },
      deleted: {
        observed: { type: "count", match: DELETED },
        answer: "2",
        rule: "R-RS-2",
      },
      replicaSets: {
        observed: {
          type: "count",
          match: { type: "controller.decision", action: "createReplicaSet" },
        },
        answer: "1",
        rule: "R-DEPLOY-1",
      },
      victims: {
        choices: ["unready", "oldest", "random"],
        answer: "unready",
        rule: "R-RS-3",
      },
    },
  },
  "roll": {
    manifest: roll,
    speed: 8,
    options: ["--network", "host"],
    applies: [{ at: "20s", replace: /sleep infinity/, by: "sleep 1d" }],
    ends: [{ match: { type: "sandbox.exited" }, times: 3 }],
    script: RUNS_ON,
    questions: {
      replicaSets: {
        observed: {
          type: "count",
          match: { type: "controller.decision", action: "createReplicaSet" },
        },
        answer: "2",
        rule: "R-DEPLOY-1",
      },
      pods: {
        observed: { type: "count", match: CREATED },
        answer: "6",
        rule: "R-RS-1",
      },
      most: {
        observed: { type: "most", begin: CREATED, end: DELETED },
        answer: "4",
        rule: "R-DEPLOY-5",
      },
      first: {
        observed: {
          type: "nextAction",
          after: {
            match: { type: "controller.decision", action: "createReplicaSet" },
            times: 2,
          },
          actions: ["createPod", "deletePod"],
        },
        choices: ["createPod", "deletePod"],
        answer: "createPod",
        rule: "R-DEPLOY-6",
      },
    },
  },
  "deployment-policy": {
    manifest: deploymentPolicy,
    speed: 1,
    ends: [{ match: { type: "container.started", container: "server" } }],
    questions: {
      verdict: {
        observed: { type: "verdict" },
        choices: ["accepted", "refused"],
        answer: "refused",
        rule: "R-VALID-82",
      },
      status: {
        observed: { type: "exitStatus" },
        answer: "125",
        rule: "R-VALID-82",
      },
      started: {
        observed: { type: "starts", container: "server" },
        answer: "0",
        rule: "R-VALID-82",
      },
    },
  },
} as const satisfies Lessons;
