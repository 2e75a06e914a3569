/**
 * What the path of a request names; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/request/requestinfo.go, NewRequestInfo.
 */
import { badRequest } from "../answer/api_error.ts";

/** A resource, one of its objects, or a part of that. */
export interface ResourcePath {
  readonly type: "resource";
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  /** Undefined: of the whole cluster. */
  readonly namespace?: string;
  /** `pods` */
  readonly resource: string;
  /** Undefined: all of them. */
  readonly name?: string;
  /** `status`, `log` */
  readonly subresource?: string;
  /** Of a node's `proxy`: the path of the node that it leads to, `/stats/summary`. */
  readonly proxied?: string;
}

/** What a path names. */
export type RequestPath =
  | ResourcePath
  /** `/apis/apps`, or all groups without one. */
  | { readonly type: "groups"; readonly group?: string }
  /** `/api`: the versions of the group without a name. */
  | { readonly type: "coreVersions" }
  /** `/api/v1`, `/apis/apps/v1`: what a version has. */
  | { readonly type: "version"; readonly apiVersion: string }
  | { readonly type: "openapi"; readonly path: string }
  /** `/version`, `/healthz`, and what leads to nothing. */
  | { readonly type: "other"; readonly path: string };

/**
 * Takes a path apart.
 *
 * @throws {ApiError} `BadRequest` where it is not properly encoded.
 */
export function parsePath(pathname: string): RequestPath {
  const parts = pathname.split("/").filter((it) => it !== "").map(decodePart);
  const [first, ...rest] = parts;
  if (first === "openapi") return { type: "openapi", path: rest.join("/") };
  if (first === "api") {
    const [version, ...of] = rest;
    if (version === undefined) return { type: "coreVersions" };
    return parseResource(version, of, pathname);
  }
  if (first === "apis") {
    const [group, version, ...of] = rest;
    if (group === undefined) return { type: "groups" };
    if (version === undefined) return { type: "groups", group };
    return parseResource(`${group}/${version}`, of, pathname);
  }
  return { type: "other", path: pathname.replace(/(?<=.)\/$/, "") };
}

/** What stands behind the version. */
function parseResource(
  apiVersion: string,
  parts: readonly string[],
  pathname: string,
): RequestPath {
  if (parts.length === 0) return { type: "version", apiVersion };
  const [first, second, third] = parts;
  // Of a namespace itself only these are parts; anything else is in it.
  const isWithin = first === "namespaces" && parts.length > 2 &&
    third !== "status" && third !== "finalize";
  const [resource, name, subresource, ...more] = isWithin ? parts.slice(2) : parts;
  const isProxied = resource === "nodes" && subresource === "proxy";
  if (more.length > 0 && !isProxied) return { type: "other", path: pathname };
  return {
    type: "resource",
    apiVersion,
    ...(isWithin && { namespace: second! }),
    resource: resource!,
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
    ...(isProxied && { proxied: `/${more.map(encodeURIComponent).join("/")}` }),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // The only failure is a malformed escape.
    throw badRequest(`the path has a malformed escape in ${JSON.stringify(part)}`);
  }
}
