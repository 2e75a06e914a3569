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
    return replaceRequire(await Deno.readTextFile(path));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * What a package that is not an ES module calls for Node's own modules, as the bundler writes it:
 * Deno puts `createRequire` in its place, which every start would load, and not where its short
 * name has a `$`.
 */
const REQUIRE = [
  /var ([\w$]+)=\(\w=>typeof require<"u"\?[^]{1,300}? is not supported'\)\}\);/,
  /import\{createRequire as (?:\w+)\} ?from ?"node:module";var ([\w$]+)=\w+\(import\.meta\.url\);/,
];

/**
 * A bundle whose packages get Node's own modules when they ask for them.
 * @throws {PackagingError} if the bundler has written something else.
 */
export function replaceRequire(text: string): string {
  const replaced = REQUIRE.reduce(
    (whole, form) =>
      whole.replace(form, (_, name) => `var ${name}=t=>process.getBuiltinModule(t);`),
    text,
  );
  const left = /Dynamic require|createRequire/.exec(replaced);
  if (left === null) return replaced;
  const around = replaced.slice(Math.max(left.index - 40, 0), left.index + 40);
  throw new PackagingError(`Cannot use the bundle: it asks for modules by ${around}`);
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
