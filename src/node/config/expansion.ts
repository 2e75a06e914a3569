/** `$(NAME)` in commands, arguments, variables and sub-paths; pure. */

/**
 * Replaces every `$(NAME)` by what `lookUp` gives for it; where that is undefined the text stays as
 * it is. `$$` is a `$` that begins no reference. What has been put in is not looked at again.
 *
 * Rule: R-ENV-3. What is longer than the kernel takes is cut off right behind that length: a
 * program executed with it is refused as too long, and values that double one after another cost no
 * memory (Linux, `MAX_ARG_STRLEN`).
 */
export function expand(input: string, lookUp: (name: string) => string | undefined): string {
  if (!input.includes("$")) return input;
  let output = "";
  let end = 0;
  for (const { 0: text, 1: name, index } of input.matchAll(REFERENCE)) {
    output += input.slice(end, index) + (text === "$$" ? "$" : lookUp(name!) ?? text);
    end = index + text.length;
    if (output.length > MAX_STRING) break;
  }
  return (output + input.slice(end)).slice(0, MAX_STRING + 1);
}

/** The longest argument or variable that Linux takes, in bytes. */
const MAX_STRING = 128 * 1024;

/** A name is everything up to the first `)`, whatever it holds. */
const REFERENCE = /\$\$|\$\(([^)]*)\)/g;
