/** Objects of kinds that nothing here acts on: whether they are left out or are a mistake; pure. */
import { isObject, ownValue } from "../../base/plain_data.ts";
import { didYouMean, type FieldError, nearestName } from "../types/errors.ts";
import { KINDS } from "../kinds/kinds.ts";
import type { PodTemplate } from "../kinds/strategy/strategy.ts";
import { groupOf } from "../types/kinds.ts";
import {
  CLUSTER_SCOPED,
  GONE_VERSIONS,
  noteOfKind,
  OTHER_KINDS,
  POD_TEMPLATES,
} from "../types/other_kinds.ts";

/** An object that is left out. */
export interface OtherObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** `metadata.name`, else `metadata.generateName`; empty without either. */
  readonly name: string;
  /** Undefined for a kind that lives in no namespace, or may. */
  readonly namespace: string | undefined;
  /** What it means that it is left out. */
  readonly note: string;
  /** The Pod of its template, under a name of no meaning, if it has one. */
  readonly template?: PodTemplate;
}

/** `KIND namespace/name`, as events name an object. */
export function formatObject({ kind, namespace, name }: OtherObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** What an object of another kind is, as far as it counts here. */
export function readOtherObject(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  value: Readonly<Record<string, unknown>>,
): Omit<OtherObject, "template"> {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const text = (field: unknown) => typeof field === "string" ? field : "";
  const isNative = ownValue(OTHER_KINDS, apiVersion)?.includes(kind) ?? false;
  const namespace = text(metadata.namespace) || (isNative ? "default" : undefined);
  return {
    apiVersion,
    kind,
    name: text(metadata.name) || text(metadata.generateName),
    namespace: isNative && CLUSTER_SCOPED.has(kind) ? undefined : namespace,
    note: noteOfKind(isNative ? kind : ""),
  };
}

/**
 * The path and content of the Pod template of an object of a kind that has one; also in a version
 * that is gone.
 */
export function findTemplate(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  value: unknown,
): { readonly path: string; readonly value: Readonly<Record<string, unknown>> } | undefined {
  const isNative = ownValue(OTHER_KINDS, apiVersion)?.includes(kind) ??
    findGone(apiVersion, kind) !== undefined;
  if (!isNative || !Object.hasOwn(POD_TEMPLATES, kind)) return undefined;
  const path = POD_TEMPLATES[kind]!;
  const template = path.split(".").reduce<unknown>(
    (found, name) => isObject(found) ? found[name] : undefined,
    value,
  );
  return isObject(template) ? { path, value: template } : undefined;
}

/**
 * What is wrong with the kind of an object that is not of {@link KINDS}: a version that is gone, or
 * a name that is not quite one of Kubernetes'. Undefined for Kubernetes' other kinds and for custom
 * resources, which are left out.
 *
 * A group without a dot is Kubernetes' own, so that it holds no custom resource. The words are
 * kubectl's: staging, k8s.io/apimachinery, pkg/api/meta/errors.go, NoKindMatchError.
 */
export function judgeKind(apiVersion: string, kind: string): FieldError | undefined {
  if (ownValue(OTHER_KINDS, apiVersion)?.includes(kind)) return undefined;
  const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
  const fail = (field: string, more: Pick<FieldError, "hint"> = {}, why = ""): FieldError => ({
    field,
    reason: "UnknownKind",
    message: message + why,
    ...more,
  });
  const gone = findGone(apiVersion, kind);
  if (gone !== undefined) {
    const now = gone.now === undefined ? "and has no successor" : `and ${gone.now} has it`;
    return fail("apiVersion", {}, `: Kubernetes ${gone.since} removed it, ${now}`);
  }

  const group = groupOf(apiVersion);
  const isReserved = !group.includes(".");
  const isKnownGroup = isReserved || GROUPS.has(group);
  const homes = HOMES.get(kind) ?? [];
  if (homes.length > 0) {
    const home = homes.find((it) => groupOf(it) === group) ?? homes.at(-1)!;
    const isStable = /(^|\/)v\d+$/.test(apiVersion);
    // A version that is not stable may be one that this list does not have.
    const isMeant = isReserved ||
      (GROUPS.has(group)
        ? isStable || groupOf(home) !== group
        : nearestName(group, homes.map(groupOf)) !== undefined);
    if (isMeant) return fail("apiVersion", didYouMean(home));
  } else if (isKnownGroup) {
    const hurried = KINDS.find((it) => [it.plural, ...it.shortNames].includes(kind.toLowerCase()));
    const near = hurried?.kind ?? nearestName(kind, [...HOMES.keys(), "List"]);
    if (near !== undefined || isReserved) return fail("kind", didYouMean(near));
  }
  return undefined;
}

/** The versions of each of Kubernetes' kinds. */
const HOMES: ReadonlyMap<string, readonly string[]> = homesOfKinds();
/** Kubernetes' own API groups. */
const GROUPS: ReadonlySet<string> = new Set(Object.keys(OTHER_KINDS).map(groupOf));

function homesOfKinds(): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  const add = (kind: string, version: string) =>
    homes.set(kind, [...homes.get(kind) ?? [], version]);
  for (const { kind, apiVersion } of KINDS) add(kind, apiVersion);
  for (const [version, kinds] of Object.entries(OTHER_KINDS)) {
    for (const kind of kinds) add(kind, version);
  }
  return homes;
}

function findGone(apiVersion: string, kind: string) {
  return GONE_VERSIONS.find((it) => it.apiVersion === apiVersion && it.kinds.includes(kind));
}
