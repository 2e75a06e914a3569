/**
 * The fields of an object as paths, which managers own; pure.
 *
 * Rule: Kubernetes, structured-merge-diff, fieldpath/serialize-pe.go; the keys of lists are the
 * tags `listMapKey` and `listType` of the types in k8s.io/api.
 */
import { isObject } from "../../base/plain_data.ts";
import { fieldOf, isResource, type Schema } from "../custom/schema.ts";
import { fieldsOf } from "../manifest/decode.ts";
import { mergeRuleOf } from "./merge_keys.ts";

/** What has the fields of an object: a struct of the field table, or a custom object's schema. */
export type FieldSource = string | Schema;

/** How the value of a field is owned. */
export interface OwnershipRule {
  /** The fields of an object or of the items of a list; undefined where none is known. */
  readonly struct: FieldSource | undefined;
  /** `atomic`: as a whole; `map`: each of its items, by keys; `set`: each of its words. */
  readonly shape: "fields" | "atomic" | "map" | "set";
  /** Of a `map`. */
  readonly keys: readonly string[];
  /** What a key is where an item does not give it. @default as for Kubernetes' own lists */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** Keys that differ from those of strategic merge patches. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "Container.ports": ["containerPort", "protocol"],
  "EphemeralContainer.ports": ["containerPort", "protocol"],
  "ServiceSpec.ports": ["port", "protocol"],
  "PodSpec.topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
  "ResourceRequirements.claims": ["name"],
};

/** What a key is where an item does not give it. */
const DEFAULT_KEYS: Readonly<Record<string, unknown>> = { protocol: "TCP" };

/** Fields that are owned as a whole though they have parts. */
const ATOMIC_FIELDS: ReadonlySet<string> = new Set([
  "PodSpec.nodeSelector",
  "ServiceSpec.selector",
  "JobStatus.conditions",
]);
const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  ...["LabelSelector", "LocalObjectReference", "ObjectReference", "ConfigMapKeySelector"],
  ...["SecretKeySelector", "ObjectFieldSelector", "ResourceFieldSelector", "NodeSelector"],
  ...["SecretReference", "TypedLocalObjectReference", "TypedObjectReference"],
]);

/** How a field of a struct is owned. */
export function ownershipOf(struct: FieldSource | undefined, field: string): OwnershipRule {
  if (typeof struct === "object") return schemaOwnershipOf(struct, field);
  if (struct === undefined) return FREE;
  const known = rulesOf(struct);
  let rule = known.get(field);
  if (rule === undefined) {
    rule = structOwnershipOf(struct, field);
    // What a client invents is not kept.
    if (fieldsOf(struct)?.has(field)) known.set(field, rule);
  }
  return rule;
}

/** Of what no type is known. */
const FREE: OwnershipRule = { struct: undefined, shape: "fields", keys: [] };

/** Every write asks for the same fields. */
const rules = new Map<string, Map<string, OwnershipRule>>();

function rulesOf(struct: string): Map<string, OwnershipRule> {
  let known = rules.get(struct);
  if (known === undefined) rules.set(struct, known = new Map());
  return known;
}

function structOwnershipOf(struct: string, field: string): OwnershipRule {
  const { struct: inner, key, isSet } = mergeRuleOf(struct, field);
  const path = `${struct}.${field}`;
  const keys = Object.hasOwn(KEYS, path) ? KEYS[path]! : key === undefined ? [] : [key];
  const isAtomic = ATOMIC_FIELDS.has(path) || (inner !== undefined && ATOMIC_STRUCTS.has(inner));
  const shape = isAtomic ? "atomic" : isSet ? "set" : keys.length > 0 ? "map" : "fields";
  return { struct: inner, shape, keys };
}

/**
 * Rule: apimachinery, pkg/util/managedfields/typeconverter.go; kube-openapi, pkg/schemaconv: lists
 * are owned as a whole and objects field by field, where a schema does not ask for something else.
 */
function schemaOwnershipOf(schema: Schema, field: string): OwnershipRule {
  if (field === "metadata" && isResource(schema)) return ownershipOfObject("ObjectMeta");
  const inner = fieldOf(schema, field);
  if (inner === undefined) return { struct: undefined, shape: "fields", keys: [] };
  if (inner.type === "object" || inner.type === undefined) {
    const isAtomic = inner["x-kubernetes-map-type"] === "atomic";
    return { struct: inner, shape: isAtomic ? "atomic" : "fields", keys: [] };
  }
  const { items } = inner;
  switch (inner["x-kubernetes-list-type"]) {
    case "set":
      return { struct: items, shape: "set", keys: [] };
    case "map": {
      const keys = inner["x-kubernetes-list-map-keys"] ?? [];
      const defaults = Object.fromEntries(
        keys.map((key) => [key, fieldOf(items, key)?.default]),
      );
      return { struct: items, shape: "map", keys, defaults };
    }
    default:
      return { struct: undefined, shape: inner.type === "array" ? "atomic" : "fields", keys: [] };
  }
}

/** The schema of whole custom objects, as ownership takes it: their metadata is an object's. */
export function resourceSchema(schema: Schema): Schema {
  return { ...schema, "x-kubernetes-embedded-resource": true };
}

/** The rule of a whole object. */
export function ownershipOfObject(struct: FieldSource): OwnershipRule {
  return { struct, shape: "fields", keys: [] };
}

/** Elements of a path, joined; none of them has this character. */
const SEPARATOR = "\0";

/** A path below another one. */
export function joinFieldPath(path: string, element: string): string {
  return path === "" ? element : `${path}${SEPARATOR}${element}`;
}

/** The element of an item of a list, by its keys. */
export function itemElement(
  item: unknown,
  { shape, keys, defaults = DEFAULT_KEYS }: OwnershipRule,
): string | undefined {
  if (shape === "set") return `v:${JSON.stringify(item)}`;
  if (!isObject(item)) return undefined;
  const values = keys.map((key) => [key, item[key] ?? defaults[key]] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  const sorted = values.toSorted(([a], [b]) => a < b ? -1 : 1);
  return `k:${JSON.stringify(Object.fromEntries(sorted))}`;
}

/** What of an object the server writes, and no one owns. */
const UNOWNED: ReadonlySet<string> = new Set([
  ...["f:apiVersion", "f:kind"],
  ...["name", "namespace", "uid", "resourceVersion", "generation", "selfLink"]
    .map((it) => `f:metadata${SEPARATOR}f:${it}`),
  ...["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"]
    .map((it) => `f:metadata${SEPARATOR}f:${it}`),
]);

/** Every field of an object that can be owned, with its value; an item of a list is one, too. */
export function flattenFields(object: unknown, struct: FieldSource): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  flatten(object, ownershipOfObject(struct), "", fields);
  return fields;
}

function flatten(
  value: unknown,
  rule: OwnershipRule,
  path: string,
  fields: Map<string, unknown>,
): void {
  if (UNOWNED.has(path) || value === undefined) return;
  if (isObject(value) && rule.shape === "fields" && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) {
      flatten(item, ownershipOf(rule.struct, key), joinFieldPath(path, `f:${key}`), fields);
    }
    return;
  }
  const isMerged = Array.isArray(value) && (rule.shape === "map" || rule.shape === "set");
  const elements = isMerged ? value.map((item) => itemElement(item, rule)) : [undefined];
  // A list with an item that has no key is owned as a whole.
  if (!isMerged || elements.includes(undefined)) return void fields.set(path, value);
  for (const [index, item] of value.entries()) {
    const at = joinFieldPath(path, elements[index]!);
    fields.set(at, ITEM);
    if (rule.shape === "map") {
      flatten(item, { struct: rule.struct, shape: "fields", keys: [] }, at, fields);
    }
  }
}

/** The value of an item itself: that it is there. */
const ITEM = true;

/** A tree of paths, as `managedFields` has it. */
export type FieldTree = { [element: string]: FieldTree };

/** Paths as a tree; `.` marks one that has others below it. */
export function formatFieldTree(paths: Iterable<string>): FieldTree {
  const tree: FieldTree = Object.create(null);
  for (const path of paths) {
    let node = tree;
    for (const element of path.split(SEPARATOR)) node = node[element] ??= Object.create(null);
    node["."] = {};
  }
  return withoutLeafMarks(tree);
}

function withoutLeafMarks(tree: FieldTree): FieldTree {
  const entries = Object.entries(tree);
  if (entries.length === 1 && "." in tree) return {};
  return Object.fromEntries(
    entries.map(([element, node]) => [element, element === "." ? {} : withoutLeafMarks(node)]),
  );
}

/** The paths of a tree; what is not one has none. */
export function parseFieldTree(tree: unknown, path = ""): Set<string> {
  const paths = new Set<string>();
  const visit = (node: unknown, at: string) => {
    if (!isObject(node)) return;
    const entries = Object.entries(node);
    if ((entries.length === 0 && at !== "") || "." in node) paths.add(at);
    for (const [element, child] of entries) {
      if (element !== ".") visit(child, joinFieldPath(at, element));
    }
  };
  visit(tree, path);
  return paths;
}

/** A path as errors name it: `.spec.containers[name="c"].image`. */
export function formatFieldPath(path: string): string {
  return path.split(SEPARATOR).map((element) => {
    const content = element.slice(2);
    if (element.startsWith("f:")) return `.${content}`;
    if (element.startsWith("v:")) return `[=${content}]`;
    const keys = Object.entries(JSON.parse(content) as Record<string, unknown>);
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
  }).join("");
}
