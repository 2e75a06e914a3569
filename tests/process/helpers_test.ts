/** Helpers of a run that die or stop: the run ends all the same, and leaves nothing. */
import { strictEqual as equal } from "node:assert/strict";
import { exists } from "../../src/base/files.ts";
import { canRun, MODES, outcomeOf, Place, processes, read, startPod, until } from "./support.ts";

const HELPERS = {
  janitor: "janitor.sh",
  "the pause process": "pause.sh",
  "the holder of the namespaces": "podling-node",
} as const;

/** Signals a helper as soon as the container runs, and lets that end, or ends the program. */
async function strike(
  place: Place,
  mode: typeof MODES[number],
  words: string,
  signal: Deno.Signal,
  end?: "SIGKILL" | "SIGTERM",
) {
  const go = `${place.work}/go`;
  const child = await startPod(place, {
    mode,
    args: ["--workdir", place.work, "--timeout", "60s"],
    containers: {
      main: { command: ["sh", "-c", "touch up; until [ -e go ]; do sleep 0.02; done"] },
    },
  });
  await until(() => exists(`${place.work}/up`));
  const isHelper = (pid: number | string) => read(`/proc/${pid}/cmdline`).includes(words);
  const struck = processes().filter((pid) =>
    isHelper(pid) && descends(pid, place.env.PODLING_STATE)
  );
  for (const pid of struck) Deno.kill(Number(pid), signal);
  if (end !== undefined) child.kill(end);
  else await Deno.writeTextFile(go, "");
  const outcome = await outcomeOf(child);
  // By its number: it has neither the run's environment nor a folder of it among its words.
  await until(() => !struck.some(isHelper), 10);
  return outcome;
}

/** Whether a process descends from a program whose state is there. */
function descends(pid: number | string, state: string): boolean {
  for (let at = Number(pid); at > 1;) {
    if (read(`/proc/${at}/environ`).includes(state)) return true;
    const stat = read(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return false;
}

for (const mode of MODES) {
  const ignore = !canRun(mode);
  Deno.test(
    { name: `a janitor that was killed leaves nothing undone (${mode})`, ignore },
    async () => {
      await using place = await Place.open();
      const outcome = await strike(place, mode, HELPERS.janitor, "SIGKILL");
      equal(outcome.code, 0, outcome.stderr);
      equal(place.leftovers().filter((it) => it.startsWith("directory")).length, 0);
    },
  );
  for (const [name, words] of Object.entries(HELPERS)) {
    Deno.test({ name: `${name}, stopped, holds up no end (${mode})`, ignore }, async () => {
      await using place = await Place.open();
      const outcome = await strike(place, mode, words, "SIGSTOP");
      equal(outcome.code, 0, outcome.stderr);
    });
    // A janitor that has been stopped is swept by the next start.
    if (name === "janitor") continue;
    Deno.test(
      { name: `${name}, stopped, outlives no killed program (${mode})`, ignore },
      async () => {
        await using place = await Place.open();
        await strike(place, mode, words, "SIGSTOP", "SIGKILL");
      },
    );
  }
}

Deno.test(
  {
    name: "what waits outside for a container, stopped, holds up no end of its Pod",
    ignore: !canRun("sandbox"),
  },
  async () => {
    await using place = await Place.open();
    const outcome = await strike(place, "sandbox", "nsenter", "SIGSTOP", "SIGTERM");
    equal(outcome.code, 143, outcome.stderr);
  },
);
