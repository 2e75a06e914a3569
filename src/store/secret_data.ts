/** `stringData` of a Secret, which is written and never read; pure. */
import type { Secret } from "../api/types/core.ts";

/** The Secret with its `stringData` folded over `data`, in base64 (R-VOL-4). */
export function foldStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const data = { ...secret.data };
  const utf8 = new TextEncoder();
  for (const [key, text] of Object.entries(stringData)) data[key] = utf8.encode(text).toBase64();
  return { ...rest, data };
}
