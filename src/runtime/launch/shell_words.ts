/** Words of a shell script. Pure. */

/** Quotes a word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Quotes each of several words. */
export function quoteAll<Name extends string>(
  words: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const quoted = Object.entries<string>(words).map(([name, word]) => [name, quote(word)]);
  return Object.fromEntries(quoted) as Record<Name, string>;
}
