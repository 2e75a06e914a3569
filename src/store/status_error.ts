/** Why a request about an object was refused, in the words that `kubectl` users know. */

/** Kubernetes' reason words. */
export type StatusReason = "NotFound" | "AlreadyExists" | "Conflict";

/** A request cannot be carried out as things stand; code decides on `reason`. */
export class StatusError extends Error {
  readonly reason: StatusReason;
  /** `pods`, or `deployments.apps` where the kind has a group. */
  readonly resource: string;
  /** `metadata.name` */
  readonly objectName: string;

  /**
   * Words the message as an API server would.
   *
   * @param resource `pods`, `deployments.apps` and so on.
   */
  constructor(reason: StatusReason, resource: string, objectName: string) {
    super(describe(reason, `${resource} "${objectName}"`));
    this.name = "StatusError";
    this.reason = reason;
    this.resource = resource;
    this.objectName = objectName;
  }
}

/** Whether a request was refused for this reason. */
export function isRefusal(error: unknown, reason: StatusReason): boolean {
  return error instanceof StatusError && error.reason === reason;
}

function describe(reason: StatusReason, what: string): string {
  switch (reason) {
    case "NotFound":
      return `${what} not found`;
    case "AlreadyExists":
      return `${what} already exists`;
    case "Conflict":
      return `Operation cannot be fulfilled on ${what}: the object has been modified; ` +
        "please apply your changes to the latest version and try again";
  }
}
