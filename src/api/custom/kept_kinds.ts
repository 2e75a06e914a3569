/**
 * Kinds of Kubernetes that are kept for clients, and that nothing here acts on: manifests of others
 * contain them; pure.
 *
 * Rule: Kubernetes, the types of k8s.io/api; the columns are those of pkg/printers/internalversion,
 * as far as paths can name them.
 */
import type { CustomResourceDefinition } from "../types/definition.ts";

/** What of a definition says that its kind is one of these, and what it does not do. */
export const KEPT_ANNOTATION = "podling.dev/kept";

type Column = readonly [name: string, type: "string" | "integer" | "boolean", path: string];

/** One kind. */
interface KeptKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly isClusterScoped?: true;
  readonly hasStatus?: true;
  readonly columns?: readonly Column[];
  /** What it does not do; its sender is warned of it. */
  readonly note: string;
}

const NO_RBAC = "access is all or nothing here";
const ROLE: Column = ["Role", "string", ".roleRef.name"];

/** By group and version. */
const KEPT: Readonly<Record<string, readonly KeptKind[]>> = {
  "rbac.authorization.k8s.io/v1": [
    { kind: "Role", plural: "roles", note: NO_RBAC },
    { kind: "RoleBinding", plural: "rolebindings", columns: [ROLE], note: NO_RBAC },
    { kind: "ClusterRole", plural: "clusterroles", isClusterScoped: true, note: NO_RBAC },
    {
      kind: "ClusterRoleBinding",
      plural: "clusterrolebindings",
      isClusterScoped: true,
      columns: [ROLE],
      note: NO_RBAC,
    },
  ],
  "networking.k8s.io/v1": [
    {
      kind: "Ingress",
      plural: "ingresses",
      shortNames: ["ing"],
      hasStatus: true,
      columns: [
        ["Class", "string", ".spec.ingressClassName"],
        ["Hosts", "string", ".spec.rules[*].host"],
      ],
      note: "it leads no traffic anywhere here",
    },
    {
      kind: "IngressClass",
      plural: "ingressclasses",
      isClusterScoped: true,
      columns: [["Controller", "string", ".spec.controller"]],
      note: "there is no controller of Ingresses here",
    },
    {
      kind: "NetworkPolicy",
      plural: "networkpolicies",
      shortNames: ["netpol"],
      note: "it restricts no traffic here",
    },
  ],
  "policy/v1": [{
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    shortNames: ["pdb"],
    hasStatus: true,
    columns: [
      ["Min Available", "string", ".spec.minAvailable"],
      ["Max Unavailable", "string", ".spec.maxUnavailable"],
    ],
    note: "evictions do not look at it here",
  }],
  "scheduling.k8s.io/v1": [{
    kind: "PriorityClass",
    plural: "priorityclasses",
    shortNames: ["pc"],
    isClusterScoped: true,
    columns: [["Value", "integer", ".value"], ["Global-Default", "boolean", ".globalDefault"]],
    note: "Pods get no priority from it here",
  }],
  "storage.k8s.io/v1": [{
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    isClusterScoped: true,
    columns: [["Provisioner", "string", ".provisioner"]],
    note: "claims get folders of this machine, whatever their class",
  }],
};

/** A definition of each of them, with its names accepted. */
export function keptDefinitions(): readonly CustomResourceDefinition[] {
  return Object.entries(KEPT).flatMap(([apiVersion, kinds]) => {
    const [group = "", version = ""] = apiVersion.split("/");
    return kinds.map((kept) => define(group, version, kept));
  });
}

function define(group: string, version: string, kept: KeptKind): CustomResourceDefinition {
  const { kind, plural, shortNames = [], columns = [], hasStatus, isClusterScoped, note } = kept;
  const names = {
    kind,
    plural,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [...shortNames],
  };
  const lastTransitionTime = "1970-01-01T00:00:00Z";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { [KEPT_ANNOTATION]: `${kind} is kept and has no effect: ${note}` },
    },
    spec: {
      group,
      names,
      scope: isClusterScoped ? "Cluster" : "Namespaced",
      versions: [{
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
        ...(hasStatus && { subresources: { status: {} } }),
        additionalPrinterColumns: [
          ...columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      }],
    },
    status: {
      acceptedNames: names,
      storedVersions: [version],
      conditions: ["NamesAccepted", "Established"].map((type) => ({
        type,
        status: "True",
        lastTransitionTime,
      })),
    },
  };
}
