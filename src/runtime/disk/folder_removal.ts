/**
 * Removes what pods and containers leave in the folders of a run, and counts the files that go with
 * it.
 */
import type { Machine } from "../machine/machine.ts";
import { isWithin } from "../machine/mount_table.ts";
import { runProgram } from "../machine/subprocess.ts";
import type { ContainerView } from "../view/container_view.ts";
import { surveyFolder } from "./folder_survey.ts";
import { OWN_WORKDIR } from "./pod_folders.ts";

/**
 * Regular files that were removed with a container or a pod: outside volumes, `/tmp`, `/run` and
 * `/dev`.
 */
export interface DiscardedFiles {
  /** In the working directories that the pods had for themselves. */
  readonly inWorkdir: number;
  /** Elsewhere, in the containers' views. */
  readonly elsewhere: number;
  /** There may have been more. */
  readonly isCut: boolean;
}

/**
 * What of a container's view is in its folder: the layers that it wrote, and the files that were
 * made for it.
 */
export type ViewRemains = Pick<ContainerView, "layers" | "made">;

/** Removes folders of one run. */
export class FolderRemoval {
  readonly #machine: Machine;
  #discarded: DiscardedFiles = { inWorkdir: 0, elsewhere: 0, isCut: false };

  /** Nothing has been removed yet. */
  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** What was removed so far. */
  get discarded(): DiscardedFiles {
    return this.#discarded;
  }

  /**
   * Removes a folder of a pod or a container, whatever is in it; what cannot be removed is left to
   * the janitor.
   * @param views of containers whose layers may be in it.
   */
  async remove(folder: string, views: readonly ViewRemains[]): Promise<void> {
    const layers = views.flatMap((it) => it.layers);
    const counted = [`${folder}/${OWN_WORKDIR}`, ...layers.filter((it) => isWithin(it, folder))];
    const made = new Set(views.flatMap((it) => [...it.made]));
    const { files, isCut, isSimple } = surveyFolder(folder, counted, made);
    const { inWorkdir, elsewhere } = this.#discarded;
    this.#discarded = {
      inWorkdir: inWorkdir + files[0]!,
      elsewhere: files.slice(1).reduce((sum, count) => sum + count, elsewhere),
      isCut: this.#discarded.isCut || isCut,
    };
    if (isSimple && await removeTree(folder)) return;
    // A deep tree would end us: natively it is removed by recursion. And in a user namespace
    // nothing is closed to its root.
    const { namespaces, tools } = this.#machine;
    const { pid } = namespaces?.holder ?? {};
    const enter = namespaces === undefined || namespaces.ids === "all"
      ? []
      : [tools.nsenter, "-t", String(pid), ...namespaces.joinUser, "--"];
    const rm = [tools.rm, "-rf", "--one-file-system", "--", folder];
    await runProgram([...enter, ...rm], "").catch(() => {}); // The janitor repeats it.
  }
}

/**
 * Removes a file or a folder with all that is in it, if it is there.
 * @returns false if something in it cannot be removed this way.
 */
export async function removeTree(path: string): Promise<boolean> {
  try {
    await Deno.remove(path, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
