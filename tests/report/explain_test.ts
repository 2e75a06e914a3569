import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import {
  explainEvents,
  explainExitCode,
  explainPod,
  explainWord,
  knownWords,
} from "../../src/report/explain.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import {
  containerOf,
  exits,
  podOf,
  runToEnd,
  scriptOf,
  startSimulation,
} from "../support/simulation.ts";

Deno.test("explainExitCode() explains those of a container and of the program", () => {
  deepEqual(explainExitCode(143), [
    "Exit code 143 of a container: SIGTERM ended the program (128 + 15): it was asked to stop, and did so in the " +
    "signal's own way, without a handler that ends with 0.",
    "  By R-EXIT-1: An exit code is the program's own, or 128 + n when signal n ended it.",
    "As the exit status of run and simulate: SIGTERM ended it.",
  ]);
  equal(explainExitCode(3).length, 3);
});

const words = [
  ["CrashLoopBackOff", /^CrashLoopBackOff, reason of a waiting container: /],
  ["crashloopbackoff", /^CrashLoopBackOff, /],
  ["r-term-5", /^R-TERM-5: .*at least 2 s\.$/],
  ["R-VALID-24", /^R-VALID-24: activeDeadlineSeconds is a number from 1 to 2147483647\.$/],
  ["r-default-4", /^R-DEFAULT-4: An object without `metadata\.namespace` belongs to/],
  ["R-WARN-3", /^R-WARN-3: A spread constraint .* gives a warning/],
  ["Init:CrashLoopBackOff", /^Init:CrashLoopBackOff is shown for an init container/],
  ["Init:1/3", /^Init:1\/3: 1 of 3 init containers are done/],
  ["Init:ExitCode:3", /shown for an init container/],
  ["Signal:9", /^Exit code 137 of a container: SIGKILL/],
  ["ExitCode:7", /^Exit code 7 of a container/],
] as const;
for (const [word, expected] of words) {
  Deno.test(`explainWord() of ${word}`, () => match(explainWord(word)![0]!, expected));
}
for (const word of ["", "Init:", "Init:Nonsense", "ExitCode:999", "toString", "R-TERM"]) {
  Deno.test(`explainWord() knows no ${JSON.stringify(word)}`, () =>
    equal(explainWord(word), undefined));
}
Deno.test("explainWord() of a rule is its sentence and its source", () => {
  deepEqual(explainWord("R-VALID-12"), [
    "R-VALID-12: A container's name is a DNS label: at most 63 lower-case letters, digits and hyphens.",
    "  Source: pkg/apis/core/validation/validation.go (validateContainerCommon); " +
    "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsDNS1123Label)",
  ]);
});
Deno.test("explainWord() prints all meanings of a word, and knows every known one", () => {
  deepEqual(explainWord("Failed")!.map((line) => line.split(":")[0]), [
    "Failed, phase of a Pod",
    "  By R-PHASE-4",
    "  Look next",
    "Failed, reason of an Event",
    "  By R-START-1",
    "  Look next",
  ]);
  deepEqual(knownWords.filter((word) => explainWord(word) === undefined), []);
});

/**
 * A Pod that fails after an init container's retry, a crash loop and a kill, as a run would report
 * it.
 */
async function play(): Promise<{ readonly events: LogEvent[]; readonly pod: Pod }> {
  const simulation = startSimulation({
    script: scriptOf({
      init: [exits(1), exits(0)],
      web: [exits(1), exits(1), exits(3, 100)],
      sidecar: [{ onStopSignal: "ignore" }],
    }),
  });
  const spec = {
    restartPolicy: "OnFailure",
    terminationGracePeriodSeconds: 5,
    activeDeadlineSeconds: 15,
    initContainers: [containerOf("init"), { ...containerOf("sidecar"), restartPolicy: "Always" }],
  } as const;
  const [end] = await runToEnd(simulation, [podOf("shop", ["web"], spec)]);
  const { metadata, status } = end!.pod;
  const finished: LogEvent = {
    type: "pod.finished",
    at: simulation.clock.now(),
    pod: "default/shop",
    uid: metadata.uid!,
    message: "Pod Failed",
    phase: status!.phase!,
    reason: status!.reason!,
    exitCode: 124,
  };
  return { events: [...simulation.logEvents, finished], pod: end!.pod };
}

Deno.test("explainEvents() explains a run", async () => {
  const { events } = await play();
  deepEqual(explainEvents(events), [
    "Pod default/shop: Failed (DeadlineExceeded): the pod was active for 15 s, its activeDeadlineSeconds (R-DEADLINE-1); after 20.000 s of lifecycle time the program ended with 124: --timeout or the Pod's activeDeadlineSeconds ran out",
    "What was decided, and why:",
    "     0.000s  shop     Sandbox 0 started: simulated: the pod had no sandbox (R-SANDBOX-1)",
    "     0.000s  init     Init container init started: it comes first of all init containers (R-INIT-5)",
    "     1.000s  init     Init container init exited with code 1 after 1 s: it ended by itself with exit code 1, and the pod's restart policy OnFailure starts it again (R-RESTART-1)",
    "     1.000s  init     Init container init started again (restart 1): its last run ended with exit code 1, and the pod's restart policy OnFailure starts it again; started at once (R-RESTART-1)",
    "     2.000s  init     Init container init exited with code 0 after 1 s: an init container that has succeeded is done (R-INIT-6)",
    "     2.000s  sidecar  Sidecar sidecar started: init container init before it has succeeded (R-INIT-4)",
    "     2.000s  web      Container web started: all init containers are done: init, sidecar (R-INIT-8)",
    "     2.000s  shop     Pod is Running: every main container has been started; running: web (R-PHASE-4)",
    "     2.000s  shop     Pod is ready: all containers are ready and all readiness gates are open (R-COND-5)",
    "     3.000s  web      Container web exited with code 1 after 1 s: it ended by itself with exit code 1, and the pod's restart policy OnFailure starts it again (R-RESTART-1)",
    "     3.000s  web      Container web started again (restart 1): its last run ended with exit code 1, and the pod's restart policy OnFailure starts it again; started at once (R-RESTART-1)",
    "     3.000s  shop     Pod is ready: all containers are ready and all readiness gates are open (R-COND-5)",
    "     4.000s  web      Container web exited with code 1 after 1 s: it ended by itself with exit code 1, and the pod's restart policy OnFailure starts it again (R-RESTART-1)",
    "     4.000s  web      Container web waits 10 s before restart 2: restart 2 may come 10 s after the end of the last run; each restart doubles the wait up to 300 s (R-BACKOFF-2)",
    "    14.000s  web      Container web started again (restart 2): its last run ended with exit code 1, and the pod's restart policy OnFailure starts it again; started after a back-off of 10 s (R-RESTART-1)",
    "    14.000s  shop     Pod is ready: all containers are ready and all readiness gates are open (R-COND-5)",
    "    14.100s  web      Container web exited with code 3 after 0.1 s: it ended by itself with exit code 3, and the pod's restart policy OnFailure starts it again (R-RESTART-1)",
    "    14.100s  web      Container web waits 20 s before restart 3: restart 3 may come 20 s after the end of the last run; each restart doubles the wait up to 300 s (R-BACKOFF-2)",
    "    15.000s  sidecar  Stopping sidecar sidecar with SIGTERM; it has 5 s: the pod's activeDeadlineSeconds are over (R-DEADLINE-3)",
    "    20.000s  sidecar  Killing sidecar sidecar: it had not ended 5 s after SIGTERM (R-TERM-3)",
    "    20.000s  sidecar  Sidecar sidecar was ended by SIGKILL (137) after 18 s: it was stopped: the pod's activeDeadlineSeconds are over (R-TERM-3)",
    "    20.000s  shop     Pod is Failed: DeadlineExceeded: Pod was active on the node longer than the specified deadline: the pod was active for 15 s, its activeDeadlineSeconds (R-DEADLINE-1)",
    "    20.000s  shop     Sandbox 0 stopped: the pod has ended and none of its containers runs (R-SANDBOX-7)",
    "Containers:",
    "  Init container init: 2 runs, ended with 1, then 0",
    "  Sidecar sidecar: 1 run, ended with 137",
    "    Exit code 137: SIGKILL ended the program (128 + 9): it cannot be handled: its grace period ran out (R-TERM-3), one of its processes was killed on out-of-memory (then the reason is OOMKilled, R-EXIT-3), its sandbox ended, or another process sent the signal. (R-EXIT-1)",
    "  Container web: 3 runs, ended with 1 (2 times), then 3; it waited 10 s in all to be started again",
    "    Exit code 3: The program's own code. Kubernetes only sees that it is not 0: Always and OnFailure start the container again, Never fails the Pod. (R-EXIT-1)",
    "    CrashLoopBackOff: The container has ended again and again, with whatever exit code, and its next start is held back: restarts wait 0, 10, 20, 40, 80, 160 and then always 300 s, counted from the end of the run before. A 1.36 node shows Terminated for most of the wait, podling CrashLoopBackOff from its beginning. (R-BACKOFF-8)",
    "The rules:",
    "  R-SANDBOX-1: A Pod needs a (new) sandbox when it has none, when its pause process has died, or when its network no longer fits.",
    "  R-INIT-5: The first init container of the list runs before any other container.",
    "  R-RESTART-1: The Pod's restart policy decides for containers without one of their own: Always restarts, OnFailure restarts after an exit code other than 0, Never does not.",
    "  R-INIT-6: An init container that succeeded never runs again in its sandbox; one that failed is retried under Always and OnFailure, and fails the Pod under Never.",
    "  R-INIT-4: When an init container has succeeded the next one starts; one that failed is started again if its policy allows, and otherwise the Pod has failed.",
    "  R-INIT-8: Init containers run one at a time; when the last has succeeded the main containers start.",
    "  R-PHASE-4: Failed when an init container has failed for good; Pending while something has yet to start; Running while a container runs or will be started again; otherwise Succeeded if all main containers ended with 0, and Failed if not.",
    "  R-COND-5: A Pod is ready when its containers are and all its readiness gates are True.",
    "  R-BACKOFF-2: A restart is possible only when the container's back-off, counted from the end of its last run, is over.",
    "  R-DEADLINE-3: At its deadline a Pod is ended gracefully, and stays Failed whatever the exit codes.",
    "  R-TERM-3: A stop is the preStop hook, then the stop signal, and SIGKILL when the grace period is over.",
    "  R-DEADLINE-1: A Pod that is active for longer than activeDeadlineSeconds is Failed: DeadlineExceeded.",
    "  R-SANDBOX-7: The sandbox of an ended Pod is stopped after its containers.",
    "What to look at next:",
    "  The Pod: Raise activeDeadlineSeconds, or find out what took so long: init containers count too.",
    "  Sidecar sidecar: If a stop came before it, have the program exit at SIGTERM, or raise terminationGracePeriodSeconds; as PID 1 a program without a handler ignores SIGTERM.",
    "  Container web: Look at the last lines of its output, and at its documentation.",
    "  Container web: Look at how its last run ended: its exit code, its termination message, and the last lines of its output. After a run of more than ten minutes the wait begins at 0 again.",
  ]);
});

Deno.test("explainEvents() explains an incomplete log, Pod by Pod", async () => {
  const { events } = await play();
  const [begin] = events;
  match(
    explainEvents([begin!])[0]!,
    /^Pod default\/shop: Pending; the log ends there, after 0\.000 s/,
  );
  const other = { ...begin!, pod: "default/other" };
  const lines = explainEvents([begin!, other, { ...other, message: "a\u001bb" }]);
  deepEqual(lines.filter((line) => line.startsWith("Pod ")).length, 2);
  equal(lines.some((line) => line.includes("\u001b")), false);
});

Deno.test("explainEvents() reports what went wrong with probes and hooks", async () => {
  const simulation = startSimulation({
    script: scriptOf({
      web: [{
        handler: ({ purpose }) => ({
          outcome: purpose === "liveness" ? "failure" : "success",
          output: "no answer",
        }),
      }],
      db: [{ handler: () => ({ outcome: "failure", exitCode: 7, output: "no such table" }) }],
    }),
  });
  const exec = { command: ["ask"] };
  const pod = podOf("shop", [
    { ...containerOf("web"), livenessProbe: { exec, failureThreshold: 1 } },
    { ...containerOf("db"), lifecycle: { preStop: { exec } } },
  ]);
  simulation.cluster.submit([pod]);
  await simulation.clock.advance(15_000);
  simulation.cluster.deletePod("default", "shop");
  await simulation.clock.runUntilIdle();
  const lines = explainEvents(simulation.logEvents);
  for (
    const line of [
      "    Liveness probe of container web failed: no answer (R-PROBE-15)",
      "    PreStop hook of container db failed with exit code 7: no such table: stopping goes on without it (R-HOOK-6)",
      "  Container web: The message holds what the probe saw. failureThreshold failures in a row count.",
      "  Container db: Run the hook by hand in the container, and see that it ends within the grace period.",
    ]
  ) equal(lines.includes(line), true, `${line}\n${lines.join("\n")}`);
});

Deno.test("explainPod() explains a status", async () => {
  const { pod } = await play();
  deepEqual(explainPod(pod), [
    "Pod default/shop: Failed (DeadlineExceeded): Pod was active on the node longer than the specified deadline",
    "Conditions that do not hold:",
    "  PodReadyToStartContainers: it has no sandbox that is ready",
    "  Ready: PodFailed. The Pod has failed, and is ready no more. (R-COND-4)",
    "  ContainersReady: PodFailed. The Pod has failed, and is ready no more. (R-COND-4)",
    "Containers:",
    "  Init container init: ended with exit code 0 (Completed), restarted once",
    "    Its run before ended at 2026-01-01T00:00:01Z with exit code 1 (Error)",
    "  Sidecar sidecar: ended with exit code 137 (Error)",
    "    Exit code 137: SIGKILL ended the program (128 + 9): it cannot be handled: its grace period ran out (R-TERM-3), one of its processes was killed on out-of-memory (then the reason is OOMKilled, R-EXIT-3), its sandbox ended, or another process sent the signal. (R-EXIT-1)",
    "  Container web: ended with exit code 137 (ContainerStatusUnknown), restarted 2 times: The container could not be located when the pod was terminated",
    "    ContainerStatusUnknown: It is unknown how the run ended: its record was lost. Exit code 137 stands for that. (R-STATUS-9)",
    "    Its run before ended at 2026-01-01T00:00:14Z with exit code 3 (Error)",
    "    Exit code 3: The program's own code. Kubernetes only sees that it is not 0: Always and OnFailure start the container again, Never fails the Pod. (R-EXIT-1)",
    "What to look at next:",
    "  The Pod: Raise activeDeadlineSeconds, or find out what took so long: init containers count too.",
    "  Sidecar sidecar: If a stop came before it, have the program exit at SIGTERM, or raise terminationGracePeriodSeconds; as PID 1 a program without a handler ignores SIGTERM.",
    "  Container web: Look at what happened to the node or the sandbox at that time.",
    "  Container web: Look at the last lines of its output, and at its documentation.",
  ]);
});

Deno.test("explainPod() explains a Pod that waits, and of one that nothing is known of", () => {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", deletionTimestamp: "2026-01-01T00:00:00Z" },
    spec: { containers: [{ name: "a" }] },
    status: {
      phase: "Pending",
      conditions: [
        { type: "Ready", status: "False", reason: "ContainersNotReady", message: "m" },
        { type: "PodReadyToStartContainers", status: "False" },
        { type: "Own", status: "False", reason: "Mine" },
      ],
      containerStatuses: [{
        name: "a",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 2,
        state: { waiting: { reason: "CreateContainerConfigError", message: "no c" } },
        lastState: {
          terminated: { exitCode: 0, reason: "Completed", startedAt: null, finishedAt: null },
        },
      }],
    },
  };
  deepEqual(explainPod(pod), [
    "Pod default/p: Pending: not every container has been started (R-PHASE-4)",
    "It is being deleted; nothing of it is started any more (R-ACT-9)",
    "Conditions that do not hold:",
    "  Ready: ContainersNotReady: m. Not every sidecar and main container is ready. (R-COND-4)",
    "  PodReadyToStartContainers: it has no sandbox that is ready",
    "  Own: Mine",
    "Containers:",
    "  Container a: waits: CreateContainerConfigError, restarted 2 times: no c",
    "    CreateContainerConfigError: The container's configuration could not be generated, and is retried every " +
    "ten seconds. (R-START-1)",
    "    Its run before ended with exit code 0 (Completed)",
    "What to look at next:",
    "  Container a: The message names what is missing; add it to the manifests, or mark it as optional. A user, a " +
    "subPath or a variable may be at fault too.",
  ]);
  const { status: _, ...fresh } = pod;
  equal(explainPod(fresh).length, 2);
});
