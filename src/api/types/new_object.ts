/** What a create or an update makes of an object before it is stored. */
import type { FieldError } from "./errors.ts";
import type { KubernetesObject } from "./kinds.ts";

/** An object as it would be stored, and why it is refused. */
export interface NewObject<O extends KubernetesObject = KubernetesObject> {
  /** Completed and prepared. */
  readonly object: O;
  /** All that is wrong with it, in Kubernetes' order; empty if it may be stored. */
  readonly errors: readonly FieldError[];
}

/** What a cluster hands out, each value to one object. */
export interface Ranges {
  /**
   * The addresses of Services, as a CIDR.
   *
   * @default `10.96.0.0/12`
   */
  readonly serviceAddresses?: string;
}
