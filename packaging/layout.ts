/** Where an installation lies; pure. */
import { quoteShell, type Shell } from "./completion.ts";

/** Variables: `HOME` and others that have to do with where a user's files and programs are. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of one user's installation. */
export interface Layout {
  /** The folder that is podling's alone. */
  readonly folder: string;
  /** The file of the bundle that is started; the folders of the others are beside it. */
  readonly program: string;
  /** The command. */
  readonly launcher: string;
  /** A file for each shell, where that looks for one. */
  readonly completions: Readonly<Record<Shell, string>>;
  /** The manual page. */
  readonly manPage: string;
  /** The folders that were made for the installation, one a line. */
  readonly record: string;
  /** The same, while an installation is under way, with the folders that it will make. */
  readonly plan: string;
  /** Held while files are written or removed. */
  readonly lock: string;
}

/**
 * The paths of the XDG base directory specification, with the command in `~/.local/bin`; undefined
 * without a home.
 *
 * @param env `HOME` and `XDG_DATA_HOME`.
 */
export function planLayout(env: Environment): Layout | undefined {
  const home = env["HOME"];
  if (home === undefined || !home.startsWith("/")) return undefined;
  const given = env["XDG_DATA_HOME"];
  const data = given?.startsWith("/") ? given.replace(/\/+$/, "") : `${home}/.local/share`;
  const folder = `${data}/podling`;
  return {
    folder,
    program: `${folder}/podling.js`,
    launcher: `${home}/.local/bin/podling`,
    completions: {
      bash: `${data}/bash-completion/completions/podling`,
      zsh: `${data}/zsh/site-functions/_podling`,
      fish: `${data}/fish/vendor_completions.d/podling.fish`,
    },
    // Where man looks for the pages of commands in ~/.local/bin.
    manPage: `${home}/.local/share/man/man1/podling.1`,
    record: `${folder}/folders`,
    plan: `${folder}/folders.new`,
    lock: `${folder}/lock`,
  };
}

/** The folder of a path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** What has to be added for the command and its completion to be found, one remark a line. */
export function describeMissingPaths(
  { launcher, completions }: Layout,
  env: Environment,
): readonly string[] {
  const folder = parentOf(launcher);
  const isFound = (env["PATH"] ?? "").split(":").includes(folder);
  return [
    ...isFound ? [] : [`add it to PATH: export PATH=${quoteWhereNeeded(folder)}:"$PATH"`],
    ...(env["SHELL"] ?? "").endsWith("/zsh")
      ? [`for zsh, before compinit: fpath=(${quoteWhereNeeded(parentOf(completions.zsh))} $fpath)`]
      : [],
  ];
}

/** A path as a shell takes it, in quotes only where it needs them. */
function quoteWhereNeeded(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : quoteShell(path);
}
