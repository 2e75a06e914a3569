/** Rules of what an API server fills in and warns about, with their sources; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const defaultRules: Rules = {
  "R-DEFAULT-1": {
    text: "`spec.restartPolicy` is Always by default.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec)",
  },
  "R-DEFAULT-2": {
    text: "`spec.terminationGracePeriodSeconds` is 30 by default, and a negative value becomes 1.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec); pkg/registry/core/pod/strategy.go",
  },
  "R-DEFAULT-3": {
    text: "`dnsPolicy` is ClusterFirst, `schedulerName` default-scheduler, " +
      "`enableServiceLinks` true and `securityContext` an empty object by default.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec)",
  },
  "R-DEFAULT-4": {
    text: "An object without `metadata.namespace` belongs to the namespace `default`; the " +
      "client fills this in.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  },
  "R-DEFAULT-5": {
    text: "`imagePullPolicy` is Always for an image without a tag or with the tag `latest`, " +
      "and IfNotPresent for any other.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Container)",
  },
  "R-DEFAULT-6": {
    text: "`terminationMessagePath` is /dev/termination-log and `terminationMessagePolicy` " +
      "File by default.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Container)",
  },
  "R-DEFAULT-7": {
    text: "The `protocol` of a container's port is TCP by default.",
    source: "staging/src/k8s.io/api/core/v1/types.go (ContainerPort)",
  },
  "R-DEFAULT-8": {
    text: "With `hostNetwork` the `hostPort` of a port is its `containerPort` by default.",
    source: "pkg/apis/core/v1/defaults.go (defaultHostNetworkPorts)",
  },
  "R-DEFAULT-9": {
    text: "A container's request for a resource is its limit when only the limit is set.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Pod)",
  },
  "R-DEFAULT-10": {
    text: "A probe's unset fields are filled in: 1 s timeout, 10 s period, one success, three " +
      "failures, and an empty `service` for grpc.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Probe)",
  },
  "R-DEFAULT-11": {
    text: "An httpGet of a probe or hook has path `/` and scheme HTTP by default.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_HTTPGetAction)",
  },
  "R-DEFAULT-12": {
    text: "A volume without a source is an emptyDir.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Volume)",
  },
  "R-DEFAULT-13": {
    text: "Files of ConfigMaps, Secrets, the downward API and projected volumes have mode 0644 " +
      "by default.",
    source:
      "pkg/apis/core/v1/defaults.go (SetDefaults_ConfigMapVolumeSource, SetDefaults_SecretVolumeSource)",
  },
  "R-DEFAULT-14": {
    text: "`hostPath.type` is empty by default, which checks and creates nothing.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_HostPathVolumeSource)",
  },
  "R-DEFAULT-15": {
    text: "The `apiVersion` of a fieldRef is v1 by default.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_ObjectFieldSelector)",
  },
  "R-DEFAULT-16": {
    text: "A new Pod has the phase Pending and its QoS class in its status.",
    source: "pkg/registry/core/pod/strategy.go (PrepareForCreate)",
  },
  "R-DEFAULT-17": {
    text: "A container's own `restartPolicy`, its `restartPolicyRules` and " +
      "`activeDeadlineSeconds` stay unset by default.",
    source: "staging/src/k8s.io/api/core/v1/types.go (Container, PodSpec)",
  },
  "R-DEFAULT-18": {
    text: "When `spec.resources` has limits, its unset requests are what the containers " +
      "request together, or else the limits.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Pod)",
  },
  "R-DEFAULT-19": {
    text: "When `spec.resources` has amounts, its unset limits of huge pages are those of the " +
      "containers together.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Pod)",
  },
  "R-DEFAULT-20": {
    text: "The pull policy of an image volume is that of a container's image, and a service " +
      "account token expires after 3600 s by default.",
    source:
      "pkg/apis/core/v1/defaults.go (SetDefaults_Volume, SetDefaults_ServiceAccountTokenProjection)",
  },
  "R-DEFAULT-22": {
    text: "`hostUsers`, `resizePolicy`, `whenUnsatisfiable` and an emptyDir's `medium` are not " +
      "filled in.",
    source: "pkg/apis/core/v1/defaults.go",
  },

  "R-WARN-1": {
    text: "A Pod's name that is not a DNS label gives a warning, because the host name is made " +
      "from it.",
    source: "pkg/registry/core/pod/strategy.go (WarningsOnCreate)",
  },
  "R-WARN-2": {
    text: "Labels of nodes that newer ones have replaced give a warning.",
    source: "pkg/api/pod/warnings.go; pkg/api/node/util.go (GetNodeLabelDeprecatedMessage)",
  },
  "R-WARN-3": {
    text: "A spread constraint or Pod affinity term without a labelSelector gives a warning, " +
      "because it matches no Pod.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-4": {
    text: "Annotations that fields have replaced give a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-5": {
    text: "Kinds of volumes that are deprecated or removed give a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-6": {
    text: "Items of one volume whose paths overlap, and a projected volume without sources, " +
      "give a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-7": {
    text: "A repeated address in hostAliases, and a repeated or empty name in " +
      "imagePullSecrets, give a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-8": {
    text: "An amount of memory or storage that is not a whole number of bytes gives a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-9": {
    text: "A variable that hides an earlier one of the same name gives a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-10": {
    text:
      "Ports that repeat or overlap another port, and a hostIP without a hostPort, give a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-11": {
    text: "A negative terminationGracePeriodSeconds gives a warning.",
    source: "pkg/api/pod/warnings.go",
  },
  "R-WARN-12": {
    text: "An IPv6 address that is not in its canonical form gives a warning.",
    source: "pkg/api/pod/warnings.go; staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go",
  },
};
