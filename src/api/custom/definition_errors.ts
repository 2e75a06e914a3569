/**
 * What is wrong with a definition, beside the schemas of its versions; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go.
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "../types/definition.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
  tooMany,
  unsupported,
} from "../types/errors.ts";
import { validateObjectMeta } from "../validate/common/validate_meta.ts";
import { validateMetaUpdate } from "../validate/common/validate_meta_update.ts";
import {
  byteLength,
  dns1035LabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
} from "../validate/common/validate_value.ts";
import { hasCondition } from "./definition_status.ts";
import { findDefinitionSchemaErrors } from "./definition_schema_errors.ts";
import { propertyOf, type Schema } from "./schema.ts";

/** How many fields objects may be selected by. */
const MOST_SELECTABLE = 8;

const SCOPES = ["Cluster", "Namespaced"];
const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = [
  ...["byte", "date", "date-time", "double", "float", "int32", "int64", "password"],
];
/** Groups of Kubernetes' own, in which an API has to be approved. */
const PROTECTED_GROUP = /(^|\.)(k8s|kubernetes)\.io$/;
const APPROVED = "api-approved.kubernetes.io";

/** What is wrong with a new definition. */
export function* findDefinitionErrors(definition: CustomResourceDefinition): FieldErrors {
  const { metadata, spec } = definition;
  const fullName = `${spec.names.plural}.${spec.group}`;
  yield* validateObjectMeta(metadata, (name) => [
    ...dnsSubdomainDetails(name),
    ...(name === fullName ? [] : ['must be spec.names.plural+"."+spec.group']),
  ], false);
  yield* specErrors(definition);
}

/** What is wrong with replacing a definition. */
export function* findDefinitionUpdateErrors(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldErrors {
  yield* validateMetaUpdate(definition.metadata, old.metadata);
  yield* specErrors(definition);
  const { spec } = definition;
  const fixed = "field is immutable";
  if (hasCondition(old, "Established")) {
    if (spec.scope !== old.spec.scope) yield invalid("spec.scope", spec.scope, fixed);
    const { kind } = spec.names;
    if (kind !== old.spec.names.kind) yield invalid("spec.names.kind", kind, fixed);
  }
  if (spec.group !== old.spec.group) yield invalid("spec.group", spec.group, fixed);
  const { plural } = spec.names;
  if (plural !== old.spec.names.plural) yield invalid("spec.names.plural", plural, fixed);
}

function* specErrors(definition: CustomResourceDefinition): FieldErrors {
  const { spec, metadata } = definition;
  const { group, scope, versions, names, conversion } = spec;
  if (group === "") yield required("spec.group");
  else if (dnsSubdomainDetails(group).length > 0) {
    yield invalid("spec.group", group, dnsSubdomainDetails(group).join(","));
  } else if (!group.includes(".")) {
    yield invalid("spec.group", group, "should be a domain with at least one dot");
  }
  if (scope === "") yield required("spec.scope");
  else if (!SCOPES.includes(scope)) yield oneOf("spec.scope", scope, SCOPES);
  for (const [i, version] of versions.entries()) {
    if (version.schema?.openAPIV3Schema !== undefined) continue;
    yield required(`spec.versions[${i}].schema.openAPIV3Schema`);
  }
  yield* versionsErrors(versions);
  yield* namesErrors(names);
  if (conversion !== undefined && conversion.strategy !== "None") {
    yield conversion.strategy === "Webhook"
      ? unsupported("spec.conversion.strategy", "no webhook is asked to convert objects")
      : conversion.strategy === ""
      ? required("spec.conversion.strategy")
      : oneOf("spec.conversion.strategy", conversion.strategy, ["None", "Webhook"]);
  } else if (conversion?.webhook !== undefined) {
    yield forbidden(
      "spec.conversion.webhookClientConfig",
      "should not be set when strategy is not set to Webhook",
    );
  }
  yield* storedVersionErrors(definition);
  const approval = metadata.annotations?.[APPROVED];
  if (PROTECTED_GROUP.test(group)) yield* approvalErrors(approval);
  if (spec.preserveUnknownFields) {
    yield invalid(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in " +
        "spec.versions[*].schema instead",
    );
  }
}

function* approvalErrors(approval: string | undefined): FieldErrors {
  const field = `metadata.annotations[${APPROVED}]`;
  const see = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (approval === undefined) {
    yield required(
      field,
      `protected groups must have approval annotation "${APPROVED}", ${see}`,
    );
  } else if (!approval.startsWith("unapproved") && !URL.canParse(approval)) {
    yield invalid(
      field,
      approval,
      `protected groups must have approval annotation "${APPROVED}" with either a URL or a ` +
        `reason starting with "unapproved", ${see}`,
    );
  }
}

function* versionsErrors(versions: readonly CustomResourceDefinitionVersion[]): FieldErrors {
  const path = "spec.versions";
  for (const [i, version] of versions.entries()) {
    const details = dns1035LabelDetails(version.name);
    if (details.length > 0) yield invalid(`${path}[${i}].name`, version.name, details.join(","));
    yield* versionErrors(version, `${path}[${i}]`);
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    yield invalid(path, versions, "must contain unique version names");
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    yield invalid(path, versions, "must have exactly one version marked as storage version");
  }
}

function* versionErrors(version: CustomResourceDefinitionVersion, path: string): FieldErrors {
  const { deprecated, deprecationWarning: warning, schema, subresources } = version;
  for (const detail of warningDetails(deprecated ?? false, warning)) {
    yield invalid(`${path}.deprecationWarning`, warning, detail);
  }
  const root = schema?.openAPIV3Schema;
  if (root !== undefined) {
    const hasStatus = subresources?.status !== undefined;
    yield* findDefinitionSchemaErrors(root, `${path}.schema.openAPIV3Schema`, hasStatus);
  }
  if (subresources !== undefined) yield* scaleErrors(subresources, `${path}.subresources`);
  for (const [i, column] of (version.additionalPrinterColumns ?? []).entries()) {
    yield* columnErrors(column, `${path}.additionalPrinterColumns[${i}]`);
  }
  yield* selectableErrors(version, `${path}.selectableFields`);
}

function warningDetails(isDeprecated: boolean, warning: string | undefined): readonly string[] {
  if (warning === undefined) return [];
  if (!isDeprecated) return ["can only be set for deprecated versions"];
  const details: string[] = [];
  if (byteLength(warning) > 256) details.push("must be <= 256 characters long");
  if (warning === "") details.push("must not be an empty string");
  const index = warning.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
  if (index >= 0) {
    details.push(
      "must only contain printable UTF-8 characters; non-printable character found at index " +
        byteLength(warning.slice(0, index)),
    );
  }
  return details;
}

function* columnErrors(column: CustomResourceColumnDefinition, path: string): FieldErrors {
  const { name, type, format, jsonPath } = column;
  const one = (words: readonly string[]) => `must be one of ${words.join()}`;
  if (name === "") yield required(`${path}.name`);
  if (type === "") yield required(`${path}.type`, one(COLUMN_TYPES));
  else if (!COLUMN_TYPES.includes(type)) yield invalid(`${path}.type`, type, one(COLUMN_TYPES));
  if (format && !COLUMN_FORMATS.includes(format)) {
    yield invalid(`${path}.format`, format, one(COLUMN_FORMATS));
  }
  if (jsonPath === "") yield required(`${path}.JSONPath`);
  else yield* pathErrors(jsonPath, `${path}.JSONPath`);
}

function* pathErrors(jsonPath: string, path: string): FieldErrors {
  if (jsonPath.startsWith(".")) return;
  yield invalid(path, jsonPath, "must be a simple json path starting with .");
}

function* scaleErrors({ scale }: CustomResourceSubresources, path: string): FieldErrors {
  if (scale === undefined) return;
  const rules: readonly [keyof typeof scale, readonly string[], string][] = [
    ["specReplicasPath", [".spec."], "should be a json path under .spec"],
    ["statusReplicasPath", [".status."], "should be a json path under .status"],
    [
      "labelSelectorPath",
      [".spec.", ".status."],
      "should be a json path under either .spec or .status",
    ],
  ];
  for (const [name, starts, detail] of rules) {
    const at = `${path}.scale.${name}`;
    const value = scale[name] ?? "";
    if (value === "") {
      if (name !== "labelSelectorPath") yield required(at);
    } else if (!value.startsWith(".")) yield* pathErrors(value, at);
    else if (!starts.some((it) => value.startsWith(it))) yield invalid(at, value, detail);
  }
}

function* selectableErrors(
  { selectableFields = [], schema }: CustomResourceDefinitionVersion,
  path: string,
): FieldErrors {
  const seen = new Set<string>();
  for (const [i, { jsonPath }] of selectableFields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === "") {
      yield required(at);
      continue;
    }
    const found = followPath(schema?.openAPIV3Schema, jsonPath);
    if (typeof found === "string") {
      yield invalid(at, jsonPath, `is an invalid path: ${found}`);
      continue;
    }
    if (jsonPath.startsWith(".metadata")) {
      yield invalid(at, jsonPath, "must not point to fields in metadata");
    }
    if (!["string", "boolean", "integer"].includes(found.type ?? "")) {
      yield invalid(
        at,
        jsonPath,
        "must point to a field of type string, boolean or integer. Enum string fields and " +
          "strings with formats are allowed.",
      );
    }
    if (seen.has(jsonPath)) yield duplicate(at, jsonPath);
    seen.add(jsonPath);
  }
  if (seen.size > MOST_SELECTABLE) yield tooMany(path, seen.size, MOST_SELECTABLE);
}

/** The schema that a path leads to, or why it leads nowhere. */
function followPath(root: Schema | undefined, jsonPath: string): Schema | string {
  if (!jsonPath.startsWith(".")) return `expected [ or . but got: ${jsonPath[0]}`;
  let schema: Schema | undefined = root;
  for (const name of jsonPath.slice(1).split(".")) {
    const next: Schema | undefined = propertyOf(schema, name);
    if (next === undefined) return `does not refer to a valid field`;
    schema = next;
  }
  return schema ?? "does not refer to a valid field";
}

function* namesErrors(names: CustomResourceDefinitionNames): FieldErrors {
  const path = "spec.names";
  const { kind, listKind = "", plural, singular = "", shortNames = [], categories = [] } = names;
  if (plural === "") yield required(`${path}.plural`);
  if (singular === "") yield required(`${path}.singular`);
  if (kind === "") yield required(`${path}.kind`);
  if (listKind === "") yield required(`${path}.listKind`);
  const label = (field: string, value: string): FieldError[] => {
    const details = value === "" ? [] : dns1035LabelDetails(value);
    return details.length === 0 ? [] : [invalid(`${path}.${field}`, value, details.join(","))];
  };
  const mixed = (field: string, value: string): FieldError[] => {
    const details = value === "" ? [] : dns1035LabelDetails(value.toLowerCase());
    const start = "may have mixed case, but should otherwise match: ";
    return details.length === 0
      ? []
      : [invalid(`${path}.${field}`, value, start + details.join(","))];
  };
  yield* label("plural", plural);
  yield* label("singular", singular);
  yield* mixed("kind", kind);
  yield* mixed("listKind", listKind);
  for (const [i, it] of shortNames.entries()) yield* label(`shortNames[${i}]`, it);
  if (kind !== "" && kind === listKind) {
    yield invalid(`${path}.listKind`, listKind, "kind and listKind may not be the same");
  }
  for (const [i, it] of categories.entries()) yield* label(`categories[${i}]`, it);
}

/** A version in which objects may be stored has to stay. */
function* storedVersionErrors(
  { spec, status }: { readonly spec: CustomResourceDefinitionSpec } & CustomResourceDefinition,
): FieldErrors {
  for (const [i, name] of (status?.storedVersions ?? []).entries()) {
    if (spec.versions.some((it) => it.name === name)) continue;
    yield invalid(
      `status.storedVersions[${i}]`,
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in ` +
        `spec.versions until a storage migration ensures no data remains persisted in ${name} ` +
        `and removes ${name} from status.storedVersions`,
    );
  }
}

function oneOf(field: string, value: string, words: readonly string[]): FieldError {
  const list = words.map((it) => JSON.stringify(it)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { field, reason: "NotSupported", message };
}
