/** Rules of a container's start, hooks, status, probes and stop, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const containerRules: Rules = {
  "R-START-1": {
    text: "A start has four steps, configuration, creation, start and postStart hook; the step " +
      "that fails gives the reason to wait.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-START-2": {
    text: "A failed configuration or creation is retried indefinitely, whatever the policy; a " +
      "program that cannot be started counts as a run that failed.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer); " +
      "containerd internal/cri/server/container_start.go",
  },
  "R-START-3": {
    text: "A run whose program could not be started has a finish time but no start time.",
    source: "containerd internal/cri/server/container_start.go",
  },
  "R-START-4": {
    text: "A successful start is recorded in two Events, Created and Started.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-START-5": {
    text:
      "Volumes are prepared before the sandbox; until they are ready, no container starts. One " +
      "that fails is retried 0.5, 1, 2, 4 … s later, at most 2 min 2 s.",
    source: "pkg/kubelet/kubelet.go (SyncPod); " +
      "pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount)",
  },
  "R-START-6": {
    text: "`$(NAME)` in command and args is replaced by the container's variables.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (generateContainerConfig)",
  },

  "R-HOOK-1": {
    text: "Hooks are exec, httpGet or sleep; tcpSocket always fails.",
    source: "pkg/kubelet/lifecycle/handlers.go (Run)",
  },
  "R-HOOK-2": {
    text: "An exec hook has to end with 0; an httpGet hook only needs an answer, whatever the " +
      "status code.",
    source: "pkg/kubelet/lifecycle/handlers.go (Run)",
  },
  "R-HOOK-3": {
    text: "No later container starts, and no probe runs, before a postStart hook has finished.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer); " +
      "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-HOOK-4": {
    text: "When a postStart hook fails, its container is killed; restart policy and back-off " +
      "decide what follows.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-HOOK-5": {
    text: "A hook that does not end is cancelled when the Pod is deleted; in the kubelet it " +
      "delays the deletion.",
    source: "pkg/kubelet/pod_workers.go (podWorkerLoop)",
  },
  "R-HOOK-6": {
    text: "A preStop hook runs before a stop signal, never when a program ends by itself.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-HOOK-7": {
    text: "The time of a preStop hook is taken from the grace period, and ends with it.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-HOOK-8": {
    text: "`lifecycle.stopSignal` is sent instead of SIGTERM.",
    source: "pkg/kubelet/kuberuntime/helpers.go; containerd internal/cri/server/container_stop.go",
  },

  "R-IMAGE-3": {
    text: 'An image that is there is recorded as Pulled (`Container image "X" already present on ' +
      "machine and can be accessed by the pod`), a pull as Pulling and Pulled.",
    source: "pkg/kubelet/images/image_manager.go (EnsureImageExists)",
  },

  "R-STATUS-1": {
    text: "A container waits until it has run; then the newest run is its state and the one " +
      "before its last state.",
    source: "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-STATUS-2": {
    text: "Between its end and the first refused restart a container is shown as terminated.",
    source: "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-STATUS-3": {
    text: "A start that succeeds clears the failure of the start before.",
    source: "pkg/kubelet/reason_cache.go (Update)",
  },
  "R-STATUS-4": {
    text: "A container has started when it runs and its startup probe, if any, has succeeded.",
    source: "pkg/kubelet/prober/prober_manager.go (UpdatePodStatus)",
  },
  "R-STATUS-5": {
    text: "A container is ready when it has started and its readiness probe, if any, succeeds.",
    source: "pkg/kubelet/prober/prober_manager.go (UpdatePodStatus)",
  },
  "R-STATUS-6": {
    text:
      "An init container without a record counts as completed once a main container was created.",
    source: "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-STATUS-7": {
    text: "Main containers are listed by name, init containers in their order.",
    source: "pkg/kubelet/status/status_manager.go (normalizeStatus)",
  },
  "R-STATUS-8": {
    text: "Times in a status are cut to whole seconds.",
    source: "pkg/kubelet/status/status_manager.go (normalizeStatus)",
  },
  "R-STATUS-9": {
    text: "When a Pod is over, containers without a known end get exit code 137, and the phase " +
      "is final.",
    source: "pkg/kubelet/status/status_manager.go (TerminatePod)",
  },
  "R-STATUS-10": {
    text: "A container that may not be restarted stays ended.",
    source: "pkg/kubelet/status/status_manager.go (checkContainerStateTransition)",
  },
  "R-STATUS-11": {
    text: "A container with a record also shows its resources, allocated amounts and user, and " +
      "every container shows its volume mounts.",
    source: "pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses)",
  },
  "R-STATUS-12": {
    text: "A Pod's status shows the generation that it is computed from, and the resources " +
      "allocated and in force.",
    source: "pkg/kubelet/kubelet_pods.go (convertStatusToAPIStatus); " +
      "pkg/kubelet/status/status_manager.go (SetPodStatus)",
  },
  "R-STATUS-13": {
    text: "A time that is not set is published as null.",
    source: "staging/src/k8s.io/api/core/v1/types.go (ContainerStateTerminated, PodCondition)",
  },

  "R-EXIT-1": {
    text: "An exit code is the program's own, or 128 + n when signal n ended it.",
    source: "pkg/kubelet/kubelet_pods.go (convertContainerStatus); " +
      "containerd internal/cri/server/events.go",
  },
  "R-EXIT-2": {
    text: "Exit code 128 means that the program could not be started; 126 and 127 come from a " +
      "shell in the container.",
    source: "containerd internal/cri/server/helpers.go; " +
      "pkg/kubelet/kubelet_pods.go (convertContainerStatus)",
  },
  "R-EXIT-3": {
    text: "The reason OOMKilled means that the container ran out of memory; exit code 137 " +
      "alone does not.",
    source: "containerd internal/cri/server/events.go",
  },

  "R-COUNT-1": {
    text: "Every new run counts as a restart, whatever its reason.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-COUNT-2": {
    text: "Start attempts that create no run do not count as restarts.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-COUNT-3": {
    text: "Restart counts never fall.",
    source: "pkg/kubelet/kubelet_pods.go (convertContainerStatus)",
  },
  "R-COUNT-4": {
    text: "An init container that runs again in a new sandbox counts this as a restart.",
    source: "pkg/kubelet/kubelet_pods.go (convertContainerStatus)",
  },

  "R-MSG-1": {
    text:
      "The last 4096 bytes of the file at terminationMessagePath are the message of an ended run.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage)",
  },
  "R-MSG-2": {
    text: "FallbackToLogsOnError takes the end of the log where a failed run left no message.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (readLastStringFromContainerLogs)",
  },
  "R-MSG-3": {
    text: "A message of the runtime stands before the program's.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage)",
  },
  "R-MSG-4": {
    text: "The messages of a Pod's containers share 12 KiB.",
    source: "pkg/kubelet/status/status_manager.go (normalizeStatus)",
  },
  "R-MSG-5": {
    text: "When the message file cannot be read, the read error is the message.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage)",
  },

  "R-PROBE-1": {
    text:
      "By default a probe has 1 s to answer, runs every 10 s, and three failures in a row count.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Probe)",
  },
  "R-PROBE-2": {
    text: "Each probe of a main container or sidecar continues over its restarts.",
    source: "pkg/kubelet/prober/prober_manager.go (AddPod); pkg/kubelet/prober/worker.go",
  },
  "R-PROBE-3": {
    text: "Probes run on a fixed grid of periods, so that the first can come up to a period " +
      "after the start.",
    source: "pkg/kubelet/prober/worker.go (run)",
  },
  "R-PROBE-4": {
    text: "No probe runs before initialDelaySeconds are over; liveness and readiness wait for " +
      "the startup probe.",
    source: "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-PROBE-5": {
    text:
      "The initial delay counts from the container's start, not from its startup probe's success.",
    source: "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-PROBE-6": {
    text: "A new run begins not ready, alive, and not started if it has a startup probe.",
    source: "pkg/kubelet/prober/worker.go (newWorker)",
  },
  "R-PROBE-7": {
    text: "A result counts when it has come failureThreshold or successThreshold times in a row.",
    source: "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-PROBE-8": {
    text: "After a liveness failure or a startup verdict a probe pauses until the next run.",
    source: "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-PROBE-9": {
    text: "A probe that returns an error is retried up to three times, and then changes no count.",
    source:
      "pkg/kubelet/prober/prober.go (runProbeWithRetries); pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-PROBE-10": {
    text: "Exec probes need exit code 0, httpGet a status from 200 to 399, tcpSocket a " +
      "connection, grpc the answer SERVING; an httpGet answer whose body cannot be read is an error.",
    source: "pkg/probe/exec/exec.go; pkg/probe/http/http.go; pkg/probe/tcp/tcp.go; " +
      "pkg/probe/grpc/grpc.go",
  },
  "R-PROBE-11": {
    text: "httpGet probes follow redirects within the host and verify no certificate.",
    source: "pkg/probe/http/http.go",
  },
  "R-PROBE-12": {
    text: "A probe may name one of the container's own ports.",
    source: "pkg/probe/util.go",
  },
  "R-PROBE-13": {
    text: "In commands of exec probes only variables with literal values are replaced.",
    source: "pkg/kubelet/container/helpers.go (ExpandContainerCommandOnlyStatic)",
  },
  "R-PROBE-14": {
    text: "A grpc probe asks the standard health service of the Pod.",
    source: "pkg/probe/grpc/grpc.go",
  },
  "R-PROBE-15": {
    text: "When a liveness or startup probe fails, its container is killed; a readiness probe " +
      "only takes it out of service.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-PROBE-16": {
    text: "A container that has started and is not ready is probed for readiness at once.",
    source:
      "pkg/kubelet/prober/prober_manager.go (UpdatePodStatus); pkg/kubelet/prober/worker.go (run)",
  },
  "R-PROBE-17": {
    text: "A probe's own terminationGracePeriodSeconds is the grace of the kill that it causes.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (setTerminationGracePeriod)",
  },
  "R-PROBE-18": {
    text: "While a Pod is ending, only readiness probes continue.",
    source: "pkg/kubelet/prober/prober_manager.go (StopLivenessAndStartup); " +
      "pkg/kubelet/kubelet.go (SyncTerminatingPod)",
  },

  "R-TERM-1": {
    text: "All running containers of an ending Pod are stopped at the same time.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult)",
  },
  "R-TERM-2": {
    text: "The grace is that of the deletion, or of the probe that failed, or else the Pod's.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (setTerminationGracePeriod); " +
      "pkg/kubelet/pod_workers.go (calculateEffectiveGracePeriod)",
  },
  "R-TERM-3": {
    text: "A stop is the preStop hook, then the stop signal, and SIGKILL when the grace period " +
      "is over.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-TERM-4": {
    text: "Main containers are stopped first, then sidecars from the last to the first.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go",
  },
  "R-TERM-5": {
    text: "Between the stop signal and SIGKILL are always at least 2 s.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (minimumGracePeriodInSeconds)",
  },
  "R-TERM-6": {
    text: "preStop hooks of sidecars run at once; only their stop signals wait for their turn.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-TERM-7": {
    text: "When the main containers use up the grace, all sidecars get their signal together.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go",
  },
  "R-TERM-8": {
    text: "The stop signal is sent once.",
    source: "containerd internal/cri/server/container_stop.go",
  },
  "R-TERM-9": {
    text: "Everything has ended at the latest some 2 s after the grace period.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-TERM-10": {
    text: "The Event of a kill gives its cause, or only that the container is stopped.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-TERM-11": {
    text: "A shorter grace that is requested while containers are being stopped takes effect; " +
      "the kubelet uses it only for its next attempt.",
    source: "pkg/kubelet/pod_workers.go (UpdatePod)",
  },
};
