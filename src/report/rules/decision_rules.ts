/** Rules of the decisions of a node, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const decisionRules: Rules = {
  "R-MODEL-1": {
    text: "The newest run of each container and the one before it are kept: they become " +
      "`state` and `lastState`.",
    source: "pkg/kubelet/container/runtime.go (FindContainerStatusByName); " +
      "pkg/kubelet/kuberuntime/kuberuntime_container.go (getPodContainerStatuses)",
  },
  "R-MODEL-2": {
    text: "Only the newest sandbox of a Pod counts; its attempts are numbered from 0.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (GetPodStatus); " +
      "pkg/kubelet/container/runtime.go (PodStatus)",
  },
  "R-MODEL-3": {
    text: "Each new run of a container raises its restart count by one.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-MODEL-4": {
    text: "The log file of a run is named after its restart count, which is never used twice.",
    source: "pkg/kubelet/kuberuntime/helpers.go (buildContainerLogsPath)",
  },
  "R-MODEL-5": {
    text:
      "A running container is out of date when its image has changed; no other field makes it so.",
    source: "pkg/kubelet/container/helpers.go (pickFieldsToHash)",
  },

  "R-WORKER-1": {
    text: "One worker decides for a Pod, strictly one step after another; Pods do not wait for " +
      "each other.",
    source: "pkg/kubelet/pod_workers.go (podWorkerLoop)",
  },
  "R-WORKER-2": {
    text: "A Pod that has begun to end never comes back, whatever its restart policy.",
    source: "pkg/kubelet/pod_workers.go (UpdatePod)",
  },
  "R-WORKER-3": {
    text: "A Pod whose phase is Succeeded or Failed is ended: none of its containers is " +
      "started any more.",
    source: "pkg/kubelet/kubelet.go (SyncPod)",
  },
  "R-WORKER-4": {
    text: "A Pod is examined again when its spec, a container, a probe's result or the time " +
      "has changed.",
    source: "pkg/kubelet/kubelet.go (syncLoopIteration)",
  },
  "R-WORKER-5": {
    text: "A failure before a container exists is retried after ten seconds.",
    source: "pkg/kubelet/pod_workers.go (completeWork)",
  },
  "R-WORKER-6": {
    text: "Every container of an ending Pod is stopped before the Pod is over.",
    source: "pkg/kubelet/kubelet.go (SyncTerminatingPod)",
  },
  "R-WORKER-7": {
    text: "When everything has stopped, the last status of the Pod is published.",
    source: "pkg/kubelet/kubelet.go (SyncTerminatedPod); " +
      "pkg/kubelet/status/status_manager.go (TerminatePod)",
  },
  "R-WORKER-8": {
    text: "Succeeded or Failed is published only when no container can still be running.",
    source: "pkg/kubelet/status/status_manager.go (mergePodStatus)",
  },
  "R-WORKER-9": {
    text: "The phases Succeeded and Failed are final.",
    source: "pkg/kubelet/kubelet_pods.go (generateAPIPodStatus)",
  },
  "R-WORKER-10": {
    text: "A Pod's start time is the moment at which the node first sees it, before there is a " +
      "sandbox.",
    source: "pkg/kubelet/status/status_manager.go (updateStatusInternal)",
  },

  "R-ACT-1": {
    text: "The next actions follow from spec, sandbox, runs and probe results alone.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-ACT-2": {
    text: "Sandbox, init containers and main containers are examined in this order; when no " +
      "main container runs or is about to run, the whole Pod is ended, sidecars included.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-ACT-3": {
    text: "A main container that has not run, or may be restarted, is started; a running one " +
      "whose image has changed or whose liveness or startup probe has failed is killed " +
      "first.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-ACT-4": {
    text: "A running container whose liveness or startup probe has failed is started again " +
      "unless its policy is Never.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-ACT-5": {
    text: "When a probe fails the last main container and no policy restarts it, the whole Pod " +
      "is ended at once.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-ACT-6": {
    text: "Kills come first, then the sandbox, then init containers, then main containers in " +
      "their order.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-ACT-7": {
    text: "Containers are started one after another, and each start includes its postStart hook.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod); " +
      "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-ACT-8": {
    text: "Every start has to pass the crash-loop back-off first.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-ACT-9": {
    text: "No container of a Pod that is being deleted is started.",
    source: "pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted)",
  },
  "R-ACT-10": {
    text: "A container that is killed in order to be restarted starts again in the same sync, " +
      "whatever its sidecars do.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },

  "R-SANDBOX-1": {
    text: "A Pod needs a (new) sandbox when it has none, when its pause process has died, or " +
      "when its network no longer fits.",
    source: "pkg/kubelet/kuberuntime/util/util.go (PodSandboxChanged)",
  },
  "R-SANDBOX-2": {
    text:
      "With restart policy Never a sandbox that died after a container had run is not replaced.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SANDBOX-3": {
    text:
      "A new sandbox starts all main containers except those that have succeeded under OnFailure.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SANDBOX-4": {
    text: "When no main container would run in it, no new sandbox is created.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SANDBOX-5": {
    text: "A new sandbox runs all init containers again and then starts the main containers.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SANDBOX-6": {
    text: "While init containers run again in a new sandbox, the Pod is Pending again.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-SANDBOX-7": {
    text: "The sandbox of an ended Pod is stopped after its containers.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (killPodWithSyncResult)",
  },
  "R-SANDBOX-8": {
    text: "The list of containers that a new sandbox starts is computed once: a main container " +
      "that back-off then refuses is later decided by its policy, as are all main " +
      "containers of a Pod with init containers.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SANDBOX-9": {
    text: "In a Pod network of its own any user may listen on any port " +
      "(net.ipv4.ip_unprivileged_port_start is 0) and ping, unless the Pod's sysctls set " +
      "other values.",
    source: "containerd internal/cri/config/config_unix.go; " +
      "containerd internal/cri/server/podsandbox/sandbox_run_linux.go",
  },
  "R-SANDBOX-10": {
    text: "hostUsers: false gives a Pod user ids of its own; a runtime that cannot map them " +
      "never runs the Pod.",
    source: "pkg/kubelet/userns/userns_manager.go (GetOrCreateUserNamespaceMappings)",
  },
  "R-SANDBOX-11": {
    text: "The pause process holds the namespaces of the Pod's network, IPC and host name: every " +
      "container joins them, and they outlive all containers.",
    source: "containerd internal/cri/opts/spec_opts.go (WithPodNamespaces); " +
      "pkg/kubelet/kuberuntime/util/util.go (NamespacesForPod)",
  },
  "R-SANDBOX-12": {
    text: "With shareProcessNamespace the pause process is PID 1 of all containers, and reaps " +
      "processes whose parent has ended.",
    source: "pkg/kubelet/kuberuntime/util/util.go (PidNamespaceForPod); " +
      "build/pause/linux/pause.c (sigreap)",
  },

  "R-INIT-1": {
    text: "A Pod without init containers is initialized from the beginning.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-2": {
    text: "Once a main container runs, regular init containers are not examined any more.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-3": {
    text: "The last init container that has run decides what comes next.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-4": {
    text: "When an init container has succeeded the next one starts; one that failed is " +
      "started again if its policy allows, and otherwise the Pod has failed.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-5": {
    text: "The first init container of the list runs before any other container.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-6": {
    text: "An init container that succeeded never runs again in its sandbox; one that failed " +
      "is retried under Always and OnFailure, and fails the Pod under Never.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions); " +
      "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-INIT-7": {
    text: "A retry repeats only the init container that failed, not the sequence.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-8": {
    text:
      "Init containers run one at a time; when the last has succeeded the main containers start.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-INIT-9": {
    text:
      "An init container that was killed for lack of memory has failed, whatever its exit code.",
    source: "pkg/kubelet/kuberuntime/helpers.go (isInitContainerFailed)",
  },

  "R-SIDECAR-1": {
    text: "After a sidecar the next container in line starts as soon as the sidecar runs and " +
      "its startup probe, if any, has succeeded.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-SIDECAR-2": {
    text: "A sidecar that comes last makes the Pod initialized once it has started.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-SIDECAR-3": {
    text: "A sidecar that ends is always started again, even in a Pod with restart policy Never.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-SIDECAR-4": {
    text: "A sidecar that crashes does not stop containers that have already run.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-SIDECAR-5": {
    text: "While the last sidecar is down and no main container runs, main containers that " +
      "ended by themselves wait for it.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-SIDECAR-6": {
    text: "A sidecar that back-off holds back does not hold back the others.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-SIDECAR-7": {
    text:
      "Sidecars do not keep a Pod alive: when all main containers have ended, they are stopped.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-SIDECAR-8": {
    text: "A sidecar's exit code never decides about the Pod.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-SIDECAR-9": {
    text: "Sidecars count for readiness, regular init containers do not.",
    source: "pkg/kubelet/status/generate.go (GenerateContainersReadyCondition); " +
      "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-SIDECAR-10": {
    text: "Sidecars may have probes and hooks, regular init containers may not.",
    source: "pkg/apis/core/validation/validation.go (validateInitContainers)",
  },

  "R-RESTART-1": {
    text: "The Pod's restart policy decides for containers without one of their own: Always " +
      "restarts, OnFailure restarts after an exit code other than 0, Never does not.",
    source: "pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted); " +
      "pkg/api/v1/pod/util.go (ContainerShouldRestart)",
  },
  "R-RESTART-2": {
    text: "The first of a container's restartPolicyRules that matches the exit code decides.",
    source: "pkg/api/v1/pod/util.go (FindMatchingContainerRestartRule)",
  },
  "R-RESTART-3": {
    text: "A restart rule matches when its operator is In and its values hold the exit code, " +
      "or when it is NotIn and they do not.",
    source: "pkg/api/v1/pod/util.go (FindMatchingContainerRestartRule)",
  },
  "R-RESTART-4": {
    text: "Restart rules count only beside a restart policy of the container's own.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-RESTART-5": {
    text: "A container's own restart policy wins over the Pod's, in both directions.",
    source: "pkg/api/v1/pod/util.go (ContainerShouldRestart)",
  },
  "R-RESTART-6": {
    text: "An init container with restartPolicy Always is a sidecar.",
    source: "staging/src/k8s.io/api/core/v1/types.go (Container.restartPolicy)",
  },
  "R-RESTART-7": {
    text: "A changed image restarts just that container.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodUpdate); " +
      "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },

  "R-RAC-1": {
    text: "An exit that matches a rule with action RestartAllContainers starts the whole Pod over.",
    source: "pkg/kubelet/container/helpers.go (ShouldAllContainersRestart)",
  },
  "R-RAC-2": {
    text: "While a Pod is started over, its condition AllContainersRestarting is True.",
    source: "pkg/kubelet/status/generate.go (GenerateAllContainersRestartingCondition)",
  },
  "R-RAC-3": {
    text: "To start a Pod over, every container is stopped without hooks and order, those that " +
      "caused it last; the sandbox stays.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-RAC-4": {
    text: "A Pod that is started over begins again with its first init container, and starts " +
      "every main container.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-RAC-5": {
    text: "A container that was removed to start the Pod over waits as " +
      "RestartingAllContainers, with exit code 137.",
    source: "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-RAC-6": {
    text: "Starting over never makes a Pod Failed.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-RAC-7": {
    text: "A container that starts its Pod over repeatedly has to wait for its own back-off " +
      "from the fourth time on.",
    source: "https://github.com/kubernetes/enhancements/issues/5532",
  },

  "R-BACKOFF-1": {
    text: "Back-off begins with ten seconds, doubles, and ends at five minutes.",
    source: "pkg/kubelet/kubelet.go (newCrashLoopBackOff); " +
      "staging/src/k8s.io/client-go/util/flowcontrol/backoff.go",
  },
  "R-BACKOFF-2": {
    text: "A restart is possible only when the container's back-off, counted from the end of " +
      "its last run, is over.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff); " +
      "staging/src/k8s.io/client-go/util/flowcontrol/backoff.go (IsInBackOffSince)",
  },
  "R-BACKOFF-3": {
    text:
      "Restarts wait 0, 10, 20, 40, 80, 160, 300, 300, … seconds from the end of the run before.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff); " +
      "staging/src/k8s.io/client-go/util/flowcontrol/backoff.go (Next)",
  },
  "R-BACKOFF-4": {
    text: "A container that ran for more than ten minutes begins with no wait again.",
    source: "pkg/kubelet/kubelet.go (newCrashLoopBackOff); " +
      "staging/src/k8s.io/client-go/util/flowcontrol/backoff.go (GC)",
  },
  "R-BACKOFF-5": {
    text: "Another image or other resources begin with no wait again.",
    source: "pkg/kubelet/kuberuntime/helpers.go (GetBackoffKey)",
  },
  "R-BACKOFF-6": {
    text: "Back-off applies to every restart, after a success as after a failure.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)",
  },
  "R-BACKOFF-7": {
    text: "The first restart that a probe causes is immediate.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-BACKOFF-8": {
    text: "While back-off refuses the start, a container waits as CrashLoopBackOff.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)",
  },
  "R-BACKOFF-9": {
    text: "A failure before a container exists has no growing back-off: it is retried every " +
      "ten seconds.",
    source: "pkg/kubelet/pod_workers.go (completeWork)",
  },
};
