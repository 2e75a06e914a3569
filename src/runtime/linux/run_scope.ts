/**
 * What a run has on this machine from its beginning to its end: folders, and the janitor that
 * removes them.
 */
import type { Machine } from "../machine/machine.ts";
import { type ProcessIdentity, signalProcess } from "../machine/process.ts";
import { spawnHelper } from "../machine/subprocess.ts";
import type { IsolationLevel } from "../config.ts";
import { removeTree } from "../disk/folder_removal.ts";
import {
  findAbandonedRuns,
  makeRunFolders,
  planRunFolders,
  type RunFolders,
  type StateRoots,
} from "../machine/state_dir.ts";
import janitorScript from "./janitor.sh" with { type: "text" };

/**
 * The folders of one run, and the janitor that removes them when this program has ended, however
 * that was.
 */
export class RunScope {
  /** They are locked until the run is over. */
  readonly folders: RunFolders;
  /** Digits that begin the marks of all processes of the run. */
  readonly mark: number;
  readonly #machine: Machine;
  readonly #paths: readonly string[];
  /** Begins its work when its standard input ends. */
  readonly #janitor: Deno.ChildProcess;
  readonly #janitorInput: WritableStreamDefaultWriter<Uint8Array>;
  readonly #holder: ProcessIdentity | undefined;

  /**
   * Makes the folders of a new run, and has those removed that earlier ones left.
   * @throws {RuntimeError} `StateDirectory`
   */
  constructor(machine: Machine, level: IsolationLevel, place: "runs" | "kept", roots: StateRoots) {
    const id = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
    const paths = planRunFolders(id, machine.mounts, place, roots);
    this.#machine = machine;
    this.#paths = paths.all;
    // There before there is anything to remove: we may be killed at any moment.
    this.#janitor = startJanitor(machine, paths.all, "piped");
    this.#janitorInput = this.#janitor.stdin.getWriter();
    this.folders = makeRunFolders(paths);
    for (const abandoned of findAbandonedRuns(this.folders.roots, Date.now())) {
      // Its input is at its end already, so it begins at once; its end is not waited for.
      startJanitor(machine, abandoned, "null").unref();
    }
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    this.mark = 1_000_000 + random % 1_000_000_000;
    // In namespaces nothing can get away from the pause process: there is nothing to look for.
    if (level === "process") {
      Deno.writeTextFileSync(`${this.folders.state}/mark`, `${this.mark}\n`);
    }
    // Stopped, it would outlive us: the janitor sees to its end.
    this.#holder = machine.namespaces?.holder;
    if (this.#holder !== undefined) this.record("sandboxes", "node", [this.#holder]);
  }

  /**
   * Lets the janitor know of processes that it ends if this program cannot.
   * @returns the file that names them, to be removed when they have ended.
   */
  record(
    kind: "sandboxes" | "sessions",
    name: string | number,
    processes: readonly ProcessIdentity[],
  ): string {
    const path = `${this.folders.state}/${kind}/${name}`;
    const lines = processes.map(({ pid, startTime }) => `${pid} ${startTime}\n`);
    Deno.writeTextFileSync(path, lines.join(""));
    return path;
  }

  /** Has all folders removed: by the janitor, or, if that has died, by another. */
  async close(): Promise<void> {
    if (this.#holder !== undefined) await this.#releaseHolder(this.#holder);
    await this.#janitorInput.close().catch(() => {}); // It has gone.
    // A stopped one would not see the end of its input.
    continueChild(this.#janitor);
    const { signal } = await this.#janitor.status;
    if (signal !== null) await startJanitor(this.#machine, this.#paths, "null").status;
    for (const lock of this.folders.locks) lock.close();
  }

  /** It ends with us, and not before. */
  async #releaseHolder(holder: ProcessIdentity): Promise<void> {
    try {
      signalProcess(holder, "SIGCONT");
      await removeTree(`${this.folders.state}/sandboxes/node`);
    } catch (error) {
      // Without a descriptor to look at it, it stays the janitor's to end.
      if (!(error instanceof Error && "code" in error && error.code === "EMFILE")) throw error;
    }
  }
}

function startJanitor(
  { tools, namespaces }: Machine,
  folders: readonly string[],
  stdin: "piped" | "null",
): Deno.ChildProcess {
  // A session of its own: a signal to our group is not for it. Of one that it gets before that it
  // ends, as we do then: another one takes its place. `detached` would fork all of this program.
  const command = new Deno.Command(tools.setsid, {
    args: [tools.sh, "-c", janitorScript, "janitor.sh", ...folders],
    cwd: "/",
    clearEnv: true,
    env: {
      rm: tools.rm,
      rmdir: tools.rmdir,
      chmod: tools.chmod,
      grep: tools.grep,
      sleep: tools.sleep,
      ...namespaces?.ids === "sub-ids" ? { unshare: tools.unshare } : {},
    },
    stdin,
    stdout: "null",
    stderr: "null",
  });
  return spawnHelper("Isolation", "the janitor", command);
}

function continueChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGCONT");
  } catch (error) {
    // It has ended.
    if (!(error instanceof TypeError)) throw error;
  }
}
