/** Rules of what an API server refuses, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const validationRules: Rules = {
  "R-VALID-1": {
    text: "All errors of an object are collected in a fixed order: metadata first, then the " +
      "fields of the spec.",
    source: "pkg/apis/core/validation/validation.go (validatePodMetadataAndSpec, ValidatePodSpec)",
  },
  "R-VALID-2": {
    text:
      "An error reads `PATH: KIND: VALUE: DETAIL`; Required, Forbidden and the like show no value.",
    source: "staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go (ErrorBody)",
  },
  "R-VALID-3": {
    text: 'kubectl prints one error on the line `The Pod "NAME" is invalid:`, and several as a ' +
      "list below it.",
    source: "staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go",
  },
  "R-VALID-4": {
    text: "A field that is unknown or given twice is a strict decoding error: `unknown field " +
      '"spec.containers[0].foo"`.',
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
  },
  "R-VALID-5": {
    text: "The path of an error has indexes of lists and keys of maps in brackets: " +
      "`spec.containers[0].resources.limits[cpu]`.",
    source: "staging/src/k8s.io/apimachinery/pkg/util/validation/field/path.go",
  },
  "R-VALID-6": {
    text: "A Pod has a name.",
    source:
      "staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessor)",
  },
  "R-VALID-7": {
    text: "A Pod's name is a DNS subdomain of at most 253 characters.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodName)",
  },
  "R-VALID-8": {
    text: "A namespace is a DNS label of at most 63 characters.",
    source:
      "staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessor)",
  },
  "R-VALID-9": {
    text: "Label values have at most 63 characters and begin and end with a letter or digit.",
    source:
      "staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go (ValidateLabels); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsValidLabelValue)",
  },
  "R-VALID-10": {
    text: "A Pod has at least one main container.",
    source: "pkg/apis/core/validation/validation.go (validateContainers)",
  },
  "R-VALID-11": {
    text: "Every container has a name.",
    source: "pkg/apis/core/validation/validation.go (validateContainerCommon)",
  },
  "R-VALID-12": {
    text: "A container's name is a DNS label: at most 63 lower-case letters, digits and hyphens.",
    source: "pkg/apis/core/validation/validation.go (validateContainerCommon); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsDNS1123Label)",
  },
  "R-VALID-13": {
    text: "Names of containers are unique over main and init containers.",
    source: "pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers)",
  },
  "R-VALID-14": {
    text: "A container's image has no blanks around it; Kubernetes also requires an image.",
    source: "pkg/apis/core/validation/validation.go (validateContainerCommon)",
  },
  "R-VALID-15": {
    text: "A Pod's restartPolicy is Always, OnFailure or Never.",
    source: "pkg/apis/core/validation/validation.go (validateRestartPolicy)",
  },
  "R-VALID-16": {
    text: "A container's own restartPolicy is Always, Never or OnFailure.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-VALID-17": {
    text: "A container with restartPolicyRules has a restartPolicy of its own.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-VALID-18": {
    text: "A container has at most 20 restart rules, with at most 255 exit codes each.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-VALID-19": {
    text: "The action of a restart rule is Restart or RestartAllContainers.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-VALID-20": {
    text: "A restart rule has exit codes with the operator In or NotIn.",
    source: "pkg/apis/core/validation/validation.go (validateContainerRestartPolicy)",
  },
  "R-VALID-21": {
    text: "A regular init container has neither hooks nor probes.",
    source: "pkg/apis/core/validation/validation.go (validateInitContainers)",
  },
  "R-VALID-22": {
    text: "terminationMessagePolicy is File or FallbackToLogsOnError.",
    source: "pkg/apis/core/validation/validation.go (validateContainerCommon)",
  },
  "R-VALID-23": {
    text: "imagePullPolicy is Always, IfNotPresent or Never.",
    source: "pkg/apis/core/validation/validation.go (validatePullPolicy)",
  },
  "R-VALID-24": {
    text: "activeDeadlineSeconds is a number from 1 to 2147483647.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodSpec)",
  },
  "R-VALID-25": {
    text: "hostname and subdomain are DNS labels.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodSpec); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsDNS1123Label)",
  },
  "R-VALID-26": {
    text: "hostnameOverride is a DNS subdomain of at most 64 characters, and excludes " +
      "setHostnameAsFQDN and hostNetwork.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodSpec)",
  },
  "R-VALID-27": {
    text: "The host names of hostAliases are DNS subdomains.",
    source: "pkg/apis/core/validation/validation.go (ValidateHostAliases)",
  },
  "R-VALID-28": {
    text: "dnsPolicy is ClusterFirstWithHostNet, ClusterFirst, Default or None.",
    source: "pkg/apis/core/validation/validation.go (validateDNSPolicy)",
  },
  "R-VALID-29": {
    text: "A new Pod has no ephemeral containers.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodCreate)",
  },
  "R-VALID-30": {
    text: "An update changes only images, activeDeadlineSeconds to a smaller value, and added " +
      "tolerations.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodUpdate)",
  },
  "R-VALID-31": {
    text: "containerPort is a number from 1 to 65535.",
    source: "pkg/apis/core/validation/validation.go (validateContainerPorts); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsValidPortNum)",
  },
  "R-VALID-32": {
    text: "The protocol of a port is SCTP, TCP or UDP.",
    source: "pkg/apis/core/validation/validation.go (validateContainerPorts)",
  },
  "R-VALID-33": {
    text: "The name of a port has at most 15 lower-case letters, digits and single hyphens, at " +
      "least one letter, and is unique in its container.",
    source:
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsValidPortName); " +
      "pkg/apis/core/validation/validation.go (validateContainerPorts)",
  },
  "R-VALID-34": {
    text: "No two main containers use the same host port with the same protocol and address.",
    source: "pkg/apis/core/validation/validation.go (checkHostPortConflicts)",
  },
  "R-VALID-35": {
    text: "With hostNetwork a hostPort equals its containerPort.",
    source: "pkg/apis/core/validation/validation.go (validateHostNetwork)",
  },
  "R-VALID-36": {
    text:
      "The name of a variable consists of printable ASCII characters other than the equals sign.",
    source: "pkg/apis/core/validation/validation.go (ValidateEnv); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsRelaxedEnvVarName)",
  },
  "R-VALID-37": {
    text: "valueFrom has exactly one source, and excludes a value.",
    source: "pkg/apis/core/validation/validation.go (validateEnvVarValueFrom)",
  },
  "R-VALID-38": {
    text: "The path of a fieldRef names a field of a Pod that a variable or volume may show.",
    source: "pkg/apis/core/validation/validation.go (validateObjectFieldSelector)",
  },
  "R-VALID-39": {
    text: "A reference to a ConfigMap or Secret has a key of letters, digits, hyphens, " +
      "underscores and dots.",
    source: "pkg/apis/core/validation/validation.go (validateConfigMapKeySelector); " +
      "staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsConfigMapKey)",
  },
  "R-VALID-40": {
    text: "Each entry of envFrom has exactly one of configMapRef and secretRef.",
    source: "pkg/apis/core/validation/validation.go (ValidateEnvFrom)",
  },
  "R-VALID-41": {
    text: "A volume's name is a DNS label that is unique in the Pod.",
    source: "pkg/apis/core/validation/validation.go (ValidateVolumes)",
  },
  "R-VALID-42": {
    text: "A volume has at most one source.",
    source: "pkg/apis/core/validation/validation.go (validateVolumeSource)",
  },
  "R-VALID-43": {
    text: "A hostPath has a path without `..`, and a type that Kubernetes knows.",
    source: "pkg/apis/core/validation/validation.go (validateHostPathVolumeSource)",
  },
  "R-VALID-44": {
    text: "A volume mount names a volume of the Pod.",
    source: "pkg/apis/core/validation/validation.go (ValidateVolumeMounts)",
  },
  "R-VALID-45": {
    text: "A volume mount has a mountPath that is unique in its container.",
    source: "pkg/apis/core/validation/validation.go (ValidateVolumeMounts)",
  },
  "R-VALID-46": {
    text: "subPath and subPathExpr are relative paths without `..`, and exclude each other.",
    source: "pkg/apis/core/validation/validation.go (validateLocalDescendingPath)",
  },
  "R-VALID-47": {
    text: "Amounts of resources are not negative, and a request is at most its limit.",
    source: "pkg/apis/core/validation/validation.go (ValidateContainerResourceRequirements)",
  },
  "R-VALID-48": {
    text: "A probe or hook has exactly one handler.",
    source: "pkg/apis/core/validation/validation.go (validateHandler)",
  },
  "R-VALID-49": {
    text: "An exec probe or hook has a command.",
    source: "pkg/apis/core/validation/validation.go (validateExecAction)",
  },
  "R-VALID-50": {
    text: "An httpGet has a valid port, the scheme HTTP or HTTPS, and valid header names.",
    source: "pkg/apis/core/validation/validation.go (validateHTTPGetAction)",
  },
  "R-VALID-51": {
    text: "The numbers of a probe are not negative.",
    source: "pkg/apis/core/validation/validation.go (validateProbe)",
  },
  "R-VALID-52": {
    text: "The successThreshold of liveness and startup probes is 1.",
    source: "pkg/apis/core/validation/validation.go (validateLivenessProbe, validateStartupProbe)",
  },
  "R-VALID-53": {
    text: "A probe's terminationGracePeriodSeconds is positive, and a readiness probe has none.",
    source:
      "pkg/apis/core/validation/validation.go (validateLivenessProbe, validateReadinessProbe)",
  },
  "R-VALID-54": {
    text: "A sleep hook takes no longer than terminationGracePeriodSeconds.",
    source: "pkg/apis/core/validation/validation.go (validateSleepAction)",
  },
  "R-VALID-55": {
    text: "A stopSignal is a known signal, and needs `spec.os.name`.",
    source: "pkg/apis/core/validation/validation.go",
  },
  "R-VALID-56": {
    text: "`spec.os.name` is linux or windows.",
    source: "pkg/apis/core/validation/validation.go (validateOS)",
  },
  "R-VALID-57": {
    text: "The conditionType of a readiness gate is a qualified name.",
    source: "pkg/apis/core/validation/validation.go (validateReadinessGates)",
  },
  "R-VALID-58": {
    text: "A resourceFieldRef names a resource that it can show, with a divisor that fits it.",
    source: "pkg/apis/core/validation/validation.go (validateContainerResourceFieldSelector)",
  },
  "R-VALID-59": {
    text: "Volumes of ConfigMaps, Secrets and projected sources have a name, and items with a " +
      "key and a relative path without `..`.",
    source:
      "pkg/apis/core/validation/validation.go (validateConfigMapVolumeSource, validateSecretVolumeSource)",
  },
  "R-VALID-60": {
    text: "File modes are numbers from 0 to 0777 (octal).",
    source:
      "pkg/apis/core/validation/validation.go (validateConfigMapVolumeSource, validateKeyToPath)",
  },
  "R-VALID-61": {
    text: "An item of a downward API volume has a fieldRef or a resourceFieldRef.",
    source: "pkg/apis/core/validation/validation.go (validateDownwardAPIVolumeFile)",
  },
  "R-VALID-62": {
    text: "shareProcessNamespace excludes hostPID, and hostUsers: false excludes the host's " +
      "network, processes, IPC and devices.",
    source: "pkg/apis/core/validation/validation.go (validateHostUsers)",
  },
  "R-VALID-63": {
    text: "User and group ids are numbers from 0 to 2147483647, and the fields of a security " +
      "context do not contradict each other.",
    source: "pkg/apis/core/validation/validation.go (ValidateSecurityContext)",
  },
  "R-VALID-64": {
    text: "A fileKeyRef has a key, a path without `..`, and names an emptyDir of the Pod.",
    source: "pkg/apis/core/validation/validation.go (validateEnvVarValueFrom)",
  },
  "R-VALID-65": {
    text:
      "Keys of ConfigMaps and Secrets consist of letters, digits, hyphens, underscores and dots.",
    source: "pkg/apis/core/validation/validation.go (ValidateConfigMap, ValidateSecret)",
  },
  "R-VALID-66": {
    text: "Required node affinity has terms, each expression the values that its operator takes.",
    source: "pkg/apis/core/validation/validation.go (ValidateNodeSelectorTerm)",
  },
  "R-VALID-67": {
    text: "Preferred node affinity has weights from 1 to 100; the values of its labels are not " +
      "checked.",
    source: "pkg/apis/core/validation/validation.go (ValidatePreferredSchedulingTerms)",
  },
  "R-VALID-68": {
    text: "Pod affinity selects by labels and namespaces, within a topology that has a key.",
    source: "pkg/apis/core/validation/validation.go (validatePodAffinityTerm)",
  },
  "R-VALID-69": {
    text: "A topology spread constraint has a positive maxSkew, a topologyKey and a known " +
      "whenUnsatisfiable.",
    source: "pkg/apis/core/validation/validation.go (validateTopologySpreadConstraints)",
  },
  "R-VALID-70": {
    text: "matchLabelKeys need a selector that does not name them already.",
    source: "pkg/apis/core/validation/validation.go (validateMatchLabelKeysAndMismatchLabelKeys)",
  },
  "R-VALID-71": {
    text: "Scheduling gates are qualified and different, and exclude a nodeName; an update " +
      "only removes them.",
    source: "pkg/apis/core/validation/validation.go (validateSchedulingGates)",
  },
  "R-VALID-72": {
    text: "Overhead is checked as a container's limits are.",
    source: "pkg/apis/core/validation/validation.go (validateOverhead)",
  },
  "R-VALID-73": {
    text: "A Linux Pod has no fields of Windows, and a Windows Pod none of Linux.",
    source: "pkg/apis/core/validation/validation.go (validateLinux, validateWindows)",
  },
  "R-VALID-74": {
    text: "Annotations that Kubernetes reads have their form, and agree with the fields that " +
      "replaced them.",
    source: "pkg/apis/core/validation/validation.go (ValidatePodSpecificAnnotations)",
  },
  "R-VALID-75": {
    text: "Addresses have no leading zeros and are not IPv4 within IPv6.",
    source: "staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go",
  },
  "R-VALID-76": {
    text:
      "dnsConfig has up to 3 name servers and 32 search domains; dnsPolicy None needs one server.",
    source: "pkg/apis/core/validation/validation.go (validatePodDNSConfig)",
  },
  "R-VALID-77": {
    text: "An amount of `spec.resources` is at least what the containers ask for together; " +
      "resources that it does not name are not compared.",
    source: "pkg/apis/core/validation/validation.go (validatePodResources)",
  },
  "R-VALID-78": {
    text: "A resize policy names CPU or memory once, and does not restart containers that " +
      "never restart.",
    source: "pkg/apis/core/validation/validation.go (validateResizePolicy)",
  },
  "R-VALID-79": {
    text: "A toleration has the key, value and effect that its operator takes.",
    source: "pkg/apis/core/validation/validation.go (ValidateTolerations)",
  },
  "R-VALID-80": {
    text: "Sources of volumes have the fields that their kind requires, whether or not a node " +
      "can mount them.",
    source: "pkg/apis/core/validation/validation.go (validateVolumeSource)",
  },
  "R-VALID-81": {
    text: "The names of RuntimeClass and PriorityClass are checked; only a cluster knows " +
      "whether there are such classes.",
    source:
      "plugin/pkg/admission/runtimeclass/admission.go; plugin/pkg/admission/priority/admission.go",
  },
  "R-VALID-82": {
    text: "The template of a Deployment, ReplicaSet, StatefulSet or DaemonSet has restartPolicy " +
      "Always and no activeDeadlineSeconds.",
    source: "pkg/apis/apps/validation/validation.go (ValidatePodTemplateSpecForReplicaSet, " +
      "ValidatePodTemplateSpecForStatefulSet, ValidateDaemonSetSpec)",
  },
};
