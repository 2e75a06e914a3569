/** Processes by number, and the mark that finds them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  identifyProcess,
  isAlive,
  killDescendants,
  killMarked,
  killTree,
  readCommandLine,
  readForks,
  readOpenFilesLimit,
  signalProcess,
} from "../../../src/runtime/machine/process.ts";
import { until } from "../../process/support.ts";

/**
 * A shell that carries a mark and waits to be killed, with a child that does so in a session of its
 * own.
 */
async function startMarked(mark: number): Promise<Deno.ChildProcess> {
  const script = `ulimit -t ${mark}; setsid sh -c 'echo $$; exec sleep 1000' & wait`;
  const child = new Deno.Command("sh", { args: ["-c", script], stdout: "piped", clearEnv: true })
    .spawn();
  await child.stdout.getReader().read();
  return child;
}

const highest = Number(Deno.readTextFileSync("/proc/sys/kernel/pid_max"));

Deno.test("killMarked() ends all that carry the mark, and nothing else", async () => {
  const forks = readForks();
  const [one, other] = [await startMarked(1_234_567_001), await startMarked(1_234_567_0011)];
  killMarked(1_234_567_001, { pid: one.pid, forks });
  equal((await one.status).signal, "SIGKILL");
  equal(isAlive(identifyProcess(other.pid)!), true);
  killMarked(1_234_567_0011, { pid: other.pid, forks });
  equal((await other.status).signal, "SIGKILL");
});

Deno.test("killMarked() looks at lower numbers once they may have come round", async () => {
  const child = await startMarked(1_234_567_002);
  const pid = child.pid + 10;
  killMarked(1_234_567_002, { pid, forks: readForks() });
  equal(isAlive(identifyProcess(child.pid)!), true, "a first process with a higher number");
  killMarked(1_234_567_002, { pid, forks: readForks() - highest });
  equal((await child.status).signal, "SIGKILL");
});

Deno.test("killMarked() distinguishes what is run in a container from the container, whatever its soft limit", async () => {
  const start = async () => {
    const script = "ulimit -t 1234567005; ulimit -S -t 1234567004; echo; exec sleep 1000";
    const child = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return child;
  };
  const forks = readForks();
  for (const [mark, of] of [[5, "exec"], [5, "container"], [4, "container"]] as const) {
    const child = await start();
    const moment = { pid: child.pid, forks };
    killMarked(1_234_567_004, moment, "exec");
    killMarked(1_234_567_006, moment);
    equal(isAlive(identifyProcess(child.pid)!), true);
    killMarked(1_234_567_000 + mark, moment, of);
    equal((await child.status).signal, "SIGKILL");
  }
});

Deno.test("killMarked() finds what has set both limits again in its container's session", async () => {
  const forks = readForks();
  const script = "(ulimit -t 1000; echo; exec sleep 1000) & read -r _";
  const leader = new Deno.Command("setsid", {
    args: ["sh", "-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = leader.stdout.getReader();
  await reader.read();
  const moment = { pid: leader.pid, forks };
  killMarked(1_234_567_007, moment);
  equal(isAlive(identifyProcess(leader.pid)!), true);
  await leader.stdin.close();
  await leader.status;
  killMarked(1_234_567_007, moment);
  // The pipe ends with the last who holds it.
  equal((await reader.read()).done, true);
});

Deno.test("killTree() ends a process and all that descend from it, in sessions of their own too", async () => {
  const script = "setsid sh -c 'setsid sh -c \"sleep 1000 & echo \\$\\$; wait\" & wait' & wait";
  const child = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
  const { value } = await child.stdout.getReader().read();
  const youngest = identifyProcess(Number(new TextDecoder().decode(value)))!;
  equal(isAlive(youngest), true);
  killTree(child.pid);
  equal((await child.status).signal, "SIGKILL");
  await until(() => !isAlive(youngest));
});

Deno.test("killTree() misses nothing that is started while it looks", async () => {
  const script = "n=0; while [ $n -lt 300 ]; do sleep 1000 & n=$((n + 1)); echo; done; wait";
  const child = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  killTree(child.pid);
  equal((await child.status).signal, "SIGKILL");
  // The pipe ends with the last who holds it.
  while (!(await reader.read()).done);
});

Deno.test("killDescendants() leaves who waits for them, and says whether there were any", async () => {
  const args = ["-c", "(echo; exec sleep 1000); exit 3"];
  const child = new Deno.Command("sh", { args, stdout: "piped" }).spawn();
  await child.stdout.getReader().read();
  equal(killDescendants(child.pid), true);
  equal((await child.status).code, 3);
  equal(killDescendants(child.pid), false);
});

Deno.test("a number is believed only with the start time that goes with it", async () => {
  const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  const process = identifyProcess(child.pid)!;
  deepEqual(identifyProcess(child.pid), process);
  const later = { ...process, startTime: String(Number(process.startTime) + 1) };
  equal(isAlive(later), false);
  signalProcess(later, "SIGKILL");
  equal(isAlive(process), true);
  signalProcess(process, "SIGKILL");
  equal((await child.status).signal, "SIGKILL");
  equal(identifyProcess(child.pid), undefined);
  equal(await readCommandLine(child.pid), undefined);
  signalProcess(process, "SIGKILL");
});

Deno.test("the soft limit of open files is the usual one", () => {
  equal(readOpenFilesLimit() <= 1024, true);
  equal(readOpenFilesLimit() > 0, true);
});
