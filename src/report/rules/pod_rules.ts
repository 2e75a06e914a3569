/** Rules of a Pod's phase, end, environment, volumes and Events, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const podRules: Rules = {
  "R-PHASE-1": {
    text: "A Pod's phase follows from its spec and its containers' states alone.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-2": {
    text: "For the phase a container counts as restartable by its rules and policies, whether " +
      "or not the Pod is being deleted.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-3": {
    text: "Sidecars do not decide between Succeeded and Failed.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-4": {
    text: "Failed when an init container has failed for good; Pending while something has yet " +
      "to start; Running while a container runs or will be started again; otherwise " +
      "Succeeded if all main containers ended with 0, and Failed if not.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-5": {
    text: "One failed main container is enough for Failed, in any order, and a Pod in a crash " +
      "loop is Running.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-6": {
    text: "Under OnFailure alone a Pod fails only from outside: deletion, deadline, eviction.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },
  "R-PHASE-7": {
    text: "A deadline or an eviction makes a Pod Failed with a reason of its own.",
    source: "pkg/kubelet/kubelet_pods.go (generateAPIPodStatus)",
  },
  "R-PHASE-8": {
    text: "A deleted Pod is Succeeded if all main containers answered the stop with exit code " +
      "0, and Failed otherwise.",
    source: "pkg/kubelet/kubelet_pods.go (getPhase)",
  },

  "R-COND-1": {
    text: "A condition's transition time moves only when its status changes.",
    source: "pkg/kubelet/kubelet_pods.go (generateAPIPodStatus); " +
      "pkg/kubelet/status/status_manager.go (mergePodStatus)",
  },
  "R-COND-2": {
    text: "A Pod is ready to start containers while it has a sandbox that it can continue with.",
    source: "pkg/kubelet/status/generate.go (GeneratePodReadyToStartContainersCondition); " +
      "pkg/kubelet/kubelet.go (OnPodSandboxReady)",
  },
  "R-COND-3": {
    text:
      "A Pod is initialized when its init containers have succeeded and its sidecars have started.",
    source: "pkg/kubelet/status/generate.go (GeneratePodInitializedCondition)",
  },
  "R-COND-4": {
    text: "Containers are ready when every sidecar and main container is; those of an ended " +
      "Pod never are.",
    source: "pkg/kubelet/status/generate.go (GenerateContainersReadyCondition)",
  },
  "R-COND-5": {
    text: "A Pod is ready when its containers are and all its readiness gates are True.",
    source: "pkg/kubelet/status/generate.go (GeneratePodReadyCondition)",
  },
  "R-COND-6": {
    text: "A change of readiness is published at once.",
    source: "pkg/kubelet/status/status_manager.go (SetContainerReadiness)",
  },
  "R-COND-7": {
    text: "DisruptionTarget marks a Pod that something outside ends: neither a deletion nor " +
      "its own limits set it.",
    source: "pkg/kubelet/eviction/eviction_manager.go; " +
      "pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go; " +
      "pkg/kubelet/preemption/preemption.go; " +
      "pkg/kubelet/status/status_manager.go (mergePodStatus)",
  },
  "R-COND-8": {
    text: "A Pod with scheduling gates waits, bound to no node, until the last gate is removed.",
    source: "pkg/registry/core/pod/strategy.go (applySchedulingGatedCondition)",
  },

  "R-DELETE-1": {
    text: "A deletion takes the Pod's own grace period unless the request names another.",
    source: "pkg/registry/core/pod/strategy.go (CheckGracefulDelete)",
  },
  "R-DELETE-2": {
    text: "A Pod stays until its node has finished with it; a grace of 0 removes the object at " +
      "once, and its containers get the grace that the Pod last had.",
    source: "staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go (BeforeDelete); " +
      "pkg/kubelet/pod_workers.go (UpdatePod)",
  },
  "R-DELETE-3": {
    text: "Another deletion can shorten the grace, never lengthen it.",
    source: "staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go (BeforeDelete)",
  },
  "R-DELETE-4": {
    text: "Terminating is how a Pod is displayed while it is being deleted, not a phase.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-DELETE-5": {
    text: "A deleted Pod is removed when its phase is final and its containers, volumes and " +
      "cgroups are gone.",
    source: "pkg/kubelet/status/status_manager.go (canBeDeleted)",
  },

  "R-DEADLINE-1": {
    text: "A Pod that is active for longer than activeDeadlineSeconds is Failed: DeadlineExceeded.",
    source: "pkg/kubelet/active_deadline.go; pkg/kubelet/kubelet_pods.go (generateAPIPodStatus)",
  },
  "R-DEADLINE-2": {
    text:
      "The deadline counts from when the node first saw the Pod, so that init containers count.",
    source: "pkg/kubelet/active_deadline.go",
  },
  "R-DEADLINE-3": {
    text: "At its deadline a Pod is ended gracefully, and stays Failed whatever the exit codes.",
    source: "pkg/kubelet/active_deadline.go; pkg/kubelet/kubelet.go (SyncTerminatingPod)",
  },
  "R-DEADLINE-4": {
    text: "kubectl may show how a container ended in place of DeadlineExceeded.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },

  "R-ENV-1": {
    text: "Variables come from envFrom in order, then from env, where a later one of a name " +
      "replaces an earlier one.",
    source: "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)",
  },
  "R-ENV-2": {
    text: "`$(NAME)` in a value stands for a variable that is defined before it.",
    source: "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)",
  },
  "R-ENV-3": {
    text: "`$$` is a `$`, and a reference to an undefined variable stays as it is.",
    source: "third_party/forked/golang/expansion/expand.go (Expand)",
  },
  "R-ENV-4": {
    text: "A ConfigMap, Secret or key that is missing keeps the container waiting unless it is " +
      "optional.",
    source: "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)",
  },
  "R-ENV-5": {
    text: "fieldRef reads the Pod's own metadata, node and addresses.",
    source: "pkg/apis/core/validation/validation.go (validateEnvVarValueFrom); " +
      "pkg/fieldpath/fieldpath.go",
  },
  "R-ENV-6": {
    text:
      "resourceFieldRef gives a limit or request; a limit that is not set is what the node has.",
    source: "pkg/api/v1/resource/helpers.go; pkg/kubelet/kubelet_resources.go",
  },
  "R-ENV-7": {
    text: "fileKeyRef reads a variable from a file of an emptyDir that some container mounts, at " +
      "every start.",
    source:
      "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables); pkg/kubelet/util/env/env_util.go",
  },
  "R-ENV-8": {
    text: "subPathExpr needs a value for every variable that it names.",
    source: "pkg/kubelet/container/helpers.go (ExpandContainerVolumeMounts)",
  },
  "R-ENV-9": {
    text: "Variables are replaced in command, args, values, subPathExpr and exec probes, and " +
      "nowhere else.",
    source:
      "pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables); pkg/kubelet/container/helpers.go",
  },
  "R-ENV-10": {
    text:
      "A line of an env file is NAME='text', a comment or blank; the first that defines a key wins.",
    source: "pkg/kubelet/util/env/env_util.go (ParseEnv)",
  },

  "R-VOL-1": {
    text: "A volume belongs to the Pod, and is mounted again for every run of a container.",
    source: "pkg/volume/util/util.go (GetPodVolumeNames)",
  },
  "R-VOL-2": {
    text:
      "An emptyDir begins empty, is shared by the Pod's containers, and outlives their restarts.",
    source: "pkg/volume/emptydir/empty_dir.go",
  },
  "R-VOL-3": {
    text: "hostPath.type names what has to be at the path, or what is created there.",
    source: "pkg/volume/hostpath/host_path.go",
  },
  "R-VOL-4": {
    text: "Files of ConfigMaps, Secrets and the downward API are read-only and change all at once.",
    source: "pkg/volume/configmap/configmap.go; pkg/volume/secret/secret.go; " +
      "pkg/volume/downwardapi/downwardapi.go; pkg/volume/projected/projected.go",
  },
  "R-VOL-5": {
    text: "subPath stays within its volume.",
    source: "pkg/kubelet/kubelet_pods.go (makeMounts)",
  },
  "R-VOL-6": {
    text: "fsGroup owns the files of volumes that the Pod owns; a hostPath is never changed.",
    source: "pkg/volume/volume_linux.go (SetVolumeOwnership)",
  },
  "R-VOL-7": {
    text: "An emptyDir on an unknown storage medium is never mounted, and its Pod does not start.",
    source: "pkg/volume/emptydir/empty_dir.go",
  },
  "R-VOL-8": {
    text: "An emptyDir, a Pod or a main over its limit of disk evicts the Pod.",
    source: "pkg/kubelet/eviction/eviction_manager.go (localStorageEviction)",
  },
  "R-VOL-10": {
    text:
      "A claim that is deleted stays while a Pod that has a node refers to it, ended or not; a " +
      "new Pod waits until it is gone. Its volume goes with it, if that was made for it.",
    source: "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; " +
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming",
  },
  "R-VOL-11": {
    text: "A volume is there for the containers that mount it, and for no other container.",
    source: "pkg/kubelet/kubelet_pods.go (makeMounts)",
  },

  "R-HOST-1": {
    text: "A Pod's host name is its hostname, or else its name.",
    source: "pkg/kubelet/kubelet_pods.go (GeneratePodHostNameAndDomain)",
  },
  "R-HOST-2": {
    text: "The hosts file is the Pod's own, written again at each start of a container.",
    source: "pkg/kubelet/kubelet_pods.go (managedHostsFileContent)",
  },
  "R-HOST-3": {
    text: "hostAliases are added to the hosts file.",
    source: "pkg/kubelet/kubelet_pods.go (managedHostsFileContent)",
  },
  "R-HOST-4": {
    text: "On the host's network the hosts file is the node's.",
    source: "pkg/kubelet/kubelet_pods.go (nodeHostsFileContent)",
  },

  "R-ADMIT-1": {
    text: "A Pod that its node refuses is Failed with reason and message before any part of it " +
      "was created; the first refusal counts.",
    source: "pkg/kubelet/kubelet.go (HandlePodAdditions); pkg/kubelet/lifecycle/predicate.go",
  },
  "R-ADMIT-2": {
    text: "Kernel parameters that concern the Pod alone are safe; the node refuses all others.",
    source: "pkg/kubelet/sysctl/safe_sysctls.go",
  },
  "R-ADMIT-3": {
    text: "A node may end other Pods to make room for a critical one.",
    source: "pkg/kubelet/preemption/preemption.go",
  },

  "R-QOS-1": {
    text: "Guaranteed when every container's limits equal its requests, BestEffort when no " +
      "container has any, otherwise Burstable.",
    source: "pkg/apis/core/v1/helper/qos/qos.go (ComputePodQOS)",
  },
  "R-QOS-2": {
    text: "Requests that are not set equal the limits.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Pod)",
  },

  "R-EVENT-1": {
    text: "The Event Scheduled records that a Pod is bound to a node: `Successfully assigned " +
      "NAMESPACE/POD to NODE`.",
    source: "pkg/scheduler/schedule_one.go",
  },
  "R-EVENT-2": {
    text: "A start is recorded as Created (`Container created`) and then Started (`Container " +
      "started`).",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-EVENT-3": {
    text: "A step of a start that fails is recorded as a warning Failed with the text `Error: …`.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)",
  },
  "R-EVENT-4": {
    text: "A kill is recorded as Killing, with its cause or with `Stopping container NAME`.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)",
  },
  "R-EVENT-5": {
    text: "A start that back-off refuses is recorded as a warning BackOff: `Back-off " +
      "restarting failed container NAME in pod …`.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff)",
  },
  "R-EVENT-6": {
    text: "A failed probe is recorded as a warning Unhealthy: `Liveness probe failed: OUTPUT`, " +
      "and likewise for readiness and startup.",
    source: "pkg/kubelet/prober/prober.go (probe)",
  },
  "R-EVENT-7": {
    text: "A probe that ends in an error is recorded as a warning Unhealthy: `Liveness probe " +
      "errored and resulted in unknown state: …`, with `failure` where a body could not be read.",
    source: "pkg/kubelet/prober/prober.go (probe)",
  },
  "R-EVENT-8": {
    text: "A probe that succeeds with a reservation, such as a redirect that is not followed, " +
      "is recorded as a warning ProbeWarning.",
    source: "pkg/kubelet/prober/prober.go (probe)",
  },
  "R-EVENT-9": {
    text: "A failed hook is recorded as a warning FailedPostStartHook or FailedPreStopHook, " +
      "without the hook's output.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer, executePreStopHook)",
  },
  "R-EVENT-10": {
    text: "The replacement of a sandbox is recorded as SandboxChanged: `Pod sandbox changed, " +
      "it will be killed and re-created.`",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-EVENT-11": {
    text: "A sandbox that cannot be created is recorded as a warning FailedCreatePodSandBox.",
    source: "pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)",
  },
  "R-EVENT-12": {
    text:
      "A Pod that cannot be killed is recorded as a warning FailedKillPod: `error killing pod: …`.",
    source: "pkg/kubelet/kubelet.go",
  },
  "R-EVENT-13": {
    text: "A volume that cannot be mounted is recorded as a warning FailedMount: " +
      '`MountVolume.SetUp failed for volume "V" : …`.',
    source: "pkg/volume/util/operationexecutor/operation_generator.go",
  },
  "R-EVENT-14": {
    text:
      "The end of activeDeadlineSeconds is recorded as DeadlineExceeded, which is a Normal Event.",
    source: "pkg/kubelet/active_deadline.go",
  },
  "R-EVENT-15": {
    text: "A status that cannot be determined is recorded as a warning FailedSync.",
    source: "pkg/kubelet/pod_workers.go (podWorkerLoop)",
  },
  "R-EVENT-16": {
    text: "A Pod that its node refuses gets a warning Event with the reason and message of the " +
      "refusal.",
    source: "pkg/kubelet/kubelet.go (rejectPod)",
  },
  "R-EVENT-17": {
    text:
      "An HTTPS hook that is repeated over HTTP is recorded as a warning LifecycleHTTPFallback.",
    source: "pkg/kubelet/lifecycle/handlers.go",
  },
  "R-EVENT-18": {
    text: "An Event about a container names it by field path, such as `spec.containers{web}` " +
      "or `spec.initContainers{setup}`.",
    source: "pkg/kubelet/container/ref.go",
  },
  "R-EVENT-19": {
    text: "Every failed probe that counts is recorded in an Event, below the failure threshold " +
      "too; the output of hooks never is.",
    source: "pkg/kubelet/prober/prober.go (probe)",
  },
  "R-EVENT-20": {
    text: "Equal Events become one with a count, and a burst of Events about one object is cut " +
      "to 25 and then one in five minutes.",
    source: "staging/src/k8s.io/client-go/tools/record/events_cache.go",
  },
  "R-EVENT-21": {
    text: "describe shows the age of an Event, and for repeated ones the count and the time " +
      "since the first: `3s (x4 over 60s)`.",
    source: "staging/src/k8s.io/kubectl/pkg/describe/describe.go (DescribeEvents)",
  },

  "R-PRINT-1": {
    text: "`kubectl get pods` has the columns NAME, READY, STATUS, RESTARTS and AGE, and with " +
      "`-o wide` IP, NODE, NOMINATED NODE and READINESS GATES.",
    source: "pkg/printers/internalversion/printers.go (podColumnDefinitions)",
  },
  "R-PRINT-2": {
    text: "STATUS is first the Pod's phase, or its reason if it has one; a Pod behind a " +
      "scheduling gate is SchedulingGated.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-3": {
    text: "The first unfinished init container sets STATUS, as in `Init:1/2`, `Init:Error` or " +
      "`Init:CrashLoopBackOff`.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-4": {
    text: "Of an initialized Pod the first main container by name that waits or has ended sets " +
      "STATUS to its reason.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-5": {
    text: "A STATUS of Completed becomes Running for a ready Pod, or else the error of another " +
      "container, or NotReady while one still runs.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-6": {
    text: "A Pod that is being deleted is Terminating until its phase is final, and Unknown " +
      "when its node is lost.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-7": {
    text: "READY counts ready main containers and sidecars of all main containers and sidecars.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-8": {
    text: "RESTARTS sums the init containers while the Pod initializes, and afterwards " +
      "sidecars and main containers, with the age of the latest end.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-9": {
    text: "An age has at most two units and gets coarser as it grows: `119s`, `9m59s`, `179m`, " +
      "`7h59m`, `47h`, `7d23h`, `1y364d`, `8y`.",
    source: "staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go (HumanDuration)",
  },
  "R-PRINT-10": {
    text: "STATUS is a display word that combines phase, reasons and conditions: a crash loop, " +
      "for example, alternates between Error and CrashLoopBackOff.",
    source: "pkg/printers/internalversion/printers.go (printPod)",
  },
  "R-PRINT-11": {
    text: "describe shows the grace of a deletion, and state, last state, exit code and times " +
      "of every container.",
    source: "staging/src/k8s.io/kubectl/pkg/describe/describe.go (describePod)",
  },
};
