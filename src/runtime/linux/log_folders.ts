/** Where the logs of each Pod's containers are; those that outlive a run are found again. */
import { removeTree } from "../disk/folder_removal.ts";

/** The folders of logs, by the uid of their Pod. */
export class LogFolders {
  readonly #folders = new Map<string, string>();

  /**
   * Knows the logs of earlier runs.
   *
   * @param kept where they are; undefined: nowhere.
   */
  constructor(kept: string | undefined) {
    if (kept === undefined) return;
    for (const { name } of listFolder(kept)) {
      // NAMESPACE_POD_UID: no name has an underscore.
      this.#folders.set(name.slice(name.lastIndexOf("_") + 1), `${kept}/${name}`);
    }
  }

  /** The folder of a Pod's logs; undefined: it has none. */
  of(podUid: string): string | undefined {
    return this.#folders.get(podUid);
  }

  /** Notes where a Pod's logs are. */
  set(podUid: string, folder: string): void {
    this.#folders.set(podUid, folder);
  }

  /** Removes a Pod's logs. */
  async remove(podUid: string): Promise<void> {
    const folder = this.#folders.get(podUid);
    this.#folders.delete(podUid);
    if (folder !== undefined) await removeTree(folder);
  }

  /** Removes the logs of all other Pods. */
  async keepOnly(podUids: ReadonlySet<string>): Promise<void> {
    const others = [...this.#folders.keys()].filter((it) => !podUids.has(it));
    await Promise.all(others.map((it) => this.remove(it)));
  }
}

function listFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
