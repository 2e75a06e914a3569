/** The folder in which a server keeps what outlives it: only the user's, one server at a time. */
import { readTextIfPresent } from "../../base/files.ts";
import { UsageError } from "../../base/usage_error.ts";
import { describeFailure } from "../output/failure.ts";
import { claimDataDirectory, claimOwnDirectory } from "../../runtime/machine/state_dir.ts";

/** A folder that is locked until it is disposed of, or the program ends. */
export interface DataFolder extends Disposable {
  /** Without symbolic links. */
  readonly path: string;
  /**
   * The text of a private file in it.
   *
   * @param name letters, digits, `-` and `.`.
   * @returns undefined: there is none.
   */
  read(name: string): string | undefined;
  /**
   * Writes such a file, whole or not at all.
   *
   * @throws {UsageError}
   */
  write(name: string, text: string): void;
}

const OTHER = "name another folder with --data";

/**
 * Makes the folder, or checks that it may be used, and locks it.
 *
 * @param named an absolute path; undefined: in the data directory.
 * @throws {RuntimeError} where it is not the user's alone.
 * @throws {UsageError} where another server has it.
 */
export function openDataFolder(named: string | undefined): DataFolder {
  const uid = Deno.uid() ?? 0;
  const path = named ?? `${claimDataDirectory(uid)}/serve`;
  const real = claimOwnDirectory(path, uid, OTHER);
  const file = `${real}/lock`;
  const lock = refusing(
    file,
    () => Deno.openSync(file, { read: true, write: true, create: true, mode: 0o600 }),
  );
  if (!lock.tryLockSync(true)) {
    lock.close();
    const pid = readTextIfPresent(file)?.trim();
    throw new UsageError(
      `--data: ${path} is in use by another podling serve${pid ? ` (process ${pid})` : ""}; ` +
        `end that one, or ${OTHER}`,
    );
  }
  refusing(file, () => {
    lock.truncateSync();
    lock.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  });
  return {
    path: real,
    read: (name) => readTextIfPresent(`${real}/${name}`),
    write: (name, text) => {
      const path = `${real}/${name}`;
      refusing(path, () => writePrivateFile(path, text));
    },
    [Symbol.dispose]: () => lock.close(),
  };
}

/** @throws {UsageError} with the machine's words. */
function refusing<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new UsageError(`--data: ${path} cannot be written: ${describeFailure(error)}; ${OTHER}`);
  }
}

/** Writes a file of mode 0600 whole, and renames it into place. */
function writePrivateFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  {
    using file = Deno.openSync(fresh, { write: true, create: true, truncate: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  }
  Deno.renameSync(fresh, path);
}
