/** Files that a run writes: `--events-file` and `--status-file`. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { UsageError } from "../../base/usage_error.ts";
import { describeFailure } from "../output/failure.ts";
import { resolvePath } from "../manifest/paths.ts";
import { StatusFile } from "../output/status_file.ts";
import type { RunEnvironment, RunOptions } from "./run_environment.ts";

/** Where files are opened, and with which mode. */
export type FilePlace = Pick<RunEnvironment, "directory" | "fileMode">;

/**
 * Checks that each file of the options has one use.
 * @throws {UsageError}
 */
export function checkFiles(options: RunOptions, directory: string): void {
  const uses = new Map<string, string>();
  for (const name of ["events-file", "status-file", "timeline"] as const) {
    const file = options[name];
    if (file === undefined) continue;
    const path = resolvePath(directory, file);
    const other = uses.get(path);
    if (other !== undefined) throw new UsageError(`--${name}: ${file} is the --${other} already`);
    uses.set(path, name);
  }
}

/**
 * Opens the events file and empties it. It belongs to one run at a time: lines of two would be cut
 * through each other.
 * @throws {UsageError}
 */
export function openEventsFile(
  path: string | undefined,
  { directory, fileMode }: FilePlace,
): Deno.FsFile | undefined {
  if (path === undefined) return undefined;
  const refuse = (why: string) => new UsageError(`--events-file: ${path} ${why}`);
  try {
    const file = openAs(fileMode, () =>
      Deno.openSync(resolvePath(directory, path), {
        write: true,
        create: true,
        ...(fileMode !== undefined && { mode: fileMode }),
      }));
    // A device, such as /dev/null, may belong to many.
    if (!file.statSync().isFile) return file;
    if (!file.tryLockSync(true)) {
      file.close();
      throw refuse("is being written by another run; name another file");
    }
    file.truncateSync();
    return file;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refuse(`cannot be written: ${describeFailure(error)}`);
  }
}

/** Makes a file of exactly this mode, whatever mask the process has by now. */
export function openAs<T>(mode: number | undefined, open: () => T): T {
  if (mode === undefined) return open();
  const mask = Deno.umask(0);
  try {
    return open();
  } finally {
    Deno.umask(mask);
  }
}

/**
 * Opens the status file; leaves what is there until it is written first.
 *
 * @throws {UsageError}
 */
export function openStatusFile(
  path: string | undefined,
  { directory, fileMode }: FilePlace,
  { read, onFailed }: {
    /** Returns the objects as they are. */
    readonly read: () => readonly KubernetesObject[];
    /** Gets once why the file cannot be written any more. */
    readonly onFailed: (message: string) => void;
  },
): StatusFile | undefined {
  if (path === undefined) return undefined;
  try {
    return new StatusFile(resolvePath(directory, path), {
      read,
      onFailed: (error) =>
        onFailed(`${path} cannot be written any more: ${describeFailure(error)}`),
      ...(fileMode !== undefined && { mode: fileMode }),
    });
  } catch (error) {
    const why = error instanceof UsageError ? error.message : describeFailure(error);
    throw new UsageError(`--status-file: ${path} cannot be written: ${why}`);
  }
}
