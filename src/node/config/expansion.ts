/** `$(NAME)` in commands, arguments, variables and sub-paths; pure. */

/**
 * Replaces every `$(NAME)` by what `lookUp` gives for it; where that is undefined the text stays as it is.
 * `$$` is a `$` that begins no reference. What has been put in is not looked at again.
 *
 * Rule: R-ENV-3.
 */
export function expand(input: string, lookUp: (name: string) => string | undefined): string {
  if (!input.includes("$")) return input;
  return input.replace(REFERENCE, (text, name: string | undefined) => {
    if (text === "$$") return "$";
    return lookUp(name!) ?? text;
  });
}

/** A name is everything up to the first `)`, whatever it holds. */
const REFERENCE = /\$\$|\$\(([^)]*)\)/g;
