/** The words of the lessons about the sandbox, in English; pure. */
import type { TextsOf } from "../lesson/lesson_text.ts";
import type { sandboxLessons } from "./lessons.ts";

/** By the names of the lessons. */
export const sandboxEnglish: TextsOf<typeof sandboxLessons> = {
  "pause": {
    title: "What the pause process does",
    intro: [
      "Before any container of a Pod there is its sandbox, and in it one process that does almost nothing: pause. It holds the Pod's namespaces, so that containers can come and go in them.",
      "With shareProcessNamespace the containers see each other's processes, and pause is the first process among them. The container below looks at PID 1, leaves a zombie behind (a process that has ended and that its parent has not asked for), ends that parent, and counts the zombies that are left. Then it exits with 1, is started again and compares its IPC namespace with that of its first run.",
    ],
    questions: {
      first: {
        ask: "Which process is PID 1 in the container?",
        choices: { sh: "the container's own shell", init: "the machine's init" },
        why:
          "The PID namespace is the sandbox's, and pause was there first. Without shareProcessNamespace each container has a PID namespace of its own, and its program is PID 1 in that.",
      },
      zombies: {
        ask: "How many zombies are left once their parent has ended?",
        why:
          "The zombie becomes a child of PID 1. Pause waits for its children whenever one ends, and so the zombie is reaped.",
      },
      namespaces: {
        ask: "Which namespaces does the container have after its restart?",
        choices: { same: "the same as before", new: "new ones" },
        why:
          "The namespaces belong to pause, which has gone on running. Only the end of pause is the end of the sandbox.",
      },
      restarts: {
        ask: "How often is the container restarted?",
        why:
          "Its first run ends with 1, and OnFailure starts it again. The second ends with 0, and that is all.",
      },
    },
    next:
      "Set shareProcessNamespace to false: which process is PID 1 then, and why are the namespaces still the same?",
  },
  "network": {
    title: "One network for all containers of a Pod",
    intro: [
      "The containers of a Pod share one network namespace: one address, one set of ports, one loopback device. They reach each other on 127.0.0.1 without any Service.",
      "In Pod shop a server listens on 127.0.0.1:8080, and a client asks it. In Pod stranger the same client asks the same address. The server is a sidecar (an init container with restartPolicy Always). Each Pod has only its loopback device here (--network none).",
    ],
    questions: {
      neighbour: {
        ask: "What does the client in Pod shop get from 127.0.0.1:8080?",
        choices: { hello: "the answer hello", refused: "connection refused" },
        why:
          "Both containers are in the network namespace that the sandbox of the Pod holds, so 127.0.0.1 is the same device for them.",
      },
      stranger: {
        ask: "And the client in Pod stranger, from the same address?",
        choices: { hello: "the answer hello", refused: "connection refused" },
        why:
          "Another Pod is another sandbox with another network namespace: nothing listens on its port 8080.",
      },
      phase: {
        ask:
          "The server would run on. What is the phase of Pod shop once the client has ended with 0?",
        why:
          "A sidecar does not keep a Pod alive. When all main containers have ended, sidecars are stopped, and their exit codes decide nothing.",
      },
    },
    next:
      "Let the server listen on port 8081: the client repeats its request until you end the run. What if the client asked for 8081 too?",
  },
  "storage": {
    title: "Storage that outlives a container",
    intro: [
      "A container starts with fresh files each time: what its last run wrote is gone. A volume belongs to the Pod. An emptyDir begins empty with the Pod, is shared by its containers, and stays until the Pod is gone.",
      "Container writer writes a line to the volume and a line to its own /tmp, and fails until there are three lines in the volume. Container reader waits for these three lines, in the same volume at another path.",
    ],
    questions: {
      volume: {
        ask: "How many lines does the last run of writer count in the volume?",
        why: "The volume outlives every restart of the container: one line from each run.",
      },
      reader: {
        ask: "How many lines does reader find in the end?",
        why: "Both containers mount the same volume. Each may have it at a path of its own.",
      },
      own: {
        ask: "How many lines does the last run of writer count in /tmp?",
        why: "Outside of volumes each run begins with fresh files and sees its own line alone.",
      },
      restarts: {
        ask: "How often is writer restarted?",
        why: "Two runs fail, OnFailure starts it again after each, and the third run succeeds.",
      },
      phase: {
        ask: "What is the phase of the Pod at the end?",
        why:
          "Both containers have ended with 0 and will not be started again. Earlier failures do not count.",
      },
    },
    next:
      "Mount the volume of writer at /tmp instead of /data and correct the paths. How many lines are there?",
  },
  "secret": {
    title: "A secret that only an init container may see",
    intro: [
      "A volume is only there for the containers that mount it. So an init container can use a password that the application never gets to see: it logs in, and hands on no more than a token.",
      "Below, login mounts the Secret, and app does not. They share a working directory, as all containers of a Pod do here; login leaves the token there.",
    ],
    questions: {
      init: {
        ask: "How many characters does the init container count in the password?",
        why:
          "The Secret's value is the file password in the volume, byte for byte and without a line feed at its end.",
      },
      app: {
        ask: "What does app find at /etc/credentials/password?",
        choices: { readable: "the password", "not there": "nothing" },
        why:
          "app does not mount the volume. Its file system has nothing at that path, and login, in whose memory the password was, has ended.",
      },
      order: {
        ask: "In which order do the containers start?",
        why: "Main containers start when the last init container has succeeded, not before.",
      },
    },
    next:
      "Give app a variable PASSWORD with valueFrom.secretKeyRef: what does app see now, and what is left of the idea?",
  },
};
