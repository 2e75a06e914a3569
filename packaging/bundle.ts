/** The program as one file. */

/** The folder of `deno.json`. */
export const PROJECT: string = new URL("..", import.meta.url).pathname;

/** What is read of `deno.json`. */
export interface Settings {
  /** Of the program and of its npm package. */
  readonly version: string;
  /** Command lines by their names. */
  readonly tasks: Readonly<Record<string, string>>;
}

/** The settings of the project. */
export function readSettings(): Settings {
  return JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`));
}

/**
 * Bundles the program and tries whether the bundle starts.
 * @returns its text.
 * @throws {PackagingError} with what Deno reports.
 */
export async function makeBundle(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "podling-bundle-" });
  try {
    const path = `${folder}/podling.js`;
    const options = ["--quiet", "--minify", "--platform", "deno", "--output", path];
    await runDeno("bundle the program", ["bundle", ...options, `${PROJECT}src/main.ts`]);
    const start = ["run", "--quiet", "--no-config", "--no-lock", "--allow-env", "--allow-read"];
    const version = await runDeno("start the bundle", [...start, path, "--version"]);
    const wanted = readSettings().version;
    if (version !== wanted) {
      throw new PackagingError(
        `Cannot use the bundle: it is version "${version}", not "${wanted}"`,
      );
    }
    return await Deno.readTextFile(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An installation or package that could not be made, in one line. */
export class PackagingError extends Error {}

async function runDeno(purpose: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  const [reason = "no reason given"] = new TextDecoder().decode(stderr).trim().split("\n")
    .map((line) => line.replace(/^error: /, ""));
  // esbuild, which bundles, is downloaded by Deno once.
  throw new PackagingError(`Cannot ${purpose}: ${reason}; the first time needs the network`);
}
