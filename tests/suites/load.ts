/**
 * Test files that share an isolate: to load what they import once for all of them takes a fifth of
 * the time of loading it for each.
 */

const TESTS = new URL("../", import.meta.url);

/**
 * The folders whose files have an isolate each, since they start programs and wait for them, or
 * compute for long: those of them that take longest are the first to start. `deno task test` runs
 * them beside the suites.
 */
export const FOLDERS_BY_FILE = [
  "examples",
  "process",
  "kubectl",
  "simulation",
  "model",
  "attack",
  "packaging",
  "browser",
] as const;

/** Runs after all others, since its tests depend on how soon things happen. */
export const FOLDER_ALONE = "timing";

/** Files of the command line that start the program. */
export const isByFile = (path: string): boolean => /^cli\/.*_process_test\.ts$/.test(path);

/** The test files below a folder of the tests (`api/`; all: ``), by name: `api/kinds_test.ts`. */
export function listTests(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, TESTS))]
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name, isDirectory }) =>
      isDirectory
        ? listTests(`${folder}${name}/`)
        : name.endsWith("_test.ts")
        ? [`${folder}${name}`]
        : []
    );
}

/** Registers the tests of these files in this isolate. */
export async function loadTests(paths: readonly string[]): Promise<void> {
  for (const path of paths) await import(new URL(path, TESTS).href);
}
