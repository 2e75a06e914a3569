/**
 * The schemas of what is served, as OpenAPI v3, from the table of fields; pure.
 *
 * Rule: Kubernetes, kube-openapi, pkg/handler3 and pkg/common; kubectl reads the parameters of
 * `patch` to decide whether the server validates, and the schemas for `explain`.
 */
import { remembered } from "../../base/remembered.ts";
import type { Schema as CustomSchema } from "../../api/custom/schema.ts";
import { elementType, fieldsOf } from "../../api/manifest/decode.ts";
import { KUBERNETES_VERSION } from "./version.ts";
import type { Document } from "./discovery.ts";
import {
  type KindRow,
  kindsOf,
  splitVersion,
  storedVersions,
  subresourcesOf,
} from "./resources.ts";

type Schema = Document;

/** `/openapi/v3`: where the document of each version is. */
export function formatOpenApiIndex(kinds: readonly KindRow[]): Document {
  const entries = storedVersions(kinds).map((apiVersion) => {
    const path = pathOf(apiVersion);
    return [path, {
      serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(kinds, apiVersion)}`,
    }] as const;
  });
  return { paths: Object.fromEntries(entries) };
}

/** What has been asked for, as long as the kinds are these. */
const formatted = remembered((_kinds: readonly KindRow[]) => new Map<string, Document>());

/** `/openapi/v3/PATH`; undefined where nothing is served. */
export function formatOpenApi(kinds: readonly KindRow[], path: string): Document | undefined {
  const known = formatted(kinds);
  const document = known.get(path) ?? format(kinds, path);
  if (document !== undefined) known.set(path, document);
  return document;
}

function format(kinds: readonly KindRow[], path: string): Document | undefined {
  const apiVersion = storedVersions(kinds).find((it) => pathOf(it) === path);
  if (apiVersion === undefined) return undefined;
  const rows = kindsOf(kinds, apiVersion);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: KUBERNETES_VERSION },
    paths: Object.fromEntries(rows.flatMap(describePaths)),
    components: { schemas: describeSchemas(rows) },
  };
}

/** Where a version is: `api/v1`, `apis/apps/v1`. */
export function pathOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/** Clients keep a document until its hash changes. */
function hashOf(kinds: readonly KindRow[], apiVersion: string): string {
  const text = JSON.stringify(formatOpenApi(kinds, pathOf(apiVersion)));
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).toUpperCase().padStart(16, "0");
}

const PATCH_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
  name,
  in: "query",
  schema: { type: name === "force" ? "boolean" : "string", uniqueItems: true },
}));

function describePaths(row: KindRow): [string, Schema][] {
  const { apiVersion, kind, plural, namespaced } = row;
  const base = `/${pathOf(apiVersion)}/${namespaced ? "namespaces/{namespace}/" : ""}${plural}`;
  const gvk = { ...splitVersion(apiVersion), kind };
  const operation = (verb: string) => ({
    operationId: `${verb}${kind}`,
    "x-kubernetes-action": verb,
    "x-kubernetes-group-version-kind": gvk,
    parameters: verb === "patch" || verb === "put" || verb === "post" ? PATCH_PARAMETERS : [],
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema: refTo(row, row.struct || row.kind) } },
      },
    },
  });
  const single = { get: operation("get"), put: operation("put"), patch: operation("patch") };
  return [
    [base, { get: operation("list"), post: operation("post") }],
    [`${base}/{name}`, { ...single, delete: operation("delete") }],
    ...subresourcesOf(row).filter(({ kind }) => kind === undefined)
      .map(({ name }): [string, Schema] => [`${base}/{name}/${name}`, single]),
  ];
}

/** The kinds of a version with everything that they are made of. */
function describeSchemas(rows: readonly KindRow[]): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  const add = (row: KindRow, struct: string) => {
    const name = nameOf(row, struct);
    if (name in schemas) return;
    const fields = [...fieldsOf(struct)!];
    schemas[name] = {
      description: "",
      type: "object",
      properties: Object.fromEntries(
        fields.map(([field, { type }]) => [field, describeType(row, type)]),
      ),
      ...requiredOf(fields, struct === row.struct),
      ...(struct === row.struct && {
        "x-kubernetes-group-version-kind": [{ ...splitVersion(row.apiVersion), kind: row.kind }],
      }),
    };
    for (const [, { type }] of fields) {
      const inner = type === "schemaOrBool" ? "JSONSchemaProps" : innermost(type);
      if (fieldsOf(inner) !== undefined) add(row, inner);
    }
  };
  for (const row of rows) {
    if (row.custom === undefined) add(row, row.struct);
    else {
      add(row, "ObjectMeta");
      schemas[nameOf(row, row.kind)] = describeCustom(row, row.custom.schema);
    }
  }
  return schemas;
}

/**
 * The schema of a custom kind, with what every object has.
 *
 * Rule: apiextensions-apiserver, pkg/controller/openapi/builder/builder.go, buildKubeNative.
 */
function describeCustom(row: KindRow, { properties, ...schema }: CustomSchema): Schema {
  const fields = row.custom?.version.selectableFields ?? [];
  return {
    ...schema,
    type: "object",
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { allOf: [refTo(row, "ObjectMeta")] },
    },
    "x-kubernetes-group-version-kind": [{ ...splitVersion(row.apiVersion), kind: row.kind }],
    ...(fields.length > 0 && {
      "x-kubernetes-selectable-fields": fields.map(({ jsonPath }) => ({
        fieldPath: jsonPath.slice(1),
      })),
    }),
  };
}

function requiredOf(
  fields: readonly (readonly [string, { readonly required: boolean }])[],
  isKind: boolean,
): Schema {
  // The server completes what a path names already.
  const required = isKind ? [] : fields.filter(([, it]) => it.required).map(([name]) => name);
  return required.length === 0 ? {} : { required };
}

function describeType(row: KindRow, type: string): Schema {
  if (type.endsWith("[]")) return { type: "array", items: describeType(row, elementType(type)) };
  if (type.endsWith("{}")) {
    return { type: "object", additionalProperties: describeType(row, elementType(type)) };
  }
  if (type === "schemaOrBool") return describeType(row, "JSONSchemaProps");
  if (fieldsOf(type) !== undefined) return { allOf: [refTo(row, type)] };
  // kubectl takes a schema without anything for none at all.
  return SCALARS[type] ?? { type: "object" };
}

const SCALARS: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  intOrString: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  base64: { type: "string", format: "byte" },
  time: { type: "string", format: "date-time" },
};

function refTo(row: KindRow, struct: string): Schema {
  return { $ref: `#/components/schemas/${nameOf(row, struct)}` };
}

function nameOf({ apiVersion, custom }: KindRow, struct: string): string {
  const { group, version } = splitVersion(apiVersion);
  if (custom !== undefined && custom.keptNote === undefined) {
    return `${group.split(".").toReversed().join(".")}.${version}.${struct}`;
  }
  return `io.k8s.api.${group.split(".")[0] || "core"}.${version}.${struct}`;
}

function innermost(type: string): string {
  return /[\]}]$/.test(type) ? innermost(elementType(type)) : type;
}
