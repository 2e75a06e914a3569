/** Programs that are run to their end, for their effect or for their output. */
import { RuntimeError } from "../runtime.ts";

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
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    // One that ends before it has read all reports why.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  const { success, code, stderr } = await child.output();
  if (success) return;
  const message = new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
  throw new Error(message || `it ended with code ${code}`);
}

/**
 * Runs a program for its output, without input and variables.
 *
 * @param reason of the error.
 * @returns undefined if it fails.
 * @throws {RuntimeError} where it cannot be started.
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
  const { success, stdout } = await spawnHelper(reason, program, command).output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

/**
 * Starts a process that a run cannot do without.
 * @param name after "Cannot start".
 * @throws {RuntimeError} with the reason, where the system starts none: no such program, no more
 * processes or descriptors, a NUL byte.
 */
export function spawnHelper(
  reason: string,
  name: string,
  command: Deno.Command,
): Deno.ChildProcess {
  try {
    return command.spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const number = /os error (\d+)/.exec(error.message)?.[1] ?? "";
    const remedy = BOUNDS.get(number) ?? "";
    throw new RuntimeError(reason, `Cannot start ${name}: ${error.message}${remedy}`, {
      cause: error,
    });
  }
}

/**
 * What bounds the processes that there may be, and the descriptors, by the error for it:
 * EAGAIN, EMFILE.
 */
const BOUNDS: ReadonlyMap<string, string> = new Map([
  ["11", "; ulimit -u bounds the processes of a user"],
  ["24", "; ulimit -n bounds the descriptors of a process"],
]);
