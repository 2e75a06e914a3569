/**
 * The columns of kinds that are kept and not acted on; pure.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go.
 */
import { readPath } from "../../api/custom/custom_object.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { LabelSelector } from "../../api/types/meta.ts";
import { isObject } from "../../base/plain_data.ts";
import { type Cell, type Column, columnsEach, formatSelector, type KindColumns } from "./column.ts";
import { definitionColumns } from "./custom_columns.ts";
import { age, name } from "./object_columns.ts";

type AnyColumn = Column<KubernetesObject>;

const NONE = "<none>";

/** What stands at a path, as it is. */
function at(head: string, path: string, otherwise: string = NONE): AnyColumn {
  return { name: head, cell: (object) => cellOf(readPath(object, path)) ?? otherwise };
}

function cellOf(value: unknown): Cell | undefined {
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

function listAt(object: KubernetesObject, path: string): readonly Readonly<
  Record<string, unknown>
>[] {
  const list = readPath(object, path);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Names of the subjects of a kind. */
function subjects(head: string, kind: string): AnyColumn {
  return {
    name: head,
    isWide: true,
    cell: (object) =>
      listAt(object, "subjects").filter((it) => it["kind"] === kind)
        .map((it) =>
          kind === "ServiceAccount" ? `${it["namespace"] ?? ""}/${it["name"]}` : it["name"]
        )
        .join(", "),
  };
}

// Name and time of the creation.
const role = definitionColumns as readonly AnyColumn[];
const binding: readonly AnyColumn[] = [
  name,
  {
    name: "Role",
    cell: (object) => `${readPath(object, "roleRef.kind")}/${readPath(object, "roleRef.name")}`,
  },
  age,
  subjects("Users", "User"),
  subjects("Groups", "Group"),
  subjects("ServiceAccounts", "ServiceAccount"),
];

const COLUMNS: Readonly<Record<string, readonly AnyColumn[]>> = {
  Role: role,
  ClusterRole: role,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  PodDisruptionBudget: [
    name,
    at("Min Available", "spec.minAvailable", "N/A"),
    at("Max Unavailable", "spec.maxUnavailable", "N/A"),
    {
      name: "Allowed Disruptions",
      type: "integer",
      cell: (object) => cellOf(readPath(object, "status.disruptionsAllowed")) ?? 0,
    },
    age,
  ],
  NetworkPolicy: [
    name,
    {
      name: "Pod-Selector",
      // The schema leaves no other form.
      cell: (object) =>
        formatSelector(readPath(object, "spec.podSelector") as LabelSelector | undefined),
    },
    age,
  ],
  Ingress: [
    name,
    at("Class", "spec.ingressClassName"),
    {
      name: "Hosts",
      cell: (object) => {
        const hosts = listAt(object, "spec.rules").flatMap(({ host }) => host ? [host] : []);
        return hosts.length === 0 ? "*" : hosts.join(",");
      },
    },
    { name: "Address", cell: () => "" },
    {
      name: "Ports",
      cell: (object) => listAt(object, "spec.tls").length > 0 ? "80, 443" : "80",
    },
    age,
  ],
  IngressClass: [
    name,
    at("Controller", "spec.controller"),
    at("Parameters", "spec.parameters.name"),
    age,
  ],
  PriorityClass: [
    name,
    { ...at("Value", "value"), type: "integer" },
    {
      name: "Global-Default",
      type: "boolean",
      cell: (object) => readPath(object, "globalDefault") === true,
    },
    age,
    { ...at("PreemptionPolicy", "preemptionPolicy"), isWide: true },
  ],
  StorageClass: [
    name,
    at("Provisioner", "provisioner"),
    at("ReclaimPolicy", "reclaimPolicy"),
    at("VolumeBindingMode", "volumeBindingMode"),
    {
      name: "AllowVolumeExpansion",
      type: "boolean",
      cell: (object) => readPath(object, "allowVolumeExpansion") === true,
    },
    age,
  ],
};

const ofKind = new Map(
  Object.entries(COLUMNS).map(([kind, columns]) => [kind, columnsEach(columns)]),
);

/** The columns of a kind; undefined: it has none of its own. */
export function keptColumnsOf(kind: string): KindColumns<KubernetesObject> | undefined {
  return ofKind.get(kind);
}
