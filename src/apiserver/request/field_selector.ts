/**
 * Field selectors: `metadata.name=web,status.phase!=Running`; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/fields/selector.go, ParseSelector; the fields of a kind are
 * those of its strategy, such as pkg/registry/core/pod/strategy.go, ToSelectableFields.
 */
import { isObject } from "../../base/plain_data.ts";
import { readPath } from "../../api/custom/custom_object.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { badRequest } from "../answer/api_error.ts";
import type { KindRow } from "../discovery/resources.ts";

/** What a selector asks of an object. */
export interface FieldSelector {
  readonly matches: (object: KubernetesObject) => boolean;
  /** The one name that it selects, where it asks for one. */
  readonly name?: string;
  /** The one namespace that it selects, where it asks for one. */
  readonly namespace?: string;
}

/** The fields of each kind beside name and namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    ...["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"],
    ...["spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs"],
    "status.nominatedNodeName",
  ],
  Node: ["spec.unschedulable"],
  Namespace: ["status.phase"],
  Secret: ["type"],
  Service: ["spec.clusterIP", "spec.type"],
  Job: ["status.successful"],
  ReplicaSet: ["status.replicas"],
  Event: [
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
      .map((it) => `involvedObject.${it}`),
    ...["reason", "reportingComponent", "source", "type"],
  ],
};

/** Fields whose absence is `false`, or that are numbers. */
const ABSENT: Readonly<Record<string, string>> = {
  "spec.hostNetwork": "false",
  "spec.unschedulable": "false",
  "status.successful": "0",
  "status.replicas": "0",
};

/** Fields under another name than their own. */
const PATHS: Readonly<Record<string, string>> = {
  "status.successful": "status.succeeded",
  "status.podIPs": "status.podIP",
};

/**
 * Reads a selector; an empty one selects everything.
 *
 * @throws {ApiError} `BadRequest`: a field that the kind cannot be selected by.
 */
export function parseFieldSelector(text: string, { kind, custom }: KindRow): FieldSelector {
  const terms = splitTerms(text).map(parseTerm);
  const own = custom === undefined
    ? FIELDS[kind] ?? []
    : custom.version.selectableFields?.map(({ jsonPath }) => jsonPath.slice(1)) ?? [];
  const known = ["metadata.name", "metadata.namespace", ...own];
  for (const { field } of terms) {
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
  }
  const wanted = (field: string) => terms.find((it) => it.field === field && it.isEqual)?.value;
  const name = wanted("metadata.name");
  const namespace = wanted("metadata.namespace");
  const read = custom === undefined ? readField : readCustomField;
  return {
    matches: (object) =>
      terms.every(({ field, value, isEqual }) => (read(object, field) === value) === isEqual),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

interface Term {
  readonly field: string;
  readonly value: string;
  readonly isEqual: boolean;
}

/** Commas separate; one behind a backslash is part of a value. */
function splitTerms(text: string): string[] {
  return (text.match(/(?:\\.|[^\\,])+/gs) ?? []).filter((it) => it.trim() !== "");
}

function parseTerm(text: string): Term {
  const match = /^([^=!]+?)(!=|==|=)((?:\\.|[^\\=])*)$/s.exec(text.trim());
  if (match === null) {
    throw badRequest(`invalid field selector: ${JSON.stringify(text)}: expected FIELD=VALUE`);
  }
  const [, field, operator, value] = match;
  return {
    field: field!,
    value: value!.replace(/\\([\\,=])/g, "$1"),
    isEqual: operator !== "!=",
  };
}

function readField(object: KubernetesObject, field: string): string {
  const path = (PATHS[field] ?? field).split(".");
  if (field === "source") return readSource(object);
  let value: unknown = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value === undefined || value === null ? ABSENT[field] ?? "" : String(value);
}

function readCustomField(object: KubernetesObject, field: string): string {
  const value = readPath(object, field);
  return value === undefined || value === null ? "" : String(value);
}

/** An Event names who reports it in one of two places. */
function readSource(object: KubernetesObject): string {
  const { source, reportingComponent } = object as unknown as {
    readonly source?: { readonly component?: string };
    readonly reportingComponent?: string;
  };
  return source?.component || reportingComponent || "";
}
