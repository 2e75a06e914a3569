/**
 * What is wrong with an object, before anything starts (R-VALID-1): Kubernetes' checks, in its
 * order and words, for everything that is enforced here. All errors are found, not the first alone.
 */
import type { FieldError } from "../types/errors.ts";
import type { Pod } from "../types/pod.ts";
import { newPodErrors } from "./pod/validate_pod.ts";

/** What is wrong with a new Pod, defaults applied: `validatePod(defaultPod(pod))`. */
export function validatePod(pod: Pod): readonly FieldError[] {
  return [...newPodErrors(pod)];
}
