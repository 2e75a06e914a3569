/**
 * What makes a container's view of the file system: one list of steps, and the shell commands that
 * carry them out in their order. Pure.
 */
import { formatPinning } from "./pinning.ts";
import { quote, quoteAll } from "./shell_words.ts";

/** One mount, as a line of fstab. */
export interface FstabEntry {
  /** What is mounted: a path, or a name where the type needs none. */
  readonly source: string;
  /** Where, absolute. */
  readonly target: string;
  /** File system type; `none` for a bind mount. */
  readonly type: string;
  /** Separated by commas. */
  readonly options: string;
}

/**
 * A path of which a part may be changed while it is used: a directory that is known, and names
 * below it. They are gone along one by one, and what has been reached is pinned and not named
 * again.
 */
export interface PinnedPath {
  /** Only we can change what this leads to. */
  readonly base: string;
  /** Below it; made where they are missing, the last one as what is mounted there. */
  readonly names: readonly string[];
}

/** A bind mount from, or onto, a path within a volume. */
export interface PinnedMount {
  /** What is mounted; it may not lie outside its base. */
  readonly source: PinnedPath;
  /** Permissions of folders that are missing there, in octal digits. */
  readonly mode: string;
  /** Where; it may not lie outside its base either. */
  readonly target: PinnedPath;
  /**
   * Names an empty directory `PATH.d` and an empty file `PATH.f`, one of which it passes through.
   */
  readonly stage: string;
  /** `bind` or `bind,ro,…`. */
  readonly options: string;
  /** What is mounted over parts of it; targets begin with a slash and are relative to it. */
  readonly over: readonly FstabEntry[];
  /** Mounts in it that are made read-only too, relative to it. */
  readonly readOnly: readonly string[];
  /** The source is a socket, a pipe or a device, which cannot be opened in order to be pinned. */
  readonly isSpecial: boolean;
  /** The message for a source that cannot be mounted, before the reason. */
  readonly fault: string;
}

/**
 * One step of making a view. Order matters: a mount covers what was mounted at its place before.
 */
export type ViewStep =
  /** At a path that only the node can change. */
  | { readonly type: "mount"; readonly mount: FstabEntry }
  /** From, or onto, a path that others can change meanwhile. */
  | { readonly type: "pinnedMount"; readonly mount: PinnedMount }
  /**
   * Creates a directory in a volume if it is missing. Where that fails the program's own way there
   * reports why.
   */
  | { readonly type: "pinnedDirectory"; readonly path: PinnedPath }
  /** Makes the mount at a path read-only. */
  | { readonly type: "readOnly"; readonly path: string };

/** Where a view is made. */
export interface ViewSite {
  /** Directory of the host on which the view is made; targets lie below it. */
  readonly root: string;
  /** Folders of the host that no volume leads into. */
  readonly denied: readonly string[];
}

/** A file that a program of a launch reads, in the folder of its files. */
export interface LaunchFile {
  readonly name: string;
  readonly text: string;
}

/** Programs that make views. */
export type ViewProgram = "mount" | "mkdir" | "readlink" | "stat";

/** The commands of a list of steps. */
export interface ViewCommands {
  /** Lines for a shell with the functions `fail` and `unmountable`. */
  readonly lines: readonly string[];
  /** Tables of mounts, which they read in the folder. */
  readonly tables: readonly LaunchFile[];
}

/**
 * Renders steps as commands; mounts that follow each other are one program's work. `-c`: the kernel
 * follows the links of a path itself; `mount` would read a link for every part of each.
 * @param folder of the tables.
 */
export function formatViewSteps(
  steps: readonly ViewStep[],
  { root, denied }: ViewSite,
  programs: Readonly<Record<ViewProgram, string>>,
  folder: string,
): ViewCommands {
  const { mount } = quoteAll(programs);
  const tables: LaunchFile[] = [];
  const lines: string[] = [];
  for (const batch of batchMounts(steps)) {
    switch (batch.type) {
      case "mounts": {
        const name = `fstab${tables.length}`;
        tables.push({ name, text: formatFstab(batch.mounts) });
        const table = quote(`${folder}/${name}`);
        lines.push(`${mount} -n -c -a -T ${table} || unmountable "error mounting"`);
        break;
      }
      case "pinnedMount":
        lines.push(...formatPinnedMount(batch.mount, root, programs));
        break;
      case "pinnedDirectory":
        lines.push(`(hold d 755 ${formatPinnedPath(batch.path)}) 2>/dev/null`);
        break;
      case "readOnly": {
        const path = quote(batch.path);
        lines.push(
          `${mount} -n -o remount,bind,ro ${path} || fail "cannot make the root read-only"`,
        );
        break;
      }
    }
  }
  const pins = steps.some(({ type }) => type === "pinnedMount" || type === "pinnedDirectory");
  return { lines: [...pins ? formatPinning(programs, denied) : [], ...lines], tables };
}

type ViewBatch =
  | { readonly type: "mounts"; readonly mounts: readonly FstabEntry[] }
  | Exclude<ViewStep, { type: "mount" }>;

function batchMounts(steps: readonly ViewStep[]): readonly ViewBatch[] {
  const batches: ViewBatch[] = [];
  for (const step of steps) {
    const last = batches.at(-1);
    if (step.type !== "mount") batches.push(step);
    else if (last?.type !== "mounts") batches.push({ type: "mounts", mounts: [step.mount] });
    else batches[batches.length - 1] = { type: "mounts", mounts: [...last.mounts, step.mount] };
  }
  return batches;
}

/** One pinned mount: onto its stage, what lies over it, and all that together to its place. */
function formatPinnedMount(
  { source, mode, target, stage, options, over, readOnly, isSpecial, fault }: PinnedMount,
  root: string,
  programs: Readonly<Record<ViewProgram, string>>,
): string[] {
  const { mount, stat } = quoteAll(programs);
  const within = (path: string) => `"$stage" ${path.split("/").slice(1).map(quote).join(" ")}`;
  const inode = (path: string) => `"$(${stat} -c %d:%i ${path})"`;
  const orRefuse = '|| unmountable "error mounting to rootfs at \\"$onto\\""';
  return [
    "onto=",
    `fault=${quote(fault)}`,
    `hold ${isSpecial ? "s" : "d"} ${mode} ${formatPinnedPath(source)}`,
    "kind=${kind#s}",
    `stage=${quote(stage)}.$kind`,
    `${mount} -n -c -o ${options} "$pinned" "$stage" || unmountable "error mounting"`,
    // Of a name that has become a link it is the link that `stat` names, and not what has been
    // mounted.
    ...isSpecial
      ? [`[ ${inode('"$pinned"')} = ${inode('"$stage"')} ] || misfit "has changed"`]
      : [],
    `onto=${quote([target.base.slice(root.length), ...target.names].join("/"))}`,
    ...over.flatMap(({ source, target, options }) => [
      "whole=$kind",
      `hold x 755 ${within(target)}`,
      `${mount} -n -c -o ${options} ${quote(source)} "$pinned" ${orRefuse}`,
      "kind=$whole",
    ]),
    ...readOnly.map((path) => `${mount} -n -o remount,bind,ro "$stage"${quote(path)} ${orRefuse}`),
    `hold $kind 755 ${formatPinnedPath(target)}`,
    `${mount} -n -c -o rbind "$stage" "$pinned" ${orRefuse}`,
  ];
}

function formatPinnedPath({ base, names }: PinnedPath): string {
  return [base, ...names].map(quote).join(" ");
}

/** Renders lines of fstab; blanks and the like are escaped as the format has it. */
export function formatFstab(entries: readonly FstabEntry[]): string {
  return entries.map(({ source, target, type, options }) =>
    `${escape(source)} ${escape(target)} ${type} ${escape(options)} 0 0\n`
  ).join("");
}

/**
 * What separates, continues or comments a field of fstab, each one byte; all else stands as it is.
 */
function escape(field: string): string {
  return field.replace(
    /[ \t\n\\#]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
