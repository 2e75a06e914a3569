/**
 * `deno task install`, `deno task uninstall`, and `deno task bundle`, which writes what npm packs.
 */
import { makeBundle, PackagingError, PROJECT, readSettings } from "./bundle.ts";
import { install, uninstall } from "./install.ts";
import { formatLauncher, formatPackageSearch } from "./launcher.ts";

/** The package's own folder in the project, not under version control. */
const DIST = `${PROJECT}dist`;

async function writePackage(): Promise<readonly string[]> {
  const program = await makeBundle();
  const marker = "podling, as npm installs it";
  const { tasks } = readSettings();
  const launcher = formatLauncher({ marker, search: formatPackageSearch(), tasks });
  await Deno.mkdir(DIST, { recursive: true });
  await Deno.writeTextFile(`${DIST}/podling.js`, program);
  await Deno.writeTextFile(`${DIST}/podling`, launcher);
  await Deno.chmod(`${DIST}/podling`, 0o755);
  return [`wrote ${DIST}`];
}

const actions: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  install,
  uninstall,
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
    for (const line of await action()) Deno.stdout.writeSync(write(line));
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    Deno.stderr.writeSync(write(`podling: ${error.message}`));
    Deno.exit(125);
  }
}
