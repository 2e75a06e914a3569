/** How tests and benchmarks start the program. */
import settings from "../../deno.json" with { type: "json" };

/** The program's source. */
export const SOURCE: string = new URL("../../src/main.ts", import.meta.url).pathname;

/** Names the bundle that `tests/run.ts` makes: it starts in half to two thirds of the time. */
export const BUNDLE_VARIABLE = "PODLING_TEST_BUNDLE";

const bundle = Deno.env.get(BUNDLE_VARIABLE);

const features = settings.unstable.map((name) => `--unstable-${name}`);

/** What a task gives Deno: permissions, and the flags of V8 that users' starts have. */
export function taskOptions(name: "cli" | "serve"): readonly string[] {
  const words = settings.tasks[name].split(" ");
  return words.slice(words.indexOf("run") + 1, words.indexOf("src/main.ts"));
}

/** The words before a command: `deno run … src/main.ts`, or the same program as a bundle. */
export const PODLING: readonly [string, ...string[]] = [
  Deno.execPath(),
  ...["run", "--quiet", ...taskOptions("cli")],
  ...bundle === undefined ? [SOURCE] : ["--no-config", "--no-lock", ...features, bundle],
];
