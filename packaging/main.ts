/**
 * `deno task install`, `deno task uninstall`, and `deno task bundle`, which writes what npm packs.
 */
import { type Bundle, makeBundle, PROJECT, readSettings, writeBundle } from "./bundle.ts";
import { PackagingError, report } from "./packaging_error.ts";
import { print } from "../src/cli/output/print.ts";
import { install, uninstall } from "./install.ts";
import { formatLauncher, formatPackageSearch } from "./launcher.ts";

/** The package's own folder in the project, not under version control. */
const DIST = `${PROJECT}dist`;

async function writePackage(): Promise<readonly string[]> {
  const bundle = await makeBundle();
  await report(`write ${DIST}`, () => writeFiles(bundle));
  return [`wrote ${DIST}`];
}

async function writeFiles(bundle: Bundle): Promise<void> {
  const marker = "podling, as npm installs it";
  const settings = readSettings();
  const launcher = formatLauncher({ marker, search: formatPackageSearch(), settings });
  await removeFolder(DIST);
  await writeBundle(bundle, DIST);
  await Deno.writeTextFile(`${DIST}/podling`, launcher);
  await Deno.chmod(`${DIST}/podling`, 0o755);
}

/** Nothing of an earlier package gets into this one. */
async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const actions: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  install: () => install(Deno.env.toObject()),
  uninstall: () => uninstall(Deno.env.toObject()),
  bundle: writePackage,
};

if (import.meta.main) {
  const write = (text: string) => new TextEncoder().encode(`${text}\n`);
  const [name = "", ...rest] = Deno.args;
  const action = actions[name];
  if (action === undefined || rest.length > 0) {
    Deno.stderr.writeSync(write(`Usage: ${Object.keys(actions).join(" | ")}, without arguments`));
    Deno.exit(125);
  }
  try {
    await print((await action()).join("\n"));
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    Deno.stderr.writeSync(write(`podling: ${error.message}`));
    Deno.exit(125);
  }
}
