/**
 * `deno task test`: all tests; first those that may run beside each other, then those of
 * `tests/timing` alone. The exit status is 1 if one fails.
 */
import { makeBundle, writeBundle } from "../packaging/bundle.ts";
import { PackagingError } from "../packaging/packaging_error.ts";
import { BUNDLE_VARIABLE } from "./support/program.ts";
import { FOLDER_ALONE, FOLDERS_BY_FILE, isByFile, listTests } from "./suites/load.ts";

/**
 * Tests of processes wait for a large part of their time: with twice as many files at once as there
 * are cores, these have work.
 */
const JOBS = navigator.hardwareConcurrency * 2;

async function runTests(
  paths: readonly string[],
  bundle: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-all", "--parallel", ...paths],
    cwd: new URL("..", import.meta.url).pathname,
    env: { DENO_JOBS: String(JOBS), ...bundle },
  }).spawn().status;
  return success;
}

/** The variable that names the bundle; none where the bundler is not available. */
async function bundleInto(folder: string): Promise<Readonly<Record<string, string>>> {
  try {
    return { [BUNDLE_VARIABLE]: await writeBundle(await makeBundle(), folder) };
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    const line = `The tests start the program from its source: ${error.message}\n`;
    await Deno.stderr.write(new TextEncoder().encode(line));
    return {};
  }
}

const together = [
  ...FOLDERS_BY_FILE.map((name) => `tests/${name}`),
  ...listTests("").filter(isByFile).map((path) => `tests/${path}`),
  "tests/suites/runtime.ts",
  "tests/suites/rooms.ts",
];

// Where every user can read it: some tests run the program as another one.
const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "podling-bundle-" });
try {
  await Deno.chmod(folder, 0o755);
  const bundle = await bundleInto(folder);
  const isWell = await runTests(together, bundle);
  Deno.exitCode = await runTests([`tests/${FOLDER_ALONE}`], bundle) && isWell ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
