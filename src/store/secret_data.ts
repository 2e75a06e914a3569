/** `stringData` of a Secret, which is written and never read; pure. */
import type { Secret } from "../api/types/core.ts";

/** The Secret with its `stringData` folded over `data`, in base64 (R-VOL-4). */
export function foldStringData(secret: Secret): Secret {
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
