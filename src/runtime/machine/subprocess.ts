/** Programs that are run to their end, for their effect or for their output. */
import { endsWithin } from "../../base/abort.ts";
import { type Millis, systemClock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { RuntimeError } from "../runtime.ts";
import { identifyProcess, isAlive, killTree } from "./process.ts";

/**
 * Runs a program that reads what it is to do.
 *
 * @param argv program and arguments; its directory is `/` and its only variable `PATH`.
 * @param input its standard input.
 * @throws {Error} with its standard error, if it fails.
 */
export async function runProgram(argv: readonly string[], input: string): Promise<void> {
  const [program = "", ...args] = argv;
  const command = new Deno.Command(program, {
    args,
    cwd: "/",
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  });
  const child = spawnHelper("Isolation", program, command);
  const { success, code, stderr } = await killIfSlow(child, program, feed(child, input));
  if (success) return;
  const message = new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
  throw new Error(message || `it ended with code ${code}`);
}

/** Writes all of its input to a program, and waits for its end. */
async function feed(child: Deno.ChildProcess, input: string): Promise<Deno.CommandOutput> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    // One that ends before it has read all reports why.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return await child.output();
}

/**
 * Runs a program for its output, without input and variables.
 *
 * @param reason of the error.
 * @returns undefined if it fails.
 * @throws {RuntimeError} where it cannot be started, or does not end.
 */
export async function readOutput(
  reason: string,
  program: string,
  args: readonly string[],
): Promise<string | undefined> {
  const command = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const child = spawnHelper(reason, program, command);
  const { success, stdout } = await killIfSlow(child, program, child.output(), reason);
  return success ? new TextDecoder().decode(stdout) : undefined;
}

/**
 * Milliseconds that a helper program may take for one answer. It takes a few; one that something
 * has stopped (SIGSTOP, a hanging file system) would hold up its pod without end.
 */
const ANSWER_MS = 15_000;

const wallClock = systemClock();

/**
 * What a helper program does for its answer. One that takes too long is killed, with all that
 * descends from it.
 * @param name of the program, for people.
 * @param reason of the error.
 * @throws {RuntimeError} no answer in time.
 * @throws what the work fails with.
 */
export async function killIfSlow<T>(
  child: Pick<Deno.ChildProcess, "pid">,
  name: string,
  answer: Promise<T>,
  reason = "Isolation",
  ms: Millis = ANSWER_MS,
): Promise<T> {
  const process = identifyProcess(child.pid);
  if (await endsWithin(answer, ms, wallClock)) return await answer;
  if (process !== undefined && isAlive(process)) killTree(process.pid);
  answer.catch(() => {}); // Its failure follows from this one.
  const limit = formatDuration(ms);
  throw new RuntimeError(reason, `${name} was killed: it gave no answer within ${limit}`);
}

/**
 * Starts a process that a run cannot do without.
 * @param name after "Cannot start".
 * @param signal kills it with all that descends from it; one that is stopped would not see SIGTERM.
 * @throws {RuntimeError} with the reason, where the system starts none: no such program, no more
 * processes or descriptors, a NUL byte.
 */
export function spawnHelper(
  reason: string,
  name: string,
  command: Deno.Command,
  signal?: AbortSignal,
): Deno.ChildProcess {
  try {
    const child = command.spawn();
    if (signal !== undefined) killOnAbort(child, signal);
    return child;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const number = /os error (\d+)/.exec(error.message)?.[1] ?? "";
    const remedy = BOUNDS.get(number) ?? "";
    throw new RuntimeError(reason, `Cannot start ${name}: ${error.message}${remedy}`, {
      cause: error,
    });
  }
}

function killOnAbort(child: Deno.ChildProcess, signal: AbortSignal): void {
  const kill = () => killTree(child.pid);
  if (signal.aborted) kill();
  signal.addEventListener("abort", kill, { once: true });
  void child.status.then(() => signal.removeEventListener("abort", kill));
}

/**
 * What bounds the processes that there may be, and the descriptors, by the error for it:
 * EAGAIN, EMFILE.
 */
const BOUNDS: ReadonlyMap<string, string> = new Map([
  ["11", "; ulimit -u bounds the processes of a user"],
  ["24", "; ulimit -n bounds the descriptors of a process"],
]);
