/**
 * From a container's configuration to the shell scripts that become its program. Pure.
 *
 * A launch has three parts. The first goes where the container is to be and knows nothing of it but
 * its cgroup; the second makes all that does not depend on the program. Each then waits on its
 * standard input, a pipe from the node, and ends when that does; the third comes through the pipe.
 * So a sandbox can be entered while a view is planned, and a view made before its container is due:
 * what may change until then (command, variables, credentials) is not known to it.
 *
 * | program | for |
 * | --- | --- |
 * | `setsid` | a session of its own: a terminal's signals to the node are not for it |
 * | `nsenter` | joins the sandbox's namespaces; waits: only a child is in a PID namespace |
 * | `unshare` | a PID and a mount namespace of the container's own; waits for the container |
 * | `setsid` | a session for the container: its signals to its own group do not reach that one |
 * | `sh` | the container's first process; joins the cgroups, and waits |
 * | *the second part* | read by the same shell |
 * | `mount` | makes the mounts that follow each other, in the mount namespace itself |
 * | `unshare` | a cgroup namespace, where there are cgroups; back to the sandbox's root directory |
 * | `sh` | finds its programs there from now on |
 * | `nsenter`, `pivot_root` | makes the view the root, as a child in the mount namespace itself |
 * | `umount` | leaves the host's files; then the shell waits |
 * | *the third part* | limits, standard streams, then each program is replaced by the next: |
 * | `setpriv` | no more power than the container has |
 * | `chroot` | into the view, as the container's user and groups |
 * | `env` | sets the variables and the working directory, and is replaced by the program |
 *
 * Without a sandbox only `setsid`, `sh` and `env` are left. Another program that joins a running
 * container takes its cgroup namespace in the third part, since it is in the cgroups only then.
 *
 * From the moment that the view becomes the root of the container's mount namespace, the shell's
 * root directory is that of the sandbox's: it leaves the host in the one and finds its programs in
 * the other, so that nothing that the view shows, a volume over `/usr` or a library of the
 * container's own, is ever executed with the power that making a view takes.
 *
 * The variables of the manifest travel under names of ours, `P0`, `P1`, …, so that no program of
 * the chain ever starts with one that means something to a loader, a shell or a locale; `env -S`
 * puts the right names on inside its own memory, so that a value is never an argument either.
 *
 * The last `env` goes by an unguessable name. Its message when it cannot execute the program begins
 * with that name, which distinguishes it from the output of the program itself.
 */

import { CONTAINER_EXITED } from "../handler_text.ts";
import { formatJoin } from "../cgroup/cgroup_layout.ts";
import type { CredentialStep, CredentialSteps } from "./credentials.ts";
import type { ProcessIdentity } from "../machine/process.ts";
import type { ElfMachine } from "../machine/executable.ts";
import { formatProgramCheck } from "./program_check.ts";
import { quote, quoteAll } from "./shell_words.ts";
import { formatViewSteps, type LaunchFile, type ViewSite, type ViewStep } from "./view_steps.ts";
import {
  NULL_DEVICE,
  OLD_ROOT,
  type ViewTool,
  type ViewTools,
  viewToolWords,
} from "../machine/view_tools.ts";

/** A container's own view of the file system. */
export interface LaunchView extends ViewSite {
  /** What is mounted, and made, in this order. */
  readonly steps: readonly ViewStep[];
  /** Where in the view its tools are. */
  readonly toolsPlace: string;
  /** What those are. */
  readonly tools: ViewTools;
  /** What takes the launcher's power off. */
  readonly credentials: CredentialSteps;
}

/** All that a launch needs to know. */
export interface LaunchPlan {
  /**
   * Directory of the mount table, and, without a view, of the link to `env`, whose name is the
   * nonce.
   */
  readonly linkDirectory: string;
  /** An unguessable name; see {@link makeNonce}. */
  readonly nonce: string;
  /** Undefined: the host's own files, with the caller's power. */
  readonly view: LaunchView | undefined;
  /** Absolute, in the container. */
  readonly workingDir: string;
  /**
   * Absolute paths of the programs that the script calls: some shells have their own of these
   * names.
   */
  readonly tools: Readonly<Record<LaunchTool, string>>;
  /**
   * What the kernel executes here. Undefined: the node has seen that it executes the program,
   * nothing is left to check.
   */
  readonly check: ElfMachine | undefined;
  /** Names of the variables; `P0`, `P1`, … carry their values in this order. */
  readonly variables: readonly string[];
  /** Files with which a process joins its cgroups. */
  readonly cgroups: readonly string[];
  /** It gets a cgroup namespace, in which those are the topmost. */
  readonly ownCgroups: boolean;
  /** The sandbox's root directory, with the host's files; used where there is a view. */
  readonly sandboxRoot: string;
  /** Who is killed first where memory runs short: -1000 to 1000. */
  readonly oomScoreAdj: number;
  /**
   * Processes of containers are in its PID namespace already, or have power over the user namespace
   * that it enters.
   */
  readonly watched: boolean;
  /**
   * A limit that marks the process and all that descend from it; undefined where namespaces hold
   * them.
   */
  readonly mark: number | undefined;
  /** A mark that descends with the process beside the other; below that one. */
  readonly softMark?: number;
  /** Soft limit of open files, as the caller had it before Deno raised it. */
  readonly openFiles: number;
  /** The program's user is not the pipes' owner, and may open them again, as `/dev/stdout`. */
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

/**
 * A program's standard input is empty, that of the launcher, or its descriptor 3; or all of its
 * standard streams are a terminal, at that path.
 */
export type ProgramStreams = "empty" | "inherited" | "input" | { readonly terminal: string };

/** What the first part of a launch needs to know. */
export type EnterPlan = Pick<LaunchPlan, "nonce" | "linkDirectory" | "cgroups">;

/** What the third part of a launch is about. */
export interface Go {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Values of the plan's variables, in their order. */
  readonly values: readonly string[];
  /** What the program has instead of the launcher's standard streams. */
  readonly streams: ProgramStreams;
}

/** The file with the shell's commands. */
const PREPARATION = "prepare";

/**
 * Renders the first part of a launch, for `sh -c`, with the nonce as `$0`: joins the cgroups, and
 * waits for a line and then for the rest of its input.
 *
 * On standard error a launch reports `NONCE! what` when the container could not be made, `NONCE@
 * what` when a mount failed, and `NONCE? what` when the manifest asks for what is not available. It
 * ends with the node: the end of its input is its own.
 */
export function formatEnter(plan: EnterPlan): string {
  const { begin } = formatJoin(plan.cgroups.map(quote));
  return [
    ...formatBeginning(plan),
    ...begin,
    // A byte is read at a time: of what comes behind this line nothing is taken.
    `read -r _ && . ${quote(`${plan.linkDirectory}/${PREPARATION}`)}`,
    "exit 126",
  ].join("\n");
}

/**
 * Renders the second part of a launch, which its shell reads after a line of input: makes the view,
 * leaves the host's files, and waits.
 *
 * @returns files for the plan's link directory.
 */
export function formatPreparation(plan: LaunchPlan): readonly LaunchFile[] {
  const { view, sandboxRoot } = plan;
  const { end } = formatJoin(plan.cgroups.map(quote));
  const file = (lines: readonly string[]) => ({ name: PREPARATION, text: lines.join("\n") });
  if (view === undefined) return [file([...formatScore(plan), ...end, ...WAIT])];
  const { lines, tables } = formatViewSteps(view.steps, view, plan.tools, plan.linkDirectory);
  const { unshare, sh } = quoteAll(plan.tools);
  const leaving = [...formatBeginning(plan), ...formatLeaving(view, plan), ...WAIT].join("\n");
  const options = [...plan.ownCgroups ? ["--cgroup"] : [], `--root=${quote(sandboxRoot)}`];
  return [
    ...tables,
    file([
      ...formatScore(plan),
      "(",
      // A mount that the kernel refuses fails the start of the container (R-START-1).
      'unmountable() { echo "$0@ $1" >&2; exit 126; }',
      ...lines,
      // A step that fails without a message is not an error.
      ":",
      ") </dev/null || exit 126",
      // Only now is it in the cgroups that are to be the topmost ones.
      ...end,
      `exec ${unshare} ${options.join(" ")} --wd=/ -- ${sh} -c ${quote(leaving)} "$0"`,
    ]),
  ];
}

/** Waits for the third part, which is read at once, and not byte by byte as `read` has to. */
const WAIT = [". /proc/self/fd/0", "exit 126"];

/**
 * Renders the third part of a launch: from where the second waits to the program. Written to its
 * standard input.
 *
 * On standard error it reports `NONCE PID PARENT` when only our own programs stand between it and
 * the program, and `NONCE: why` when the program cannot be started.
 */
export function formatGo(plan: LaunchPlan, { argv, values, streams }: Go): string {
  const carriers = Object.entries(formatCarriers(plan, values));
  return [
    ...carriers.map(([name, value]) => `export ${name}=${quote(value)}`),
    // Nothing is executed of a text that was cut off.
    "go() {",
    `set -- ${argv.map(quote).join(" ")}`,
    ...formatEnd(plan, streams, false),
    "}",
    "go\n",
  ].join("\n");
}

/**
 * Renders the way of another program into a running container.
 *
 * @param waiter the process that waits for the container outside. Its root directory is the view,
 * and stays it: that of the container's own processes, and their namespaces, can be what they have
 * made themselves.
 */
export function formatEntry(
  plan: LaunchPlan,
  { pid, startTime }: ProcessIdentity,
  streams: Exclude<ProgramStreams, "input"> = "empty",
): string {
  const { begin, end } = formatJoin(plan.cgroups.map(quote));
  return [
    ...formatBeginning(plan),
    ...begin,
    ...formatScore(plan),
    ...plan.view === undefined ? [] : [
      `cd /proc/${pid}/root 2>/dev/null || fail "${CONTAINER_EXITED}"`,
      `{ read -r stat </proc/${pid}/stat; } 2>/dev/null || fail "${CONTAINER_EXITED}"`,
      `case $stat in *" ${startTime} "*) ;; *) fail "${CONTAINER_EXITED}" ;; esac`,
    ],
    ...end,
    // The container itself has one since its second part, which its processes inherit.
    ...formatEnd(plan, streams, plan.ownCgroups),
  ].join("\n");
}

function formatBeginning({ nonce }: Pick<LaunchPlan, "nonce">): string[] {
  return [
    // At the beginning of what the shell shows as its arguments, where the node looks for it.
    `# ${nonce}`,
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    'refuse() { echo "$0: $1" >&2; exit 127; }',
    'fail() { echo "$0! $1" >&2; exit 126; }',
    // /proc is the host's here: the number by which the node knows this process, and that of the
    // one that waits for it.
    "read -r pid _ _ parent _ </proc/self/stat",
  ];
}

function formatScore({ oomScoreAdj }: LaunchPlan): string[] {
  // Not every user may lower it.
  return [`{ echo ${oomScoreAdj} >/proc/self/oom_score_adj; } 2>/dev/null`];
}

/** Makes the view the root of the mount namespace, and goes there. */
function formatLeaving({ root, toolsPlace }: LaunchView, { tools }: LaunchPlan): string[] {
  const { nsenter, pivot_root: pivot, umount } = quoteAll(tools);
  const old = `${toolsPlace}/${OLD_ROOT}`;
  return [
    `${nsenter} --mount=/proc/self/ns/mnt ${pivot} ${quote(root)} ${quote(root + old)} ` +
    '</dev/null || fail "cannot change the root"',
    // The view has become the root directory of what waits for this process.
    `cd "/proc/$parent/root" || fail "cannot reach the view"`,
    `${umount} -n -l -c ${quote(`.${old}`)} || fail "cannot leave the host's root"`,
  ];
}

/**
 * The last of the script: from where it stands, the root of the view, to the program.
 * @param ownCgroups it still has to get its cgroup namespace.
 */
function formatEnd(plan: LaunchPlan, streams: ProgramStreams, ownCgroups: boolean): string[] {
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
    `ulimit -S -n ${plan.openFiles}`,
    ...plan.mark === undefined ? [] : [`ulimit -t ${plan.mark}`],
    ...plan.softMark === undefined ? [] : [`ulimit -S -t ${plan.softMark}`],
    ...plan.opensPipes && terminal === undefined
      ? [`${quote(plan.tools.chmod)} 666 ${formatPipes(streams)}`]
      : [],
    ...terminal === undefined ? [] : formatTerminal(terminal),
    ...streams === "input" ? [`exec <&${INPUT} ${INPUT}<&-`] : [],
    ...streams === "empty" ? [formatEmptyInput(view)] : [],
  ];
  // Until then the launcher writes its messages where the node listens.
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
  const own = [unshare, "--cgroup"];
  const toTools = [`--root=${quote(`.${view.toolsPlace}`)}`, "--wd=."];
  const enter = [
    ...plan.watched ? [...ownCgroups ? own : [nsenter], ...toTools, ...stepsAt("", outside)] : [
      ...ownCgroups ? own : [],
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

/** Those of the standard streams that are pipes. */
function formatPipes(streams: ProgramStreams): string {
  const pipes = streams === "inherited" ? [0, 1, 2] : [1, 2];
  return pipes.map((it) => `/proc/self/fd/${it}`).join(" ");
}

/** The descriptor of the input that a program is given. */
export const INPUT = 3;

/**
 * The host's `/dev/null` has permissions that a program could change; a view has one of its own.
 */
function formatEmptyInput(view: LaunchView | undefined): string {
  const device = view === undefined ? "/dev/null" : `.${view.toolsPlace}/${NULL_DEVICE}`;
  return `exec <${quote(device)} || fail "cannot open /dev/null"`;
}

/**
 * The shell leads a session that has no terminal yet: the first one that it opens becomes that of
 * the session.
 */
function formatTerminal(path: string): string[] {
  const word = quote(path);
  return [`[ -c ${word} ] || fail "cannot reach the terminal"`, `exec <>${word} >&0`];
}

/** Renders the argument of `env -S`: each name with the value of its carrier. */
export function formatAssignments(names: readonly string[]): string {
  return names.map((name, index) =>
    `'${name.replace(/[\\']/g, (char) => `\\${char}`)}'=\${P${index}}`
  ).join(" ");
}

/** The longest argument of `env -S`, well below the kernel's limit for one string. */
const LONGEST_ASSIGNMENTS = 100_000;
/**
 * How many names go into one variable where they are too long for that: each has at most some 300
 * characters.
 */
const NAMES_AT_ONCE = 250;

/**
 * Commands of a shell that put `NAME=VALUE` before its arguments; none where one `env -S` can hold
 * all names.
 */
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
