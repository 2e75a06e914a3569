/**
 * From what a container may do to the programs that make it so. Pure.
 *
 * The launcher's shell stands outside the container's view, on the host's files, with the power to lay that view.
 * `setpriv` takes the power off there, `chroot` goes into the view and becomes the user: all that is ever loaded
 * from the view, the container's own or false, has no more power than the container itself.
 *
 * To go into the view takes capabilities that the container may lack. They are then lent for that one step as
 * ambient ones; becoming another user than root drops them, and a last `setpriv`, of the read-only tools that the
 * view shows, clears the sets.
 *
 * A user namespace of the container's own comes last where there is no other way: for a user that cannot be
 * mapped here otherwise, and for root's power over the machine or over its Pod's sandbox, which is given over the
 * container's own namespaces alone.
 */
import type { NodeNamespaces } from "./node_holder.ts";
import type { SecurityConfig } from "./runtime.ts";
import type { ViewTool } from "./isolation.ts";

/** The programs between the launcher's shell and the program, except the last, which sets the variables. */
export interface CredentialSteps {
  /** On the host's files, in the working directory that is to be the root. */
  readonly outside: readonly string[];
  /** Inside the view: programs of its tools, each with its arguments. */
  readonly inside: readonly (readonly [tool: ViewTool, ...args: string[]])[];
}

/** Where the programs are on the host. */
export interface CredentialTools {
  /** Of util-linux. */
  readonly setpriv: string;
  /** Of coreutils. */
  readonly chroot: string;
}

/** Whose power it is. */
export interface CredentialScope {
  /** Users that exist here. */
  readonly ids: NodeNamespaces["ids"];
  /** The container's network is the machine's. */
  readonly hostNetwork: boolean;
}

/** What does no harm as long as files, devices and processes are out of reach: mounts cannot be taken off, for one. */
const HARMLESS = new Set(
  ("AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE MKNOD " +
    "NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT").split(" "),
);
const OF_NETWORK = ["NET_ADMIN", "NET_BROADCAST"];

/** Renders the steps. */
export function formatCredentials(
  security: SecurityConfig,
  tools: CredentialTools,
  scope: CredentialScope,
): CredentialSteps {
  const { user, capabilities, privileged, noNewPrivileges } = security;
  const isRoot = user.uid === 0;
  const own = ownNamespace(security, scope);
  const kept = own === undefined ? capabilities.filter((name) => isHarmless(name, scope)) : [];
  // Whoever maps root into a namespace of its own has to have the last one.
  const mapping = own === undefined ? [] : ["SETFCAP"];
  const becoming = isRoot || own !== undefined ? [] : ["SETUID"];
  const needed = ["SETGID", "SYS_CHROOT", ...becoming, ...mapping];
  const lent = needed.filter((name) => !kept.includes(name));
  const lending = capabilityList(lent);
  const lend = [tools.setpriv, `--inh-caps=${lending}`, `--ambient-caps=${lending}`];
  const inner = own === undefined || !isRoot || privileged
    ? []
    : [["setpriv", `--bounding-set=${capabilityList(capabilities)}`] as const];
  // Where only one user exists there are no groups to be had, and none to be rid of.
  const groups = scope.ids === "self" ? [] : [`--groups=${user.groups.join(",")}`];
  const { uid, gid } = own === undefined ? user : { uid: 0, gid: 0 };
  return {
    outside: [
      ...lent.length === 0 ? [] : lend,
      tools.setpriv,
      ...lent.length === 0 ? ["--inh-caps=-all"] : [],
      `--bounding-set=${capabilityList(kept)}`,
      ...noNewPrivileges ? ["--no-new-privs"] : [],
      tools.chroot,
      ...scope.ids === "self" ? [] : [`--userspec=${uid}:${gid}`, ...groups],
      ".",
    ],
    inside: [
      ...lent.length === 0 ? [] : [clearing(mapping)],
      ...own === undefined ? [] : [["unshare", ...own] as const],
      ...inner,
    ],
  };
}

function clearing(kept: readonly string[]): readonly ["setpriv", ...string[]] {
  const list = capabilityList(kept);
  return ["setpriv", `--ambient-caps=${list}`, `--inh-caps=${list}`];
}

/** Options of `unshare` for a namespace of its own; undefined if it needs none. */
function ownNamespace(
  { user, capabilities, privileged }: SecurityConfig,
  scope: CredentialScope,
): readonly string[] | undefined {
  const mapped = ["--user", `--map-user=${user.uid}`, `--map-group=${user.gid}`];
  const reaching = privileged || capabilities.some((name) => !isHarmless(name, scope));
  if (user.uid === 0 && reaching) return [...mapped, "--mount"];
  return scope.ids === "self" && (user.uid !== 0 || user.gid !== 0) ? mapped : undefined;
}

function isHarmless(name: string, { hostNetwork }: CredentialScope): boolean {
  return HARMLESS.has(name) || (OF_NETWORK.includes(name) && !hostNetwork);
}

function capabilityList(names: readonly string[]): string {
  return ["-all", ...names.map((name) => `+${name.toLowerCase()}`)].join(",");
}
