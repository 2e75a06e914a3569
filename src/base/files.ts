/** Files that may be missing. */

/** What a path leads to; undefined if it leads to nothing. */
export function statIfPresent(path: string): Deno.FileInfo | undefined {
  return ifPresent(() => Deno.statSync(path));
}

/** What is at a path, a link itself; undefined if nothing is. */
export function lstatIfPresent(path: string): Deno.FileInfo | undefined {
  return ifPresent(() => Deno.lstatSync(path));
}

/** Whether a path leads to anything: a link to nothing does not. */
export function exists(path: string): boolean {
  return statIfPresent(path) !== undefined;
}

/** The text of a file; undefined if there is none. */
export function readTextIfPresent(path: string): string | undefined {
  return ifPresent(() => Deno.readTextFileSync(path));
}

/** Where a link leads; undefined if there is nothing, or something that is not a link. */
export function readLink(path: string): string | undefined {
  const isLink = ifPresent(() => Deno.lstatSync(path))?.isSymlink;
  return isLink ? ifPresent(() => Deno.readLinkSync(path)) : undefined;
}

function ifPresent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    // A folder on the way that is a file: there is nothing below it.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Removes a file, unless it is gone already, which is the goal. */
export function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
