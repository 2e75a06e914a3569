/**
 * Kinds of Kubernetes that are kept for clients, and that nothing here acts on: manifests of others
 * contain them; pure.
 *
 * Rule: Kubernetes, the types of k8s.io/api.
 */
import type { CustomResourceDefinition } from "../types/definition.ts";
import { keptSchemaOf } from "./kept_schemas.ts";

/** What of a definition says that its kind is one of these, and what it does not do. */
export const KEPT_ANNOTATION = "podling.dev/kept";

/** One kind. */
interface KeptKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly isClusterScoped?: true;
  readonly hasStatus?: true;
  /** What it does not do; its sender is warned of it. */
  readonly note: string;
}

const NO_RBAC = "--service-accounts decides what service accounts may do";

/** By group and version. */
const KEPT: Readonly<Record<string, readonly KeptKind[]>> = {
  "rbac.authorization.k8s.io/v1": [
    { kind: "Role", plural: "roles", note: NO_RBAC },
    { kind: "RoleBinding", plural: "rolebindings", note: NO_RBAC },
    { kind: "ClusterRole", plural: "clusterroles", isClusterScoped: true, note: NO_RBAC },
    {
      kind: "ClusterRoleBinding",
      plural: "clusterrolebindings",
      isClusterScoped: true,
      note: NO_RBAC,
    },
  ],
  "networking.k8s.io/v1": [
    {
      kind: "Ingress",
      plural: "ingresses",
      shortNames: ["ing"],
      hasStatus: true,
      note: "it leads no traffic anywhere here",
    },
    {
      kind: "IngressClass",
      plural: "ingressclasses",
      isClusterScoped: true,
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
    note: "evictions do not look at it here",
  }],
  "scheduling.k8s.io/v1": [{
    kind: "PriorityClass",
    plural: "priorityclasses",
    shortNames: ["pc"],
    isClusterScoped: true,
    note: "Pods get no priority from it here",
  }],
  "storage.k8s.io/v1": [{
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    isClusterScoped: true,
    note: "claims get folders of this machine, whatever their class",
  }],
};

/**
 * A definition of each of them, with its names accepted.
 *
 * @param hasRoles roles and bindings have an effect, and no one is warned.
 */
export function keptDefinitions(hasRoles = false): readonly CustomResourceDefinition[] {
  return Object.entries(KEPT).flatMap(([apiVersion, kinds]) => {
    const [group = "", version = ""] = apiVersion.split("/");
    return kinds.map((kept) => {
      const isInEffect = hasRoles && kept.note === NO_RBAC;
      const warning = `${kept.kind} is kept and has no effect: ${kept.note}`;
      return define(group, version, kept, isInEffect ? "" : warning);
    });
  });
}

function define(
  group: string,
  version: string,
  kept: KeptKind,
  warning: string,
): CustomResourceDefinition {
  const { kind, plural, shortNames = [], hasStatus, isClusterScoped } = kept;
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
      annotations: { [KEPT_ANNOTATION]: warning },
    },
    spec: {
      group,
      names,
      scope: isClusterScoped ? "Cluster" : "Namespaced",
      versions: [{
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: keptSchemaOf(kind) },
        ...(hasStatus && { subresources: { status: {} } }),
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
