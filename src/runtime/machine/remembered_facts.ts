/**
 * Facts about this machine that one start keeps for the next: a shortcut, no more. A fact counts as
 * long as what it depends on is as it was; without the file, or with one that cannot be trusted,
 * everything is found out again.
 */
import { lstatIfPresent, readTextIfPresent, statIfPresent } from "../../base/files.ts";
import { isObject } from "../../base/plain_data.ts";
import { stateRoots } from "./state_dir.ts";

/** A fact, and how it is found out. */
export interface Fact<T> {
  /** Names it in the file. */
  readonly name: string;
  /** All that it depends on, as text: see {@link fingerprint}. */
  readonly dependsOn: string;
  /** Whether a remembered value is one: the file may be of another version. */
  readonly isValue: (value: unknown) => value is T;
  /** Finds it out. @returns undefined for what is not worth remembering. */
  readonly find: () => Promise<T | undefined>;
}

/** What earlier starts have found out. */
export interface RememberedFacts {
  /** The value of a fact, from the file if it still counts. */
  recall<T>(fact: Fact<T>): Promise<T | undefined>;
  /** Has the next start find out everything again: what a fact depends on does not name all. */
  forget(): void;
}

/** Remembers nothing: for those that want to know. */
export const noRememberedFacts: RememberedFacts = {
  recall: ({ find }) => find(),
  forget: () => {},
};

/** What is kept of a fact. */
interface Entry {
  readonly dependsOn: string;
  readonly value: unknown;
}

const FILE = "machine.json";
const MAX_BYTES = 1 << 18;
/** Write permission of others than the owner. */
const OTHERS_WRITE = 0o022;
/** Any permission of others than the owner. */
const OTHERS = 0o077;

/**
 * Opens the user's own file in the folder of run-time state. Where there is no such folder yet,
 * nothing is remembered: the run makes it.
 */
export function openRememberedFacts(
  folder: string = stateRoots(Deno.uid() ?? 0).state,
): RememberedFacts {
  const uid = Deno.uid() ?? 0;
  const info = lstatIfPresent(folder);
  if (!info?.isDirectory || info.uid !== uid || ((info.mode ?? OTHERS) & OTHERS) !== 0) {
    return noRememberedFacts;
  }
  const path = `${folder}/${FILE}`;
  const boot = readTextIfPresent("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  const facts = readFacts(path, uid, boot);
  return {
    async recall({ name, dependsOn, isValue, find }) {
      const entry = facts.get(name);
      if (entry?.dependsOn === dependsOn && isValue(entry.value)) return entry.value;
      const value = await find();
      if (value === undefined) facts.delete(name);
      else facts.set(name, { dependsOn, value });
      writeFacts(path, boot, facts);
      return value;
    },
    forget() {
      facts.clear();
      writeFacts(path, boot, facts);
    },
  };
}

function readFacts(path: string, uid: number, boot: string): Map<string, Entry> {
  const none = new Map<string, Entry>();
  const info = lstatIfPresent(path);
  if (!info?.isFile || info.uid !== uid || ((info.mode ?? OTHERS) & OTHERS_WRITE) !== 0) {
    return none;
  }
  if (info.size > MAX_BYTES) return none;
  try {
    const content: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (!isObject(content) || content["boot"] !== boot || !isObject(content["facts"])) return none;
    return new Map(
      Object.entries(content["facts"]).filter((it): it is [string, Entry] =>
        isObject(it[1]) && typeof it[1]["dependsOn"] === "string" && "value" in it[1]
      ),
    );
  } catch (error) {
    // Cut off, or gone since we looked.
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) return none;
    throw error;
  }
}

/** Puts a new file in place of the old one: another start reads one or the other. */
function writeFacts(path: string, boot: string, facts: ReadonlyMap<string, Entry>): void {
  const temporary = `${path}.${Deno.pid}`;
  try {
    const content = JSON.stringify({ boot, facts: Object.fromEntries(facts) });
    Deno.writeTextFileSync(temporary, content, { mode: 0o600 });
    Deno.renameSync(temporary, path);
  } catch (error) {
    // A shortcut that cannot be kept (read-only, full, removed meanwhile) is none.
    if (!isRefusal(error)) throw error;
    removeIfAllowed(temporary);
  }
}

function removeIfAllowed(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

/** Whether the system, not this program, is the cause. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && Object.values(Deno.errors).some((it) => error instanceof it) ||
    error instanceof Error && "code" in error;
}

/** Whether a value is an array of texts. */
export function isTextArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}

/**
 * Which files are at these paths, and which content they have as far as the file system knows; one
 * line each.
 */
export function fingerprint(paths: readonly string[]): string {
  return paths.map((path) => {
    const info = statIfAllowed(path);
    if (info === undefined) return `${path} -`;
    const { dev, ino, size, mtime, ctime } = info;
    return [path, dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
  }).join("\n");
}

/** What cannot be looked at is the same as nothing: nothing is found there either. */
function statIfAllowed(path: string): Deno.FileInfo | undefined {
  try {
    return statIfPresent(path);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

const SETTINGS: readonly string[] = [
  ...["user", "mnt", "pid", "ipc", "uts"].map((name) => `user/max_${name}_namespaces`),
  "kernel/unprivileged_userns_clone",
  "kernel/apparmor_restrict_unprivileged_userns",
];

/** All that the kernel decides by whether this process, as it is, gets namespaces; as text. */
export function describeKernelState(): string {
  const status = Deno.readTextFileSync("/proc/self/status");
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
  return [
    ...status.match(/^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*):.*$/gm) ?? [],
    ...["user", "mnt", "pid", "ipc", "uts", "net"].map((it) =>
      Deno.readLinkSync(`/proc/self/ns/${it}`)
    ),
    ...SETTINGS.map((it) => `${it} ${readTextIfPresent(`/proc/sys/${it}`)?.trim()}`),
    // How much of /proc shows decides whether another one may be mounted.
    ...mounts.match(/^.* \/proc(\/\S*)? .*$/gm) ?? [],
    readSecurityLabel(),
    fingerprint(["/etc/subuid", "/etc/subgid", "/usr/bin/newuidmap", "/usr/bin/newgidmap"]),
  ].join("\n");
}

/** What a security module goes by; without one the kernel refuses to read it. */
function readSecurityLabel(): string {
  try {
    return readTextIfPresent("/proc/self/attr/current")?.trim() ?? "";
  } catch (error) {
    if (isRefusal(error)) return "";
    throw error;
  }
}
