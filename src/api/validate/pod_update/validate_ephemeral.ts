/**
 * What may change in the ephemeral containers of a Pod (R-EPHEMERAL-1).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodEphemeralContainersUpdate.
 */
import { forbidden } from "../../types/errors.ts";
import type { Pod } from "../../types/pod.ts";
import { isEqual } from "../common/equality.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import type { FieldErrors } from "../common/validate_value.ts";
import { podErrors } from "../pod/validate_pod.ts";

/** The annotation of a Pod that a file on its node stands for. */
const MIRROR = "kubernetes.io/config.mirror";

/** What is wrong with the ephemeral containers that a Pod is to have; defaults are applied. */
export function* ephemeralUpdateErrors(pod: Pod, old: Pod): FieldErrors {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    return yield forbidden("", "static pods do not support ephemeral containers");
  }
  yield* validateMetaUpdate(pod.metadata, old.metadata);
  yield* podErrors(pod);
  for (const present of old.spec.ephemeralContainers ?? []) {
    const given = pod.spec.ephemeralContainers?.find(({ name }) => name === present.name);
    const path = "spec.ephemeralContainers";
    const what = `existing ephemeral containers ${JSON.stringify(present.name)}`;
    if (given === undefined) yield forbidden(path, `${what} may not be removed\n`);
    else if (!isEqual(given, present)) yield forbidden(path, `${what} may not be changed\n`);
  }
}
