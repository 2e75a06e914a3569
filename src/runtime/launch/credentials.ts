/**
 * From what a container may do to the programs that make it so. Pure.
 *
 * The launcher's shell stands outside the container's view, on the host's files, with the power to
 * create that view. `setpriv` takes the power off there, `chroot` goes into the view and becomes
 * the user: all that is ever loaded from the view, the container's own or false, has no more power
 * than the container itself.
 *
 * Where other processes of containers can see the launcher, one with as much power as it has left
 * could go where it stands, through its `/proc/PID/root`. So it first makes the view's read-only
 * tools its root directory, in which there is nothing else, and has the two programs from there.
 *
 * To enter the view takes capabilities that the container may lack. They are then granted for that
 * one step as ambient ones; becoming another user than root drops them, and a last `setpriv`, of
 * the read-only tools that the view shows, clears the sets.
 *
 * A user namespace of the container's own takes the place of that where there is no other way: for
 * a user that cannot be mapped here otherwise, and for power over the machine, or over the
 * launcher, which is given over the container's own namespaces alone. What is executed in the view
 * is in it already. Every user keeps its number in it, so that what is added takes nothing away:
 * power over other users' files, and becoming another user. What protects the machine is that the
 * mounts of the view, its PID namespace and the kernel's parameters belong to the namespace around
 * it, and never the numbers.
 */
import type { NodeNamespaces } from "../machine/node_holder.ts";
import type { SecurityConfig } from "../config.ts";
import type { NamespaceUser } from "./user_namespace.ts";
import { OWN_USERS, type ViewTool } from "../machine/view_tools.ts";

/** A program and its arguments. */
export type CredentialStep<Tool extends ViewTool = ViewTool> = readonly [
  tool: Tool,
  ...args: string[],
];

/**
 * The programs between the launcher's shell and the program, except the last, which sets the
 * variables.
 */
export interface CredentialSteps {
  /** In the working directory that is to be the root. */
  readonly outside: readonly CredentialStep<OutsideTool>[];
  /** Inside the view. */
  readonly inside: readonly CredentialStep[];
}

/** A program that goes into a view. */
export type OutsideTool = "setpriv" | "chroot" | "nsenter";

/** Whose power it is. */
export interface CredentialScope {
  /** Users that exist here. */
  readonly ids: NodeNamespaces["ids"];
  /** The container's network is the machine's. */
  readonly hostNetwork: boolean;
}

/** What does no harm to a machine as long as its files, devices and processes are out of reach. */
const HARMLESS = new Set(
  ("AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE MKNOD " +
    "NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT").split(" "),
);
const OF_NETWORK = ["NET_ADMIN", "NET_BROADCAST"];
/** They are about files and processes: those of a container are all that it sees. */
const WHOLE = new Set(["DAC_READ_SEARCH", "SYS_PTRACE"]);
/**
 * In a user namespace nothing reaches the machine; these reach the launcher, and what is mounted.
 */
const OVER_LAUNCHER = ["SYS_ADMIN", "SYS_PTRACE"];

/**
 * Renders the steps.
 * @param running the first process of the container, as the container numbers it, if it runs:
 * another program joins it.
 */
export function formatCredentials(
  security: SecurityConfig,
  scope: CredentialScope,
  running?: number,
): CredentialSteps {
  const own = findOwnUser(security, scope);
  return own === undefined
    ? formatCommon(security, scope)
    : formatOwn(security, scope, own, running);
}

function formatCommon(security: SecurityConfig, scope: CredentialScope): CredentialSteps {
  const { user: { uid, gid, groups }, capabilities, noNewPrivileges } = security;
  const kept = capabilities.filter((name) => isHarmless(name, scope));
  const needed = ["SETGID", "SYS_CHROOT", ...uid === 0 ? [] : ["SETUID"]];
  const granted = needed.filter((name) => !kept.includes(name));
  // The sign: no user database is asked for the name of a number. Where only one user exists there
  // are no groups, and none to be rid of.
  const becomes = scope.ids === "self"
    ? []
    : [`--userspec=+${uid}:+${gid}`, `--groups=${groups.map((group) => `+${group}`).join(",")}`];
  return {
    outside: [
      ...granted.length === 0 ? [] : [granting(granted)],
      [
        "setpriv",
        ...granted.length === 0 ? ["--inh-caps=-all"] : [],
        `--bounding-set=${onlyCapabilities(kept)}`,
        ...noNewPrivileges ? ["--no-new-privs"] : [],
      ],
      ["chroot", ...becomes, "."],
    ],
    inside: granted.length === 0 ? [] : [clearing(granted)],
  };
}

function granting(names: readonly string[]): CredentialStep<OutsideTool> {
  const list = onlyCapabilities(names);
  return ["setpriv", `--inh-caps=${list}`, `--ambient-caps=${list}`];
}

/** What the view shows in place of files of the kernel may be false: each one is named. */
function clearing(names: readonly string[]): CredentialStep {
  const list = names.map((name) => `-${name.toLowerCase()}`).join(",");
  return ["setpriv", `--ambient-caps=${list}`, `--inh-caps=${list}`];
}

/** What a container gets in a user namespace of its own. */
export interface OwnUser extends NamespaceUser {
  /** Its mounts are in that namespace too. */
  readonly mounts: boolean;
}

/**
 * Whether a capability is power over the machine, of which a container gets no more than that over
 * its own namespaces.
 */
export function isOverMachine(name: string, hostNetwork: boolean): boolean {
  return !WHOLE.has(name) && !isHarmless(name, { ids: "all", hostNetwork });
}

/** Who a container is in a user namespace of its own; undefined if it needs none. */
export function findOwnUser(
  { user: { uid, gid }, capabilities, privileged }: SecurityConfig,
  scope: CredentialScope,
): OwnUser | undefined {
  const reaching = privileged || capabilities.some((name) => !isHarmless(name, scope));
  // Only root has what it may have.
  const mounts = uid === 0 && reaching;
  const unmapped = scope.ids === "self" && (uid !== 0 || gid !== 0);
  return mounts || unmapped ? { uid, gid, mounts } : undefined;
}

function formatOwn(
  { user: { groups }, capabilities, privileged, noNewPrivileges }: SecurityConfig,
  { ids }: CredentialScope,
  { uid, gid, mounts }: OwnUser,
  running: number | undefined,
): CredentialSteps {
  const options = [
    // Where only one exists it is mapped already.
    ...ids === "self" || gid === 0 ? [] : [`--regid=${gid}`],
    ...ids === "self"
      ? []
      : [groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`],
    ...noNewPrivileges ? ["--no-new-privs"] : [],
  ];
  const bounds = uid !== 0 || privileged
    ? []
    : [["setpriv", `--bounding-set=${onlyCapabilities(capabilities)}`] as const];
  // What a container may mount hides no program that has more power than it.
  const canMount = ["SYS_ADMIN", "SYS_CHROOT"].every((name) => capabilities.includes(name));
  const join = ["nsenter", "-t", String(running), "-m", "--"] as const;
  return {
    outside: [
      ...options.length === 0 ? [] : [["setpriv", ...options] as const],
      ["nsenter", `--user=/${OWN_USERS}`, "--preserve-credentials", "--root=.", "--"],
    ],
    inside: running === undefined
      ? [...mounts ? [["unshare", "--mount"] as const] : [], ...bounds]
      : [...bounds, ...mounts && canMount ? [join] : []],
  };
}

function isHarmless(name: string, { ids, hostNetwork }: CredentialScope): boolean {
  if (ids !== "all") return !OVER_LAUNCHER.includes(name);
  return HARMLESS.has(name) || (OF_NETWORK.includes(name) && !hostNetwork);
}

function onlyCapabilities(names: readonly string[]): string {
  return ["-all", ...names.map((name) => `+${name.toLowerCase()}`)].join(",");
}
