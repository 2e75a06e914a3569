/** Containers with a terminal, and a person at one. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { canOpenTerminal, Screen } from "./screen.ts";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canRun,
  isRoot,
  type Mode,
  MODES,
  Place,
  read,
  runPod,
  type TestContainer,
  until,
} from "./support.ts";

/** `$$` would be read as an escaped `$` (R-ENV-3). */
const onTerminal = (script: string, fields: Record<string, unknown> = {}): TestContainer => (
  { command: ["sh", "-c", script.replaceAll("$", () => "$$")], tty: true, ...fields }
);

/** What a program finds out about its terminal; what it prints when all is well. */
const LOOK = `[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three
echo "$TERM"
tty | sed 's/[0-9]*$//'
echo to the session >/dev/tty
echo to the error output >&2
set -m
sh -c 'read -r _ _ _ _ group _ _ foreground _ </proc/self/stat; [ $group = $foreground ] && echo in the foreground'
sleep 1000 & kill %1`;

for (const mode of MODES) {
  Deno.test({
    name: `a container with tty has a terminal, ${mode}`,
    ignore: !canOpenTerminal || !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      await checkLook(place, mode);
    },
  });
}

Deno.test({
  name: "a container with tty has a terminal as an ordinary user's too",
  ignore: !canOpenTerminal || !canBecomeOrdinary || !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    await checkLook(place, "sandbox", await asOrdinaryUser(place));
  },
});

async function checkLook(place: Place, mode: Mode, as: object = {}): Promise<void> {
  const outcome = await runPod(place, {
    mode,
    ...as,
    containers: { look: onTerminal(LOOK) },
    args: [`--log-dir=${place.folder}/logs`],
  });
  const { stdout, stderr } = outcome.of("look");
  const lines = stdout.split("\r\n");
  deepEqual(lines.slice(0, 6), [
    "all three",
    "xterm",
    mode === "process" ? "/dev/pts/" : "/dev/console",
    "to the session",
    "to the error output",
    "in the foreground",
  ], outcome.stderr);
  equal(stderr, "");
  const [folder] = [...Deno.readDirSync(`${place.folder}/logs`)];
  const log = read(`${place.folder}/logs/${folder!.name}/look/0.log`);
  match(log, /Z stdout F all three\r\n/);
  equal(log.includes("stderr"), false);
}

Deno.test({
  name: "other users can open their streams by name, on a terminal and on pipes",
  ignore: !canOpenTerminal || !canRun("sandbox") || !isRoot,
  fn: async () => {
    await using place = await Place.open();
    const fields = {
      securityContext: { runAsUser: 1234, runAsGroup: 1234 },
      // The shared one is the caller's alone.
      workingDir: "/",
    };
    const outcome = await runPod(place, {
      containers: {
        terminal: onTerminal("for f in console tty stdout; do echo $f >/dev/$f; done", fields),
        pipes: onTerminal("echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin", {
          ...fields,
          tty: false,
          stdin: true,
        }),
      },
      input: "in",
    });
    equal(outcome.of("terminal").stdout, "console\r\ntty\r\nstdout\r\n");
    deepEqual([outcome.of("pipes").stdout, outcome.of("pipes").stderr], ["out\nin", "err\n"]);
  },
});

Deno.test({
  name: "a program that cannot be started on a terminal is reported as any other",
  ignore: !canOpenTerminal,
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      containers: {
        missing: { command: ["/no/such"], tty: true },
        directory: { command: ["/etc"], tty: true },
      },
    });
    for (const name of ["missing", "directory"]) {
      const { exitCode, started, message = "", stdout } = outcome.of(name);
      deepEqual([exitCode, started, stdout], [128, false, ""]);
      match(message, /^[ -~]*(no such file or directory|permission denied)[ -~]*$/);
    }
  },
});

Deno.test({
  name: "what is not a terminal is typed at one, and its end as often as it is asked for",
  ignore: !canOpenTerminal,
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      containers: {
        main: onTerminal("stty -echo; cat; echo again; cat; echo end", { stdin: true }),
      },
      input: "one\ntwo without an end",
    });
    const { stdout } = outcome.of("main");
    // What came before it asked for silence is shown as well.
    match(stdout, /(one\r\n)+two without an endagain\r\nend\r\n$/);
  },
});

const PROMPT = { env: [{ name: "PS1", value: "prompt> " }] };

const person = (name: string, fn: (place: Place) => Promise<void>) =>
  Deno.test({
    name: `at a terminal: ${name}`,
    ignore: !canOpenTerminal,
    fn: async () => {
      await using place = await Place.open();
      await fn(place);
    },
  });

person(
  "keys and the window are the container's, and all is as before at its end",
  async (place) => {
    await using screen = await Screen.open(place, {
      containers: { shell: { command: ["sh", "-i"], tty: true, stdin: true, ...PROMPT } },
      args: ["--quiet"],
    });
    const sizeNow = async () => {
      await screen.type("stty size\r");
      await screen.shows("stty size\r\n");
      return (await screen.shows("prompt> ")).trim();
    };
    await screen.shows("prompt> ");
    await until(() => !screen.isAsBefore);
    equal(await sizeNow(), "33 99");
    screen.resize(44, 111);
    await until(async () => await sizeNow() === "44 111");
    // The program that is interrupted is in the foreground when it says so.
    await screen.type("sh -c 'echo begun; exec sleep 1000'\r");
    await screen.shows("begun\r\n");
    await screen.type("\x03");
    await screen.shows("prompt> ");
    await screen.type("exit 7\r");
    equal((await screen.ended).code, 7);
    equal(screen.isAsBefore, true);
  },
);

/** A container that says so when it is interrupted, and goes on. */
const STUBBORN = onTerminal(
  "trap 'echo caught' INT; trap '' TERM; echo up; until [ -e crash ]; do sleep 0.05; done; exit 9",
  { stdin: true },
);

/** What ends a run whose terminal is in raw mode, and the resulting status. */
const ends: [name: string, end: (screen: Screen, place: Place) => void, status: number][] = [
  ["its container ends", (_, place) => Deno.writeTextFileSync(`${place.work}/crash`, ""), 9],
  ["it gets SIGTERM", ({ child }) => child.kill("SIGTERM"), 143],
  ["it is killed", ({ child }) => child.kill("SIGKILL"), 137],
];
for (const [name, end, status] of ends) {
  person(
    `all is as before when ${name}, and until then an interrupt is the container's`,
    async (place) => {
      await using screen = await Screen.open(place, { containers: { main: STUBBORN } });
      await screen.shows("up\r\n");
      await until(() => !screen.isAsBefore);
      await screen.type("\x03");
      await screen.shows("caught\r\n");
      end(screen, place);
      equal((await screen.ended).code, status);
      await until(() => screen.isAsBefore);
    },
  );
}

person("without stdin keys are the program's own, and an interrupt ends it", async (place) => {
  await using screen = await Screen.open(place, {
    containers: { main: onTerminal("trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done") },
    spec: { terminationGracePeriodSeconds: 10 },
  });
  await screen.shows("up\r");
  equal(screen.isAsBefore, true);
  await screen.type("\x03");
  equal((await screen.ended).code, 130);
});

person("a container that has no terminal reads lines, and their end", async (place) => {
  await using screen = await Screen.open(place, {
    containers: { main: { command: ["sh", "-c", "echo up; tr a-z A-Z"], stdin: true } },
  });
  await screen.shows("up\r\n");
  equal(screen.isAsBefore, true);
  await screen.type("line\n\x04");
  await screen.shows("LINE\r\n");
  equal((await screen.ended).code, 0);
});
