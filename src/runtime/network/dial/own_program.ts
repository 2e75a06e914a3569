/** A part of this program as a process of its own. */

/** In a bundle, all modules have its address, and its main module does the part's work. */
const isBundled = !import.meta.url.endsWith("/own_program.ts");

/**
 * As all of `deno.json`'s tasks that start the program have it: Deno keeps compiled code for one
 * set of V8's flags, but for those of garbage collection, and a start with others throws away what
 * it finds.
 */
const V8_FLAGS = "--v8-flags=--no-lazy";

/** One part. */
export interface OwnProgram {
  /** The address of its module. */
  readonly module: string;
  /** First word of the command line with which the bundle does its work. */
  readonly word: string;
  /** It imports packages, which are in the project's `node_modules`. @default false */
  readonly hasPackages?: boolean;
  /**
   * It opens connections and listens, and nothing else: what pods send it cannot do more, either.
   * @default all rights: Deno listens on unix sockets with those only.
   */
  readonly isConfined?: boolean;
  /**
   * A unix socket to which it connects, too. Below `/dev` Deno grants that with all rights alone:
   * there it is not confined. @default none
   */
  readonly socket?: string;
}

/** How it is started. */
export interface OwnProgramStart {
  /** Without its own arguments. */
  readonly argv: readonly string[];
  /** Its variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** The words that start it. */
export function ownProgram(
  { module, word, hasPackages = false, isConfined = false, socket }: OwnProgram,
): OwnProgramStart {
  const packages = hasPackages && !isBundled ? ["--node-modules-dir=manual"] : [];
  const rights = isConfined && !socket?.startsWith("/dev/")
    ? ["--allow-net", "--no-prompt", ...socketRights(socket)]
    : ["--allow-all"];
  const fixed = ["--quiet", "--no-config", "--no-lock", "--cached-only", V8_FLAGS];
  const program = isBundled ? import.meta.url : module;
  return {
    argv: [Deno.execPath(), "run", ...fixed, ...packages, ...rights, program, word],
    env: { NO_COLOR: "1", ...cacheVariables() },
  };
}

function socketRights(path: string | undefined): string[] {
  return path === undefined ? [] : [`--allow-read=${path}`, `--allow-write=${path}`];
}

/** Where Deno looks for what it has compiled. */
function cacheVariables(): Record<string, string> {
  const names = ["HOME", "XDG_CACHE_HOME", "DENO_DIR"];
  const found = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(found.filter((it): it is [string, string] => it[1] !== undefined));
}
