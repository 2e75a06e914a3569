/** Definitions of custom kinds: what is wrong with them, and what their sender is warned of. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { startApi } from "../../support/api_server.ts";
import {
  CRON_TAB_PARTS,
  define,
  definitionOf,
  type DefinitionOptions,
  DEFINITIONS,
} from "../../support/definitions.ts";

const SCHEMA = "spec.versions[0].schema.openAPIV3Schema";
const specWith = (schema: Record<string, unknown>) => ({
  schema: { type: "object", properties: { spec: schema } },
  version: {},
});
const version = (name: string, more = {}) => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: "object" } },
  ...more,
});

const rows: readonly (readonly [what: string, DefinitionOptions, errors: readonly string[]])[] = [
  ["a group without a dot", { group: "stable" }, [
    'spec.group: Invalid value: "stable": should be a domain with at least one dot',
  ]],
  ["no scope", { scope: "" }, ["spec.scope: Required value"]],
  ["a plural that is not a label", { names: { plural: "cron-Tabs" } }, [
    'metadata.name: Invalid value: "cron-Tabs.stable.example.com": a lowercase RFC 1123 subdomain ' +
    "must consist of lower case alphanumeric characters, '-' or '.', and must start and end with " +
    "an alphanumeric character (e.g. 'example.com', regex used for validation is " +
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    'spec.names.plural: Invalid value: "cron-Tabs": a DNS-1035 label must consist of lower case ' +
    "alphanumeric characters or '-', start with an alphabetic character, and end with an " +
    "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
    "'[a-z]([-a-z0-9]*[a-z0-9])?')",
  ]],
  ["a kind that is that of lists", { names: { listKind: "CronTab" } }, [
    'spec.names.listKind: Invalid value: "CronTab": kind and listKind may not be the same',
  ]],
  ["a group of Kubernetes'", { group: "foo.k8s.io" }, [
    "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must " +
    'have approval annotation "api-approved.kubernetes.io", see ' +
    "https://github.com/kubernetes/enhancements/pull/1111",
  ]],
  ["a value without a type", specWith({ description: "?" }), [
    `${SCHEMA}.properties[spec].type: Required value: must not be empty for specified object fields`,
  ]],
  ["a list without items", specWith({ type: "array" }), [
    `${SCHEMA}.properties[spec].items: Required value: must be specified`,
  ]],
  ["a type that there is not", specWith({ type: "float" }), [
    `${SCHEMA}.properties[spec].type: Unsupported value: "float": supported values: "array", ` +
    '"boolean", "integer", "number", "object", "string"',
  ]],
  [
    "what is only judged says what it is",
    specWith({ type: "object", anyOf: [{ type: "string" }] }),
    [
      `${SCHEMA}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`,
    ],
  ],
  [
    "what is judged is not there",
    specWith({ type: "object", oneOf: [{ properties: { a: {} }, required: ["a"] }] }),
    [
      `${SCHEMA}.properties[spec].properties[a]: Required value: because it is defined in ` +
      `${SCHEMA}.properties[spec].oneOf[0].properties[a]`,
    ],
  ],
  [
    "properties and all properties",
    specWith({
      type: "object",
      properties: { a: { type: "string" } },
      additionalProperties: { type: "string" },
    }),
    [
      `${SCHEMA}.properties[spec].additionalProperties: Forbidden: additionalProperties and ` +
      "properties are mutual exclusive",
    ],
  ],
  ["items that differ", specWith({ type: "array", uniqueItems: true, items: { type: "string" } }), [
    `${SCHEMA}.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since ` +
    "the runtime complexity becomes quadratic",
  ]],
  ["a reference", specWith({ type: "object", $ref: "#/definitions/a" }), [
    `${SCHEMA}.properties[spec].$ref: Forbidden: $ref is not supported`,
  ]],
  ["a default of another type", specWith({ type: "integer", default: "a" }), [
    `${SCHEMA}.properties[spec].default: Invalid value: "string": ${""} in body must be of type ` +
    'integer: "string"',
  ]],
  ["a pattern that is none", specWith({ type: "string", pattern: "(" }), [
    `${SCHEMA}.properties[spec].pattern: Invalid value: "(": must be a valid regular expression, ` +
    "but isn't: error parsing regexp: missing closing ): \`(\`",
  ]],
  [
    "a map of items without keys",
    specWith({
      type: "array",
      "x-kubernetes-list-type": "map",
      items: { type: "object", properties: { name: { type: "string" } } },
    }),
    [
      `${SCHEMA}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty ` +
      "if x-kubernetes-list-type is map",
    ],
  ],
  [
    "keys that may be missing",
    specWith({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" } } },
    }),
    [
      `${SCHEMA}.properties[spec].items.properties[name].default: Required value: this property ` +
      "is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
  ],
  ["metadata with a schema", {
    schema: {
      type: "object",
      properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } },
    },
    version: {},
  }, [
    `${SCHEMA}.properties[metadata]: Forbidden: must not specify anything other than name and ` +
    "generateName, but metadata is implicitly specified",
  ]],
  ["a version without a schema", { versions: [{ name: "v1", served: true, storage: true }] }, [
    "spec.versions[0].schema.openAPIV3Schema: Required value",
  ]],
  ["a column of another type", {
    version: { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: "a" }] },
  }, [
    'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of ' +
    "boolean,date,integer,number,string",
    'spec.versions[0].additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple ' +
    "json path starting with .",
  ]],
  ["a scale elsewhere", {
    version: {
      subresources: { scale: { specReplicasPath: ".a", statusReplicasPath: ".status.replicas" } },
    },
  }, [
    'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".a": should be a json ' +
    "path under .spec",
  ]],
  ["a selectable field that is not one", {
    version: { ...CRON_TAB_PARTS, selectableFields: [{ jsonPath: ".spec.ports" }] },
  }, [
    'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.ports": must point to a ' +
    "field of type string, boolean or integer. Enum string fields and strings with formats are " +
    "allowed.",
  ]],
  [
    "a rule without words",
    specWith({
      type: "object",
      "x-kubernetes-validations": [{ rule: " " }],
    }),
    [
      `${SCHEMA}.properties[spec].x-kubernetes-validations[0].rule: Required value: rule is not ` +
      "specified",
    ],
  ],
];

Deno.test("definitions are refused in the words of a real server", async () => {
  const api = startApi();
  for (const [what, options, errors] of rows) {
    const { code, body } = await api.ask("POST", DEFINITIONS, { body: definitionOf(options) });
    const found = body.details?.causes?.map(
      ({ field, message }: Record<string, string>) => `${field}: ${message}`,
    );
    deepEqual(found, errors, `${what}: ${body.message}`);
    equal(code, 422, what);
  }
  const { body } = await api.ask("POST", DEFINITIONS, {
    body: definitionOf({ versions: [version("v1"), version("v1")] }),
  });
  deepEqual(
    body.details.causes.map(({ message }: { message: string }) => message.split(": ").at(-1)),
    [
      "must contain unique version names",
      "must have exactly one version marked as storage version",
    ],
  );
  deepEqual(api.log, []);
  api.close();
});

Deno.test("a definition warns of formats that are not known", async () => {
  const api = startApi();
  const { code, warnings } = await api.ask("POST", DEFINITIONS, {
    body: definitionOf(specWith({
      type: "object",
      properties: { a: { type: "string", format: "phone" } },
    })),
  });
  deepEqual([code, warnings.map((it) => it.replaceAll("\\", ""))], [201, [
    'unrecognized format "phone"',
  ]]);
  api.close();
});

Deno.test("what is established of a definition does not change", async () => {
  const api = startApi();
  await define(api);
  const path = `${DEFINITIONS}/crontabs.stable.example.com`;
  const patch = (spec: Record<string, unknown>) =>
    api.ask("PATCH", path, { body: { spec }, type: "application/merge-patch+json" });
  const scope = await patch({ scope: "Cluster" });
  equal(
    scope.body.message,
    'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.example.com" is invalid: ' +
      'spec.scope: Invalid value: "Cluster": field is immutable',
  );
  const gone = await patch({ versions: [version("v2")] });
  deepEqual(
    gone.body.details.causes.map(({ field }: { field: string }) => field),
    ["status.storedVersions[0]"],
  );
  const both = await patch({ versions: [version("v2"), version("v1", { storage: false })] });
  deepEqual([both.code, both.body.status.storedVersions, both.body.metadata.generation], [
    200,
    ["v1", "v2"],
    2,
  ]);
  const table = await api.ask("GET", DEFINITIONS, {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
  });
  deepEqual(table.body.rows[0].cells, [
    "crontabs.stable.example.com",
    "2026-01-01T00:00:00Z",
  ]);
  api.close();
});
