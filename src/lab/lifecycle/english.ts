/** The words of the lessons about phases and init containers, in English; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { lifecycleLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const lifecycleEnglish: TextsOf<typeof lifecycleLessons> = {
  "phases": {
    title: "The phases of a Pod",
    intro: [
      "A Pod has one of five phases: Pending, Running, Succeeded, Failed, Unknown. Other words that kubectl shows in the column STATUS, such as Completed, Terminating or CrashLoopBackOff, are not phases.",
      "Five Pods run side by side. Pod leaves is deleted after 15 s; its container ignores SIGTERM and is killed when its grace of 10 s is over.",
    ],
    questions: {
      waits: {
        ask: "What is the phase of Pod waits, whose init container does not end?",
        why: "A Pod is Pending as long as something in it has yet to start, here main.",
      },
      runs: {
        ask: "What is the phase of Pod runs?",
        why: "A main container runs.",
      },
      succeeds: {
        ask: "What is the phase of Pod succeeds? (kubectl shows Completed)",
        why:
          "All main containers have ended with 0 and none is started again. kubectl shows the container's reason, Completed.",
      },
      fails: {
        ask: "What is the phase of Pod fails?",
        why:
          "All have ended, none is started again (policy Never), and one has failed. kubectl shows Error.",
      },
      leaves: {
        ask: "Which phases does Pod leaves go through until it is gone?",
        why:
          "While it is being deleted it keeps its phase. Before it is removed, its phase becomes final: Failed, since its container did not answer the stop with 0 but was killed.",
      },
      display: {
        ask: "What does kubectl get pods show for Pod leaves between its deletion and its end?",
        why:
          "Terminating is how a Pod is displayed whose metadata has a deletionTimestamp. Its phase is still Running.",
      },
      unknown: {
        ask: "Unknown cannot be seen on one machine. When does a cluster show it?",
        choices: {
          crash: "when a container crashes again and again",
          image: "when an image cannot be pulled",
          node: "when the node does not report any more",
        },
        why:
          "Only the node knows the state of its Pods. When it is lost, a Pod that is being deleted there is shown as Unknown.",
      },
    },
    next:
      "Let leaves end with 0 on SIGTERM (trap 'exit 0' TERM): which phase does it end with then?",
  },
  "init-order": {
    title: "Init containers run in order",
    intro: [
      "Init containers run before the main containers, one at a time and in the order of the manifest. The next one starts when the one before has succeeded.",
      "Below, two init containers write to a log in the working directory that the containers of a Pod share here, and app prints it.",
    ],
    questions: {
      order: {
        ask: "In which order do the containers start?",
        why: "One after the other, as they are listed; the main containers last.",
      },
      phases: {
        ask: "Which phases does the Pod go through?",
        why:
          "While init containers run, the Pod is Pending. Initialized is a condition of the Pod, not a phase.",
      },
      runs: {
        ask: "How often does fetch run?",
        why: "An init container that has succeeded does not run again in its sandbox.",
      },
      log: {
        ask: "What is in the log when app prints it?",
        why: "Both init containers have ended before app starts.",
      },
    },
    next:
      "Let migrate fail (add “; exit 1” to its command). Does app start? How often does fetch run?",
  },
  "init-fails": {
    title: "An init container that fails, under each policy",
    intro: [
      "What happens when an init container fails is decided by the Pod's restart policy. Three Pods have the same init container, which always ends with 1, and a different policy each.",
      "The run is looked at when the first two Pods wait for 20 s before the next attempt.",
    ],
    questions: {
      always: {
        ask: "What is the phase of Pod always?",
        why:
          "Its init container is retried again and again, and app has yet to start: the Pod stays Pending. kubectl shows Init:CrashLoopBackOff.",
      },
      onFailure: {
        ask: "What is the phase of Pod on-failure?",
        why:
          "For an init container Always and OnFailure mean the same: it is retried until it succeeds.",
      },
      never: {
        ask: "What is the phase of Pod never?",
        why: "Under Never a failed init container is final, and so is its Pod's failure.",
      },
      attempts: {
        ask: "How often does check run in Pod never?",
        why: "Once: its policy allows no other attempt.",
      },
      app: {
        ask: "How often does app start, in all three Pods together?",
        why:
          "Main containers start when the last init container has succeeded. Here none ever does.",
      },
    },
    next:
      "Let check succeed at its third attempt: echo x >>n; [ $(wc -l <n) -ge 3 ]. What are the phases now?",
  },
  "sidecars": {
    title: "Sidecars: init containers that stay",
    intro: [
      "An init container with restartPolicy Always is a sidecar. It starts in its place among the init containers, is not waited for, runs beside the main containers, and is stopped after them.",
      "The sidecar proxy below ends with 7 when it gets SIGTERM.",
    ],
    questions: {
      starts: {
        ask: "In which order do the containers start?",
        why:
          "In the order of the manifest. The next container starts as soon as the sidecar runs, not when it ends.",
      },
      ends: {
        ask: "In which order do they end?",
        why:
          "The sidecar runs beside prepare and app. It is stopped when the last main container has ended.",
      },
      exit: {
        ask: "Which exit code has proxy?",
        why: "It is its own: it handles SIGTERM and calls exit 7.",
      },
      phase: {
        ask: "What is the phase of the Pod at the end?",
        why: "Main containers alone decide, and app has ended with 0.",
      },
    },
    next:
      "Let proxy end by itself after 0.2 s, with policy Never for the Pod. Is it started again?",
  },
};
