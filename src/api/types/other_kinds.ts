/** Kubernetes' kinds beside those of `kinds.ts`: left out where a manifest has them; pure data. */

/** Kubernetes 1.36's kinds that nothing here acts on, by API version. */
export const OTHER_KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: words(
    "Binding ComponentStatus LimitRange PodTemplate ResourceQuota",
  ),
  "admissionregistration.k8s.io/v1": words(
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration " +
      "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
  ),
  "apiregistration.k8s.io/v1": words("APIService"),
  "authentication.k8s.io/v1": words("SelfSubjectReview TokenRequest TokenReview"),
  "authorization.k8s.io/v1": words(
    "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  ),
  "autoscaling/v1": words("HorizontalPodAutoscaler Scale"),
  "autoscaling/v2": words("HorizontalPodAutoscaler"),
  "certificates.k8s.io/v1": words("CertificateSigningRequest"),
  "events.k8s.io/v1": words("Event"),
  "flowcontrol.apiserver.k8s.io/v1": words("FlowSchema PriorityLevelConfiguration"),
  "networking.k8s.io/v1": words("IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR"),
  "node.k8s.io/v1": words("RuntimeClass"),
  "policy/v1": words("Eviction PodDisruptionBudget"),
  "rbac.authorization.k8s.io/v1": words("ClusterRole ClusterRoleBinding Role RoleBinding"),
  "resource.k8s.io/v1": words("DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"),
  "scheduling.k8s.io/v1": words("PriorityClass"),
  "storage.k8s.io/v1": words(
    "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass",
  ),
};

/** Kinds of {@link OTHER_KINDS} that live in no namespace. */
export const CLUSTER_SCOPED: ReadonlySet<string> = new Set(words(
  "APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding " +
    "ComponentStatus DeviceClass FlowSchema IPAddress IngressClass " +
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration " +
    "PriorityClass PriorityLevelConfiguration ResourceSlice " +
    "RuntimeClass SelfSubjectAccessReview SelfSubjectReview SelfSubjectRulesReview ServiceCIDR " +
    "StorageClass SubjectAccessReview TokenReview ValidatingAdmissionPolicy " +
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment " +
    "VolumeAttributesClass",
));

/** A version of some kinds that is no longer served. */
export interface GoneVersion {
  /** `extensions/v1beta1` */
  readonly apiVersion: string;
  /** The kinds. */
  readonly kinds: readonly string[];
  /** The first release of Kubernetes without them. */
  readonly since: string;
  /** The version that has them; undefined where the kinds are gone altogether. */
  readonly now?: string;
}

const APPS = words("ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet");
const ROLES = words("ClusterRole ClusterRoleBinding Role RoleBinding");

/**
 * Source: Kubernetes, Deprecated API Migration Guide, and the lifecycle methods of
 * staging/src/k8s.io/api.
 */
export const GONE_VERSIONS: readonly GoneVersion[] = [
  gone("extensions/v1beta1", words("DaemonSet Deployment ReplicaSet"), "1.16", "apps/v1"),
  gone("extensions/v1beta1", ["NetworkPolicy"], "1.16", "networking.k8s.io/v1"),
  gone("extensions/v1beta1", ["PodSecurityPolicy"], "1.16"),
  gone("extensions/v1beta1", ["Ingress"], "1.22", "networking.k8s.io/v1"),
  gone("apps/v1beta1", APPS, "1.16", "apps/v1"),
  gone("apps/v1beta2", APPS, "1.16", "apps/v1"),
  gone("batch/v1beta1", ["CronJob"], "1.25", "batch/v1"),
  gone("batch/v2alpha1", ["CronJob"], "1.21", "batch/v1"),
  gone("autoscaling/v2beta1", ["HorizontalPodAutoscaler"], "1.25", "autoscaling/v2"),
  gone("autoscaling/v2beta2", ["HorizontalPodAutoscaler"], "1.26", "autoscaling/v2"),
  gone("policy/v1beta1", ["PodDisruptionBudget"], "1.25", "policy/v1"),
  gone("policy/v1beta1", ["PodSecurityPolicy"], "1.25"),
  gone("networking.k8s.io/v1beta1", ["Ingress", "IngressClass"], "1.22", "networking.k8s.io/v1"),
  ...["v1alpha1", "v1beta1"].flatMap((version) => [
    gone(`rbac.authorization.k8s.io/${version}`, ROLES, "1.22", "rbac.authorization.k8s.io/v1"),
    gone(`scheduling.k8s.io/${version}`, ["PriorityClass"], "1.22", "scheduling.k8s.io/v1"),
    gone(`node.k8s.io/${version}`, ["RuntimeClass"], "1.25", "node.k8s.io/v1"),
  ]),
  gone(
    "apiextensions.k8s.io/v1beta1",
    ["CustomResourceDefinition"],
    "1.22",
    "apiextensions.k8s.io/v1",
  ),
  gone("apiregistration.k8s.io/v1beta1", ["APIService"], "1.22", "apiregistration.k8s.io/v1"),
  gone(
    "admissionregistration.k8s.io/v1beta1",
    words("MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
    "1.22",
    "admissionregistration.k8s.io/v1",
  ),
  gone(
    "certificates.k8s.io/v1beta1",
    ["CertificateSigningRequest"],
    "1.22",
    "certificates.k8s.io/v1",
  ),
  gone("coordination.k8s.io/v1beta1", ["Lease"], "1.22", "coordination.k8s.io/v1"),
  gone(
    "storage.k8s.io/v1beta1",
    words("CSIDriver CSINode StorageClass VolumeAttachment"),
    "1.22",
    "storage.k8s.io/v1",
  ),
  gone("storage.k8s.io/v1beta1", ["CSIStorageCapacity"], "1.27", "storage.k8s.io/v1"),
  gone("discovery.k8s.io/v1beta1", ["EndpointSlice"], "1.25", "discovery.k8s.io/v1"),
  gone("events.k8s.io/v1beta1", ["Event"], "1.25", "events.k8s.io/v1"),
];

/** Where a kind has the template of its Pods. */
export const POD_TEMPLATES: Readonly<Record<string, string>> = {
  CronJob: "spec.jobTemplate.spec.template",
  DaemonSet: "spec.template",
  Deployment: "spec.template",
  Job: "spec.template",
  PodTemplate: "template",
  ReplicaSet: "spec.template",
  StatefulSet: "spec.template",
};

const NOTES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(POD_TEMPLATES).map((kind) => [kind, "no Pod is made from its template"]),
  ),
  ...Object.fromEntries(
    words("LimitRange NetworkPolicy PodDisruptionBudget ResourceQuota").map((kind) => [
      kind,
      "nothing is limited by it",
    ]),
  ),
  ...Object.fromEntries(ROLES.map((kind) => [kind, "there is no API server to ask for anything"])),
  Ingress: "nothing leads to a Pod by it",
  PriorityClass: "no Pod is put before another",
  RuntimeClass: "there is one runtime",
  StorageClass: "each claim gets a directory of its own",
};

/** What it means that an object of a kind is left out: one line, no full stop. */
export function noteOfKind(kind: string): string {
  return Object.hasOwn(NOTES, kind) ? NOTES[kind]! : "nothing here acts on this kind";
}

function words(text: string): readonly string[] {
  return text.split(" ");
}

function gone(
  apiVersion: string,
  kinds: readonly string[],
  since: string,
  now?: string,
): GoneVersion {
  return { apiVersion, kinds, since, ...(now !== undefined && { now }) };
}
