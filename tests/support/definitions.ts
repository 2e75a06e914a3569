/** Definitions of custom kinds, as a client sends them. */
import { match, strictEqual as equal } from "node:assert/strict";
import type { TestApi } from "./api_server.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a definition may have beside its names. */
export interface DefinitionOptions {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: Fields;
  /** Of the one version. */
  readonly schema?: Fields;
  /** Fields of the one version beside its schema. */
  readonly version?: Fields;
  /** All versions. @default one, `v1` */
  readonly versions?: readonly Fields[];
}

/** The schema of a CronTab. */
export const CRON_TAB = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?( (\\d+|\\*)(/\\d+)?){4}$" },
        image: { type: "string", minLength: 2, maxLength: 8 },
        replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
        policy: { type: "string", enum: ["Allow", "Forbid"] },
        port: { "x-kubernetes-int-or-string": true },
        hosts: {
          type: "array",
          maxItems: 3,
          items: { type: "string", format: "ipv4" },
          "x-kubernetes-list-type": "set",
        },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: { type: "string" },
              port: { type: "integer", format: "int32" },
              mode: { type: "string", default: "tcp" },
            },
          },
        },
        limits: { type: "object", additionalProperties: { type: "integer" } },
        any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        note: { type: "string", nullable: true },
      },
    },
    status: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        labelSelector: { type: "string" },
        conditions: {
          type: "array",
          items: {
            type: "object",
            properties: { type: { type: "string" }, status: { type: "string" } },
          },
        },
      },
    },
  },
};

/** What of a CronTab is served beside it. */
export const CRON_TAB_PARTS = {
  subresources: {
    status: {},
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.labelSelector",
    },
  },
  selectableFields: [{ jsonPath: ".spec.policy" }],
  additionalPrinterColumns: [
    { name: "Spec", type: "string", jsonPath: ".spec.cronSpec" },
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
    {
      name: "Ready",
      type: "string",
      priority: 1,
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
};

/** The definition of CronTabs. */
export function definitionOf(
  { group = "stable.example.com", scope = "Namespaced", names = {}, schema, version, versions }:
    DefinitionOptions = {},
): Fields {
  const all = { plural: "crontabs", kind: "CronTab", shortNames: ["ct"], ...names };
  const one = {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schema ?? CRON_TAB },
    ...(version ?? CRON_TAB_PARTS),
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${all.plural}.${group}` },
    spec: { group, scope, names: all, versions: versions ?? [one] },
  };
}

/** Where definitions are. */
export const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Where the CronTabs of a namespace are. */
export const CRON_TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs";

/** Creates a definition; its kind is served. */
export async function define(api: TestApi, options?: DefinitionOptions): Promise<void> {
  const { code, body } = await api.ask("POST", DEFINITIONS, { body: definitionOf(options) });
  equal(code, 201, JSON.stringify(body));
  const found = await api.ask("GET", `${DEFINITIONS}/${body.metadata.name}`);
  match(JSON.stringify(found.body.status.conditions), /"type":"Established","status":"True"/);
}

/** A CronTab as a client sends it. */
export function cronTabOf(name: string, spec: Fields = {}, more: Fields = {}): Fields {
  return {
    apiVersion: "stable.example.com/v1",
    kind: "CronTab",
    metadata: { name, ...more },
    spec: { image: "img", ...spec },
  };
}
