/**
 * The few programs of the host that a container's view needs before its own program runs. The view shows copies of
 * them and the host's libraries beside them, read-only, where no volume can cover them and no container change them;
 * they are started by the copied loader, whatever the container has in the places of the system's own.
 */
import { VIEW_TOOLS, type ViewTool } from "./isolation.ts";
import { readHead } from "./program.ts";

/** How the programs in the folder are started. */
export interface ViewTools {
  /** Directory of the host with their libraries, to be shown as `lib`; undefined where they need none. */
  readonly libraries: string | undefined;
  /** Whether a program can be told its name by `--argv0`. */
  readonly canName: boolean;
}

/** The copied loader. */
const LOADER = "ld.so";
/** Where the view shows the libraries, in the folder. */
export const LIBRARIES = "lib";
/** Where the host's root hangs for a moment while the view takes its place. */
export const OLD_ROOT = "old";

/** Copies the programs into a new folder, with a place for the libraries. */
export async function makeViewTools(
  paths: Readonly<Record<ViewTool, string>>,
  folder: string,
): Promise<ViewTools> {
  for (const name of [LIBRARIES, OLD_ROOT]) Deno.mkdirSync(`${folder}/${name}`);
  for (const name of VIEW_TOOLS) Deno.copyFileSync(paths[name], `${folder}/${name}`);
  const loader = readInterpreter(paths.env);
  if (loader === undefined) return { libraries: undefined, canName: false };
  Deno.copyFileSync(loader, `${folder}/${LOADER}`);
  const real = Deno.realPathSync(loader);
  // Since version 2.33 of the C library.
  const { success } = await new Deno.Command(loader, {
    args: ["--argv0", "env", "--list", paths.env],
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return { libraries: real.slice(0, real.lastIndexOf("/")), canName: success };
}

/**
 * Words that start a program inside the view.
 *
 * @param place where the view shows the folder.
 * @param name what the program is to be told as its name, if it can be told.
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
    `${place}/${LIBRARIES}`,
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
