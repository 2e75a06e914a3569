/** Programs that are started and timed from here: our own, and the floors it is held against. */
import { makeBundle, readSettings, writeBundle } from "../../packaging/bundle.ts";
import { formatInstalledSearch, formatLauncher } from "../../packaging/launcher.ts";
import { SOURCE, taskOptions } from "../support/program.ts";

/** The folder of `deno.json`. */
export const PROJECT = new URL("../..", import.meta.url).pathname;

/** The bare start of a process in namespaces of its own. */
export const BARE_START = "unshare --fork --pid --mount-proc --ipc --uts --mount".split(" ");

/**
 * {@link BARE_START} for a user who may not make namespaces without a user namespace around them.
 */
export const bareStart: readonly string[] = Deno.uid() === 0
  ? BARE_START
  : [...BARE_START, "--map-root-user"];

/** `podling run`, without `deno task` around it. */
export const podling: readonly string[] = [
  Deno.execPath(),
  ...["run", ...taskOptions("cli"), SOURCE],
  "run",
];

/** A program that stays, says so, and goes when it is asked to, as PID 1 too. */
export const OBEDIENT: readonly string[] = [
  "sh",
  "-c",
  'trap "exit 0" TERM; echo; sleep 1000 & wait',
];

/** Wall milliseconds from the spawn of a program to its end, which has to be a good one. */
export async function timeProgram(argv: readonly string[], env = {}): Promise<number> {
  const [program = "", ...args] = argv;
  const begun = performance.now();
  const { success, stderr } = await new Deno.Command(program, {
    args,
    env,
    cwd: PROJECT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const took = performance.now() - begun;
  if (success) return took;
  throw new Error(`${argv.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** A folder that goes when the benchmark does. */
export interface Scratch extends Disposable {
  readonly path: string;
  /** @returns the path of the new file. */
  write(name: string, content: string): string;
}

/** Makes an empty folder. */
export function makeScratch(): Scratch {
  const path = Deno.makeTempDirSync({ prefix: "podling-bench-" });
  return {
    path,
    write(name, content) {
      Deno.writeTextFileSync(`${path}/${name}`, content);
      return `${path}/${name}`;
    },
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/**
 * Puts the program into a folder as an installation has it.
 * @returns the path of its launcher.
 */
export async function installInto(scratch: Scratch): Promise<string> {
  const program = await writeBundle(await makeBundle(), scratch.path);
  const search = formatInstalledSearch(Deno.execPath(), program);
  const settings = readSettings();
  return scratch.write(
    "podling",
    formatLauncher({ marker: "of a benchmark", search, settings }),
  );
}

/** A Pod that runs commands once, each in a container, as JSON and so as YAML. */
export function formatPod(name: string, commands: readonly (readonly string[])[]): string {
  const containers = commands.map((command, index) => ({
    name: `c${index}`,
    image: "busybox",
    command,
  }));
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { restartPolicy: "Never", terminationGracePeriodSeconds: 0, containers },
  });
}
