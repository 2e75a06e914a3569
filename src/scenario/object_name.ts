/** An object as people name it: `Deployment/web`; text in, value out; pure. */
import { findTypedKind } from "../api/kinds/kinds.ts";
import type { KindName } from "../api/types/kinds.ts";
import { UsageError } from "../base/usage_error.ts";

/** An object by its kind and name. */
export interface ObjectName {
  readonly kind: KindName;
  readonly name: string;
}

/**
 * `KIND/NAME`, the kind as a person types it.
 * @throws {UsageError}
 */
export function parseObjectName(text: string): ObjectName {
  const [, kind = "", name = ""] = /^([A-Za-z]+)\/(.+)$/.exec(text) ?? [];
  const row = findTypedKind(kind);
  if (row !== undefined) return { kind: row.kind, name };
  throw new UsageError(`${JSON.stringify(text)} is not KIND/NAME, such as Deployment/web`);
}
