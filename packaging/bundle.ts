/** The program as few files: one that is started, and a folder of its parts. */
import { type Chunk, formatEntry, linkChunk, planFiles, type SplitProgram } from "./chunks.ts";
import { PackagingError, report } from "./packaging_error.ts";

/** The folder of `deno.json`. */
export const PROJECT: string = new URL("..", import.meta.url).pathname;

/** What is read of `deno.json`. */
export interface Settings {
  /** Of the program and of its npm package. */
  readonly version: string;
  /** Features of Deno that are not stable. */
  readonly unstable: readonly string[];
  /** Command lines by their names. */
  readonly tasks: Readonly<Record<string, string>>;
}

/** The settings of the project. */
export function readSettings(): Settings {
  return JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`));
}

/** A file of the bundled program. */
export interface BundledFile {
  readonly name: string;
  readonly text: string;
}

/** The bundled program. */
export interface Bundle {
  /** The text of `podling.js`, which is started. */
  readonly program: string;
  /**
   * The name of the folder beside it. It is a digest of what is in it: the parts of two versions do
   * not meet.
   */
  readonly folder: string;
  readonly parts: readonly BundledFile[];
}

/** The file of a bundle that is started. */
const PROGRAM = "podling.js";

/** Names of {@link Bundle.folder}. */
export const PARTS_FOLDER: RegExp = /^[0-9a-f]{12}$/;

/** Commands that load a few files with nothing else in them: they are used most. */
const USUAL_COMMANDS = ["run", "simulate", "validate", "doctor", "explain"];

/**
 * Bundles the program and tries whether the bundle starts.
 * @throws {PackagingError} with what Deno reports, or with what is not as expected in the bundle.
 */
export async function makeBundle(): Promise<Bundle> {
  return await report("bundle the program", makeCheckedBundle);
}

async function makeCheckedBundle(): Promise<Bundle> {
  const folder = await Deno.makeTempDir({ prefix: "podling-bundle-" });
  try {
    const bundle = await joinProgram(await splitProgram(`${folder}/split`), `${folder}/joined`);
    const path = await writeBundle(bundle, `${folder}/trial`);
    const { version: wanted, unstable } = readSettings();
    const rights = ["--quiet", "--no-config", "--no-lock", "--allow-env", "--allow-read"];
    const features = unstable.map((name) => `--unstable-${name}`);
    const words = ["run", ...rights, ...features, path, "--version"];
    const version = await runDeno("start the bundle", words);
    if (version === wanted) return bundle;
    throw new PackagingError(`Cannot use the bundle: it is version "${version}", not "${wanted}"`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Writes a bundle into a folder, which is made if it is not there.
 * @returns the path of the file to start.
 */
export async function writeBundle(bundle: Bundle, folder: string): Promise<string> {
  await writeFiles(bundle.parts, `${folder}/${bundle.folder}`);
  await writeFiles([{ name: PROGRAM, text: bundle.program }], folder);
  return `${folder}/${PROGRAM}`;
}

async function writeFiles(files: readonly BundledFile[], folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const { name, text } of files) await Deno.writeTextFile(`${folder}/${name}`, text);
}

const BUNDLER = ["bundle", "--quiet", "--minify", "--platform", "deno"];

/** The program in the parts that the bundler makes. */
async function splitProgram(folder: string): Promise<SplitProgram> {
  const options = ["--code-splitting", "--outdir", folder];
  await runDeno("bundle the program", [...BUNDLER, ...options, `${PROJECT}src/main.ts`]);
  const found = [...Deno.readDirSync(folder)].map(({ name }): Chunk => ({
    name: name.replace(/\.js$/, ""),
    text: replaceRequire(Deno.readTextFileSync(`${folder}/${name}`)),
  }));
  const main = found.find(({ name }) => name === "main");
  if (main === undefined) throw new PackagingError("Cannot use the bundle: it has no main.js");
  const others = found.filter((chunk) => chunk !== main)
    .toSorted((one, other) => one.name < other.name ? -1 : 1);
  return { main, chunks: new Map(others.map((chunk) => [chunk.name, chunk])) };
}

/** The parts in fewer files; those that no usual command loads are files of their own. */
async function joinProgram(program: SplitProgram, folder: string): Promise<Bundle> {
  const { main, chunks } = program;
  const files = planFiles(program, USUAL_COMMANDS);
  const ownOf = (file: string) =>
    [...chunks.values()].filter(({ name }) => files.get(name) === file);
  const linked = [...chunks.values()].map((chunk) => ({
    name: `${chunk.name}.js`,
    text: linkChunk(chunk, chunks, files),
  }));
  const alone = linked.filter(({ name }) => !files.has(name.replace(/\.js$/, "")));
  const entries = [...new Set(files.values())].map((file) => ({
    name: `${file}.js`,
    text: formatEntry(ownOf(file), "../chunks"),
  }));
  await writeFiles(linked, `${folder}/chunks`);
  const parts = [...await bundleEntries(entries, alone, folder), ...alone];
  const digest = await digestFiles(parts);
  return { program: linkChunk(main, chunks, files, `./${digest}`), folder: digest, parts };
}

/**
 * Bundles files from their entries. Each stays a file of its own: what it imports of another, or of
 * those beside them, is not put into it.
 */
async function bundleEntries(
  entries: readonly BundledFile[],
  others: readonly BundledFile[],
  folder: string,
): Promise<readonly BundledFile[]> {
  await writeFiles(entries, `${folder}/entries`);
  const externals = [...entries, ...others].map(({ name }) => `--external=./${name}`);
  const options = ["--no-config", ...externals, "--outdir", `${folder}/parts`];
  const paths = entries.map(({ name }) => `${folder}/entries/${name}`);
  await runDeno("join the parts of the bundle", [...BUNDLER, ...options, ...paths]);
  return entries.map(({ name }) => ({
    name,
    text: replaceRequire(Deno.readTextFileSync(`${folder}/parts/${name}`)),
  }));
}

async function digestFiles(files: readonly BundledFile[]): Promise<string> {
  const text = files.map(({ name, text }) => `${name}\0${text}`).join("\0");
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex().slice(0, 12);
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

async function runDeno(purpose: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new PackagingError(
    `Cannot ${purpose}: ${describeFailure(new TextDecoder().decode(stderr))}`,
  );
}

/**
 * What Deno reports, in one line: the failure, and the deepest of its causes.
 * @param text what it wrote on standard error.
 */
export function describeFailure(text: string): string {
  const [first = "", causes = ""] = text.trim().split("\n\n");
  const failure = first.split("\n")[0]!.replace(/^error: /, "") || "no reason given";
  const cause = /^Caused by:\n[^]*? +(?:\d+: )?([^\n]+)$/.exec(causes)?.[1];
  // esbuild, which bundles, is downloaded by Deno once.
  const hint = /download/.test(failure) ? "; the first time it downloads its bundler" : "";
  return `${cause === undefined ? failure : `${failure}: ${cause}`}${hint}`;
}
