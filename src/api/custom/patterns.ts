/**
 * Go's regular expressions as those of this language; pure.
 *
 * Rule: Go, regexp/syntax: flags stand in front as `(?i)`, classes have names such as
 * `[[:alpha:]]`, and `\A` and `\z` are the ends of a text.
 */

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** As many as definitions have; a pattern is asked for with every object. */
const MOST_KEPT = 1000;

const compiled = new Map<string, RegExp | undefined>();

/** The expression; undefined where it is none, or what it needs is not there. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const expression = compile(pattern);
  if (compiled.size >= MOST_KEPT) compiled.clear();
  compiled.set(pattern, expression);
  return expression;
}

function compile(pattern: string): RegExp | undefined {
  const [, start = "", flags = "", body = ""] = /^(\^?)(?:\(\?([imsU]+)\))?(.*)$/s.exec(pattern)!;
  const source = start + body.replace(
    /\[:(\^?)(\w+):\]/g,
    (all, not: string, name: string) => not === "" ? CLASSES[name] ?? all : all,
  )
    .replace(/\\A/g, "^").replace(/\\z/g, "$").replace(/\(\?P</g, "(?<");
  const words = flags.replace("U", "");
  // Strictly as Unicode at first; a needless backslash is an error there, and none in Go.
  for (const mode of ["u", ""]) {
    try {
      return new RegExp(source, words + mode);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
