/** The shell script that people start the bundle with; pure. */
import type { Settings } from "./bundle.ts";
import { quoteShell } from "./completion.ts";

/** What a launcher starts. */
export interface LauncherOptions {
  /** A comment for its head. */
  readonly marker: string;
  /** Lines that set `deno` and `program` to the paths of Deno and of the bundle. */
  readonly search: string;
  /** Each command has the options of Deno that its task has. */
  readonly settings: Pick<Settings, "tasks" | "unstable">;
}

/**
 * A launcher: it gives way to Deno, which gets the permissions and the flags of V8 that the task of
 * the same name has; those of the task `cli` where a command has no task of its own. The settings
 * of a folder above the bundle or above the caller count for nothing.
 */
export function formatLauncher({ marker, search, settings }: LauncherOptions): string {
  const { tasks, unstable } = settings;
  const features = unstable.map((name) => `--unstable-${name}`);
  const fixed = ["--quiet", "--no-config", "--no-lock", ...features];
  const usual = readOptions(tasks["cli"] ?? "")?.options ?? "--allow-all";
  const rows = Object.entries(tasks).flatMap(([name, task]) => {
    const found = readOptions(task);
    return found === undefined || found.command !== name || found.options === usual
      ? []
      : [`  ${name}) options=${quoteShell(found.options)} ;;`];
  });
  return `#!/bin/sh
# ${marker}
${search}
case \${1-} in
${rows.join("\n")}
  *) options=${quoteShell(usual)} ;;
esac
# Unquoted: these are several words.
# shellcheck disable=SC2086
exec "$deno" run ${fixed.join(" ")} $options "$program" "$@"
`;
}

/** What a task that starts the program gives Deno, and the command that it has. */
function readOptions(task: string) {
  const found = /^deno run (.+) src\/main\.ts(?: (\S+))?$/.exec(task);
  return found === null ? undefined : { options: found[1]!, command: found[2] };
}

/**
 * Sets the variables to paths that were known at the installation; another Deno does where that one
 * is gone.
 */
export function formatInstalledSearch(deno: string, program: string): string {
  const message =
    `podling: Cannot find deno: neither ${deno} nor one in PATH; install Deno or podling again`;
  return `deno=${quoteShell(deno)} program=${quoteShell(program)}
[ -x "$deno" ] || deno=$(command -v deno) || {
  echo ${quoteShell(message)} >&2
  exit 125
}
[ -f "$program" ] || {
  echo ${quoteShell(`podling: Cannot find ${program}; install podling again`)} >&2
  exit 125
}`;
}

/** Finds Deno as npm installs it beside the package or below it, else in `PATH`. */
export function formatPackageSearch(): string {
  return `here=$(readlink -f "$0")
here=\${here%/*}
program=$here/podling.js
for deno in "$here"/../node_modules/@deno/linux-*/deno "$here"/../../@deno/linux-*/deno; do
  [ ! -x "$deno" ] || break
done
[ -x "$deno" ] || deno=$(command -v deno) || {
  echo "podling: Cannot find deno: neither the npm package beside $here nor one in PATH; install it" >&2
  exit 125
}`;
}
