/** Look-ups in records whose keys other people choose. */

/** The value that a record itself has for a key: `constructor` and the like are keys as any other. */
export function ownValue<T>(
  record: Readonly<Record<string, T>> | undefined,
  key: string,
): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
