/**
 * What the API has, as clients ask for it before anything else; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/types.go, APIGroupList and APIResourceList, and
 * k8s.io/api/apidiscovery/v2/types.go.
 */
import {
  type KindRow,
  resourcesOf,
  type ServedResource,
  servedVersions,
  splitVersion,
} from "./resources.ts";

/** Data as they are sent. */
export type Document = Readonly<Record<string, unknown>>;

/** The media type of aggregated discovery. */
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=VERSION;as=APIGroupDiscoveryList";

/**
 * The media type of aggregated discovery that a client accepts, and its version; undefined where it
 * wants none.
 */
export function findAggregated(
  accept: string,
): { readonly type: string; readonly version: string } | undefined {
  if (!/g=apidiscovery\.k8s\.io/.test(accept)) return undefined;
  const version = ["v2", "v2beta1"].find((it) => new RegExp(`;\\s*v=${it}\\s*[;,]`).test(accept));
  return version === undefined
    ? undefined
    : { type: AGGREGATED.replace("VERSION", version), version };
}

/** All groups in one answer: the one without a name, or all others. */
export function formatAggregated(
  kinds: readonly KindRow[],
  version: string,
  isCore: boolean,
): Document {
  const groups = Map.groupBy(
    servedVersions(kinds).filter((it) => (splitVersion(it).group === "") === isCore),
    (it) => splitVersion(it).group,
  );
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map(([group, versions]) => ({
      metadata: { ...group !== "" && { name: group }, creationTimestamp: null },
      versions: versions.map((apiVersion) => ({
        version: splitVersion(apiVersion).version,
        resources: resourcesOf(kinds, apiVersion).map(discoverResource),
        freshness: "Current",
      })),
    })),
  };
}

function discoverResource(resource: ServedResource) {
  const { kind, apiVersion, plural, singular, namespaced, verbs } = resource;
  const { shortNames, categories, subresources } = resource;
  const responseKind = { ...splitVersion(apiVersion), kind };
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map(({ name, verbs, kind }) => ({
        subresource: name,
        responseKind: kind ?? responseKind,
        verbs,
      })),
    }),
  };
}

/** `/api` */
export function formatCoreVersions(): Document {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `/apis` */
export function formatGroups(kinds: readonly KindRow[]): Document {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: namedGroups(kinds).map((it) => describeGroup(kinds, it)),
  };
}

/** `/apis/GROUP`; undefined if there is none of this name. */
export function formatGroup(kinds: readonly KindRow[], group: string): Document | undefined {
  if (!namedGroups(kinds).includes(group)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...describeGroup(kinds, group) };
}

/** `/apis/GROUP/VERSION`; undefined if nothing is served of it. */
export function formatResources(
  kinds: readonly KindRow[],
  apiVersion: string,
): Document | undefined {
  const resources = resourcesOf(kinds, apiVersion);
  if (resources.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    ...(splitVersion(apiVersion).group !== "" && { apiVersion: "v1" }),
    groupVersion: apiVersion,
    resources: resources.flatMap(describeResources),
  };
}

function describeResources(resource: ServedResource) {
  const { kind, plural, singular, namespaced, verbs } = resource;
  const { shortNames, categories, subresources } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...subresources.map(({ name, verbs, kind: other }) => ({
      name: `${plural}/${name}`,
      singularName: "",
      namespaced,
      ...(other && { group: other.group, version: other.version }),
      kind: other?.kind ?? kind,
      verbs,
    })),
  ];
}

function namedGroups(kinds: readonly KindRow[]): readonly string[] {
  const groups = servedVersions(kinds).map((it) => splitVersion(it).group);
  return [...new Set(groups)].filter((it) => it !== "");
}

function describeGroup(kinds: readonly KindRow[], group: string) {
  const versions = servedVersions(kinds).filter((it) => splitVersion(it).group === group)
    .map((groupVersion) => ({ groupVersion, version: splitVersion(groupVersion).version }));
  return { name: group, versions, preferredVersion: versions[0]! };
}
