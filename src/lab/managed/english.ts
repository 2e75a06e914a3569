/** The words of the lessons about standalone and managed Pods, in English; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { managedLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const managedEnglish: TextsOf<typeof managedLessons> = {
  "standalone": {
    title: "Standalone and managed Pods: deletion and healing",
    intro: [
      "A Pod that stands alone is gone when it is deleted. A Pod of a Deployment is replaced: a Deployment manages a ReplicaSet, and this keeps as many Pods as it is asked for.",
      "Pod alone and the Pod of Deployment web are deleted after 20 s.",
    ],
    questions: {
      web: {
        ask: "How many Pods has the ReplicaSet of web created by the end?",
        why:
          "One at the beginning, and one in the place of the deleted Pod, which counts no more from the moment of its deletion.",
      },
      alone: {
        ask: "How often has the container of Pod alone been started?",
        why:
          "Nothing replaces a standalone Pod. restartPolicy Always restarts containers within a Pod, and a Pod that is being deleted restarts none.",
      },
      name: {
        ask: "Which name has the Pod that replaces the deleted one?",
        choices: { same: "the same", other: "another one" },
        why:
          "It is another Pod of the same template, with a name, a UID and an address of its own. A StatefulSet would keep the name.",
      },
    },
    next: "Set replicas to 2. How many Pods are created in all?",
  },
  "scale": {
    title: "Scaling a Deployment",
    intro: [
      "To scale is to write another number into spec.replicas. The Deployment passes it on to its ReplicaSet, which creates or deletes Pods.",
      "Three replicas become one after 20 s, as with kubectl apply.",
    ],
    questions: {
      created: {
        ask: "How many Pods have been created by the end?",
        why: "Three. Scaling down creates none, and those that stay are not restarted.",
      },
      deleted: {
        ask: "How many Pods have been deleted?",
        why: "As many as there are more than spec.replicas.",
      },
      replicaSets: {
        ask: "How many ReplicaSets has the Deployment created?",
        why: "One for each Pod template. The number of replicas is not part of the template.",
      },
      victims: {
        ask: "Which Pods go first when a ReplicaSet is scaled down?",
        choices: {
          "unready": "those that do not run or are not ready",
          "oldest": "the oldest",
          "random": "any",
        },
        why:
          "Those that serve least go first: without a node, not running, not ready; then by deletion cost and age.",
      },
    },
    next: "Begin with replicas: 5. How many are deleted?",
  },
  "roll": {
    title: "A rolling update",
    intro: [
      "Another template means other Pods: a Deployment creates a new ReplicaSet and moves the replicas over, step by step. By default a quarter more Pods than wanted may exist (rounded up), and a quarter may be unavailable (rounded down).",
      "The command of three replicas is changed after 20 s.",
    ],
    questions: {
      replicaSets: {
        ask: "How many ReplicaSets has the Deployment created by the end?",
        why: "One for each template. The old one stays with 0 replicas, for a rollback.",
      },
      pods: {
        ask: "How many Pods have been created in all?",
        why:
          "Three of the old template and three of the new one. A Pod is not changed but replaced.",
      },
      most: {
        ask: "How many Pods that are not being deleted are there at most at the same time?",
        why: "Three and a surge of one: a quarter of three, rounded up.",
      },
      first: {
        ask: "What comes first, once the new ReplicaSet is there?",
        choices: { createPod: "a new Pod is created", deletePod: "an old Pod is deleted" },
        why:
          "A quarter of three, rounded down, is 0: none may be unavailable. So a new Pod has to be available before an old one goes.",
      },
    },
    next: "Set spec.strategy.type to Recreate. How many Pods are there at most?",
  },
  "deployment-policy": {
    title: "A Deployment refuses Never",
    intro: [
      "Not every restart policy fits every object. A standalone Pod takes all three, a Job takes OnFailure and Never. A Deployment wants its Pods to run all the time.",
      "The template of this Deployment has restartPolicy Never.",
    ],
    questions: {
      verdict: {
        ask: "What happens to this manifest?",
        choices: { accepted: "it is accepted", refused: "it is refused" },
        why:
          "The template of a Deployment takes no other policy than Always. The API server refuses it with these words, and so does podling.",
      },
      status: {
        ask: "What is the exit status of podling run?",
        why: "125: nothing was decided by the workload, since the manifest is invalid.",
      },
      started: {
        ask: "How many containers are started?",
        why: "None: errors are found before anything starts.",
      },
    },
    next: "Remove the line restartPolicy: what is the default, and what happens now?",
  },
};
