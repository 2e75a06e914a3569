/** Why a request about an object was refused, in the words that `kubectl` users know. */

/** Kubernetes' reason words. */
export type StatusReason = "NotFound" | "AlreadyExists" | "Conflict" | "Forbidden";

/** A request cannot be carried out as things stand; code decides on `reason`. */
export class StatusError extends Error {
  readonly reason: StatusReason;
  /** `pods`, or `deployments.apps` where the kind has a group. */
  readonly resource: string;
  /** `metadata.name` */
  readonly objectName: string;
  /** Whether nothing can be created in the namespace any more (R-NS-4). */
  readonly isNamespaceEnding: boolean;

  /**
   * Words the message as an API server would.
   *
   * @param resource `pods`, `deployments.apps` and so on.
   * @param options.detail why something is forbidden.
   */
  constructor(
    reason: StatusReason,
    resource: string,
    objectName: string,
    { detail = "", isNamespaceEnding = false }: {
      readonly detail?: string;
      readonly isNamespaceEnding?: boolean;
    } = {},
  ) {
    super(describe(reason, `${resource} "${objectName}"`, detail));
    this.name = "StatusError";
    this.reason = reason;
    this.resource = resource;
    this.objectName = objectName;
    this.isNamespaceEnding = isNamespaceEnding;
  }
}

/** Whether a request was refused for this reason. */
export function isRefusal(error: unknown, reason: StatusReason): boolean {
  return error instanceof StatusError && error.reason === reason;
}

/** Whether nothing is created because of the end of its namespace (R-NS-4). */
export function isNamespaceEnding(error: unknown): boolean {
  return error instanceof StatusError && error.isNamespaceEnding;
}

function describe(reason: StatusReason, what: string, detail: string): string {
  switch (reason) {
    case "NotFound":
      return `${what} not found`;
    case "AlreadyExists":
      return `${what} already exists`;
    case "Forbidden":
      return `${what} is forbidden: ${detail}`;
    case "Conflict":
      return `Operation cannot be fulfilled on ${what}: the object has been modified; ` +
        "please apply your changes to the latest version and try again";
  }
}
