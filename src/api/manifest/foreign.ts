/**
 * Files of other tools that are often taken for manifests, and what makes manifests of them; pure.
 */
import { isObject } from "../../base/plain_data.ts";
import type { FieldError } from "../types/errors.ts";

/**
 * What a document without `apiVersion` and `kind` is, where another tool's file is recognised.
 *
 * Sources: the Compose specification, `services`; kustomize, `resources` and the rest of a
 * `kustomization.yaml`, whose `apiVersion` and `kind` may be left out.
 *
 * @returns undefined for everything else.
 */
export function recogniseForeign(value: Readonly<Record<string, unknown>>): FieldError | undefined {
  if (isObject(value.services) && Object.values(value.services).some(isService)) {
    return foreign("a Compose file", "kompose convert writes Kubernetes objects from it");
  }
  if (KUSTOMIZATION_FIELDS.some((name) => Array.isArray(value[name]))) {
    return foreign("a kustomization", "kubectl kustomize prints the objects that it builds");
  }
  return undefined;
}

/** A hint where text that is not well-formed YAML has the actions of a Helm chart's template. */
export function hintTemplate(text: string): { readonly hint?: string } {
  const isTemplate = /\{\{-?\s*(\.[A-Z]|\$|\/\*|(if|range|with|include|template|define|toYaml)\b)/
    .test(text);
  return isTemplate ? { hint: "a Helm template: helm template prints its objects" } : {};
}

const KUSTOMIZATION_FIELDS = [
  "resources",
  "bases",
  "patches",
  "patchesStrategicMerge",
  "configMapGenerator",
  "secretGenerator",
];

function isService(value: unknown): boolean {
  return isObject(value) && (value.image !== undefined || value.build !== undefined);
}

function foreign(what: string, remedy: string): FieldError {
  const message = `${what}, not a Kubernetes object; ${remedy}`;
  return { field: "", reason: "UnknownKind", message };
}
