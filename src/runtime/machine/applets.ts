/** busybox's own programs, for the images that consist of them. */
import { findProgram } from "./executable.ts";
import {
  fingerprint,
  isTextArray,
  noRememberedFacts,
  type RememberedFacts,
} from "./remembered_facts.ts";
import { readOutput } from "./subprocess.ts";

/** A machine's busybox. */
export interface Applets {
  /** Its path. */
  readonly program: string;
  /** What it can be called as. */
  readonly names: ReadonlySet<string>;
}

/** Folders in which an image of busybox has its links. */
const FOLDERS = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"];

/**
 * Whether an image's programs are busybox's: `busybox` and `alpine`, whatever their registry and
 * tag.
 */
export function hasApplets(image: string): boolean {
  return /(^|\/)(busybox|alpine)(:[^/]*)?(@.*)?$/.test(image);
}

/**
 * The command as busybox runs it, where its first word is the name of an applet or the path of one
 * in {@link FOLDERS}; else as it is. In a busybox that is built so, as Debian's is, its shell runs
 * its own applets before programs of the machine.
 */
export function withApplet(
  argv: readonly string[],
  { program, names }: Applets,
): readonly string[] {
  const [word = "", ...args] = argv;
  const slash = word.lastIndexOf("/");
  const name = word.slice(slash + 1);
  const isPlain = slash < 0 || FOLDERS.includes(word.slice(0, slash));
  return isPlain && names.has(name) ? [program, name, ...args] : argv;
}

/** The busybox of this machine; undefined if it has none. */
export async function readApplets(
  searchPath: string,
  remembered: RememberedFacts = noRememberedFacts,
): Promise<Applets | undefined> {
  const program = findProgram("busybox", searchPath);
  if (program === undefined) return undefined;
  const names = await remembered.recall({
    name: "applets",
    dependsOn: fingerprint([program]),
    isValue: isTextArray,
    find: () => listApplets(program),
  });
  return names === undefined ? undefined : { program, names: new Set(names) };
}

async function listApplets(program: string): Promise<readonly string[] | undefined> {
  const list = await readOutput("Applets", program, ["--list"]);
  return list?.split("\n").filter(Boolean);
}
