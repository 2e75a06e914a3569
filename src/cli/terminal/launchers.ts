/**
 * The programs between a person and this one: `deno task`, `npx`, and the shells that they start.
 */
import { systemClock } from "../../base/clock.ts";
import { isAlive } from "../../runtime/machine/process.ts";
import { type ProcessInfo, readAncestors, readWorkingDirectory } from "./processes.ts";

/** Whether a process is `deno task`: the one launcher that changes the directory. */
export function isDenoTask(argv: readonly string[]): boolean {
  return baseName(argv[0]) === "deno" && argv.slice(1).find((it) => !it.startsWith("-")) === "task";
}

/**
 * The launchers among the ancestors, nearest first: `deno task`, npm and its kin, and the shells
 * *between* them. The shell or terminal above the last of them is the person's own, and none of our
 * business.
 */
export function findLaunchers(ancestors: readonly ProcessInfo[]): readonly ProcessInfo[] {
  let count = 0;
  for (const [index, { argv }] of ancestors.entries()) {
    if (isDenoTask(argv) || isPackageRunner(argv)) count = index + 1;
    else if (!isShell(argv)) break;
  }
  return ancestors.slice(0, count);
}

/**
 * npm and npx name themselves `npm exec …`, in one word; the `deno` that npm installs may be a
 * script of node.
 */
function isPackageRunner(argv: readonly string[]): boolean {
  const name = baseName(argv[0]?.split(" ")[0]);
  if (/^(npm|npx|pnpm|yarn|bunx?)$/.test(name)) return true;
  return name === "node" &&
    argv.slice(1).some((it) => /^(npm|npx|pnpm|yarn|deno)\b/.test(baseName(it)));
}

function isShell(argv: readonly string[]): boolean {
  return /^-?(sh|dash|bash|ash|busybox|zsh|ksh)$/.test(baseName(argv[0]));
}

function baseName(path = ""): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Resolves with the first of the launchers that is gone, looked at twice a second: they may be
 * killed without passing the signal on. Undefined where nothing but a person started us, or when
 * the signal has ended the watch.
 */
export async function watchLaunchers(signal: AbortSignal): Promise<ProcessInfo | undefined> {
  const launchers = findLaunchers(readAncestors(Deno.ppid));
  const clock = systemClock();
  while (launchers.length > 0 && !signal.aborted) {
    const gone = launchers.find((it) => !isAlive(it));
    if (gone !== undefined) return gone;
    await clock.sleepUntil(clock.now() + 500, signal).catch(() => {}); // Only the signal ends it early.
  }
  return undefined;
}

/**
 * The directory in which the user called. `deno task` moves to the folder of its settings: a
 * program that runs under `deno task` takes the directory of that. `INIT_CWD` names it too, unless
 * an npm script around it has set that to a place of its own; that is what is left to commands that
 * may not look into `/proc`.
 *
 * @param project the folder of our own settings.
 */
export function readUserDirectory(project: string): string {
  const here = Deno.cwd();
  if (here !== project) return here;
  try {
    const task = readAncestors(Deno.ppid).find(({ argv }) => !isShell(argv));
    if (task === undefined || !isDenoTask(task.argv)) return here;
    const caller = readWorkingDirectory(task.pid);
    if (caller !== undefined) return caller;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
  return Deno.env.get("INIT_CWD") ?? here;
}
