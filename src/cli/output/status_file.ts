/** The objects of a run as Kubernetes JSON in a file that is always whole: `--status-file`. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { UsageError } from "../../base/usage_error.ts";

/** Changes that come closer together are written as one. */
const SPACING_MS = 25;

/** Keeps a file at the latest status. */
export class StatusFile {
  readonly #path: string;
  readonly #read: () => readonly KubernetesObject[];
  readonly #onFailed: (error: unknown) => void;
  readonly #mode: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writtenAt = -Infinity;
  #isOver = false;

  /**
   * Tries whether the file can be written, and leaves it as it is.
   *
   * @throws {UsageError} there is something else than a file, which must not be replaced.
   * @throws the file system's error.
   */
  constructor(path: string, { read, onFailed, mode = 0o666 }: {
    /** Gives the objects as they are. */
    readonly read: () => readonly KubernetesObject[];
    /** Is called once with why the file cannot be written any more. */
    readonly onFailed: (error: unknown) => void;
    /** What of the file's mode the mask of this process leaves. @default 0o666 */
    readonly mode?: number;
  }) {
    this.#path = findTarget(path);
    this.#read = read;
    this.#onFailed = onFailed;
    this.#mode = mode;
    const temporary = this.#makeTemporary("");
    Deno.removeSync(temporary);
  }

  /** Something changed: written soon. */
  noteChange(): void {
    if (this.#timer !== undefined || this.#isOver) return;
    const wait = this.#writtenAt + SPACING_MS - performance.now();
    this.#timer = setTimeout(() => this.write(), Math.max(0, wait));
  }

  /** Writes now. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isOver) return;
    let temporary: string | undefined;
    try {
      temporary = this.#makeTemporary(formatObjects(this.#read()));
      Deno.renameSync(temporary, this.#path);
    } catch (error) {
      this.#isOver = true;
      if (temporary !== undefined) removeIfThere(temporary);
      this.#onFailed(error);
    }
    this.#writtenAt = performance.now();
  }

  /** Leaves the file as it is now: what changes from here on is not written. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOver = true;
  }

  /**
   * A new file under a name that cannot be foreseen: where containers can write, none of them can
   * put a link in its place.
   */
  #makeTemporary(text: string): string {
    const path = `${this.#path}.${crypto.randomUUID()}.tmp`;
    try {
      Deno.writeTextFileSync(path, text, { createNew: true, mode: this.#mode });
    } catch (error) {
      // Of a full disk there may be a part of it.
      if (!(error instanceof Deno.errors.AlreadyExists)) removeIfThere(path);
      throw error;
    }
    return path;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    // It was never made, or its folder is gone with it.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * The file that is to be replaced: what a link leads to, not the link.
 * @throws {UsageError}
 */
function findTarget(path: string): string {
  try {
    // `/dev/null` must not become a file.
    if (!Deno.statSync(path).isFile) throw new UsageError("it is not a regular file");
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

/** One object, or a `List` where there are several. */
export function formatObjects(objects: readonly KubernetesObject[]): string {
  const object = objects.length === 1 ? objects[0] : {
    apiVersion: "v1",
    kind: "List",
    metadata: {},
    items: objects,
  };
  return JSON.stringify(object, null, 2) + "\n";
}
