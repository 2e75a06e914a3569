/**
 * Probes and hooks of real containers: where they run, with what, and that they end (R-PROBE-13,
 * R-HOOK-2).
 */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canRun,
  canSandbox,
  exists,
  isRoot,
  type Mode,
  MODES,
  outcomeOf,
  Place,
  type PodOutcome,
  processes,
  read,
  runPod,
  startPod,
  until,
} from "./support.ts";

/** `$$` would be read as an escaped `$` (R-ENV-3). */
const shell = (script: string) => ["sh", "-c", script.replaceAll("$", () => "$$")];

/** Hooks are not expanded: as it is. */
const hook = (script: string) => ({ exec: { command: ["sh", "-c", script] } });

/** What a program sees of where it runs. */
const SURROUNDINGS = "echo $WHO $HOME $(pwd) $(id -u) $(ulimit -n); " +
  "for ns in pid mnt uts ipc user; do readlink /proc/self/ns/$ns; done";

/** A container's part of {@link outcomeAfter}. */
const UNTIL_OVER = "until [ -e over ]; do sleep 0.01; done";

/** What a run does that goes on until so many lines of a type have been reported. */
async function outcomeAfter(
  place: Place,
  child: Deno.ChildProcess,
  type: string,
  count: number,
): Promise<PodOutcome> {
  const outcome = outcomeOf(child);
  await until(() => read(`${place.folder}/events`).split(`"${type}"`).length > count);
  await Deno.writeTextFile(`${place.work}/over`, "");
  return await outcome;
}

function probesOf(outcome: PodOutcome): Record<string, unknown>[] {
  return outcome.events.filter(({ type }) => type === "probe.result");
}

for (const mode of MODES) {
  Deno.test({
    name: `a hook runs where its container does, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        args: [`--events-file=${place.folder}/events`],
        containers: {
          app: {
            command: shell(`{ ${SURROUNDINGS}; } >own; ${UNTIL_OVER}; cmp own hook`),
            env: [{ name: "WHO", value: "a 'b' \"c\" $x" }, { name: "HOME", value: "/home" }],
            lifecycle: { postStart: hook(`{ ${SURROUNDINGS}; } >hook`) },
          },
        },
      });
      const { of, events } = await outcomeAfter(place, child, "hook.finished", 1);
      equal(of("app").exitCode, 0, of("app").stderr);
      const finished = events.find(({ type }) => type === "hook.finished");
      deepEqual([finished?.result, finished?.exitCode], ["success", 0]);
    },
  });
}

for (const mode of MODES) {
  Deno.test({
    name: `R-HOOK-1 R-HOOK-4: the log has why a hook failed, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const isListening = "trap 'exit 0' TERM; sleep 1000 & wait";
      const failing = (postStart: unknown) => ({
        command: shell(isListening),
        lifecycle: { postStart },
      });
      const { events } = await runPod(place, {
        mode,
        containers: {
          missing: failing({ exec: { command: ["/no/such/program"] } }),
          talks: failing(hook("echo no registry >&2; exit 7")),
          tcp: failing({ tcpSocket: { port: 80 } }),
        },
      });
      const said = events.filter(({ type }) => type === "hook.finished").map(({ message }) =>
        message
      );
      deepEqual(said, [
        'PostStart hook of container missing failed: exec: "/no/such/program": stat /no/such/program: no such file or directory',
        "PostStart hook of container talks failed with exit code 7: no registry",
        "PostStart hook of container tcp failed: tcpSocket cannot be run as a hook; use exec, httpGet or sleep",
      ]);
    },
  });
}

async function checkTimeout(mode: Mode): Promise<void> {
  await using place = await Place.open();
  const events = `${place.folder}/events`;
  const { token } = place;
  const child = await startPod(place, {
    mode,
    args: [`--events-file=${events}`],
    containers: {
      app: {
        command: shell(UNTIL_OVER),
        // The first comes at once (R-PROBE-16), the second never.
        readinessProbe: {
          exec: {
            command: [
              "sh",
              "-c",
              `sh -c 'sleep 1000; :' ${token} & setsid sh -c 'sleep 1000; :' ${token} & wait`,
            ],
          },
          periodSeconds: 1000,
        },
      },
    },
  });
  const outcome = outcomeOf(child);
  const running = () => processes().filter((pid) => read(`/proc/${pid}/cmdline`).includes(token));
  await until(() => running().length > 1);
  await until(() => read(events).includes("timed out"));
  deepEqual(running(), []);
  const [result] = read(events).split("\n").filter((line) => line.includes('"probe.result"'))
    .map((line) => JSON.parse(line));
  match(result.output, /^command timed out: "sh -c .*" timed out after 1s$/);
  await Deno.writeTextFile(`${place.work}/over`, "");
  const { of } = await outcome;
  equal(of("app").exitCode, 0);
}

// The floor of wall time for an answer is waited for once.
Deno.test("a probe that takes too long is killed with all that it has started", async () => {
  await Promise.all(MODES.filter(canRun).map(checkTimeout));
});

for (const mode of MODES) {
  Deno.test({
    name: `what a hook leaves behind lives as long as its container, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const leave =
        `setsid sh -c 'echo here >left; sleep 1000; :' ${place.token} >/dev/null 2>&1 &`;
      const outcome = await runPod(place, {
        mode,
        containers: {
          app: {
            command: shell("until [ -e left ]; do sleep 0.01; done"),
            lifecycle: { postStart: hook(leave) },
          },
        },
      });
      equal(outcome.of("app").exitCode, 0);
      await place.clean();
    },
  });

  Deno.test({
    name: `R-PROBE-10: a program that is not there is an error, one that fails a failure, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const failing = (command: readonly string[]) => ({
        command: shell(UNTIL_OVER),
        readinessProbe: { exec: { command }, timeoutSeconds: 60 },
      });
      const child = await startPod(place, {
        mode,
        args: [`--events-file=${place.folder}/events`],
        containers: {
          missing: failing(["/nope/nope"]),
          wrong: failing(["sh", "-c", "echo one; echo two >&2; exit 127"]),
        },
      });
      const results = probesOf(await outcomeAfter(place, child, "probe.result", 2));
      const of = (name: string) => results.find(({ container }) => container === name);
      deepEqual([of("wrong")?.result, of("wrong")?.output], ["failure", "one\ntwo\n"]);
      equal(of("missing")?.result, "error");
      match(
        String(of("missing")?.output),
        /"\/nope\/nope": stat \/nope\/nope: no such file or directory/,
      );
    },
  });
}

Deno.test("R-PROBE-10: a probe that its container's end cuts off is not a failure", async () => {
  await Promise.all(
    MODES.filter(canRun).map(async (mode) => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        containers: {
          app: {
            command: shell("trap '' TERM; exec sleep 1000"),
            readinessProbe: {
              exec: { command: ["sh", "-c", ": >asked; sleep 1000"] },
              timeoutSeconds: 1000,
            },
          },
        },
      });
      const outcome = outcomeOf(child);
      await until(() => exists(`${place.work}/asked`));
      child.kill("SIGTERM");
      const results = probesOf(await outcome).map(({ result }) => result);
      deepEqual(results.filter((result) => result !== "error"), []);
    }),
  );
});

Deno.test("R-HOOK-5: a hook that never ends does not hold up the end of its pod", async () => {
  await Promise.all(
    MODES.filter(canRun).map(async (mode) => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        containers: {
          app: {
            command: shell("exec sleep 1000"),
            lifecycle: { postStart: hook(`: >begun; sh -c 'sleep 1000; :' ${place.token}`) },
          },
        },
      });
      const outcome = outcomeOf(child);
      await until(() => exists(`${place.work}/begun`));
      child.kill("SIGTERM");
      const { events, code } = await outcome;
      equal(code, 143);
      equal(events.find(({ type }) => type === "hook.finished")?.result, "cancelled");
    }),
  );
});

for (const mode of MODES) {
  Deno.test({
    name: `a program that stops itself holds up no end: neither a container nor its hook, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const stop = ": >stopped; kill -STOP $$";
      const child = await startPod(place, {
        mode,
        containers: {
          app: { command: shell(stop) },
          hooked: {
            command: shell("trap '' TERM; : >up; exec sleep 1000"),
            lifecycle: { preStop: hook(stop) },
          },
        },
      });
      const outcome = outcomeOf(child);
      await until(() => ["up", "stopped"].every((name) => exists(`${place.work}/${name}`)));
      await Deno.remove(`${place.work}/stopped`);
      child.kill("SIGTERM");
      const { code, of } = await outcome;
      equal(exists(`${place.work}/stopped`), true, "the hook has run");
      // PID 1 of a namespace cannot stop itself.
      const expected = mode === "sandbox" ? 0 : 137;
      deepEqual([code, of("app").exitCode, of("hooked").exitCode], [143, expected, 137]);
    },
  });
}

/** A first process that waits for its own child alone, as it is in many a container of a CI. */
const REAPS_NOTHING = "const [program, ...args] = Deno.args; " +
  "Deno.exit((await new Deno.Command(program, { args }).spawn().status).code);";

Deno.test({
  name:
    "a probe that took too long holds up no end where the machine's first process reaps nothing",
  ignore: !isRoot || !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      mode: "sandbox",
      prefix: [
        ..."unshare --fork --pid --kill-child --mount-proc".split(" "),
        ...[Deno.execPath(), "eval", REAPS_NOTHING],
      ],
      containers: {
        app: {
          command: shell("exec sleep 1000"),
          livenessProbe: {
            exec: { command: ["sleep", "1000"] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      },
    });
    equal(outcome.of("app").exitCode, 137);
  },
});

Deno.test({
  name: "R-HOOK-6 R-HOOK-7: preStop runs before the stop signal, as an ordinary user too",
  ignore: !canBecomeOrdinary || !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const child = await startPod(place, {
      mode: "sandbox",
      ...await asOrdinaryUser(place),
      spec: { terminationGracePeriodSeconds: 30 },
      containers: {
        app: {
          command: shell("trap 'cat said; exit 7' TERM; : >up; while :; do sleep 0.01; done"),
          lifecycle: { preStop: hook("id -u >said; pwd >>said") },
        },
      },
    });
    const outcome = outcomeOf(child);
    await until(() => exists(`${place.work}/up`));
    child.kill("SIGTERM");
    const { of } = await outcome;
    deepEqual([of("app").exitCode, of("app").stdout], [7, `0\n${place.work}\n`]);
  },
});
