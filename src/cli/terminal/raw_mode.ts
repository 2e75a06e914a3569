/**
 * Raw mode of the caller's terminal: each key is handed on as it is, and a newline only goes down a
 * line.
 */

/**
 * Puts the terminal that is standard input into raw mode until it is disposed, or until this
 * program has ended, however that was.
 * @throws {Error} where `stty` cannot.
 */
export function enterRawMode(): Disposable {
  const before = stty("-g");
  // Its output is never read, so that it waits until the pipe has no reader: then we are gone.
  const guard = new Deno.Command("setsid", {
    args: ["sh", "-c", 'cat /dev/zero 2>/dev/null; exec stty "$1"', "sh", before],
    stdin: "inherit",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  guard.unref();
  stty("raw", "-echo");
  return {
    [Symbol.dispose]() {
      guard.kill("SIGKILL");
      void guard.stdout.cancel();
      stty(before);
    },
  };
}

/** Runs stty on the terminal that is standard input; returns its output. */
function stty(...args: readonly string[]): string {
  const command = new Deno.Command("stty", { args: [...args], stdin: "inherit" });
  const { success, stdout, stderr } = command.outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot set the terminal: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout).trim();
}
