/** `run --watch` on a terminal, and where there is none. */
import { doesNotMatch, match, strictEqual as equal } from "node:assert/strict";
import { canOpenTerminal, Screen } from "./screen.ts";
import { Place, runPod } from "./support.ts";

const containers = { main: { command: ["sh", "-c", "echo first; sleep 1; echo second; exit 3"] } };

Deno.test({
  name: "--watch shows the containers below their output, and clears up",
  ignore: !canOpenTerminal,
  fn: async () => {
    await using place = await Place.open();
    await using screen = await Screen.open(place, {
      mode: "process",
      args: ["--watch", "--quiet"],
      containers,
    });
    await screen.shows("first\r\n");
    await screen.shows("Pod pod  Running");
    await screen.shows("main   Running");
    await screen.shows("second\r\n");
    // At last two lines up, and all below is cleared.
    await screen.shows("\x1b[2A\x1b[J");
    equal((await screen.ended).code, 3);
    equal(screen.isAsBefore, true);
  },
});

Deno.test("--watch without a terminal gives plain lines", async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, { mode: "process", args: ["--watch"], containers });
  equal(outcome.code, 3);
  match(outcome.of("main").stdout, /^first\nsecond\n$/);
  // deno-lint-ignore no-control-regex
  doesNotMatch(outcome.stderr, /\x1b/);
});
