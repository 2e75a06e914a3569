/** `run --watch` on a terminal, and where there is none. */
import { doesNotMatch, match, strictEqual as equal } from "node:assert/strict";
import { canOpenTerminal, Screen } from "./screen.ts";
import { Place, runPod } from "./support.ts";

/** Says more, and ends, once there is a file. */
const after = (file: string) => `until [ -e ${file} ]; do sleep 0.02; done`;

const main = (between: string) => ({
  command: ["sh", "-c", `echo first; ${between}; echo second; exit 3`],
});

Deno.test({
  name: "--watch shows the containers below their output, and clears up",
  ignore: !canOpenTerminal,
  fn: async () => {
    await using place = await Place.open();
    await using screen = await Screen.open(place, {
      mode: "process",
      args: ["--watch", "--quiet", "--prefix", "never"],
      containers: {
        main: main(after("on")),
        // Goes on until what main came to has been seen.
        other: { command: ["sh", "-c", after("go")] },
      },
    });
    await screen.shows("first\r\n");
    await screen.shows("Pod pod  Running");
    await screen.shows("main   Running");
    await Deno.writeTextFile(`${place.work}/on`, "");
    await screen.shows("second\r\n");
    await screen.shows("exit 3");
    await Deno.writeTextFile(`${place.work}/go`, "");
    // At last three lines up, and all below is cleared.
    await screen.shows("\x1b[3A\x1b[J");
    equal((await screen.ended).code, 3);
    equal(screen.isAsBefore, true);
  },
});

Deno.test("--watch without a terminal gives plain lines", async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    mode: "process",
    args: ["--watch"],
    containers: { main: main("true") },
  });
  equal(outcome.code, 3);
  match(outcome.of("main").stdout, /^first\nsecond\n$/);
  // deno-lint-ignore no-control-regex
  doesNotMatch(outcome.stderr, /\x1b/);
});
