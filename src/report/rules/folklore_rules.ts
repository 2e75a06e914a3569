/** Rules that are often stated otherwise, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const folkloreRules: Rules = {
  "R-FOLK-1": {
    text: "Any main container that failed decides about the Pod, not the one that ended last.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-FOLK-2": {
    text: "The first restart is immediate; ten seconds come before the second.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)",
  },
  "R-FOLK-3": {
    text: "Successes under Always back off as failures do.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)",
  },
  "R-FOLK-4": {
    text: "Back-off is reset after a run of ten minutes, whatever the longest delay.",
    source: "pkg/kubelet/kubelet.go (newCrashLoopBackOff); " +
      "staging/src/k8s.io/client-go/util/flowcontrol/backoff.go",
  },
  "R-FOLK-5": {
    text: "A crash loop leaves a Pod Running, and Pending when an init container is in it.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-FOLK-6": {
    text: "A Pod can return from Running to Pending, when its sandbox is replaced.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-FOLK-7": {
    text: "A Pod is not Initialized before its init containers have succeeded.",
    source: "pkg/kubelet/status/generate.go (GeneratePodInitializedCondition)",
  },
  "R-FOLK-8": {
    text: "A changed image restarts its own container at most, never the Pod.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions); " +
      "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-FOLK-9": {
    text: "Regular init containers have no probes.",
    source: "pkg/apis/core/validation/validation.go (validateInitContainers)",
  },
  "R-FOLK-10": {
    text: "A sidecar may have restart rules, though only RestartAllContainers changes anything.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-FOLK-11": {
    text: "Sidecars' preStop hooks begin at once; only their stop signals wait.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer); " +
      "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go",
  },
  "R-FOLK-12": {
    text: "A deletion with a grace of 0 does not kill at once: the containers get the Pod's " +
      "own grace, and at least 2 s.",
    source: "staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go (BeforeDelete); " +
      "pkg/kubelet/kuberuntime/kuberuntime_manager.go (minimumGracePeriodInSeconds)",
  },
  "R-FOLK-13": {
    text: "A hook ignores the status code of an HTTP answer; a probe does not.",
    source: "pkg/kubelet/lifecycle/handlers.go (Run); pkg/probe/http/http.go",
  },
  "R-FOLK-14": {
    text:
      "A probe with a wrong port name never fails: it ends in an error, which changes no count.",
    source:
      "pkg/kubelet/prober/prober.go (runProbeWithRetries); pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-FOLK-15": {
    text: "A liveness failure restarts its container, not the Pod.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-FOLK-16": {
    text: "initialDelaySeconds counts from the container's start.",
    source: "pkg/kubelet/prober/worker.go (doProbe)",
  },
  "R-FOLK-17": {
    text: "Main containers start one after another.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-FOLK-18": {
    text: "Exit code 137 means SIGKILL; only the reason OOMKilled means that memory ran out.",
    source: "containerd internal/cri/server/events.go",
  },
  "R-FOLK-19": {
    text: "For init containers Always works as OnFailure does.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (computeInitContainerActions)",
  },
  "R-FOLK-20": {
    text: "CrashLoopBackOff, Terminating and Completed are not phases.",
    source: "staging/src/k8s.io/api/core/v1/types.go (PodPhase); " +
      "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-FOLK-21": {
    text: "A deleted Pod ends Succeeded or Failed before it is removed.",
    source: "pkg/kubelet/status/status_manager.go (canBeDeleted)",
  },
  "R-FOLK-22": {
    text: "A main container may have a restart policy of its own.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-FOLK-23": {
    text: "Readiness probes continue while a Pod is being deleted.",
    source: "pkg/kubelet/prober/prober_manager.go (StopLivenessAndStartup)",
  },
  "R-FOLK-24": {
    text: "Exec hooks expand no variables, exec probes only literal ones.",
    source: "pkg/kubelet/lifecycle/handlers.go (Run); " +
      "pkg/kubelet/container/helpers.go (ExpandContainerCommandOnlyStatic)",
  },
  "R-FOLK-25": {
    text: "Names of variables may contain any printable ASCII character except the equals sign.",
    source:
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsRelaxedEnvVarName)",
  },
  "R-FOLK-26": {
    text: "An optional fileKeyRef forgives a key that is missing, never a file that is.",
    source: "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)",
  },
  "R-FOLK-28": {
    text: "An unknown medium of an emptyDir does not fall back to disk: the Pod never starts.",
    source: "pkg/volume/emptydir/empty_dir.go",
  },
};
