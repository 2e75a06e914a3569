/** What a run has on this machine from its beginning to its end: folders, and the janitor that removes them. */
import type { Machine } from "../machine/machine.ts";
import { spawnHelper } from "../machine/subprocess.ts";
import type { IsolationLevel } from "../runtime.ts";
import {
  findAbandonedRuns,
  makeRunFolders,
  planRunFolders,
  type RunFolders,
} from "../machine/state_dir.ts";
import janitorScript from "./janitor.sh" with { type: "text" };

/** The folders of one run, and who removes them whatever it dies of. */
export interface RunScope {
  /** They are locked until the run is over. */
  readonly folders: RunFolders;
  /** Begins when its standard input ends. */
  readonly janitor: Deno.ChildProcess;
  /** Has another do the work of one that has not ended by itself. */
  readonly replaceJanitor: () => Deno.ChildProcess;
  /** Digits that begin the marks of all processes of the run. */
  readonly mark: number;
}

/**
 * Makes the folders of a new run, and has those removed that earlier ones left.
 * @throws {RuntimeError} `StateDirectory`
 */
export function openRunScope(
  machine: Machine,
  level: IsolationLevel,
  place: "runs" | "kept",
): RunScope {
  const id = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  const paths = planRunFolders(id, machine.mounts, place);
  // There before there is anything to remove: we may be killed at any moment.
  const janitor = startJanitor(machine, paths.all, "piped");
  const folders = makeRunFolders(paths);
  for (const abandoned of findAbandonedRuns(folders.roots, Date.now())) {
    // Its input is at its end already, so it begins at once; nobody waits for it.
    startJanitor(machine, abandoned, "null").unref();
  }
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const mark = 1_000_000 + random % 1_000_000_000;
  // In namespaces nothing can get away from the pause process: there is nothing to look for.
  if (level === "process") Deno.writeTextFileSync(`${folders.state}/mark`, `${mark}\n`);
  const replaceJanitor = () => startJanitor(machine, paths.all, "null");
  return { folders, mark, janitor, replaceJanitor };
}

function startJanitor(
  { tools, namespaces }: Machine,
  folders: readonly string[],
  stdin: "piped" | "null",
): Deno.ChildProcess {
  const command = new Deno.Command(tools.sh, {
    args: ["-c", janitorScript, "janitor.sh", ...folders],
    // At once: whoever kills our group does not meet it on its way out.
    detached: true,
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
