/** Rules of what is changed in a Pod that runs, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const changeRules: Rules = {
  "R-EPHEMERAL-1": {
    text: "Ephemeral containers are added through a subresource of their own, to a Pod that is " +
      "there; they can be neither changed nor removed.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodEphemeralContainersUpdate); " +
      "pkg/registry/core/pod/strategy.go (podEphemeralContainersStrategy)",
  },
  "R-EPHEMERAL-2": {
    text: "An ephemeral container has a name of its own among all containers, a target that is " +
      "not ephemeral, and none of ports, probes, hooks, amounts, restart policies and subPaths.",
    source: "pkg/apis/core/validation/validation.go (validateEphemeralContainers)",
  },
  "R-EPHEMERAL-3": {
    text: "An ephemeral container is started once, as soon as there is a sandbox, before init " +
      "containers and beside them; a start that leaves no record is repeated.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)",
  },
  "R-EPHEMERAL-4": {
    text: "An ephemeral container shares the Pod's namespaces and volumes, and with a target " +
      "that container's PID namespace.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer, getTargetID)",
  },
  "R-EPHEMERAL-5": {
    text: "An ephemeral container counts for no phase, condition, amount or class of service, " +
      "is never ready, and keeps no Pod alive.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase, convertToAPIContainerStatuses)",
  },
  "R-EPHEMERAL-6": {
    text: "When its Pod is stopped, an ephemeral container gets its signal at once, and " +
      "sidecars do not wait for it.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go (newTerminationOrdering)",
  },
};
