/** Exit codes and signals, as they are (R-EXIT-1). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canRun,
  exists,
  type Mode,
  MODES,
  outcomeOf,
  Place,
  processes,
  read,
  runPod,
  startPod,
  until,
} from "./support.ts";

/** `$$` would be read as an escaped `$` (R-ENV-3). */
const shell = (script: string) => (
  { command: ["sh", "-c", script.replaceAll("$", () => "$$")] }
);

Deno.test("exit codes are reported as they are", async () => {
  await using place = await Place.open();
  // All that a shell, a launcher or the kernel gives a meaning, and some without one.
  const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
    code < 3 || code > 120 && code < 145 || code > 252 || code % 11 === 0
  );
  const outcome = await runPod(place, {
    mode: "process",
    containers: Object.fromEntries(codes.map((code) => [`c${code}`, shell(`exit ${code}`)])),
    args: ["--exit-code-from=c77"],
  });
  for (const code of codes) {
    const { exitCode, signal, started } = outcome.of(`c${code}`);
    deepEqual([exitCode, signal, started], [code, undefined, true], `exit ${code}`);
  }
  equal(outcome.code, 77);
});

/** A signal that a program sends itself; by number where Deno has no name for it. */
const signals: [signal: string, number: number, name: string][] = [
  ["HUP", 1, "SIGHUP"],
  ["INT", 2, "SIGINT"],
  ["QUIT", 3, "SIGQUIT"],
  ["ABRT", 6, "SIGABRT"],
  ["KILL", 9, "SIGKILL"],
  ["USR1", 10, "SIGUSR1"],
  ["SEGV", 11, "SIGSEGV"],
  ["PIPE", 13, "SIGPIPE"],
  ["TERM", 15, "SIGTERM"],
  ["35", 35, "SIGRTMIN+1"],
  ["64", 64, "SIGRTMIN+30"],
];

for (const mode of ["shared", "process"] as const) {
  Deno.test({
    name: `a program that dies of a signal, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        mode,
        containers: Object.fromEntries(
          signals.map(([signal, number]) => [`s${number}`, shell(`kill -${signal} $$; exit 3`)]),
        ),
      });
      for (const [, number, name] of signals) {
        const { exitCode, signal } = outcome.of(`s${number}`);
        deepEqual([exitCode, signal], [128 + number, name], name);
      }
    },
  });
}

Deno.test({
  name: "PID 1 of its namespace is not hurt by its own signals, but by its own faults",
  ignore: !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      containers: {
        term: shell("kill -TERM $$; exit 3"),
        kill: shell("kill -KILL $$; exit 3"),
        // A child of it is like any other process.
        child: shell("sh -c 'kill -SEGV $$'; exit $?"),
        fault: { command: ["perl", "-e", "unpack 'p', pack 'L!', 1"] },
        code: { command: ["perl", "-e", "exit 300"] },
      },
    });
    const codes = ["term", "kill", "child", "fault", "code"].map((name) =>
      outcome.of(name).exitCode
    );
    deepEqual(codes, [3, 3, 139, 139, 300 & 0xff]);
    equal(outcome.of("fault").signal, "SIGSEGV");
  },
});

async function checkStop(mode: Mode): Promise<void> {
  await using place = await Place.open();
  const child = await startPod(place, {
    mode,
    containers: {
      deaf: shell("trap '' TERM; : >deaf; while :; do sleep 0.05; done"),
      polite: shell("trap 'exit 7' TERM; : >polite; while :; do sleep 0.05; done"),
      killed: shell(": >killed; exec sleep 1000"),
    },
    args: ["--speed=100"],
    spec: { terminationGracePeriodSeconds: 100 },
  });
  const names = ["deaf", "polite", "killed"];
  const outcome = outcomeOf(child);
  await until(() => names.every((name) => exists(`${place.work}/${name}`)));
  child.kill("SIGTERM");
  const { of, code } = await outcome;
  deepEqual([...names.map((name) => [of(name).exitCode, of(name).signal]), code], [
    [137, "SIGKILL"],
    [7, undefined],
    // PID 1 without a handler does not get it: the kernel drops the signal.
    mode === "sandbox" ? [137, "SIGKILL"] : [143, "SIGTERM"],
    143,
  ], mode);
}

Deno.test({
  name: "a container ends with the launcher's programs, if those are killed",
  ignore: !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const child = await startPod(place, { containers: { main: shell(": >up; exec sleep 1000") } });
    const outcome = outcomeOf(child);
    await until(() => exists(`${place.work}/up`));
    const launchers = processes().filter((pid) =>
      /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] === String(child.pid) &&
      read(`/proc/${pid}/cmdline`).includes(".unshare")
    );
    equal(launchers.length, 1);
    Deno.kill(launchers[0]!, "SIGKILL");
    equal((await outcome).of("main").exitCode, 137);
  },
});

// The floor of wall time before SIGKILL is waited for once.
Deno.test("a grace that runs out ends in SIGKILL", async () => {
  await Promise.all(MODES.filter(canRun).map(checkStop));
});

Deno.test({
  name: "an ordinary user's sandbox reports codes and signals too",
  ignore: !canBecomeOrdinary || !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      mode: "sandbox",
      ...await asOrdinaryUser(place),
      containers: {
        code: shell("exit 42"),
        user: shell("id -u; touch /etc/podling-was-here && ls /etc/podling-was-here"),
        child: shell("sh -c 'kill -KILL $$'; exit $?"),
      },
    });
    equal(outcome.of("code").exitCode, 42, outcome.stderr);
    equal(outcome.of("child").exitCode, 137);
    equal(outcome.of("user").stdout, "0\n/etc/podling-was-here\n");
  },
});

Deno.test("SIGKILL reaches the program before its children", async (context) => {
  const names = Array.from({ length: 4 }, (_, index) => `busy${index}`);
  // Ends by itself as soon as one of its own is killed, or can no longer be begun.
  const busy = (name: string) =>
    shell(`trap '' TERM; : >${name}; while sh -c 'exit 3'; [ $? = 3 ]; do :; done; exit 4`);
  for (const mode of MODES.filter(canRun)) {
    await context.step(mode, async () => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        containers: Object.fromEntries(names.map((name) => [name, busy(name)])),
      });
      const outcome = outcomeOf(child);
      await until(() => names.every((name) => exists(`${place.work}/${name}`)));
      child.kill("SIGTERM");
      const { of } = await outcome;
      deepEqual(names.map((name) => of(name).exitCode), names.map(() => 137));
    });
  }
});
