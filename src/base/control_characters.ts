/** Text of other people on a terminal. */

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Control characters, those of the upper half included, as `\n` or `\u001b`: a message must not
 * steer the terminal.
 */
export function escapeControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (it) => {
    const short = SHORT_ESCAPES[it];
    return short ?? `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
