/** The Secret's row; pure. Rule: Kubernetes, pkg/registry/core/secret/strategy.go. */
import type { Secret } from "../../types/core.ts";
import { secretErrors } from "../../validate/common/validate_config.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** How Secrets are read, completed, checked and stored. */
export const secretStrategy: Strategy<Secret> = {
  kind: "Secret",
  apiVersion: "v1",
  plural: "secrets",
  singular: "secret",
  shortNames: [],
  namespaced: true,
  struct: "Secret",
  confidential: true,
  hasStatus: false,
  applyDefaults: foldStringData,
  prepareForCreate: (secret) => secret,
  validate: secretErrors,
  podTemplatesOf: () => [],
};

/**
 * The Secret with its `stringData`, which is written and never read, over `data` in base64
 * (R-VOL-4).
 *
 * Rule: Kubernetes, pkg/apis/core/v1/conversion.go, Convert_v1_Secret_To_core_Secret.
 */
function foldStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const utf8 = new TextEncoder();
  const folded = Object.entries(stringData).map(([key, text]) =>
    [key, utf8.encode(text).toBase64()] as const
  );
  // Defines properties, so that a key `__proto__` is a key like any other.
  const data = Object.fromEntries([...Object.entries(secret.data ?? {}), ...folded]);
  return { ...rest, data };
}
