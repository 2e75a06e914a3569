/**
 * The documentation lint of `deno doc`, for exported symbols alone: a member gets a comment only
 * where its name and type leave a question.
 *
 * Run as `deno run --allow-run=deno .ci/lint_docs.ts FILE…`
 */

/** A finding and the line that it points at; a member's line is indented. */
const MEMBER = /^error\[missing-jsdoc\][^]*?\n *\d+ \| +\s\S/;

const { success, stderr } = await new Deno.Command("deno", {
  args: ["doc", "--lint", ...Deno.args],
  env: { NO_COLOR: "1" },
}).output();
if (!success) {
  const findings = new TextDecoder().decode(stderr).split(/^(?=error)/m)
    .filter((it) => /^error\[/.test(it));
  const left = findings.filter((it) => !MEMBER.test(it));
  // Something other than a finding made it fail: a file that does not parse.
  if (findings.length === 0) left.push(new TextDecoder().decode(stderr));
  if (left.length > 0) {
    await Deno.stderr.write(new TextEncoder().encode(left.join("")));
    Deno.exit(1);
  }
}
