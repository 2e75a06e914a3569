/** A part of this program as a process of its own. */

/**
 * The program as a bundle: this module is in a file of a folder of parts, which is beside the main
 * module, and that one does the part's work.
 */
interface ProgramBundle {
  /** Address of the main module. */
  readonly main: string;
  /** Path of the folder of the others, which are loaded when they are needed. */
  readonly parts: string;
}

/** Undefined where modules are files of their own. */
const bundle: ProgramBundle | undefined = import.meta.url.endsWith("/own_program.ts")
  ? undefined
  : { main: new URL("../podling.js", import.meta.url).href, parts: import.meta.dirname! };

/**
 * As all of `deno.json`'s tasks that start the program have it: Deno keeps compiled code for one
 * set of V8's flags, but for those of garbage collection, and a start with others throws away what
 * it finds.
 */
const V8_FLAGS = "--v8-flags=--no-lazy";

/** One part. */
export interface OwnProgram {
  /** The address of its module, where that is a file of its own. */
  readonly module: string;
  /** First word of the command line with which the bundle does its work. */
  readonly word: string;
  /** It imports packages, which are in the project's `node_modules`. @default false */
  readonly hasPackages?: boolean;
  /**
   * It opens connections, listens and reads its own program, and nothing else: what pods send it
   * cannot do more, either.
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
  const rights = isConfined && !socket?.startsWith("/dev/")
    ? ["--allow-net", "--no-prompt", ...pathRights(socket)]
    : ["--allow-all"];
  const kind = bundle !== undefined
    ? ["--unstable-lazy-dynamic-imports"]
    : hasPackages
    ? ["--node-modules-dir=manual"]
    : [];
  const fixed = ["--quiet", "--no-config", "--no-lock", "--cached-only", V8_FLAGS];
  return {
    argv: [Deno.execPath(), "run", ...fixed, ...kind, ...rights, bundle?.main ?? module, word],
    env: { NO_COLOR: "1", ...cacheVariables() },
  };
}

/** To connect to a socket, and to load the program's own parts. */
function pathRights(socket: string | undefined): string[] {
  const right = (name: string, ...paths: (string | undefined)[]) => {
    const list = paths.filter((it) => it !== undefined).map((it) => it.replaceAll(",", ",,"));
    return list.length === 0 ? [] : [`--allow-${name}=${list.join(",")}`];
  };
  return [...right("read", socket, bundle?.parts), ...right("write", socket)];
}

/** Where Deno looks for what it has compiled. */
function cacheVariables(): Record<string, string> {
  const names = ["HOME", "XDG_CACHE_HOME", "DENO_DIR"];
  const found = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(found.filter((it): it is [string, string] => it[1] !== undefined));
}
