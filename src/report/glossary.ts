/**
 * Kubernetes' words for the state of Pods: the meaning of each, its rule, and what to look at next;
 * pure.
 */

import { changeGlossary } from "./change_glossary.ts";
import { controllerGlossary } from "./controller_glossary.ts";
import { jobGlossary } from "./job_glossary.ts";
import type { Meaning } from "./meaning.ts";

const WAITING = "reason of a waiting container";
const ENDED = "reason of an ended container";
const POD = "reason of a Pod";
const PHASE = "phase of a Pod";
const CONDITION = "condition of a Pod";
const FALSE = "reason of a condition that does not hold";
const EVENT = "reason of an Event";
const SHOWN = "STATUS of a Pod in kubectl get";
const ANSWER = "reason of an answer to kubectl";
const CLASS = "QoS class of a Pod";

const PULL =
  "Nothing is pulled here: give the container a command, or name the image's program with --image NAME=ARGV.";
const RUNS =
  "Look at how its last run ended: its exit code, its termination message, and the last lines of its output.";
const MANIFEST =
  "The message names what is missing; add it to the manifests, or mark it as optional.";

/** By word, each meaning of it. */
export const glossary: Readonly<Record<string, readonly Meaning[]>> = {
  ...controllerGlossary,
  ...jobGlossary,
  ...changeGlossary,
  ContainerCreating: [{
    as: WAITING,
    text: "The container has not been started yet, in a Pod without init containers.",
    rule: "R-STATUS-1",
    next: "If it stays so, look at the Pod's Events: volumes and the sandbox come first.",
  }],
  PodInitializing: [{
    as: WAITING,
    text:
      "The container has not been started yet, and the Pod has init containers that come first.",
    rule: "R-STATUS-1",
    next:
      "If it stays so, look at the init containers: the first that has not succeeded holds up all that follow.",
  }],
  CrashLoopBackOff: [{
    as: WAITING,
    text:
      "The container has ended again and again, with whatever exit code, and its next start is held back: restarts " +
      "wait 0, 10, 20, 40, 80, 160 and then always 300 s, counted from the end of the run before. A 1.36 node shows " +
      "Terminated for most of the wait, podling CrashLoopBackOff from its beginning.",
    rule: "R-BACKOFF-8",
    next: `${RUNS} After a run of more than ten minutes the wait begins at 0 again.`,
  }],
  CreateContainerConfigError: [{
    as: WAITING,
    text: "The container's configuration could not be generated, and is retried every ten seconds.",
    rule: "R-START-1",
    next: `${MANIFEST} A user, a subPath or a variable may be at fault too.`,
  }],
  CreateContainerError: [{
    as: WAITING,
    text: "The machine could not make the container, and is asked again every ten seconds.",
    rule: "R-START-1",
    next: "The message says what the machine refused.",
  }],
  PreCreateHookError: [{
    as: WAITING,
    text: "The node's own preparation before the container's creation failed; it is retried.",
    rule: "R-START-1",
    next: "The message says what failed; the Pod can do nothing about it.",
  }],
  PreStartHookError: [{
    as: WAITING,
    text: "The node's own preparation before the container's start failed; it is retried.",
    rule: "R-START-1",
    next: "The message says what failed; the Pod can do nothing about it.",
  }],
  RunContainerError: [{
    as: WAITING,
    text:
      "The container's program could not be started, which counts as a run with exit code 128; it will be retried.",
    rule: "R-START-1",
    next:
      "Look whether command[0] exists in the container, may be executed, and whether workingDir exists.",
  }],
  PostStartHookError: [{
    as: WAITING,
    text:
      "The container's postStart hook failed, so that the container was killed; it will be started again.",
    rule: "R-HOOK-4",
    next: "The event log has what the hook wrote (hook.finished); no Kubernetes Event has it.",
  }],
  ErrImagePull: [
    { as: WAITING, text: "The image could not be pulled.", rule: "R-START-1", next: PULL },
  ],
  ImagePullBackOff: [{
    as: WAITING,
    text: "The image could not be pulled repeatedly; the next attempt is delayed.",
    rule: "R-START-1",
    next: PULL,
  }],
  ErrImageNeverPull: [{
    as: WAITING,
    text: "The image is not on the node, and imagePullPolicy is Never.",
    rule: "R-START-1",
    next: PULL,
  }],
  InvalidImageName: [
    {
      as: WAITING,
      text: "The image's name is not valid.",
      rule: "R-START-1",
      next: PULL,
    },
  ],
  ImageInspectError: [{
    as: WAITING,
    text: "The image is on the node and cannot be read.",
    rule: "R-START-1",
    next: PULL,
  }],
  RestartingAllContainers: [
    {
      as: WAITING,
      text: "A restart rule starts the whole Pod over, and this container waits for its turn.",
      rule: "R-RAC-5",
      next: "Look for the container whose exit matched its restartPolicyRules.",
    },
    {
      as: ENDED,
      text:
        "The run was taken off the record to start the whole Pod over; its exit code 137 is not its own.",
      rule: "R-RAC-5",
      next: "Look for the container whose exit matched its restartPolicyRules.",
    },
  ],
  Canceled: [{
    as: WAITING,
    text: "The container's start was cancelled since the Pod is ending.",
    rule: "R-WORKER-2",
  }],

  Completed: [
    { as: ENDED, text: "The program ended with exit code 0.", rule: "R-EXIT-1" },
    {
      as: SHOWN,
      text: "All main containers that have ended did so with exit code 0.",
      rule: "R-PHASE-4",
    },
    ...jobGlossary.Completed,
  ],
  Error: [{
    as: ENDED,
    text: "The program ended with an exit code other than 0, or a signal ended it.",
    rule: "R-EXIT-1",
    next:
      "Look at the exit code (explain CODE gives its meaning) and at the last lines of its output.",
  }],
  OOMKilled: [{
    as: ENDED,
    text:
      "The container used more memory than its limit, and the kernel killed one of its processes.",
    rule: "R-EXIT-3",
    next: "Raise resources.limits.memory, or find out what takes the memory.",
  }],
  StartError: [{
    as: ENDED,
    text: "The program could not be started; exit code 128.",
    rule: "R-EXIT-2",
    next:
      "Look whether command[0] exists in the container, may be executed, and whether workingDir exists.",
  }],
  ContainerCannotRun: [{
    as: ENDED,
    text: "The program could not be started, as old versions of Docker reported it.",
    rule: "R-EXIT-2",
    next: "Look whether command[0] exists in the container and may be executed.",
  }],
  ContainerStatusUnknown: [{
    as: ENDED,
    text: "It is unknown how the run ended: its record was lost. Exit code 137 stands for that.",
    rule: "R-STATUS-9",
    next: "Look at what happened to the node or the sandbox at that time.",
  }],
  NonZeroExitCode: [{
    as: ANSWER,
    text: "The program that kubectl exec ran ended with another exit code than 0; ExitCode has it.",
    rule: "R-EXIT-1",
    next: "Look at what the program wrote; kubectl ends with the same code.",
  }],
  ExitCode: [{
    as: ANSWER,
    text: "The exit code of the program that kubectl exec ran.",
    rule: "R-EXIT-1",
    next: "explain CODE has the meaning of a code.",
  }],
  Unknown: [
    {
      as: ENDED,
      text: "The machine lost track of the container; exit code 255 stands for that.",
      rule: "R-EXIT-2",
    },
    {
      as: PHASE,
      text: "The node that runs the Pod does not report its status.",
      rule: "R-PHASE-1",
    },
  ],

  DeadlineExceeded: [
    {
      as: POD,
      text:
        "The Pod was active for longer than its activeDeadlineSeconds, counted from when the node first saw it; it was " +
        "ended gracefully and is Failed, whatever its containers' exit codes.",
      rule: "R-DEADLINE-1",
      next:
        "Raise activeDeadlineSeconds, or find out what took so long: init containers count too.",
    },
    { as: EVENT, text: "The same, reported when it happened.", rule: "R-DEADLINE-1" },
    ...jobGlossary.DeadlineExceeded,
  ],
  Evicted: [{
    as: POD,
    text: "The node was short of something and ended the Pod.",
    rule: "R-PHASE-7",
    next: "The message says what the node was short of.",
  }],
  SysctlForbidden: [{
    as: POD,
    text:
      "The Pod asks for a kernel parameter that is not its own affair, and the node did not take it.",
    rule: "R-EVENT-16",
    next: "The message names the parameter; set it on the machine, or do without.",
  }],
  PodOSSelectorNodeLabelDoesNotMatch: [{
    as: POD,
    text: "The Pod has a label kubernetes.io/os with another system than the node's.",
    rule: "R-ADMIT-1",
    next: "The node runs Linux; remove the label, or set it to linux.",
  }],
  PodOSNotSupported: [{
    as: POD,
    text: "The Pod is for another operating system than the node's.",
    rule: "R-ADMIT-1",
    next: "The node runs Linux; spec.os.name has to be linux, or absent.",
  }],
  NodeFault: [{
    as: POD,
    text: "The node itself failed at this Pod: a fault of this program.",
    rule: "R-PHASE-7",
    next: "Please report it with the log lines on standard error.",
  }],
  NodeLost: [{
    as: POD,
    text: "The node that runs the Pod has not reported its status for too long.",
    rule: "R-PHASE-7",
  }],

  Pending: [{
    as: PHASE,
    text:
      "Not everything of the Pod has been started: volumes, sandbox, init containers, or a main container.",
    rule: "R-PHASE-4",
    next: "If it stays so, look at the first container that waits, and at its reason.",
  }],
  Running: [
    {
      as: PHASE,
      text:
        "Every main container has been started, and at least one runs or will be started again: a crash loop is " +
        "Running too.",
      rule: "R-PHASE-4",
    },
  ],
  Succeeded: [
    {
      as: PHASE,
      text: "Every main container has ended with exit code 0, for good.",
      rule: "R-PHASE-4",
    },
  ],
  Failed: [
    {
      as: PHASE,
      text:
        "A main container has ended for good with another exit code than 0, an init container has, or the Pod was " +
        "ended from outside.",
      rule: "R-PHASE-4",
      next: "Look at the first container that ended with another exit code than 0.",
    },
    {
      as: EVENT,
      text: "A container could not be configured, made or started.",
      rule: "R-START-1",
      next: "The message says why.",
    },
  ],

  PodScheduled: [{ as: CONDITION, text: "The Pod is bound to a node.", rule: "R-COND-2" }],
  PodReadyToStartContainers: [{
    as: CONDITION,
    text: "The Pod has volumes and a sandbox, so that its containers can be started.",
    rule: "R-COND-2",
  }],
  Initialized: [{
    as: CONDITION,
    text: "Every init container has succeeded and every sidecar has started.",
    rule: "R-COND-3",
  }],
  ContainersReady: [{
    as: CONDITION,
    text: "Every sidecar and main container is ready.",
    rule: "R-COND-4",
  }],
  Ready: [{
    as: CONDITION,
    text: "The Pod can serve: its containers are ready and its readiness gates are open.",
    rule: "R-COND-5",
  }],
  AllContainersRestarting: [{
    as: CONDITION,
    text: "A restart rule is starting the whole Pod over.",
    rule: "R-RAC-2",
  }],
  UnknownContainerStatuses: [
    { as: FALSE, text: "Nothing is known of any container yet.", rule: "R-COND-3" },
  ],
  PodCompleted: [
    {
      as: "reason of a condition",
      text: "The Pod has succeeded: it is initialized, and no longer ready.",
      rule: "R-COND-4",
    },
  ],
  PodFailed: [
    { as: FALSE, text: "The Pod has failed, and is ready no more.", rule: "R-COND-4" },
  ],
  ContainersNotInitialized: [{
    as: FALSE,
    text: "Not every init container has succeeded, or not every sidecar has started.",
    rule: "R-COND-3",
    next: "The message names them.",
  }],
  ContainersNotReady: [{
    as: FALSE,
    text: "Not every sidecar and main container is ready.",
    rule: "R-COND-4",
    next:
      "The message names them: look whether they run, whether their startup probe has succeeded, and what their " +
      "readiness probe reports.",
  }],
  ReadinessGatesNotReady: [{
    as: FALSE,
    text:
      "The containers are ready, and a condition that the Pod names as a readiness gate is not True.",
    rule: "R-COND-5",
    next: "Something outside the Pod has to set the condition that the message names.",
  }],
  RestartAllContainersStarted: [{
    as: "reason of the condition AllContainersRestarting",
    text: "A container's exit matched a rule with the action RestartAllContainers.",
    rule: "R-RAC-2",
  }],

  Scheduled: [{ as: EVENT, text: "The Pod was bound to a node.", rule: "R-EVENT-1" }],
  Pulled: [{
    as: EVENT,
    text: "The machine has a program for the container's image; nothing was pulled.",
    rule: "R-IMAGE-3",
  }],
  Created: [{ as: EVENT, text: "A container was made.", rule: "R-START-1" }],
  Started: [{ as: EVENT, text: "A container's program was started.", rule: "R-START-1" }],
  Killing: [{
    as: EVENT,
    text:
      "A container is being stopped: preStop hook, stop signal, and SIGKILL when its grace period is over.",
    rule: "R-TERM-3",
    next: "The message says why, unless the whole Pod ends.",
  }],
  BackOff: [{
    as: EVENT,
    text: "A container's next start is held back, since it has ended again and again.",
    rule: "R-BACKOFF-8",
    next: RUNS,
  }],
  Unhealthy: [{
    as: EVENT,
    text: "A probe failed, or gave no answer; one failure alone does nothing yet.",
    rule: "R-PROBE-7",
    next: "The message holds what the probe saw. failureThreshold failures in a row count.",
  }],
  ProbeWarning: [{
    as: EVENT,
    text: "A probe succeeded with a doubt: it was redirected to another host, and did not follow.",
    rule: "R-PROBE-11",
    next: "Have the probe ask for a path that answers by itself.",
  }],
  FailedPostStartHook: [{
    as: EVENT,
    text:
      "A postStart hook failed; its container is killed, and its restart policy decides what follows.",
    rule: "R-HOOK-4",
    next: "The event log has what the hook wrote (hook.finished); no Kubernetes Event has it.",
  }],
  FailedPreStopHook: [{
    as: EVENT,
    text: "A preStop hook failed or took too long; the stop goes on.",
    rule: "R-HOOK-6",
    next: "Run the hook by hand in the container, and see that it ends within the grace period.",
  }],
  SandboxChanged: [{
    as: EVENT,
    text:
      "The Pod's sandbox is gone or no longer fits; it gets a new one, and its init containers run again.",
    rule: "R-SANDBOX-5",
    next: "Look for what ended the pause process.",
  }],
  FailedCreatePodSandBox: [{
    as: EVENT,
    text: "The machine could not make a sandbox, and is asked again every ten seconds.",
    rule: "R-ACT-6",
    next: "The message says what the machine refused; doctor shows what it can do.",
  }],
  FailedKillPod: [{
    as: EVENT,
    text: "Something of the Pod could not be stopped; it is retried.",
    rule: "R-WORKER-6",
    next: "The message says what resists.",
  }],
  FailedMount: [{
    as: EVENT,
    text:
      "A volume could not be prepared; it is retried after 0.5, 1, 2, 4 … s, and nothing starts before.",
    rule: "R-START-5",
    next: MANIFEST,
  }],
  FailedSync: [{
    as: EVENT,
    text: "The node could not find out how the Pod is; it is retried.",
    rule: "R-WORKER-5",
  }],
  LifecycleHTTPFallback: [{
    as: EVENT,
    text: "A hook asked by https, was answered in plain http, and asked again in that.",
    rule: "R-HOOK-2",
    next: "Give the hook the scheme HTTP.",
  }],

  Terminating: [{
    as: SHOWN,
    text: "The Pod is being deleted and its phase is not final yet.",
    rule: "R-DELETE-4",
    next:
      "If it stays so for longer than its grace period, look for a container that does not end.",
  }],
  NotReady: [{
    as: SHOWN,
    text: "Some main containers are done, others run, and the Pod is not ready.",
    rule: "R-COND-5",
  }],

  BestEffort: [{ as: CLASS, text: "No container asks for cpu or memory.", rule: "R-QOS-1" }],
  Burstable: [{
    as: CLASS,
    text: "Some container asks for cpu or memory, and not all ask for exactly their limits.",
    rule: "R-QOS-1",
  }],
  Guaranteed: [{
    as: CLASS,
    text: "Every container has limits for cpu and memory, and asks for exactly these.",
    rule: "R-QOS-1",
  }],
};
