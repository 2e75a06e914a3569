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

  "R-RESIZE-1": {
    text: "Amounts of CPU and memory change through a subresource of their own, of which nothing " +
      "else is looked at.",
    source: "pkg/registry/core/pod/strategy.go (podResizeStrategy)",
  },
  "R-RESIZE-2": {
    text: "A resize keeps the class of service, takes no amount away, and changes nothing but " +
      "CPU and memory of the containers that there are.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodResize)",
  },
  "R-RESIZE-3": {
    text: "The node keeps what it has allocated to a Pod and goes by that; other amounts are " +
      "allocated when there is room for them.",
    source: "pkg/kubelet/allocation/allocation_manager.go",
  },
  "R-RESIZE-4": {
    text: "More than the node has is forbidden; what does not fit at the moment is Deferred, " +
      "and the old amounts stay in force.",
    source: "plugin/pkg/admission/podresize/admission.go; " +
      "pkg/kubelet/allocation/allocation_manager.go (canResizePod)",
  },
  "R-RESIZE-5": {
    text: "A deferred resize is looked at again when another Pod leaves room, and every three " +
      "minutes; more important Pods come first.",
    source: "pkg/kubelet/allocation/allocation_manager.go (retryPendingResizes)",
  },
  "R-RESIZE-6": {
    text: "Memory changes before CPU, the Pod's limits around those of its containers: what " +
      "grows from the outside in, what shrinks from the inside out.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doPodResizeAction)",
  },
  "R-RESIZE-7": {
    text: "A container is restarted for a resize only if its resizePolicy for a resource that " +
      "changes is RestartContainer.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodResizeAction)",
  },
  "R-RESIZE-8": {
    text: "Memory that is in use is not taken away; what fails is shown and repeated.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (validatePodResizeAction)",
  },
  "R-RESIZE-9": {
    text: "A resize is over when all that runs has what is allocated; until then the status " +
      "has both, and a condition.",
    source: "pkg/kubelet/kubelet.go (SyncPod); pkg/kubelet/status/status_manager.go",
  },
  "R-RESIZE-10": {
    text: "Each step of a resize is an Event with the amounts as JSON.",
    source: "pkg/kubelet/events/resize.go",
  },
};
