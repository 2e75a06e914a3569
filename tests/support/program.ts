/** How tests start the program. */

const SOURCE = new URL("../../src/main.ts", import.meta.url).pathname;

/** Names the bundle that `tests/run.ts` makes: it starts in two thirds of the time. */
export const BUNDLE_VARIABLE = "PODLING_TEST_BUNDLE";

const bundle = Deno.env.get(BUNDLE_VARIABLE);

/** The words before a command: `deno run … src/main.ts`, or the same program as one file. */
export const PODLING: readonly [string, ...string[]] = [
  Deno.execPath(),
  ...["run", "--allow-all", "--quiet"],
  ...bundle === undefined ? [SOURCE] : ["--no-config", "--no-lock", bundle],
];
