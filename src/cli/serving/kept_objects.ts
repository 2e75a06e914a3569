/** The objects of a data folder: what the server before kept, and what keeps those of this one. */
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { UsageError } from "../../base/usage_error.ts";
import { ChangeHistory, type HistoryBounds } from "../../store/history.ts";
import { Journal, type KeptObjects } from "../../store/journal.ts";
import { DatabaseError, SqliteDatabase } from "../../store/object_database.ts";
import { type DataFolder, openDataFolder } from "./data_folder.ts";

/** Objects that outlive the server. Disposing of it writes what is left, and releases the lock. */
export interface KeptStore extends AsyncDisposable {
  /** Where they are, and whatever else outlives the server. */
  readonly folder: DataFolder;
  readonly kept: KeptObjects;
  readonly journal: Journal;
  /** What is passed on from it is durable. */
  readonly history: ChangeHistory;
  /** The node to which the Pods among them belong. */
  readonly nodeName: string;
}

/** What a {@link KeptStore} is opened with. */
export interface KeptStoreOptions {
  /** How many changes of a kind the history keeps. */
  readonly historyBound: number;
  /** The same of kinds that have a number of their own. */
  readonly historyBounds?: HistoryBounds;
  /** The name of the node as the user gave it. @default that of the server before */
  readonly nodeName: string | undefined;
  /** Its name where it has never had any. */
  readonly hostName: string;
  readonly clock: Clock;
  /** For a disk that refuses writes. */
  readonly log: Logger;
}

/**
 * Opens the objects of a folder.
 *
 * @param path an absolute one; undefined: in the data directory.
 * @throws {RuntimeError} where the folder is not the user's alone.
 * @throws {UsageError} where another server has it, or the objects cannot be read or are those of
 * another node.
 */
export async function openKeptObjects(
  path: string | undefined,
  options: KeptStoreOptions,
): Promise<KeptStore> {
  const folder = openDataFolder(path);
  try {
    return await open(folder, options);
  } catch (error) {
    folder[Symbol.dispose]();
    if (error instanceof DatabaseError) throw new UsageError(`--data: ${error.message}`);
    throw error;
  }
}

async function open(
  folder: DataFolder,
  { historyBound, historyBounds = {}, nodeName, hostName, clock, log }: KeptStoreOptions,
): Promise<KeptStore> {
  const database = await SqliteDatabase.open(`${folder.path}/objects.db`);
  try {
    const kept = database.load();
    const known = database.readFact("node")?.toString();
    if (known !== undefined && nodeName !== undefined && nodeName !== known) {
      throw new UsageError(
        `--node-name: the Pods of ${folder.path} belong to the node ${known}, not to ` +
          `${nodeName}; leave the option out, or name another folder with --data`,
      );
    }
    const name = known ?? nodeName ?? hostName;
    if (known === undefined) database.setFact("node", name);
    const history = new ChangeHistory(historyBound, {
      version: kept.version,
      isHeld: true,
      bounds: historyBounds,
    });
    const onDurable = (version: number) => history.release(version);
    const journal = new Journal({ database, clock, onDurable, log, isStarting: true });
    return {
      folder,
      kept,
      journal,
      history,
      nodeName: name,
      [Symbol.asyncDispose]: async () => {
        await journal.close();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
