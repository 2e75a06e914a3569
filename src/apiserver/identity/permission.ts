/** What users ask for, and what roles allow: a vocabulary; pure. */

/** What is asked for. */
export type Access = ResourceAccess | PathAccess;

/** A verb on a resource. */
export interface ResourceAccess {
  readonly type: "resource";
  /** `get`, `list`, `deletecollection` */
  readonly verb: string;
  /** Undefined: the whole cluster. */
  readonly namespace?: string;
  /** Empty for `v1`. */
  readonly group: string;
  /** `pods` */
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
}

/** A path that is not a resource's. */
export interface PathAccess {
  readonly type: "path";
  /** `get` */
  readonly verb: string;
  readonly path: string;
}

/** What a role allows. */
export interface RoleRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}
