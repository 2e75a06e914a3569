/**
 * Rules of Services, of where their traffic goes, and of namespaces: `R-SVC-n`, `R-SLICE-n`,
 * `R-NS-n`; pure.
 */
import type { Rules } from "./rule.ts";

/** By id. */
export const networkRules: Rules = {
  "R-SVC-1": {
    text: "A Service without them has type ClusterIP, affinity None, the protocol TCP and the " +
      "target port of its port; with affinity ClientIP a client stays 10800 s.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Service)",
  },
  "R-SVC-2": {
    text: "A Service is named by a DNS label that begins with a letter, and has ports unless it " +
      "is headless or an ExternalName; several ports need names.",
    source: "pkg/apis/core/validation/validation.go (ValidateService)",
  },
  "R-SVC-3": {
    text: "A Service keeps its addresses and node ports when it is replaced; they go when its " +
      "new type has none.",
    source: "pkg/registry/core/service/strategy.go (patchAllocatedValues, " +
      "dropTypeDependentFields); pkg/apis/core/validation/validation.go (ValidateServiceUpdate)",
  },
  "R-SVC-4": {
    text: "A Service has the address and the node ports that it asks for if they are in range " +
      "and no other Service has them, else free ones; the lower part of a range is used last.",
    source: "pkg/registry/core/service/storage/alloc.go (allocateCreate); " +
      "pkg/registry/core/service/ipallocator/bitmap.go (calculateRangeOffset)",
  },
  "R-SLICE-1": {
    text: "A Service has an endpoint for each Pod that its selector selects, that has an address " +
      "and has not ended.",
    source: "staging/src/k8s.io/endpointslice/util/controller_utils.go (ShouldPodBeInEndpoints)",
  },
  "R-SLICE-2": {
    text: "An endpoint is ready, and gets traffic, while its Pod is Ready and is not being " +
      "deleted: never before its init containers have finished.",
    source: "staging/src/k8s.io/endpointslice/utils.go (podToEndpoint)",
  },
  "R-SLICE-3": {
    text: "With `publishNotReadyAddresses` every endpoint of a Service is ready; `serving` still " +
      "says whether its Pod is Ready.",
    source: "staging/src/k8s.io/endpointslice/utils.go (podToEndpoint)",
  },
  "R-SLICE-4": {
    text: "The endpoint of a Pod that is being deleted is terminating, not ready, and serving as " +
      "long as the Pod is Ready; it goes when the Pod has ended.",
    source: "staging/src/k8s.io/endpointslice/utils.go (podToEndpoint)",
  },
  "R-SLICE-5": {
    text: "A target port by name is the number that each Pod gives this name; Pods with other " +
      "numbers are in slices of their own, and a Pod without the name lacks the port.",
    source: "staging/src/k8s.io/endpointslice/utils.go (getEndpointPorts); " +
      "pkg/api/v1/pod/util.go (FindPort)",
  },
  "R-SLICE-6": {
    text: "A slice has at most 100 endpoints and the labels and owner that lead to its Service; " +
      "a Service without endpoints has one empty slice, and slices change as little as may be.",
    source: "staging/src/k8s.io/endpointslice/reconciler.go (reconcileByPortMapping, finalize)",
  },
  "R-SLICE-7": {
    text: "A Service without a selector, or of type ExternalName, gets no slices: those that " +
      "others make for it are left alone.",
    source: "pkg/controller/endpointslice/endpointslice_controller.go (syncService)",
  },
  "R-NS-1": {
    text: "A namespace has its name as the label kubernetes.io/metadata.name, and the finalizer " +
      "kubernetes in its spec.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Namespace); " +
      "pkg/registry/core/namespace/strategy.go (PrepareForCreate)",
  },
  "R-NS-2": {
    text: "A namespace that is deleted is Terminating, and stays until its finalizers are removed.",
    source: "pkg/registry/core/namespace/storage/storage.go (Delete)",
  },
  "R-NS-3": {
    text: "5 s after a namespace is deleted its controller deletes its Pods, and once these are " +
      "gone everything else; it looks again after half of the longest grace period and 1 s, and " +
      "removes the finalizer of a namespace that is empty.",
    source: "pkg/controller/namespace/deletion/namespaced_resources_deleter.go " +
      "(deleteAllContent); pkg/controller/namespace/namespace_controller.go",
  },
  "R-NS-4": {
    text: "Nothing is created in a namespace that is not there or is being deleted, so that " +
      "controllers replace nothing in it; default, kube-system and kube-public are never deleted.",
    source: "staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go " +
      "(Admit)",
  },
};
