/** Names that the API server completes. */

/** Neither vowels nor what looks like one: no words come about. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
/** A name that fits a DNS label. */
const MAX_LENGTH = 63;

/** How many endings there are. */
export const NAME_ENDINGS: number = ALPHABET.length ** SUFFIX_LENGTH;

/**
 * A name that begins with `metadata.generateName`.
 *
 * Rule: apiserver, pkg/storage/names/generate.go.
 *
 * @param ending which one: an integer from 0 to {@link NAME_ENDINGS} - 1.
 */
export function generateName(base: string, ending: number): string {
  let suffix = "";
  for (
    let rest = ending;
    suffix.length < SUFFIX_LENGTH;
    rest = Math.floor(rest / ALPHABET.length)
  ) {
    suffix = ALPHABET[rest % ALPHABET.length] + suffix;
  }
  return base.slice(0, MAX_LENGTH - SUFFIX_LENGTH) + suffix;
}
