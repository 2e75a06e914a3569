/**
 * The few programs of the host that a container's view needs before its own program runs. The view
 * shows copies of them and the host's libraries beside them, read-only, where no volume can cover
 * them and no container change them; they are started by the copied loader, whatever the container
 * has in the places of the system's own.
 */
import { exists } from "../../base/files.ts";
import { readHead } from "./executable.ts";
import { fingerprint, isTextArray, type RememberedFacts } from "./remembered_facts.ts";
import { readOutput } from "./subprocess.ts";

/** Started inside a container's view too, from copies of the system's own. */
export const VIEW_TOOLS = [
  "sh",
  "env",
  "setpriv",
  "chroot",
  "unshare",
  "nsenter",
  "od",
  "wc",
] as const;

/** A program that is started inside a container's view too. */
export type ViewTool = typeof VIEW_TOOLS[number];

/** How a machine loads its programs. */
export interface ProgramLoader {
  /** Itself. */
  readonly path: string;
  /** Directory with most libraries of {@link VIEW_TOOLS}. */
  readonly libraries: string;
  /** Those that lie elsewhere. */
  readonly otherLibraries: readonly string[];
  /** Whether it can set a program's name: since version 2.33 of the C library. */
  readonly canName: boolean;
}

/** Finds out how programs are loaded here; undefined if they need no loader. */
export async function readProgramLoader(
  paths: Readonly<Record<ViewTool, string>>,
  remembered: RememberedFacts,
): Promise<ProgramLoader | undefined> {
  const path = readInterpreter(paths.env);
  if (path === undefined) return undefined;
  const real = Deno.realPathSync(path);
  const libraries = real.slice(0, real.lastIndexOf("/"));
  const settings = ["/etc/ld.so.cache", "/etc/ld.so.preload"];
  const loaded = await remembered.recall({
    name: "libraries",
    dependsOn: fingerprint([path, paths.setpriv, paths.nsenter, ...settings]),
    isValue: isLoaded,
    find: () => listAllLibraries(path, paths),
  });
  const { all = [], canName = false } = loaded ?? {};
  const otherLibraries = all.filter((it) => !exists(`${libraries}/${nameOf(it)}`));
  return { path, libraries, otherLibraries, canName };
}

/** What the loader reports. */
interface Loaded {
  /** Paths of the libraries. */
  readonly all: readonly string[];
  readonly canName: boolean;
}

function isLoaded(value: unknown): value is Loaded {
  const { all, canName } = (value ?? {}) as Partial<Loaded>;
  return isTextArray(all) && typeof canName === "boolean";
}

async function listAllLibraries(
  loader: string,
  paths: Readonly<Record<ViewTool, string>>,
): Promise<Loaded> {
  // All others need less than these.
  const [named, more] = await Promise.all([
    listLibraries(loader, ["--argv0", "setpriv", "--list", paths.setpriv]),
    listLibraries(loader, ["--list", paths.nsenter]),
  ]);
  const listed = named ?? await listLibraries(loader, ["--list", paths.setpriv]);
  return { all: [...new Set([...listed ?? [], ...more ?? []])], canName: named !== undefined };
}

/** How the programs in the folder are started. */
export interface ViewTools {
  /**
   * Directory of the host with most of their libraries, to be shown as `lib`; undefined where they
   * need none.
   */
  readonly libraries: string | undefined;
  /** Whether a program's name can be set by `--argv0`. */
  readonly canName: boolean;
}

/** The copied loader. */
const LOADER = "ld.so";
/** Where the view shows the libraries, in the folder. */
export const LIBRARIES = "lib";
/** Copies of those that lie elsewhere. */
const MORE_LIBRARIES = "more";
/** Where the user namespace hangs that a container has of its own. */
export const OWN_USERS = "users";
/** Where `/dev/null` hangs, as an inode that no container can change. */
export const NULL_DEVICE = "null";
/** Where the host's root hangs for a moment while the view takes its place. */
export const OLD_ROOT = "old";

/** What a loader loads into every program, whatever the program and its options. */
const PRELOAD_FILE = "/etc/ld.so.preload";
const LAST_CAPABILITY = "proc/sys/kernel/cap_last_cap";

/** Copies the programs into a new folder, with a place for the libraries. */
export function makeViewTools(
  paths: Readonly<Record<ViewTool, string>>,
  loader: ProgramLoader | undefined,
  folder: string,
): ViewTools {
  for (const name of [LIBRARIES, MORE_LIBRARIES, OLD_ROOT]) Deno.mkdirSync(`${folder}/${name}`);
  for (const name of [OWN_USERS, NULL_DEVICE]) Deno.writeTextFileSync(`${folder}/${name}`, "");
  for (const name of VIEW_TOOLS) Deno.copyFileSync(paths[name], `${folder}/${name}`);
  // With the folder as their root directory they have no /proc, and older ones ask nothing else.
  Deno.mkdirSync(`${folder}/${LAST_CAPABILITY.slice(0, LAST_CAPABILITY.lastIndexOf("/"))}`, {
    recursive: true,
  });
  Deno.writeTextFileSync(
    `${folder}/${LAST_CAPABILITY}`,
    Deno.readTextFileSync(`/${LAST_CAPABILITY}`),
  );
  if (loader === undefined) return { libraries: undefined, canName: false };
  copyLoader(loader.path, `${folder}/${LOADER}`);
  for (const path of loader.otherLibraries) {
    Deno.copyFileSync(path, `${folder}/${MORE_LIBRARIES}/${nameOf(path)}`);
  }
  return loader;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Without the name of the file that a container may put into its view. */
function copyLoader(from: string, to: string): void {
  const bytes = Deno.readFileSync(from);
  const at = findText(bytes, PRELOAD_FILE);
  if (at >= 0) bytes.fill(0, at, at + PRELOAD_FILE.length);
  Deno.writeFileSync(to, bytes, { mode: 0o755 });
}

function findText(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  const [first = 0] = wanted;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/**
 * Paths of the libraries that a program is loaded with; undefined if the loader does not
 * understand.
 */
async function listLibraries(
  loader: string,
  args: readonly string[],
): Promise<readonly string[] | undefined> {
  const list = await readOutput("Isolation", loader, args);
  if (list === undefined) return undefined;
  return Array.from(list.matchAll(/ => (\/.*) \(0x[0-9a-f]+\)$/gm), ([, path]) => path!);
}

/**
 * Words that start a program inside the view.
 *
 * @param place where the view shows the folder; empty if it is the root directory.
 * @param name the name of the program, where that can be set.
 */
export function viewToolWords(
  { libraries, canName }: ViewTools,
  place: string,
  tool: ViewTool,
  name?: string,
): readonly string[] {
  if (libraries === undefined) return [`${place}/${tool}`];
  const naming = name === undefined || !canName ? [] : ["--argv0", name];
  return [
    `${place}/${LOADER}`,
    "--library-path",
    `${place}/${LIBRARIES}:${place}/${MORE_LIBRARIES}`,
    ...naming,
    `${place}/${tool}`,
  ];
}

/** The loader that an ELF program names; undefined for a static one. */
function readInterpreter(path: string): string | undefined {
  const bytes = readHead(path, 4096);
  const view = new DataView(bytes.buffer);
  const PT_INTERP = 3;
  const is64 = bytes[4] === 2;
  const little = bytes[5] === 1;
  const word = (at: number) =>
    is64 ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const start = word(is64 ? 32 : 28);
  const size = view.getUint16(is64 ? 54 : 42, little);
  const count = view.getUint16(is64 ? 56 : 44, little);
  for (let at = start; at < start + size * count && at + size <= bytes.length; at += size) {
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const from = word(at + (is64 ? 8 : 4));
    const length = word(at + (is64 ? 32 : 16));
    return new TextDecoder().decode(bytes.subarray(from, from + length - 1));
  }
  return undefined;
}
