/** What is wrong with a Pod, as lines; for rows of inputs and texts. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../src/api/defaults.ts";
import { decodeObject } from "../../../src/api/manifest/decode.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { validatePod } from "../../../src/api/validate/validate.ts";

/** A part of a manifest. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * A rule, what the row is about, `metadata` and `spec` in part, and the errors as kubectl prints
 * them.
 */
export type Row = readonly [
  rule: string,
  what: string,
  pod: Fields,
  errors: readonly string[],
];

/** Details that many errors have in common. */
export const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
/** See {@link LABEL}. */
export const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
/** See {@link LABEL}. */
export const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
/** See {@link LABEL}. */
export const QNAME =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** A Pod as decoding leaves it; what is not given is as plain as it can be. */
export function podOf(fields: Fields): Pod {
  const { metadata = { name: "p" }, spec = {} } = fields as { metadata?: Fields; spec?: Fields };
  const { object, errors } = decodeObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "c", image: "i" }], ...spec },
  });
  deepEqual(errors, []);
  return object as Pod;
}

/** What the API server says of a new Pod. */
export function errorsOf(fields: Fields): readonly string[] {
  return validatePod(defaultPod(podOf(fields))).map((it) => `${it.field}: ${it.message}`);
}

/** Registers a test for each row. */
export function testRows(rows: readonly Row[]): void {
  for (const [ruleId, what, fields, expected] of rows) {
    Deno.test(`validatePod() ${ruleId}: ${what}`, () => deepEqual(errorsOf(fields), expected));
  }
}
