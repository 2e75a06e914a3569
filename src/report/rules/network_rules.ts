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
  "R-SVC-5": {
    text: "The API server warns of addresses and affinity of a headless Service, and of an " +
      "externalName of one that is not an ExternalName: they are ignored.",
    source: "pkg/api/service/warnings.go (GetWarningsForService)",
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
  "R-PROXY-1": {
    text: "A connection to a port of a Service goes to one of its ready endpoints; while none is " +
      "ready, to one that is terminating and serving; with no endpoint it is refused.",
    source: "pkg/proxy/topology.go (CategorizeEndpoints); pkg/proxy/iptables/proxier.go",
  },
  "R-PROXY-2": {
    text:
      "With affinity ClientIP a client keeps its endpoint, while that is used, until its last " +
      "connection is as long ago as timeoutSeconds.",
    source: "pkg/proxy/iptables/proxier.go (writeServiceToEndpointRules)",
  },
  "R-PROXY-3": {
    text: "A node port leads to the endpoints of its Service from every address of the node.",
    source: "pkg/proxy/util/nodeport_addresses.go (NewNodePortAddresses)",
  },
  "R-DNS-1": {
    text: "NAME.NAMESPACE.svc.cluster.local is the address of a Service; of a headless one it is " +
      "those of all ready endpoints, and no name without any.",
    source: "https://github.com/kubernetes/dns/blob/master/docs/specification.md",
  },
  "R-DNS-2": {
    text: "An endpoint of a headless Service has a name of its own below the Service's: the host " +
      "name of a Pod whose subdomain is the Service, else its address with dashes.",
    source: "https://github.com/kubernetes/dns/blob/master/docs/specification.md; " +
      "https://coredns.io/plugins/kubernetes/",
  },
  "R-DNS-3": {
    text: "A port with a name has an SRV record, _PORT._PROTOCOL below the Service's name: with " +
      "the Service, or of a headless one with each endpoint.",
    source: "https://github.com/kubernetes/dns/blob/master/docs/specification.md",
  },
  "R-DNS-4": {
    text: "The name of an ExternalName Service is an alias of that name; an address of a Service " +
      "leads back to its name.",
    source: "https://github.com/kubernetes/dns/blob/master/docs/specification.md",
  },
  "R-DNS-5": {
    text: "With ClusterFirst a Pod asks the cluster's DNS server alone, with the domains of its " +
      "namespace before the node's and ndots:5; on the node's network only with " +
      "ClusterFirstWithHostNet.",
    source: "pkg/kubelet/network/dns/dns.go (getPodDNSType, GetPodDNS)",
  },
  "R-SLICE-8": {
    text: "Endpoints that are written for a Service without a selector are mirrored into slices, " +
      "which alone lead traffic.",
    source: "pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go " +
      "(syncEndpoints)",
  },
  "R-SLICE-9": {
    text: "A Service with a selector has Endpoints of its name beside its slices, in which a Pod " +
      "that is being deleted is not listed.",
    source: "pkg/controller/endpoint/endpoints_controller.go (syncService)",
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
