/**
 * The schemas of what is served, as OpenAPI v2: as JSON, and in the encoding that kubectl reads;
 * pure.
 *
 * Rule: Kubernetes, kube-openapi, pkg/handler; gnostic-models, openapiv2/OpenAPIv2.proto;
 * apiextensions-apiserver, pkg/controller/openapi/v2/conversion.go.
 */
import { concatBytes } from "../../base/bytes.ts";
import { isObject } from "../../base/plain_data.ts";
import type { Document } from "./discovery.ts";
import { formatOpenApi, pathOf } from "./openapi.ts";
import { type KindRow, storedVersions } from "./resources.ts";
import { KUBERNETES_VERSION } from "./version.ts";

/** What kubectl accepts, and the type of its answer, which is another one by a letter. */
export const OPENAPI_PROTOBUF = {
  asked: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
  answered: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
} as const;

/** `strategic-merge-patch+json` is left out, since no schema has its keys: clients know them. */
const PATCH_TYPES: readonly string[] = [
  ...["application/json-patch+json", "application/merge-patch+json"],
  "application/apply-patch+yaml",
];

/** `/openapi/v2` */
export function formatOpenApiV2(kinds: readonly KindRow[]): Document {
  const documents = documentsOf(kinds);
  const paths = documents.flatMap(({ paths }) =>
    Object.entries(paths as Document).map(([path, item]) => [path, convertPath(item)] as const)
  );
  const definitions = documents.flatMap(({ components }) => {
    const { schemas } = components as { readonly schemas: Document };
    return Object.entries(schemas).map(([name, it]) => [name, convertSchema(it)] as const);
  });
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: KUBERNETES_VERSION },
    paths: Object.fromEntries(paths),
    definitions: Object.fromEntries(definitions),
  };
}

function documentsOf(kinds: readonly KindRow[]): readonly Document[] {
  return storedVersions(kinds).map((it) => formatOpenApi(kinds, pathOf(it))!);
}

function convertPath(item: unknown): Document {
  const operations = Object.entries(item as Document).map(([method, it]) => {
    const { parameters, responses, ...operation } = it as {
      readonly parameters: readonly { readonly name: string; readonly schema: Document }[];
      readonly responses: Document;
    };
    return [method, {
      ...operation,
      consumes: method === "patch" ? PATCH_TYPES : ["application/json", "application/yaml"],
      produces: ["application/json"],
      parameters: parameters.map(({ name, schema }) => ({
        name,
        in: "query",
        type: schema["type"],
        uniqueItems: true,
      })),
      responses: { "200": { description: "OK", schema: schemaOf(responses) } },
    }] as const;
  });
  return Object.fromEntries(operations);
}

function schemaOf(responses: Document): Document {
  const { content } = responses["200"] as { readonly content: Document };
  const { schema } = content["application/json"] as { readonly schema: unknown };
  return convertSchema(schema);
}

/** What v2 has no words for is left out: then a value may be anything. */
function convertSchema(schema: unknown): Document {
  if (!isObject(schema)) return {};
  const { $ref, allOf, oneOf, anyOf: _, not: __, nullable, ...rest } = schema;
  if (typeof $ref === "string") {
    return { $ref: $ref.replace("#/components/schemas/", "#/definitions/") };
  }
  const [only, ...more] = Array.isArray(allOf) ? allOf : [];
  if (isObject(only) && only["$ref"] !== undefined && more.length === 0) return convertSchema(only);
  if (rest["format"] === "int-or-string" || rest["x-kubernetes-int-or-string"] === true) {
    return { type: "string", format: "int-or-string" };
  }
  const isOpen = nullable === true || rest["x-kubernetes-preserve-unknown-fields"] === true;
  // A quantity is a text here.
  if (oneOf !== undefined && rest["type"] === undefined && !isOpen) return { type: "string" };
  const { type, items, properties, additionalProperties, ...others } = rest;
  if (isOpen) return others;
  return {
    ...others,
    ...(type !== undefined && { type }),
    ...(items !== undefined && { items: convertSchema(items) }),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, it]) => [key, convertSchema(it)]),
      ),
    }),
    ...(isObject(additionalProperties) && {
      additionalProperties: convertSchema(additionalProperties),
    }),
  };
}

/**
 * The same for kubectl, which reads of it how objects are patched: paths without what they are made
 * of.
 */
export function encodeOpenApiV2(kinds: readonly KindRow[]): Uint8Array<ArrayBuffer> {
  const items = documentsOf(kinds).flatMap(({ paths }) =>
    Object.entries(paths as Record<string, Document>)
  ).filter(([, item]) => "patch" in item);
  return message(
    [1, text("2.0")],
    [2, message([1, text("Kubernetes")], [2, text(KUBERNETES_VERSION)])],
    [
      8,
      message(
        ...items.map(([path, item]): Part => [
          2,
          message([1, text(path)], [2, message([8, encodeOperation(item["patch"] as Document)])]),
        ]),
      ),
    ],
    [9, message()],
  );
}

function encodeOperation(operation: Document): Uint8Array<ArrayBuffer> {
  const parameters = operation["parameters"] as readonly {
    readonly name: string;
    readonly schema: { readonly type: string };
  }[];
  const gvk = operation[GVK] as Readonly<Record<string, string>>;
  const { group = "", version = "", kind = "" } = gvk;
  const yaml = `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`;
  return message(
    ...PATCH_TYPES.map((it): Part => [7, text(it)]),
    ...parameters.map(({ name, schema }): Part => [
      8,
      message([
        1,
        message([
          2,
          message([3, message([2, text("query")], [4, text(name)], [6, text(schema.type)])]),
        ]),
      ]),
    ]),
    [13, message([1, text(GVK)], [2, message([2, text(yaml)])])],
  );
}

const GVK = "x-kubernetes-group-version-kind";

/** A field of a message, all of which are texts and messages. */
type Part = readonly [number: number, content: Uint8Array];

function message(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  return concatBytes(
    parts.flatMap(([number, content]) => [
      Uint8Array.from([...varint(number << 3 | 2), ...varint(content.length)]),
      content,
    ]),
  );
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value;; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push(left % 128 | 128);
  }
}

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}
