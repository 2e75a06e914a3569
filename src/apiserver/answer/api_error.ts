/**
 * What is wrong with a request, as an API server words it; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/api/errors/errors.go.
 */

/** A cause of an error beside its message. */
export interface StatusCause {
  /** `FieldValueInvalid` and so on. */
  readonly reason: string;
  readonly message: string;
  /** The path of the field. */
  readonly field?: string;
}

/** What an error is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The resource, `pods`; of an invalid object its kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Kubernetes' reason words. */
export type ErrorReason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "NotImplemented"
  | "Timeout"
  /** Kubernetes' unknown reason. */
  | "";

/** Their HTTP status. */
const CODES: Readonly<Record<ErrorReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  Timeout: 504,
  "": 500,
};

/** A request that is refused. */
export class ApiError extends Error {
  readonly reason: ErrorReason;
  readonly details: StatusDetails | undefined;

  /** Words it. */
  constructor(reason: ErrorReason, message: string, details?: StatusDetails) {
    super(message);
    this.name = "ApiError";
    this.reason = reason;
    this.details = details;
  }

  /** The HTTP status. */
  get code(): number {
    return CODES[this.reason];
  }
}

/** A request that cannot be understood. */
export function badRequest(message: string): ApiError {
  return new ApiError("BadRequest", message);
}

/** A path that leads to nothing. */
export function unknownPath(resource?: string): ApiError {
  const hint = resource === undefined ? undefined : WAYS_OUT.get(resource);
  const message = "the server could not find the requested resource";
  return new ApiError("NotFound", hint === undefined ? message : `${message}: ${hint}`);
}

/** What would do in place of resources that are not served, by their names in paths. */
const WAYS_OUT: ReadonlyMap<string, string> = new Map([
  [
    "horizontalpodautoscalers",
    "nothing here scales by load; kubectl scale sets the number of replicas",
  ],
  ["resourcequotas", "nothing here limits a namespace; limits of Pods are enforced"],
  ["limitranges", "nothing here gives limits to Pods that name none"],
]);

/** A method that the path does not have. */
export function methodNotAllowed(): ApiError {
  return new ApiError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );
}

/** Another version of an object is there, or another object. */
export function conflict(resource: string, name: string, why: string): ApiError {
  const [kind, group] = splitResource(resource);
  const message = `Operation cannot be fulfilled on ${resource} "${name}": ${why}`;
  return new ApiError("Conflict", message, { name, ...(group && { group }), kind });
}

/** `deployments.apps` into plural and group; the group is empty for `pods`. */
export function splitResource(resource: string): readonly [plural: string, group: string] {
  const at = resource.indexOf(".");
  return at < 0 ? [resource, ""] : [resource.slice(0, at), resource.slice(at + 1)];
}
