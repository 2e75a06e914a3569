/**
 * Go's regular expressions, which schemas and rules have; pure.
 *
 * Rule: Go, regexp: a match takes time in proportion to the text, whatever the pattern. Expressions
 * of this language may take a time without a bound, during which nothing else is answered.
 */
// @ts-types="re2js-types"
import { RE2JS, RE2JSException } from "re2js";

/** As many as definitions have; a pattern is asked for with every object. */
const MOST_KEPT = 1000;

const compiled = new Map<string, Pattern | Error>();

/** A pattern that is ready to be looked for. */
export interface Pattern {
  /** Whether a part of the text matches. */
  test(text: string): boolean;
  /** The parts that match, one after the other. */
  matcher(text: string): { find(): boolean; group(): string | null };
}

/**
 * The pattern.
 *
 * @returns an error in Go's words: it is none.
 */
export function compilePattern(pattern: string): Pattern | Error {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = compile(pattern);
  if (compiled.size >= MOST_KEPT) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** Whether a text has a part that matches; nothing matches what is not a pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  const made = compilePattern(pattern);
  return !(made instanceof Error) && made.test(text);
}

function compile(pattern: string): Pattern | Error {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return error;
    throw error;
  }
}
