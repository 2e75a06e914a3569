/**
 * From what a container may do to the programs that make it so. Pure.
 *
 * The launcher's shell stands outside the container's view, on the host's files, with the power to lay that view.
 * `setpriv` takes the power off there, `chroot` goes into the view and becomes the user: all that is ever loaded
 * from the view, the container's own or false, has no more power than the container itself.
 *
 * Where other processes of containers can see the launcher, whoever has as much power as it has left could go where it
 * stands, through its `/proc/PID/root`. So it first makes the view's read-only tools its root directory, in which there is
 * nothing else, and has the two programs from there.
 *
 * To go into the view takes capabilities that the container may lack. They are then lent for that one step as
 * ambient ones; becoming another user than root drops them, and a last `setpriv`, of the read-only tools that the
 * view shows, clears the sets.
 *
 * A user namespace of the container's own comes last where there is no other way: for a user that cannot be
 * mapped here otherwise, and for power over the machine, or over the launcher, which is given over the container's own
 * namespaces alone.
 */
import type { NodeNamespaces } from "./node_holder.ts";
import type { SecurityConfig } from "./runtime.ts";
import type { ViewTool } from "./view_tools.ts";

/** A program and its arguments. */
export type CredentialStep<Tool extends ViewTool = ViewTool> = readonly [
  tool: Tool,
  ...args: string[],
];

/** The programs between the launcher's shell and the program, except the last, which sets the variables. */
export interface CredentialSteps {
  /** In the working directory that is to be the root. */
  readonly outside: readonly CredentialStep<"setpriv" | "chroot">[];
  /** Inside the view. */
  readonly inside: readonly CredentialStep[];
}

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
/** In a user namespace nothing reaches the machine; these reach the launcher, and what is mounted. */
const OVER_LAUNCHER = ["SYS_ADMIN", "SYS_PTRACE"];

/**
 * Renders the steps.
 * @param running the first process of the container, as the container numbers it, if it runs: another program joins it.
 */
export function formatCredentials(
  security: SecurityConfig,
  scope: CredentialScope,
  running?: number,
): CredentialSteps {
  const { user, capabilities, noNewPrivileges } = security;
  const own = ownNamespace(security, scope);
  const kept = own === undefined ? capabilities.filter((name) => isHarmless(name, scope)) : [];
  // Whoever maps root into a namespace of its own has to have the last one.
  const mapping = own === undefined || running !== undefined ? [] : ["SETFCAP"];
  const becoming = user.uid === 0 || own !== undefined ? [] : ["SETUID"];
  const needed = ["SETGID", "SYS_CHROOT", ...becoming, ...mapping];
  const lent = needed.filter((name) => !kept.includes(name));
  const lending = onlyCapabilities(lent);
  const { uid, gid, groups } = own === undefined ? user : { uid: 0, gid: 0, groups: user.groups };
  // The sign: nobody is asked for the name of a number. Where only one user exists there are no groups to be had, and
  // none to be rid of.
  const becomes = scope.ids === "self"
    ? []
    : [`--userspec=+${uid}:+${gid}`, `--groups=${groups.map((group) => `+${group}`).join(",")}`];
  return {
    outside: [
      ...lent.length === 0
        ? []
        : [["setpriv", `--inh-caps=${lending}`, `--ambient-caps=${lending}`] as const],
      [
        "setpriv",
        ...lent.length === 0 ? ["--inh-caps=-all"] : [],
        `--bounding-set=${onlyCapabilities(kept)}`,
        ...noNewPrivileges ? ["--no-new-privs"] : [],
      ],
      ["chroot", ...becomes, "."],
    ],
    inside: [
      ...lent.length === 0 ? [] : [clearing(lent.filter((name) => !mapping.includes(name)))],
      ...own === undefined ? [] : formatOwn(security, own, running),
    ],
  };
}

/** What the view shows in place of files of the kernel may be false: each one is named. */
function clearing(names: readonly string[]): CredentialStep {
  const list = names.map((name) => `-${name.toLowerCase()}`).join(",");
  return ["setpriv", `--ambient-caps=${list}`, `--inh-caps=${list}`];
}

/** A namespace of a container's own: what it maps, and whether its mounts are in it. */
interface OwnNamespace {
  readonly uid: number;
  readonly gid: number;
  readonly mounts: boolean;
}

/** Undefined if it needs none. */
function ownNamespace(
  { user: { uid, gid }, capabilities, privileged }: SecurityConfig,
  scope: CredentialScope,
): OwnNamespace | undefined {
  const reaching = privileged || capabilities.some((name) => !isHarmless(name, scope));
  // Only root has what it may have.
  const mounts = uid === 0 && reaching;
  const unmapped = scope.ids === "self" && (uid !== 0 || gid !== 0);
  return mounts || unmapped ? { uid, gid, mounts } : undefined;
}

function formatOwn(
  { user, capabilities, privileged }: SecurityConfig,
  { uid, gid, mounts }: OwnNamespace,
  running: number | undefined,
): readonly CredentialStep[] {
  const bounds = user.uid !== 0 || privileged
    ? []
    : [["setpriv", `--bounding-set=${onlyCapabilities(capabilities)}`] as const];
  if (running === undefined) {
    const mapped = ["--user", `--map-user=${uid}`, `--map-group=${gid}`];
    return [["unshare", ...mapped, ...mounts ? ["--mount"] : []], ...bounds];
  }
  const target = ["-t", String(running)];
  // What a container may mount hides no program that has more power than it.
  const canMount = mounts && ["SYS_ADMIN", "SYS_CHROOT"].every((it) => capabilities.includes(it));
  return [
    ["nsenter", ...target, "-U", "--preserve-credentials", "--"],
    ...bounds,
    ...canMount ? [["nsenter", ...target, "-m", "--"] as const] : [],
  ];
}

function isHarmless(name: string, { ids, hostNetwork }: CredentialScope): boolean {
  if (ids !== "all") return !OVER_LAUNCHER.includes(name);
  return HARMLESS.has(name) || (OF_NETWORK.includes(name) && !hostNetwork);
}

function onlyCapabilities(names: readonly string[]): string {
  return ["-all", ...names.map((name) => `+${name.toLowerCase()}`)].join(",");
}
