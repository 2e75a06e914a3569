/** A container's processes, as a tree that is killed whole and reaped. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  canRun,
  exists,
  type Mode,
  MODES,
  Place,
  processes,
  read,
  runPod,
  startPod,
  until,
} from "./support.ts";

const perl = (script: string, ...args: string[]) => (
  { command: ["perl", "-MPOSIX", "-e", script.replaceAll("$", () => "$$"), ...args] }
);

/**
 * Two children: one in a session of its own, one adopted by another process, deaf, nothing in the
 * environment.
 */
const NASTY = `
  $SIG{$_} = "IGNORE" for qw(TERM INT HUP QUIT PIPE CHLD);
  for my $kind (0, 1) {
    next if fork;
    POSIX::setsid();
    fork and exit if $kind;
    # A program that starts with nothing in its environment.
    %ENV = ();
    exec "sh", "-c", 'trap "" TERM INT HUP; : >"$1.$2"; while :; do sleep 0.2; done', "sh", $ARGV[0], $kind, $ARGV[1];
  }
  select undef, undef, undef, 0.01 until -e "$ARGV[0].0" && -e "$ARGV[0].1";
  if ($ARGV[2] eq "exit") { exit 9 }
  open F, ">$ARGV[0].up"; close F;
  sleep 1000 while 1;
`;

const alive = (token: string) =>
  processes().filter((pid) => read(`/proc/${pid}/cmdline`).includes(token));

function testTrees(mode: Mode): void {
  const ignore = !canRun(mode);

  Deno.test({
    name: `what a program leaves running ends with it, ${mode}`,
    ignore,
    fn: async () => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        containers: {
          nasty: perl(NASTY, `${place.work}/n`, place.token, "exit"),
          other: { command: ["sh", "-c", "until [ -e done ]; do sleep 0.02; done"] },
        },
      });
      const ended = child.output();
      await until(() => exists(`${place.work}/n.1`) && alive(place.token).length === 0);
      // The other container has noticed nothing.
      await Deno.writeTextFile(`${place.work}/done`, "");
      equal((await ended).code, 9);
    },
  });

  Deno.test({
    name: `a killed program takes its trees with it, ${mode}`,
    ignore,
    fn: async () => {
      await using place = await Place.open();
      const child = await startPod(place, {
        mode,
        containers: { nasty: perl(NASTY, `${place.work}/n`, place.token, "stay") },
      });
      const ended = child.output();
      await until(() => exists(`${place.work}/n.up`));
      child.kill("SIGKILL");
      await ended;
      await until(() => alive(place.token).length === 0, 2);
    },
  });

  Deno.test({
    name: `a signal to the own process group stays in the container, ${mode}`,
    ignore,
    fn: async () => {
      await using place = await Place.open();
      const group = (signal: string) =>
        perl(`$SIG{${signal}} = sub { $seen = 1 }; kill ${signal} => 0; exit($seen ? 5 : 6)`);
      const outcome = await runPod(place, {
        mode,
        containers: { term: group("TERM"), usr: group("USR1"), hup: group("HUP") },
      });
      deepEqual(["term", "usr", "hup"].map((name) => outcome.of(name).exitCode), [5, 5, 5]);
    },
  });
}
for (const mode of MODES) testTrees(mode);

async function checkStop(mode: Mode): Promise<void> {
  await using place = await Place.open();
  const child = await startPod(place, {
    mode,
    containers: { nasty: perl(NASTY, `${place.work}/n`, place.token, "stay") },
  });
  const ended = child.output();
  await until(() => exists(`${place.work}/n.up`));
  equal(alive(place.token).length >= 3, true);
  child.kill("SIGTERM");
  equal((await ended).code, 143);
  deepEqual(alive(place.token), []);
}

// The floor of wall time before SIGKILL is waited for once.
Deno.test("a stopped pod takes its trees with it", async () => {
  await Promise.all(MODES.filter(canRun).map(checkStop));
});

Deno.test({
  name: "a container with a PID namespace of its own cannot be left by SIGKILL to its group",
  ignore: !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      containers: { main: perl("kill KILL => 0; kill KILL => -1; exit 5") },
    });
    equal(outcome.of("main").exitCode, 5);
  },
});

Deno.test({
  name: "with shareProcessNamespace pause is PID 1, visible, and reaps orphans",
  ignore: !canRun("shared"),
  fn: async () => {
    await using place = await Place.open();
    const zombies = `
      fork or do { fork or do { exec "sleep", "0.05" }; exit } for 1 .. 20;
      wait for 1 .. 20;
      for (1 .. 1000) {
        last unless grep { open F, $_ and <F> =~ /\\) Z / } </proc/[0-9]*/stat>;
        select undef, undef, undef, 0.01;
      }
      print grep({ open F, $_ and <F> =~ /\\) Z / } </proc/[0-9]*/stat>) + 0, " zombies\\n";
      open C, "/proc/1/cmdline"; print <C> =~ /pause/ ? "pause\\n" : "other\\n";
      open S, "/proc/self/stat"; print((split " ", <S>)[0] > 1 ? "not 1\\n" : "1\\n");
    `;
    const other = { command: ["sh", "-c", "sleep 1000 & until [ -e done ]; do sleep 0.02; done"] };
    const outcome = await runPod(place, {
      mode: "shared",
      containers: {
        main: perl(
          `${zombies} select undef, undef, undef, 0.01 until grep { open F, $_ and <F> =~ /^sleep.1000/ } </proc/[0-9]*/cmdline>;` +
            'print "sees the other\\n"; open D, ">done";',
        ),
        other,
      },
    });
    const lines = outcome.of("main").stdout.trimEnd().split("\n");
    deepEqual(lines, ["0 zombies", "pause", "not 1", "sees the other"]);
  },
});

Deno.test({
  name: "a shared sandbox survives a container that kills all it sees",
  ignore: !canRun("shared"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      mode: "shared",
      containers: {
        victim: { command: ["sh", "-c", ": >victim; exec sleep 1000", place.token] },
        killer: perl('select undef, undef, undef, 0.01 until -e "victim"; kill KILL => -1; exit 4'),
        late: { command: ["sh", "-c", "exit 3"] },
      },
    });
    deepEqual(["victim", "killer"].map((name) => outcome.of(name).exitCode), [137, 4]);
    equal(outcome.events.filter(({ type }) => type === "sandbox.started").length, 1);
  },
});

Deno.test({
  name: "with shareProcessNamespace a program that was stopped goes on, and its end is seen",
  ignore: !canRun("shared"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      mode: "shared",
      containers: {
        main: perl('open F, ">$$"; rename $$, "stopped"; kill STOP => $$; exit 5'),
        killed: perl('open F, ">$$"; rename $$, "killed"; kill STOP => $$; exit 6'),
        other: perl(`
          my $find = sub {
            my $word = shift;
            map { m{/(\\d+)/}g } grep { open F, $_ and <F> =~ /rename.*$word.*STOP/ } </proc/[0-9]*/cmdline>;
          };
          my $state = sub { open F, "/proc/$_[0]/stat"; <F> =~ /\\) (.)/; $1 };
          for (["stopped", "CONT"], ["killed", "KILL"]) {
            my ($name, $signal) = @$_;
            select undef, undef, undef, 0.01 until -e $name;
            my ($pid) = $find->($name);
            select undef, undef, undef, 0.01 until $state->($pid) eq "T";
            kill $signal => $pid;
          }
        `),
      },
    });
    deepEqual(["main", "killed"].map((name) => outcome.of(name).exitCode), [5, 137]);
  },
});

Deno.test({
  name:
    "containers with PID namespaces of their own do not see each other, and the pod dies with pause",
  ignore: !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      containers: {
        main: {
          command: [
            "sh",
            "-c",
            'echo "$$$$"; ls /proc | grep -c "^[0-9]"; cat /proc/1/cmdline | tr "\\0" " "',
          ],
        },
        other: { command: ["sleep", "0.3"] },
      },
    });
    const [pid, count, first] = outcome.of("main").stdout.split("\n");
    equal(pid, "1");
    // The shell, and the pipe's two.
    equal(Number(count) <= 3, true, count);
    equal(first?.startsWith("sh -c "), true, first);
  },
});

/** Sets limits of its own, as judges and build farms do, and leaves something behind. */
const LIMITED: readonly [name: string, script: string][] = [
  [
    "a soft CPU limit of its own, in a session of its own",
    "setsid sh -c 'ulimit -S -t 1000; $RUN'",
  ],
  ["a CPU limit of its own", "(ulimit -t 1000; $RUN)"],
];
for (const [name, script] of LIMITED) {
  for (const signal of [undefined, "SIGKILL"] as const) {
    Deno.test({
      name: `nothing stays that has ${name}, ${signal ?? "after the container's end"}`,
      fn: async () => {
        await using place = await Place.open();
        const run = `exec sh -c ": >${place.work}/up; sleep 1000; :" ${place.token}`;
        const left = `${script.replace("$RUN", run)} >/dev/null 2>&1 </dev/null &`;
        const ending = signal === undefined ? "exit 0" : "sleep 1000";
        const wait = `until [ -e ${place.work}/up ]; do sleep 0.01; done; ${ending}`;
        const child = await startPod(place, {
          mode: "process",
          containers: { main: { command: ["sh", "-c", `${left} ${wait}`] } },
        });
        const ended = child.output();
        await until(() => exists(`${place.work}/up`));
        if (signal !== undefined) {
          const runs = `${place.env.PODLING_STATE}/runs`;
          const sessions = () =>
            [...Deno.readDirSync(runs)].map(({ name }) => `${runs}/${name}/sessions`)
              .filter(exists).flatMap((path) => [...Deno.readDirSync(path)]);
          await until(() => sessions().length > 0);
          child.kill(signal);
        }
        await ended;
        await until(() => alive(place.token).length === 0, 5);
      },
    });
  }
}
