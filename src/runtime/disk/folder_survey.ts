/**
 * A look at a folder that containers have written to, before it is removed: how many files go with
 * it, and whether it can be removed without further ado.
 */

/** What is in a folder. */
export interface FolderSurvey {
  /** Regular files in each of the folders that were to be counted. */
  readonly files: readonly number[];
  /** There may be more of them. */
  readonly isCut: boolean;
  /** It is neither large nor deep, and this user can list all of it. */
  readonly isSimple: boolean;
}

/** What a look may cost. */
const MAX_ENTRIES = 4000;
const MAX_DEPTH = 64;
/** A directory of this size has thousands of names, which would all be read at once. */
const MAX_DIRECTORY_BYTES = 1 << 18;

/**
 * Looks through a folder, and first at what to count. What this user cannot list is not counted.
 *
 * @param counted folders in it, if they are there.
 * @param made files that do not count.
 */
export function surveyFolder(
  folder: string,
  counted: readonly string[],
  made: ReadonlySet<string>,
): FolderSurvey {
  const files = counted.map(() => 0);
  const pending = [folder, ...counted].map((path, index) => ({ path, depth: 0, index: index - 1 }));
  let [entries, isCut, isSimple] = [0, false, true];
  for (let next; (next = pending.pop()) !== undefined;) {
    const { path, depth, index } = next;
    const found = depth > MAX_DEPTH ? "large" : readDirectory(path, depth === 0);
    if (found === "large" || found === "closed" || entries + found.length > MAX_ENTRIES) {
      isSimple = false;
      isCut ||= index >= 0 && found !== "closed";
      continue;
    }
    entries += found.length;
    for (const { name, isDirectory, isFile } of found) {
      const below = `${path}/${name}`;
      if (isFile && index >= 0 && !made.has(below)) files[index]!++;
      if (isDirectory && (index >= 0 || !counted.includes(below))) {
        pending.push({ path: below, depth: depth + 1, index });
      }
    }
  }
  return { files, isCut, isSimple };
}

function readDirectory(
  path: string,
  mayBeMissing: boolean,
): readonly Deno.DirEntry[] | "large" | "closed" {
  try {
    if (Deno.lstatSync(path).size > MAX_DIRECTORY_BYTES) return "large";
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return "closed";
    if (mayBeMissing && error instanceof Deno.errors.NotFound) return [];
    // Non-UTF-8 names cannot be inspected: they count, but what is in such a folder does not.
    if (error instanceof Error && "code" in error) return "large";
    throw error;
  }
}
