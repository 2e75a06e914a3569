/** Why a pod cannot be configured as its manifest asks. */

/**
 * What a container or a volume was given cannot be made out; news about a pod, not a fault of the
 * node.
 */
export class ConfigError extends Error {
  readonly reason: ConfigErrorReason;

  /**
   * The message is the user's: it names what is missing, in the kubelet's words.
   * @param options the cause is what the kubelet has only in its log.
   */
  constructor(reason: ConfigErrorReason, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = "ConfigError";
    this.reason = reason;
  }
}

/** Of a volume (R-START-5), of the sandbox, of a container (R-START-1). */
export type ConfigErrorReason =
  | "FailedMount"
  | "FailedCreatePodSandBox"
  | "CreateContainerConfigError"
  | "CreateContainerError"
  | "ErrImagePull";
