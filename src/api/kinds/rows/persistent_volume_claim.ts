/**
 * The PersistentVolumeClaim's row; pure. Rule: Kubernetes,
 * pkg/registry/core/persistentvolumeclaim/strategy.go.
 */
import { withProtection } from "../../claim_protection.ts";
import { defaultClaim } from "../../defaults.ts";
import type { PersistentVolumeClaim } from "../../types/core.ts";
import { claimErrors } from "../../validate/common/validate_claim.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** How PersistentVolumeClaims are read, completed, checked and stored. */
export const claimStrategy: Strategy<PersistentVolumeClaim> = {
  kind: "PersistentVolumeClaim",
  apiVersion: "v1",
  plural: "persistentvolumeclaims",
  singular: "persistentvolumeclaim",
  shortNames: ["pvc"],
  namespaced: true,
  struct: "PersistentVolumeClaim",
  confidential: false,
  hasStatus: true,
  applyDefaults: defaultClaim,
  prepareForCreate: withProtection,
  validate: claimErrors,
  podTemplatesOf: () => [],
};
