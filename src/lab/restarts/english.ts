/** The words of the lessons about restarts, in English; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { restartLessons } from "./lessons.ts";

const STATUS = { "runs-on": "none: the run goes on" };

/** By the names of the lessons. */
export const restartEnglish: TextsOf<typeof restartLessons> = {
  "always": {
    title: "restartPolicy Always: normal and abnormal exits",
    intro: [
      "Always is the default. A container that ends is started again, whatever its exit code, and after the first restart it has to wait: 10 s, then 20 s, then 40 s.",
      "The container of Pod normal ends with 0, that of Pod abnormal with 1, each as soon as it starts. The run is looked at when both wait for 20 s.",
    ],
    questions: {
      normal: {
        ask: "What is the phase of Pod normal?",
        why:
          "Its container will be started again, so the Pod has not ended, although it never failed.",
      },
      reason: {
        ask: "Which reason does the waiting container of Pod normal show?",
        why:
          "Back-off comes before every restart, after a success too. CrashLoopBackOff is the name of the wait, not of a crash.",
      },
      abnormal: {
        ask: "What is the phase of Pod abnormal?",
        why: "A crash loop is Running: no phase says how the container fares, its status does.",
      },
      restarts: {
        ask: "How often was its container restarted by then?",
        why: "Twice: at once, and after 10 s. It waits for the third restart.",
      },
      status: {
        ask: "What is the exit status of the run (podling run) for these Pods?",
        choices: STATUS,
        why: "Under Always no Pod ends by itself: the run goes on until it is stopped.",
      },
    },
    next:
      "Let the container of Pod normal sleep for 1 s before it ends. What changes, and what does not?",
  },
  "on-failure": {
    title: "restartPolicy OnFailure: normal and abnormal exits",
    intro: [
      "Under OnFailure a container that ends with 0 is done. With any other exit code it is started again, after the same waits as under Always.",
      "The container of Pod normal ends with 0. That of Pod abnormal ends with 1 twice, and with 0 in its third run.",
    ],
    questions: {
      normal: {
        ask: "What is the phase of Pod normal at the end?",
        why: "Its container has ended with 0 and is not started again.",
      },
      normalRestarts: {
        ask: "How often is its container restarted?",
        why: "OnFailure does not restart after exit code 0.",
      },
      abnormal: {
        ask: "What is the phase of Pod abnormal at the end?",
        why:
          "Under OnFailure containers are restarted until they succeed. Such a Pod fails only from outside: by a deletion, a deadline or an eviction.",
      },
      abnormalRestarts: {
        ask: "How often is its container restarted?",
        why: "After each of its two failures.",
      },
      status: {
        ask: "What is the exit status of the run?",
        why: "Every Pod has succeeded. What failed on the way does not count.",
      },
    },
    next:
      "Let the container of Pod abnormal always end with 1. Which phase does it have after a minute?",
  },
  "never": {
    title: "restartPolicy Never: normal and abnormal exits",
    intro: [
      "Under Never nothing is started again. The exit codes of the one run decide between Succeeded and Failed.",
      "Pod normal ends with 0, Pod abnormal with 3. Pod mixed has two containers: fails ends with 1 at once, works ends with 0 a second later.",
    ],
    questions: {
      normal: {
        ask: "What is the phase of Pod normal at the end?",
        why: "All its containers have ended with 0.",
      },
      abnormal: {
        ask: "What is the phase of Pod abnormal at the end?",
        why: "Its container has failed, and Never does not start it again.",
      },
      code: {
        ask: "Which exit code does the status of its container show?",
        why: "That of the program, as it is.",
      },
      restarts: {
        ask: "How often is it restarted?",
        why: "Never means never, also after a failure.",
      },
      mixed: {
        ask: "What is the phase of Pod mixed at the end?",
        why: "One failed main container is enough, no matter which of them ends last.",
      },
    },
    next: "Exchange the exit codes of fails and works. Does the phase of Pod mixed change?",
  },
  "back-off": {
    title: "Crash-loop back-off",
    intro: [
      "A container that keeps ending is restarted ever more rarely, so that it does not keep the node busy. The first restart comes at once.",
      "This container ends with 1 immediately, each time. The run lasts until the longest wait is reached, five minutes of lifecycle time in three seconds.",
    ],
    questions: {
      second: {
        ask: "How many seconds does the container wait before its second restart?",
        why: "Back-off begins with ten seconds. Before the first restart there is none.",
      },
      fourth: {
        ask: "And before its fourth restart?",
        why: "The wait doubles each time: 10, 20, 40.",
      },
      longest: {
        ask: "What is the longest wait, in seconds?",
        why: "After 160 s it would be 320 s, but back-off ends at five minutes.",
      },
      phase: {
        ask: "What is the phase of the Pod meanwhile?",
        why: "Its container will be started again, so the Pod is Running.",
      },
      reset: {
        ask: "When does back-off begin with no wait again?",
        choices: {
          "never": "never",
          "success": "after an exit with 0",
          "ten minutes": "after a run of more than ten minutes",
        },
        why:
          "Only a long run shows that the container has recovered. An exit code of 0 does not change the wait.",
      },
    },
    next: "Change the exit code to 0. Do the waits change?",
  },
  "exit-codes": {
    title: "Exit codes: 126, 127 and 128 + N",
    intro: [
      "A container's exit code is that of its program. If a signal ended it, it is 128 and the signal's number: 143 for SIGTERM (15), 137 for SIGKILL (9), 139 for SIGSEGV (11).",
      "126 and 127 come from a shell that cannot execute a program, or does not find it. Five containers end in five ways.",
    ],
    questions: {
      notFound: {
        ask: "Which exit code has not-found, whose shell does not find the program?",
        why: "127 is the shell's code for a program that is not there.",
      },
      notExecutable: {
        ask: "Which exit code has not-executable, whose program may not be executed?",
        why: "126 is the shell's code for a file that cannot be executed.",
      },
      segfault: {
        ask: "Which exit code has segfault, which SIGSEGV (11) ends?",
        why: "128 + 11.",
      },
      killed: {
        ask: "Which exit code has killed, which SIGKILL (9) ends?",
        why: "128 + 9. A grace period that ran out and a lack of memory look the same.",
      },
      reason: {
        ask: "And which reason does its status show?",
        why: "137 alone says nothing about memory. Only the reason OOMKilled does.",
      },
      phase: {
        ask: "What is the phase of the Pod at the end?",
        why: "One failed main container would be enough.",
      },
    },
    next: "Let killed send SIGTERM instead. Which code does it have? Then explain 143.",
  },
  "restart-pod": {
    title: "What a restart of the Pod runs again",
    intro: [
      "A container restarts alone, in the sandbox that is there. When the sandbox itself is lost, the Pod gets a new one, and begins again with its first init container.",
      "app fails in its first run. In its second it ends the pause process, and with it everything in the sandbox. In its third it counts the lines that all runs have written to the volume.",
    ],
    questions: {
      first: {
        ask: "How often does the init container first run?",
        why:
          "Once for each sandbox. The restart of app alone did not repeat it, the new sandbox did.",
      },
      app: {
        ask: "How often does app run?",
        why: "It failed, was killed with its sandbox, and succeeded: three runs, two restarts.",
      },
      lines: {
        ask: "How many lines are in the volume at the end?",
        why:
          "Volumes belong to the Pod and outlive its sandboxes: two runs each of first and second, three of app.",
      },
      phase: {
        ask: "What is the phase of the Pod at the end?",
        why: "app has ended with 0 in the end, and OnFailure does not start it again.",
      },
    },
    next: "Set restartPolicy to Never. Is there a new sandbox?",
  },
};
