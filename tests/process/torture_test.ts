/**
 * Nasty pods whose program is killed at a random moment, or one of whose helpers (janitor, holder,
 * pause, launcher, the program of a container) is killed or stopped before the end: nothing of them
 * may be left, and no other process may be hit. A longer run: `deno task test:torture`, or
 * `PODLING_TORTURE=1000 deno test --allow-all tests/process/torture_test.ts`; `PODLING_SEED`
 * repeats one.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Random } from "../support/random.ts";
import {
  asOrdinaryUser,
  canBecomeOrdinary,
  canRun,
  type Mode,
  MODES,
  Place,
  processes,
  read,
  runPod,
  startPod,
  type TestContainer,
  type TestPod,
  until,
} from "./support.ts";

const ROUNDS = Number(Deno.env.get("PODLING_TORTURE") ?? 20);
const SEED = Number(Deno.env.get("PODLING_SEED") ?? Math.floor(Math.random() * 1e9));

/** Programs that do not want to go; `$1` is in all their arguments. */
const NASTY: readonly string[] = [
  'trap "" TERM INT HUP; while :; do sleep 0.05; done',
  'setsid sh -c "trap : TERM; while :; do sleep 1; done" "$1" & exit 0',
  'setsid setsid env -i /bin/sh -c "sleep 1000" "$1" >/dev/null 2>&1 & sleep 1000',
  "while :; do sh -c 'sleep 0.01' \"$1\"; done",
  "exit 3",
  "kill -KILL $$",
  "i=0; while [ $i -lt 30 ]; do i=$((i + 1)); sleep 1000 & done; wait",
  'while :; do echo "$1 says a lot, and not all of it is read: $PATH"; done',
  "mkdir -p deep/er; chmod 0 deep/er; : >/v/file; chmod 000 /v; sleep 1000",
  'exec 3<>/dev/null; mkfifo "fifo$$"; cat "fifo$$"',
  'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); mkdir "$1"; cd "$1" || exit; done; sleep 1000',
];

/** Those that would change the machine where its files are not apart. */
const ON_VIEWS: readonly string[] = [
  "i=0; while [ $i -lt 500 ]; do i=$((i + 1)); echo x >/tmp/$i; echo x >/etc/podling-$i; done; sleep 1000",
  "chattr +i /etc/hosts /v; mount -t tmpfs tmpfs /mnt; touch /mnt/x; sleep 1000",
  "chown 1234:1234 . /v; mkdir z; ln -s / z/root; ln -s .. z/up; chmod 0 z; sleep 1000",
];

/** With a limit of processes, and where there is time for it. */
const BOMB = "bomb() { bomb | bomb & }; bomb; sleep 1000";

function makePod(place: Place, random: Random, mode: Mode, programs: readonly string[]): TestPod {
  const container = (): TestContainer => ({
    command: ["sh", "-c", random.pick(programs).replaceAll("$", () => "$$"), "sh", place.token],
    ...(mode === "process" ? {} : {
      volumeMounts: [{ name: "v", mountPath: "/v" }, { name: "w", mountPath: "/v/in/it" }],
    }),
  });
  const count = random.integer(1, 4);
  return {
    mode,
    args: mode !== "process" && canNetwork && random.chance(0.3) ? ["--network=pod"] : [],
    containers: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`c${index}`, container()]),
    ),
    spec: {
      restartPolicy: random.pick(["Always", "OnFailure", "Never"]),
      ...(mode === "process" ? {} : {
        volumes: [
          { name: "v", emptyDir: random.chance(0.5) ? {} : { medium: "Memory" } },
          { name: "w", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        ],
      }),
      ...(random.chance(0.3)
        ? {
          initContainers: [{
            name: "i",
            image: "none",
            ...container(),
            restartPolicy: "Always",
          }],
        }
        : {}),
    },
  };
}

const canNetwork =
  (await new Deno.Command("sh", { args: ["-c", "command -v ip"] }).output()).success;

/** Cgroups of these runs that are still there. */
function cgroupsOf(runs: ReadonlySet<string>): string[] {
  const own = read("/proc/self/cgroup").split("\n").map((line) => line.split(":")[2] ?? "");
  const mounts = read("/proc/self/mountinfo").split("\n").filter((it) => it.includes(" - cgroup"));
  const folders = mounts.flatMap((line) => own.map((path) => `${line.split(" ")[4]}${path}`));
  return folders.flatMap(namesIn).filter((name) => runs.has(name.replace("podling-", "")));
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The process has ended by itself already: that is not a failure here. */
function unlessGone(kill: () => void): void {
  try {
    kill();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
  }
}

async function torture(
  place: Place,
  random: Random,
  pod: TestPod,
  runs: Set<string>,
): Promise<string> {
  const child = await startPod(place, pod);
  // Its pipe is read to the end, so that nothing waits for us, and its end is when all who hold it
  // are gone.
  const ended = child.output();
  const afterMs = random.integer(0, 900);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const withJanitor = random.chance(0.3);
  if (withJanitor) {
    // Stopped first: it must not notice that the janitor is gone, nor start another.
    unlessGone(() => child.kill("SIGSTOP"));
    for (const pid of processes()) {
      const line = read(`/proc/${pid}/cmdline`);
      if (line.includes("janitor") && line.includes(place.folder)) {
        unlessGone(() => Deno.kill(pid, "SIGKILL"));
      }
    }
  }
  for (const name of namesIn(`${place.env.PODLING_STATE}/runs`)) runs.add(name);
  unlessGone(() => child.kill("SIGKILL"));
  await ended;
  if (withJanitor) {
    // What has no janitor any more is swept by the next start.
    const { prefix, env } = pod;
    const { code, stderr } = await runPod(place, {
      mode: pod.mode!,
      containers: { next: { command: ["true"] } },
      ...(prefix === undefined ? {} : { prefix }),
      ...(env === undefined ? {} : { env }),
    });
    deepEqual([code, stderr], [0, ""]);
    await place.removeUnnamed();
  }
  return `killed after ${afterMs} ms${withJanitor ? ", with its janitor" : ""}`;
}

/**
 * Kills or stops any process of a run, whichever it is, and ends the run gracefully: that takes no
 * second signal.
 */
async function strike(
  place: Place,
  random: Random,
  pod: TestPod,
  runs: Set<string>,
): Promise<string> {
  const child = await startPod(place, pod);
  const stdout = child.stdout.getReader();
  // Before its first event it does not listen to signals yet.
  await stdout.read();
  const drained = (async () => {
    while (!(await stdout.read()).done);
  })();
  const ended = Promise.all([drained, child.stderr.pipeTo(new WritableStream()), child.status]);
  await new Promise((resolve) => setTimeout(resolve, random.integer(0, 600)));
  const signal = random.pick(["SIGKILL", "SIGSTOP"] as const);
  const helpers = processes().filter((pid) => pid !== child.pid && descends(pid, child.pid));
  const struck = helpers.length === 0 ? undefined : random.pick(helpers);
  const line = struck === undefined ? "" : read(`/proc/${struck}/cmdline`).replaceAll("\0", " ");
  if (struck !== undefined) unlessGone(() => Deno.kill(struck, signal));
  for (const name of namesIn(`${place.env.PODLING_STATE}/runs`)) runs.add(name);
  unlessGone(() => child.kill("SIGTERM"));
  const what = `${signal} of ${struck} (${line.slice(0, 200)}), then SIGTERM`;
  let over = false;
  void ended.then(() => over = true);
  await until(() => over, 60).catch((cause) => {
    throw new Error(`no end after ${what}`, { cause });
  });
  return what;
}

/** Whether a process is the child of another, or of one that is. */
function descends(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1;) {
    if (at === ancestor) return true;
    const stat = read(`/proc/${at}/stat`);
    at = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return false;
}

const ATTACKS = { "killed": torture, "with a helper struck": strike } as const;

for (const mode of MODES) {
  for (const [how, attack] of Object.entries(ATTACKS)) {
    for (const user of ["the caller", "an ordinary user"] as const) {
      const ordinary = user === "an ordinary user";
      Deno.test({
        name: `torture: ${mode}, ${user}, ${how}`,
        ignore: !canRun(mode) || ordinary && !canBecomeOrdinary,
        fn: async () => {
          // Left behind when a round fails, to be looked at.
          const place = await Place.open();
          const options = ordinary ? await asOrdinaryUser(place) : {};
          const rounds = Math.ceil(ROUNDS / 12);
          const isLong = ROUNDS >= 100;
          const apart = mode === "process" ? [] : ON_VIEWS;
          const bombs = isLong && !ordinary && mode !== "process" ? [BOMB] : [];
          const programs = [...NASTY, ...apart, ...bombs];
          for (let round = 0; round < rounds; round++) {
            const seed = SEED + round;
            const random = new Random(seed);
            const pod = { ...makePod(place, random, mode, programs), ...options };
            // Started beside it, and none of its business.
            const bystander = new Deno.Command("sleep", { args: ["1000"] }).spawn();
            let what = "";
            try {
              const runs = new Set<string>();
              what = await attack(place, random, pod, runs);
              await place.clean(30);
              await until(() => cgroupsOf(runs).length === 0, 10);
            } catch (error) {
              const programs = Object.values(pod.containers).map(({ command }) => command[2]);
              throw new Error(
                `PODLING_SEED=${seed}, ${what}: ${JSON.stringify(pod.spec)} ${
                  programs.join(" ;; ")
                }`,
                { cause: error },
              );
            } finally {
              bystander.kill("SIGTERM");
              const { signal } = await bystander.status;
              equal(signal, "SIGTERM", "another process has ended the bystander");
            }
          }
          await place[Symbol.asyncDispose]();
        },
      });
    }
  }
}
