/** The files of the repository as text, for tests that read the code. */

const ROOT = new URL("../../", import.meta.url).pathname;

/** One file. */
export interface SourceFile {
  /** Below the repository: `src/runtime/launch/launch.ts`. */
  readonly path: string;
  readonly text: string;
}

/** The files below a folder of the repository, by name, without Markdown. */
export function readSourceFiles(folder: string): SourceFile[] {
  return [...Deno.readDirSync(ROOT + folder)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap(
    ({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      if (isDirectory) return readSourceFiles(path);
      return name.endsWith(".md") ? [] : [{ path, text: Deno.readTextFileSync(ROOT + path) }];
    },
  );
}

/** The path that an import of one file names, below the repository. */
export function resolveImport(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}
