/**
 * Where others learn how to check tokens of service accounts; pure.
 *
 * Rule: OpenID Connect Discovery 1.0, OpenID Provider Metadata; Kubernetes,
 * pkg/serviceaccount/openidmetadata.go.
 */
import { ISSUER } from "./claims.ts";

/** The path of the issuer's description. */
export const ISSUER_PATH = "/.well-known/openid-configuration";
/** The path of its keys. */
export const KEYS_PATH = "/openid/v1/jwks";

/** The issuer's description, with its keys at a server: `https://127.0.0.1:6443`. */
export function formatIssuer(origin: string): Readonly<Record<string, unknown>> {
  return {
    issuer: ISSUER,
    jwks_uri: `${origin}${KEYS_PATH}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
