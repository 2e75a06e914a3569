/** What is compared of a scenario: types; pure. */
import type { Millis } from "../../base/clock.ts";
import type { Expectations } from "../../scenario/expectations.ts";
import type { Observation } from "./observation.ts";

/** What is compared, and how. */
export interface Comparison {
  readonly expected: Expectations;
  readonly seen: Observation;
  /** Whether a container is `POD/CONTAINER`. */
  readonly isSeveral: boolean;
  /**
   * How far a moment may be off, in lifecycle ms: real processes take time, and what waits on bent
   * time may be over before it is noticed. Undefined: times are exact, and nothing is missed.
   */
  readonly tolerance?: Millis;
}
