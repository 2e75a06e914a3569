/** What the parts of the API server share. */
import type { FieldError } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Clock } from "../../base/clock.ts";
import type { ChangeHistory } from "../../store/history.ts";
import type { Registry } from "../../store/registry.ts";
import type { KindRow } from "../discovery/resources.ts";
import type { AnswerForm } from "../answer/accept.ts";
import type { AccessPolicy, AccountRights } from "../identity/access.ts";
import type { ServiceTokens } from "../identity/tokens.ts";
import type { ResourcePath } from "../request/path.ts";

/** What this machine makes of an object beside Kubernetes' own rules. */
export interface MachineAdvice {
  /** Fields that it cannot give: the object is refused. */
  readonly errors: readonly FieldError[];
  /** Fields that it accepts and does not enforce, a line each. */
  readonly warnings: readonly string[];
}

/** The store behind the API, and time. */
export interface ApiContext {
  readonly registry: Registry;
  /** That of the registry. */
  readonly history: ChangeHistory;
  /** The wall clock is its own. */
  readonly clock: Clock;
  /** Answers about the containers of the node: a path of the kubelet with its query. */
  readonly askNode: (path: string, request: Request) => Promise<Response>;
  /** Looks at an object that a client writes. */
  readonly adviseOn: (object: KubernetesObject) => MachineAdvice;
  /** Of service accounts. */
  readonly tokens: ServiceTokens;
  /** What service accounts may do. */
  readonly rights: AccountRights;
}

/** One request to a resource. */
export interface ResourceRequest {
  readonly path: ResourcePath;
  readonly row: KindRow;
  readonly query: URLSearchParams;
  readonly request: Request;
  /** What the client reads. */
  readonly form: AnswerForm;
}

/** The wall clock, in ms since 1970. */
export function wallTimeOf({ clock }: Pick<ApiContext, "clock">): number {
  return clock.wallTime(clock.now());
}

/** By what it is decided who may do what. */
export function policyOf({ rights, registry }: ApiContext): AccessPolicy {
  return { rights, objects: registry };
}
