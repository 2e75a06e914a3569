/**
 * From a container's configuration to the shell script that becomes its program. Pure.
 *
 * The chain that leads to the program is `nsenter` (into the sandbox's namespaces), `unshare` (a PID and a
 * mount namespace of the container's own), `sh` with the script below (PID 1: it lays the view, then leaves
 * the host's root), `env` (sets the variables), program; each is replaced by the next from `sh` on.
 * Without a sandbox only `sh`, `env` and the program are left.
 *
 * The variables of the manifest travel under names of ours, `P0`, `P1`, …, so that no program of the chain
 * ever starts with one that means something to a loader, a shell or a locale; `env -S` puts the right names
 * on inside its own memory, so that a value is never an argument either.
 *
 * The last `env` runs through a symbolic link whose name nobody can guess. What it says when it cannot
 * execute the program begins with that name, which tells it from anything that a program says itself.
 */

import { isWithin } from "./mount_table.ts";
import type { ElfMachine } from "./program.ts";

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

/** Mounts at paths of the view, made from inside it, so that a symbolic link cannot lead out of it. */
export interface ViewMount {
  /** Path on the host. */
  readonly source: string;
  /** Path in the container. */
  readonly target: string;
  /** What the mount point has to be. */
  readonly kind: "directory" | "file";
  /** For a bind mount: `bind` or `bind,ro,…`. */
  readonly options: string;
}

/** A container's own view of the file system. */
export interface LaunchView {
  /** Directory of the host on which the view is laid. */
  readonly root: string;
  /** Mounts below `root`, in order. */
  readonly mounts: readonly FstabEntry[];
  /** Mounts made once the view is the root, shorter paths first. */
  readonly viewMounts: readonly ViewMount[];
  /** Mounts of the view that are made read-only at the end. */
  readonly readOnly: readonly string[];
}

/** All that a launch needs to know. */
export interface LaunchPlan {
  /** Directory that holds the link to `env`; the link's name is the nonce. */
  readonly linkDirectory: string;
  /** A name that nobody can guess; see {@link makeNonce}. */
  readonly nonce: string;
  /** Undefined: the host's own files. */
  readonly view: LaunchView | undefined;
  /** Absolute, in the container. */
  readonly workingDir: string;
  /** Absolute paths of the programs that the script calls: some shells have their own of these names. */
  readonly tools: Readonly<Record<LaunchTool, string>>;
  /** What the kernel executes here. Undefined: the node has seen that it executes the program, nothing is left to check. */
  readonly check: ElfMachine | undefined;
  /** Names of the variables; `P0`, `P1`, … carry their values in this order. */
  readonly variables: readonly string[];
  /** A limit that marks the process and all that descend from it; undefined where namespaces hold them. */
  readonly mark: number | undefined;
  /** Soft limit of open files, as the caller had it before Deno raised it. */
  readonly openFiles: number;
  /** The caller ignores signals that the program is not to ignore. */
  readonly resetSignals: boolean;
}

/** What every nonce begins with: rare in output, so that it is found fast. */
export const NONCE_MARK = 0x1e;

/** A name for a launch, from a random UUID. */
export function makeNonce(uuid: string): string {
  return String.fromCharCode(NONCE_MARK) + uuid.replaceAll("-", "");
}

/** Programs that the script calls. */
export type LaunchTool = "mount" | "umount" | "pivot_root" | "mkdir" | "od" | "wc";

/** Where the host's root hangs while the view is laid, and nothing afterwards. */
export const OLD_ROOT = "/.podling";

/** What a launch starts with. */
export interface Launch {
  /** For `sh -c`; its arguments are the nonce (as `$0`), then the program and its arguments. */
  readonly script: string;
  /** Mount tables that the script reads as `fstab0`, `fstab1`, … in the plan's link directory. */
  readonly tables: readonly string[];
}

/**
 * Renders a launch.
 *
 * On standard error the script says `NONCE PID` when only `env` stands between it and the program, `NONCE: why`
 * when the program cannot be started, and `NONCE! what` when the container could not be made.
 */
export function formatLaunch(plan: LaunchPlan): Launch {
  const { view } = plan;
  const { mount, pivot_root, mkdir } = quoteAll(plan.tools);
  const lines = [
    // At the beginning of what the shell shows as its arguments, where the node looks for it.
    `# ${plan.nonce}`,
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    'refuse() { echo "$0: $1" >&2; exit 127; }',
    'fail() { echo "$0! $1" >&2; exit 126; }',
    // /proc is still the host's here: the number by which the node knows this process.
    "read -r pid _ </proc/self/stat",
  ];
  const tables: string[] = [];
  const workingDir = quote(plan.workingDir);
  if (view === undefined || view.root === "/") {
    lines.push(`cd ${quote(plan.linkDirectory)} || fail "cannot reach ${plan.nonce}"`);
  }
  if (view !== undefined) {
    const oldRoot = view.root === "/" ? "" : OLD_ROOT;
    const mountAll = (folder: string, entries: readonly FstabEntry[]) => {
      const table = quote(`${folder}/fstab${tables.push(formatFstab(entries)) - 1}`);
      lines.push(`${mount} -n -a -T ${table} || fail "cannot lay the view"`);
    };
    mountAll(plan.linkDirectory, view.mounts);
    if (oldRoot !== "") {
      lines.push(
        `cd ${quote(view.root)} && ${pivot_root} . .${OLD_ROOT} || fail "cannot change the root"`,
      );
    }
    for (const level of groupByDepth(view.viewMounts)) {
      lines.push(...formatMountPoints(level, oldRoot === "" ? undefined : mkdir));
      const entries = level.map(({ source, target, options }) => (
        { source: oldRoot + source, target, type: "none", options }
      ));
      mountAll(oldRoot + plan.linkDirectory, entries);
    }
    if (oldRoot !== "") lines.push(...formatLeaving(view.readOnly, plan));
  }
  lines.push(`ulimit -S -n ${plan.openFiles}`);
  if (plan.mark !== undefined) lines.push(`ulimit -t ${plan.mark}`);
  if (plan.check !== undefined) lines.push(formatProgramCheck(plan, plan.check));
  lines.push(
    // Bash makes a relative path absolute, and this one has none any more.
    'link=./$0; [ -z "$BASH_VERSION" ] || link=/proc/self/cwd/$0',
    'echo "$0 $pid" >&2',
    `exec "$link" -i${plan.resetSignals ? " --default-signal" : ""} -C ${workingDir} -S ${
      quote(formatAssignments(plan.variables))
    } "$@"`,
  );
  return { script: lines.join("\n"), tables };
}

/** In a private view what is missing is made; on the host's own files nothing is. */
function formatMountPoints(mounts: readonly ViewMount[], mkdir: string | undefined): string[] {
  if (mkdir === undefined) {
    return mounts.map(({ target }) =>
      `[ -e ${quote(target)} ] || fail ${
        quote(`there is no ${target} on this machine to mount on`)
      }`
    );
  }
  const directories = mounts.map(({ kind, target }) =>
    kind === "directory" ? target : parentOf(target)
  );
  return [
    `${mkdir} -p -- ${directories.map(quote).join(" ")} || fail "cannot make a mount point"`,
    ...mounts.filter(({ kind }) => kind === "file").map(({ target }) =>
      `[ -e ${quote(target)} ] || : >${quote(target)} || fail "cannot make a mount point"`
    ),
  ];
}

function formatLeaving(readOnly: readonly string[], plan: LaunchPlan): string[] {
  const workingDir = quote(plan.workingDir);
  const { mount, umount, mkdir } = quoteAll(plan.tools);
  return [
    // A container runtime makes a missing one.
    `[ -d ${workingDir} ] || ${mkdir} -p -- ${workingDir} || fail "cannot make the working directory"`,
    ...readOnly.map((path) =>
      `${mount} -n -o remount,bind,ro ${quote(path)} || fail "cannot make the root read-only"`
    ),
    // Standing in it keeps the link within reach when its path is gone.
    `cd ${
      quote(OLD_ROOT + plan.linkDirectory)
    } && ${umount} -n -l ${OLD_ROOT} || fail "cannot leave the host's root"`,
  ];
}

/**
 * The kernel executes ELF programs of its machine and `#!` scripts. `env` would hand anything else to a shell, which a
 * container runtime does not. The words are runc's.
 */
function formatProgramCheck(plan: LaunchPlan, elf: ElfMachine): string {
  const path = plan.variables.indexOf("PATH");
  const { od, wc } = quoteAll(plan.tools);
  return `case $1 in
/*) program=$1 ;;
*/*) program=${quote(plan.workingDir)}/$1 ;;
*)
  program=
  IFS=:
  set -f
  for folder in $P${path < 0 ? "ATH" : path}; do
    case $folder in /*) ;; *) folder=${quote(plan.workingDir)}/$folder ;; esac
    [ -f "$folder/$1" ] && [ -x "$folder/$1" ] && program=$folder/$1 && break
  done
  unset IFS
  [ -n "$program" ] || refuse "exec: \\"$1\\": executable file not found in \\$PATH"
  ;;
esac
case $1 in *=*) refuse "exec: \\"$1\\": a name with = cannot be executed here" ;; esac
[ -e "$program" ] || refuse "exec: \\"$1\\": stat $program: no such file or directory"
[ ! -d "$program" ] || refuse "exec: \\"$1\\": is a directory"
[ -x "$program" ] || refuse "exec: \\"$1\\": permission denied"
bytes() { set -- $(${od} -An -v -tu1 -N 64 <"$1" 2>/dev/null); echo "$*"; }
elf() {
  size=$(${wc} -c <"$1")
  set -- $(bytes "$1")
  [ $# -eq 64 ] || return 1
  case "$5 $6:\${19} \${20}" in
  ${quote(elf.native)}) ;;${
    elf.others.map((kind) => `\n  ${kind.replaceAll(" ", "\\ ")}) return ;;`).join("")
  }
  *) return 1 ;;
  esac
  case "\${17} \${18}" in "2 0" | "3 0" | "0 2" | "0 3") ;; *) return 1 ;; esac
  [ "$5 $6" = "2 1" ] || return 0
  [ $((\${57} * \${55})) -gt 0 ] && [ $((\${33} + \${34} * 256 + \${57} * \${55})) -le $size ]
}
format() { refuse "exec $program: exec format error"; }
if [ -r "$program" ]; then
  case $(bytes "$program") in
  '127 69 76 70 '*) elf "$program" || format ;;
  '35 33 '*)
    read -r line <"$program" || :
    set -f
    interpreter=\${line#??}
    for interpreter in $interpreter ''; do break; done
    [ -n "$interpreter" ] || format
    if [ -f "$interpreter" ] && [ -r "$interpreter" ]; then
      case $(bytes "$interpreter") in
      '127 69 76 70 '*) elf "$interpreter" || format ;;
      '35 33 '*) ;;
      *) format ;;
      esac
    fi
    ;;
  *) format ;;
  esac
fi`;
}

/** Mounts that lie below one another go into later groups: the mount point is made inside the earlier mount. */
export function groupByDepth(mounts: readonly ViewMount[]): readonly (readonly ViewMount[])[] {
  const groups: ViewMount[][] = [];
  const depthOf = new Map<string, number>();
  for (const mount of [...mounts].sort((a, b) => a.target.length - b.target.length)) {
    let depth = 0;
    for (const [target, other] of depthOf) {
      if (isWithin(mount.target, target)) depth = Math.max(depth, other + 1);
    }
    depthOf.set(mount.target, depth);
    (groups[depth] ??= []).push(mount);
  }
  return groups;
}

/** Renders lines of fstab; blanks and the like are escaped as the format has it. */
export function formatFstab(entries: readonly FstabEntry[]): string {
  return entries.map(({ source, target, type, options }) =>
    `${escape(source)} ${escape(target)} ${type} ${escape(options)} 0 0\n`
  ).join("");
}

/** Renders the argument of `env -S`: each name with the value of its carrier. */
export function formatAssignments(names: readonly string[]): string {
  return names.map((name, index) =>
    `'${name.replace(/[\\']/g, (char) => `\\${char}`)}'=\${P${index}}`
  ).join(" ");
}

/** Quotes a word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function quoteAll<Name extends string>(
  words: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const quoted = Object.entries<string>(words).map(([name, word]) => [name, quote(word)]);
  return Object.fromEntries(quoted) as Record<Name, string>;
}

function escape(field: string): string {
  return field.replace(
    /[\s\\#]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}
