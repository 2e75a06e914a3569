/**
 * From a container's configuration to the shell script that becomes its program. Pure.
 *
 * The chain that leads to the program is `nsenter` (into the sandbox's namespaces), `unshare` (a PID and a
 * mount namespace of the container's own), `sh` with the script below (PID 1), `setpriv`
 * and `chroot` (into the view, with no more power than the container has), `env` (sets the variables), program; each is
 * replaced by the next from `sh` on. Without a sandbox only `sh`, `env` and the program are left.
 *
 * The script is a member of the container's mount namespace whose root directory is that of the sandbox's: it lays the
 * view in the one and finds its programs in the other, so that nothing that the view shows, a volume over `/usr` or a
 * library of the container's own, is ever executed with the power that laying a view takes.
 *
 * The variables of the manifest travel under names of ours, `P0`, `P1`, …, so that no program of the chain
 * ever starts with one that means something to a loader, a shell or a locale; `env -S` puts the right names
 * on inside its own memory, so that a value is never an argument either.
 *
 * The last `env` goes by a name that nobody can guess. What it says when it cannot execute the program begins with
 * that name, which tells it from anything that a program says itself.
 */

import { CONTAINER_EXITED } from "../handler_text.ts";
import { formatJoin } from "../cgroup/cgroup_layout.ts";
import type { CredentialStep, CredentialSteps } from "./credentials.ts";
import type { ProcessIdentity } from "../machine/process.ts";
import type { ElfMachine } from "../machine/executable.ts";
import {
  NULL_DEVICE,
  OLD_ROOT,
  type ViewTool,
  type ViewTools,
  viewToolWords,
} from "../machine/view_tools.ts";

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
 * A path of which somebody may change a part while it is being used: a directory that is known, and names below it. They
 * are gone along one by one, and what has been reached is pinned and not named again.
 */
export interface PinnedPath {
  /** Nobody but us can change what this leads to. */
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
  /** Names an empty directory `PATH.d` and an empty file `PATH.f`, one of which it passes through. */
  readonly stage: string;
  /** `bind` or `bind,ro,…`. */
  readonly options: string;
  /** What is mounted over parts of it; targets begin with a slash and are relative to it. */
  readonly over: readonly FstabEntry[];
  /** Mounts in it that are made read-only too, relative to it. */
  readonly readOnly: readonly string[];
  /** The source is a socket, a pipe or a device, which cannot be opened in order to be pinned. */
  readonly isSpecial: boolean;
  /** What an error says of a source that cannot be mounted, before the reason. */
  readonly fault: string;
}

/** A container's own view of the file system. */
export interface LaunchView {
  /** Directory of the host on which the view is laid. */
  readonly root: string;
  /** Mounts below `root`, in order, at paths that nobody else can change. */
  readonly mounts: readonly FstabEntry[];
  /** Mounts that come after those, in order. */
  readonly pinnedMounts: readonly PinnedMount[];
  /** Folders of the host that no volume leads into. */
  readonly denied: readonly string[];
  /** A directory in a volume that is made if it is missing. */
  readonly pinnedDirectory?: PinnedPath;
  /** Mounts that are made read-only at the end. */
  readonly readOnly: readonly string[];
  /** Where in the view its tools are. */
  readonly toolsPlace: string;
  /** What those are. */
  readonly tools: ViewTools;
  /** What takes the launcher's power off. */
  readonly credentials: CredentialSteps;
}

/** All that a launch needs to know. */
export interface LaunchPlan {
  /** Directory of the mount table, and, without a view, of the link to `env`, whose name is the nonce. */
  readonly linkDirectory: string;
  /** A name that nobody can guess; see {@link makeNonce}. */
  readonly nonce: string;
  /** Undefined: the host's own files, with the caller's power. */
  readonly view: LaunchView | undefined;
  /** Absolute, in the container. */
  readonly workingDir: string;
  /** Absolute paths of the programs that the script calls: some shells have their own of these names. */
  readonly tools: Readonly<Record<LaunchTool, string>>;
  /** What the kernel executes here. Undefined: the node has seen that it executes the program, nothing is left to check. */
  readonly check: ElfMachine | undefined;
  /** Names of the variables; `P0`, `P1`, … carry their values in this order. */
  readonly variables: readonly string[];
  /** Files with which a process joins its cgroups. */
  readonly cgroups: readonly string[];
  /** It gets a cgroup namespace, in which those are the topmost. */
  readonly ownCgroups: boolean;
  /** Who is killed first where memory runs short: -1000 to 1000. */
  readonly oomScoreAdj: number;
  /** Processes of containers are in its PID namespace already, or have power over the user namespace that it enters. */
  readonly watched: boolean;
  /** A limit that marks the process and all that descend from it; undefined where namespaces hold them. */
  readonly mark: number | undefined;
  /** A mark that descends with the process beside the other; below that one. */
  readonly softMark?: number;
  /** Soft limit of open files, as the caller had it before Deno raised it. */
  readonly openFiles: number;
  /** The program is somebody else than the pipes' owner, and may open them anew, as `/dev/stdout`. */
  readonly opensPipes: boolean;
  /** The caller ignores signals that the program is not to ignore. */
  readonly resetSignals: boolean;
}

/** What every nonce begins with: rare in output, so that it is found fast. */
const NONCE_MARK = 0x1e;

/** A name for a launch, from a random UUID. */
export function makeNonce(uuid: string): string {
  return String.fromCharCode(NONCE_MARK) + uuid.replaceAll("-", "");
}

/** Programs that the script calls. */
export type LaunchTool =
  | "sh"
  | "nsenter"
  | "unshare"
  | "mount"
  | "umount"
  | "pivot_root"
  | "mkdir"
  | "chmod"
  | "readlink"
  | "stat"
  | "setpriv"
  | "chroot"
  | "od"
  | "wc";

/** A program's standard input is empty, or the launcher's; or all of its standard streams are a terminal, at that path. */
export type ProgramStreams = "empty" | "input" | { readonly terminal: string };

/** What a launch starts with. */
export interface Launch {
  /** For `sh -c`; its arguments are the nonce (as `$0`), then the program and its arguments. */
  readonly script: string;
  /** The mount table, read as `fstab` in the plan's link directory. */
  readonly table: string;
}

/**
 * Renders a launch.
 *
 * On standard error the script says `NONCE PID PARENT` when only our own programs stand between it and the program, `NONCE: why`
 * when the program cannot be started, `NONCE! what` when the container could not be made, and `NONCE? what` when the manifest
 * asks for what it cannot have.
 *
 * @param streams what the program has instead of the launcher's standard streams; by default, in a view, an empty standard
 * input of the view's own: the launcher's is the host's `/dev/null`, whose permissions the program could change.
 */
export function formatLaunch(plan: LaunchPlan, streams: ProgramStreams = "empty"): Launch {
  const { view } = plan;
  const { nsenter, sh } = quoteAll(plan.tools);
  return {
    script: [
      ...formatBeginning(plan),
      ...view === undefined ? [] : [
        // /proc is the host's, and so is the number of the parent, `unshare`, whose root directory the view becomes.
        `${nsenter} --mount=/proc/self/ns/mnt ${sh} -c ${
          quote(formatLaying(view, plan))
        } "$0" || exit 126`,
        `cd "/proc/$parent/root" || fail "cannot reach the view"`,
        ...formatLeaving(view, plan),
      ],
      ...formatEnd(plan, streams),
    ].join("\n"),
    table: formatFstab(view?.mounts ?? []),
  };
}

/**
 * Renders the way of another program into a running container.
 *
 * @param waiter the process that waits for the container outside. Its root directory is the view, and stays it: that of
 * the container's own processes, and their namespaces, can be what they have made themselves.
 */
export function formatEntry(plan: LaunchPlan, { pid, startTime }: ProcessIdentity): string {
  return [
    ...formatBeginning(plan),
    ...plan.view === undefined ? [] : [
      `cd /proc/${pid}/root 2>/dev/null || fail "${CONTAINER_EXITED}"`,
      `{ read -r stat </proc/${pid}/stat; } 2>/dev/null || fail "${CONTAINER_EXITED}"`,
      `case $stat in *" ${startTime} "*) ;; *) fail "${CONTAINER_EXITED}" ;; esac`,
    ],
    ...formatEnd(plan, "empty"),
  ].join("\n");
}

function formatBeginning({ nonce, cgroups, oomScoreAdj }: LaunchPlan): string[] {
  return [
    // At the beginning of what the shell shows as its arguments, where the node looks for it.
    `# ${nonce}`,
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    'refuse() { echo "$0: $1" >&2; exit 127; }',
    'fail() { echo "$0! $1" >&2; exit 126; }',
    // /proc is still the host's here: the number by which the node knows this process.
    "read -r pid _ _ parent _ </proc/self/stat",
    ...formatJoin(cgroups.map(quote)).begin,
    // Not everybody may lower it.
    `{ echo ${oomScoreAdj} >/proc/self/oom_score_adj; } 2>/dev/null`,
  ];
}

/** Run on the host's files: mounts the view, and makes it the root of the mount namespace. */
function formatLaying(view: LaunchView, plan: LaunchPlan): string {
  const { mount, pivot_root } = quoteAll(plan.tools);
  const pinned = view.pinnedMounts.length > 0 || view.pinnedDirectory !== undefined;
  return [
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    'fail() { echo "$0! $1" >&2; exit 126; }',
    // What a container's mounts are refused for fails its start (R-START-1).
    'unmountable() { echo "$0@ $1" >&2; exit 126; }',
    `${mount} -n -a -T ${quote(`${plan.linkDirectory}/fstab`)} || unmountable "error mounting"`,
    ...pinned ? formatPinning(plan.tools, view.denied) : [],
    ...view.pinnedMounts.flatMap((pinned) => formatPinnedMount(pinned, view.root, plan.tools)),
    // Where it is a file, or leads elsewhere, nothing is made: the program finds out in the view.
    ...view.pinnedDirectory === undefined
      ? []
      : [`(hold d 755 ${formatHeldPath(view.pinnedDirectory)}) 2>/dev/null`],
    ...view.readOnly.map((path) =>
      `${mount} -n -o remount,bind,ro ${quote(path)} || fail "cannot make the root read-only"`
    ),
    `cd ${quote(view.root)} && exec ${pivot_root} . .${view.toolsPlace}/${OLD_ROOT}`,
    'fail "cannot change the root"',
  ].join("\n");
}

/** One pinned mount: onto its stage, what lies over it, and all that together to its place. */
function formatPinnedMount(
  { source, mode, target, stage, options, over, readOnly, isSpecial, fault }: PinnedMount,
  root: string,
  tools: LaunchPlan["tools"],
): string[] {
  const { mount, stat } = quoteAll(tools);
  const within = (path: string) => `"$stage" ${path.split("/").slice(1).map(quote).join(" ")}`;
  const inode = (path: string) => `"$(${stat} -c %d:%i ${path})"`;
  const orRefuse = '|| unmountable "error mounting to rootfs at \\"$onto\\""';
  return [
    "onto=",
    `fault=${quote(fault)}`,
    `hold ${isSpecial ? "s" : "d"} ${mode} ${formatHeldPath(source)}`,
    "kind=${kind#s}",
    `stage=${quote(stage)}.$kind`,
    `${mount} -n -c -o ${options} "$pinned" "$stage" || unmountable "error mounting"`,
    // Of a name that has become a link it is the link that `stat` names, and not what has been mounted.
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
    `hold $kind 755 ${formatHeldPath(target)}`,
    `${mount} -n -c -o rbind "$stage" "$pinned" ${orRefuse}`,
  ];
}

/**
 * A function for a shell: `hold KIND MODE BASE NAME…` goes from a directory along names that somebody may be changing all the while, and holds what it
 * comes to as descriptor 8, or, where KIND is `s`, for something special, in its directory; `$pinned` is the way to it, and `$kind` says whether
 * it is a directory or a file. What is missing it makes, KIND at the end, save where KIND is `x`. Wherever a link leads: if it is not within BASE
 * that is an error, and what has been reached is used by its descriptor alone. What misfits is reported by `unmountable` where
 * `$onto` names a mount point, else as a fault of the configuration, begun by `$fault`.
 * @param denied folders that are not reached from outside them, and not shown.
 */
export function formatPinning(
  tools: Readonly<Record<"mkdir" | "readlink", string>>,
  denied: readonly string[],
): string[] {
  const { mkdir, readlink } = quoteAll(tools);
  const folders = denied.map(quote).join(" ");
  return [
    // Of a source it is a fault of the configuration, in Kubernetes' words; of a target, of the mount.
    'misfit() { [ -z "$onto" ] || unmountable "error mounting to rootfs at \\"$onto\\": $1"',
    '  echo "$0? $fault: \\"$names\\" $1" >&2; exit 126; }',
    `denied() {
  for folder in ${folders}; do
    case $1/ in "$folder"/*) return 0 ;; esac
  done
  return 1
}`,
    `inside() {
  case $1/ in "$base"/*) ;; *) misfit "leads out of the volume" ;; esac
  denied "$base" || ! denied "$1" || misfit "leads to what no container sees"
}`,
    `apart() {
  for folder in ${folders}; do
    case $folder in "$1"/*) misfit "shows what no container sees" ;; esac
  done
}`,
    `hold() {
  wanted=$1 mode=$2
  cd -P "$3" && [ "$PWD" = "$3" ] || fail "cannot reach the volume: something else is at $3"
  base=\${PWD%/}
  shift 3
  IFS=/
  names="$*"
  unset IFS
  kind=d
  pinned=/proc/self/fd/8
  while [ $# -gt 0 ]; do
    [ $kind = d ] || misfit "leads through a file"
    if [ "$wanted" != x ] && [ ! -e "./$1" ] && [ ! -L "./$1" ]; then
      if [ $# = 1 ] && [ "$wanted" = f ]; then
        (set -C && : >"./$1") 2>/dev/null
      else
        ${mkdir} -m "$mode" "./$1" 2>/dev/null
      fi
    fi
    if [ "$wanted" = s ] && [ $# = 1 ] && [ -e "./$1" ] && [ ! -f "./$1" ] && [ ! -d "./$1" ]; then
      kind=sf
      pinned=./$1
      return
    fi
    if [ -f "./$1" ]; then
      # Read and write, since then not even a FIFO that takes the file's place has it wait.
      { command exec 8<>"./$1" || command exec 8<"./$1"; } 2>/dev/null || misfit "cannot be opened"
      [ -f /proc/self/fd/8 ] || misfit "is no regular file any more"
      inside "$(${readlink} /proc/self/fd/8)"
      kind=f
    else
      cd -P "./$1" 2>/dev/null || misfit "cannot be reached"
      inside "$PWD"
    fi
    shift
  done
  [ $kind = f ] && return
  exec 8<.
  # What lies in a volume's own directory is covered.
  [ -z "$names" ] || apart "\${PWD%/}"
}`,
  ];
}

function formatHeldPath({ base, names }: PinnedPath): string {
  return [base, ...names].map(quote).join(" ");
}

function formatLeaving({ toolsPlace }: LaunchView, { tools }: LaunchPlan): string[] {
  const old = quote(`.${toolsPlace}/${OLD_ROOT}`);
  return [`${quote(tools.umount)} -n -l -c ${old} || fail "cannot leave the host's root"`];
}

/** The last of the script: from where it stands, the root of the view, to the program. */
function formatEnd(plan: LaunchPlan, streams: ProgramStreams): string[] {
  const terminal = typeof streams === "string" ? undefined : streams.terminal;
  const { view, nonce, resetSignals, workingDir, variables, check } = plan;
  const chunks = formatWordChunks(variables);
  // One argument cannot hold the names of thousands: those then travel as the values do.
  const setWords = chunks.map((_, index) => `eval "$N${index}"`);
  const names = chunks.length > 0 ? "" : ` -S ${quote(formatAssignments(variables))}`;
  const arguments_ = `-i${resetSignals ? " --default-signal" : ""} -C ${
    quote(workingDir)
  }${names} "$@"`;
  const limits = [
    ...formatJoin(plan.cgroups.map(quote)).end,
    `ulimit -S -n ${plan.openFiles}`,
    ...plan.mark === undefined ? [] : [`ulimit -t ${plan.mark}`],
    ...plan.softMark === undefined ? [] : [`ulimit -S -t ${plan.softMark}`],
    ...plan.opensPipes && terminal === undefined
      ? [`${quote(plan.tools.chmod)} 666 /proc/self/fd/1 /proc/self/fd/2`]
      : [],
    ...terminal === undefined ? [] : formatTerminal(terminal),
    ...view !== undefined && streams === "empty"
      ? [`exec <${quote(`.${view.toolsPlace}/${NULL_DEVICE}`)} || fail "cannot open /dev/null"`]
      : [],
  ];
  // Until then the launcher says what it has to say where the node listens.
  const last = terminal === undefined ? "" : " 2>&0";
  const marker = 'echo "$0 $pid $parent" >&2';
  if (view === undefined) {
    return [
      `cd ${quote(plan.linkDirectory)} || fail "cannot reach ${nonce}"`,
      ...limits,
      ...check === undefined ? [] : [formatProgramCheck(plan, check, quoteAll(plan.tools))],
      // Bash makes a relative path absolute.
      'link=./$0; [ -z "$BASH_VERSION" ] || link=/proc/self/cwd/$0',
      ...setWords,
      marker,
      `exec "$link" ${arguments_}${last}`,
    ];
  }
  const toolAt = (place: string, name: ViewTool, as?: string) =>
    viewToolWords(view.tools, place, name, as).map(quote).join(" ");
  const tool = (name: ViewTool, as?: string) => toolAt(view.toolsPlace, name, as);
  const { outside, inside } = view.credentials;
  const stepsAt = (place: string, steps: readonly CredentialStep[]) =>
    steps.flatMap(([name, ...words]) => [toolAt(place, name), ...words.map(quote)]);
  const { nsenter, unshare } = quoteAll(plan.tools);
  // Only now is it in the cgroups that are to be the topmost ones.
  const own = [unshare, "--cgroup"];
  const toTools = [`--root=${quote(`.${view.toolsPlace}`)}`, "--wd=."];
  const enter = [
    ...plan.watched
      ? [...plan.ownCgroups ? own : [nsenter], ...toTools, ...stepsAt("", outside)]
      : [
        ...plan.ownCgroups ? own : [],
        ...outside.flatMap(([name, ...words]) => [plan.tools[name], ...words].map(quote)),
      ],
    ...stepsAt(view.toolsPlace, inside),
  ].join(" ");
  const env = `${tool("env", nonce)} ${arguments_}`;
  if (check === undefined) return [...limits, ...setWords, marker, `exec ${enter} ${env}${last}`];
  const checked = [
    'refuse() { echo "$0: $1" >&2; exit 127; }',
    formatProgramCheck(plan, check, { od: tool("od"), wc: tool("wc") }),
    ...setWords,
    `exec ${env}`,
  ].join("\n");
  return [
    ...limits,
    marker,
    `exec ${enter} ${tool("sh")} -c ${quote(checked)} "$0" "$@"${last}`,
  ];
}

/** The shell leads a session that has no terminal yet: the first one that it opens becomes that of the session. */
function formatTerminal(path: string): string[] {
  const word = quote(path);
  return [`[ -c ${word} ] || fail "cannot reach the terminal"`, `exec <>${word} >&0`];
}

/**
 * The kernel executes ELF programs of its machine and `#!` scripts. `env` would hand anything else to a shell, which a
 * container runtime does not. The words are runc's.
 */
function formatProgramCheck(
  plan: LaunchPlan,
  elf: ElfMachine,
  { od, wc }: { readonly od: string; readonly wc: string },
): string {
  const path = plan.variables.indexOf("PATH");
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
[ -x "$program" ] && [ -f "$program" ] || refuse "exec: \\"$1\\": permission denied"
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

/** The longest argument of `env -S`, well below the kernel's limit for one string. */
const LONGEST_ASSIGNMENTS = 100_000;
/** How many names go into one variable where they are too long for that: each has at most some 300 characters. */
const NAMES_AT_ONCE = 250;

/** Commands of a shell that put `NAME=VALUE` before its arguments; none where one `env -S` can hold all names. */
function formatWordChunks(names: readonly string[]): readonly string[] {
  if (formatAssignments(names).length <= LONGEST_ASSIGNMENTS) return [];
  const words = names.map((name, index) => `${quote(name)}="$P${index}"`);
  const chunks: string[] = [];
  for (let at = 0; at < words.length; at += NAMES_AT_ONCE) {
    chunks.push(`set -- ${words.slice(at, at + NAMES_AT_ONCE).join(" ")} "$@"`);
  }
  return chunks;
}

/**
 * The environment of a launcher.
 * @param values of the plan's variables, in their order.
 */
export function formatCarriers(
  { variables }: Pick<LaunchPlan, "variables">,
  values: readonly string[],
): Record<string, string> {
  return Object.fromEntries([
    ...values.map((value, index) => [`P${index}`, value] as const),
    ...formatWordChunks(variables).map((chunk, index) => [`N${index}`, chunk] as const),
  ]);
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

/** What separates, continues or comments a field of fstab, each one byte; all else stands as it is. */
function escape(field: string): string {
  return field.replace(
    /[ \t\n\\#]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
