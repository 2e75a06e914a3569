/**
 * The process that holds the namespaces of a run, in which all its sandboxes are made: a mount
 * namespace, so that nothing is ever mounted on the host, and for an ordinary user a user namespace
 * around it.
 */
import type { ProcessIdentity } from "./process.ts";
import { identifyProcess, killUnlessGone } from "./process.ts";
import { describeKernelState, fingerprint, type RememberedFacts } from "./remembered_facts.ts";
import { killIfSlow, spawnHelper } from "./subprocess.ts";

/** Namespaces that hold for as long as the node lives. */
export interface NodeNamespaces {
  /** The process that holds them. */
  readonly holder: ProcessIdentity;
  /** Words before a program that runs in them. */
  readonly enter: readonly string[];
  /**
   * Options of `nsenter` that join the user namespace, where there is one, of the process that `-t`
   * names.
   */
  readonly joinUser: readonly string[];
  /** Users and groups that exist in them. */
  readonly ids: "all" | "sub-ids" | "self";
  /** The last of those that exist from 0 on. */
  readonly highestId: number;
  /**
   * What a user namespace within them has in its maps when each user and group keeps its number.
   */
  readonly identity: IdMaps;
}

/** The maps of a user namespace, as `/proc/PID/uid_map` and `gid_map` take them. */
export interface IdMaps {
  /** Rows: the first number inside, the first in the namespace around it, how many. */
  readonly uids: string;
  /** As those of users. */
  readonly gids: string;
}

/** Programs that it takes. */
export interface HolderTools {
  /** A POSIX shell. */
  readonly sh: string;
  /** Of util-linux. */
  readonly setsid: string;
  /** Of util-linux. */
  readonly unshare: string;
  /** Of util-linux. */
  readonly nsenter: string;
}

/** Why there are no namespaces. */
export interface NamespaceRefusal {
  /** The message of the kernel, or of `unshare`. */
  readonly message: string;
}

/**
 * Tries a sandbox, prints its own number as the host knows it, and waits: end of file means that
 * the node is gone. `$1` is `unshare`; the words after it are the namespaces of a sandbox. Without
 * words nothing is tested.
 */
const SCRIPT = `[ $# = 0 ] || "$@" true || exit
read -r pid _ </proc/self/stat
echo "$pid"
while read -r _; do :; done`;

/** Gives a sandbox IPC objects of its own. */
export const IPC_NAMESPACE = "--ipc";
/** The namespaces of a sandbox, beside the user namespace that it lies in. */
export const SANDBOX_NAMESPACES: readonly string[] = [
  "--fork",
  "--pid",
  "--mount",
  IPC_NAMESPACE,
  "--uts",
];

/**
 * Starts it; the attempt is how a machine is asked whether it gives namespaces. An attempt that has
 * succeeded is remembered with all that the kernel decides by; where the holder itself fails in
 * spite of that, everything is tested again.
 *
 * @param privileged without a user namespace.
 * @param hasSubIds whether others than the user itself may be mapped, see `subuid(5)`.
 * @throws {RuntimeError} no process can be started at all.
 */
export async function startNodeHolder(
  tools: HolderTools,
  privileged: boolean,
  hasSubIds: boolean,
  remembered: RememberedFacts,
): Promise<NodeNamespaces | NamespaceRefusal> {
  const kinds = privileged
    ? ["all" as const]
    : [...hasSubIds ? ["sub-ids" as const] : [], "self" as const];
  let tried: NodeNamespaces | NamespaceRefusal | undefined;
  const known = await remembered.recall({
    name: "namespaces",
    dependsOn: [kinds, describeKernelState(), fingerprint(Object.values(tools))].join("\n"),
    isValue: (value): value is NodeNamespaces["ids"] => kinds.some((it) => it === value),
    find: async () => {
      tried = await tryHolders(tools, kinds);
      return "message" in tried ? undefined : tried.ids;
    },
  });
  if (tried !== undefined || known === undefined) return tried ?? await tryHolders(tools, kinds);
  const holder = await tryHolder(tools, known, false);
  return "message" in holder ? await tryHolders(tools, kinds) : holder;
}

/** Takes the first kind of which a sandbox can be made. */
async function tryHolders(
  tools: HolderTools,
  kinds: readonly NodeNamespaces["ids"][],
): Promise<NodeNamespaces | NamespaceRefusal> {
  let found: NodeNamespaces | NamespaceRefusal = { message: "no kind of namespaces" };
  for (const kind of kinds) {
    found = await tryHolder(tools, kind, true);
    if (!("message" in found)) break;
  }
  return found;
}

/** Options of `unshare` for a user namespace around the sandboxes. */
const USER_OPTIONS: Readonly<Record<NodeNamespaces["ids"], readonly string[]>> = {
  "all": [],
  "sub-ids": ["--user", "--map-root-user", "--map-auto"],
  "self": ["--user", "--map-root-user"],
};

const HOLDER = "the holder of the namespaces";

async function tryHolder(
  tools: HolderTools,
  ids: NodeNamespaces["ids"],
  tries: boolean,
): Promise<NodeNamespaces | NamespaceRefusal> {
  const user = USER_OPTIONS[ids];
  const sandbox = tries ? [tools.unshare, ...SANDBOX_NAMESPACES, "--mount-proc"] : [];
  // A session of its own: what the terminal sends to our group is not for it.
  const command = new Deno.Command(tools.setsid, {
    args: [tools.unshare, ...user, "--mount", tools.sh, "-c", SCRIPT, "podling-node", ...sandbox],
    cwd: "/",
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = spawnHelper("Isolation", HOLDER, command);
  // Where `unshare` fails, its helper for writing the maps waits indefinitely, and holds our pipes
  // open.
  const ended = child.status.then(() => {
    killUnlessGone(-child.pid, "SIGKILL");
    return "";
  });
  const pid = Number(
    await killIfSlow(child, HOLDER, Promise.race([readLine(child.stdout), ended])),
  );
  const holder = pid > 0 ? identifyProcess(pid) : undefined;
  if (holder === undefined) {
    await ended;
    await child.stdin.abort().catch(() => undefined); // It has ended already.
    const message = (await new Response(child.stderr).text()).trim().split("\n")[0] ?? "";
    return { message: message || "the process ended at once" };
  }
  void child.stderr.cancel();
  // It lives exactly as long as we do: nothing has to wait for it.
  child.unref();
  const joinUser = ids === "all" ? [] : ["-U", "--preserve-credentials"];
  const enter = [tools.nsenter, "-t", String(pid), ...joinUser, "-m", "--"];
  const identity = { uids: readIdentity(pid, "uid_map"), gids: readIdentity(pid, "gid_map") };
  return { holder, enter, joinUser, ids, highestId: readHighestId(pid), identity };
}

/** All numbers that a process's user namespace has, each as itself. */
function readIdentity(pid: number, name: "uid_map" | "gid_map"): string {
  const rows = Deno.readTextFileSync(`/proc/${pid}/${name}`).trim().split("\n");
  return rows.map((row) => {
    const [first, , count] = row.trim().split(/\s+/);
    return `${first} ${first} ${count}`;
  }).join("\n");
}

/** What both maps reach: rows are the first number inside, the first outside, how many. */
function readHighestId(pid: number): number {
  const reach = (name: string) =>
    Deno.readTextFileSync(`/proc/${pid}/${name}`).trim().split("\n").reduce((next, row) => {
      const [first = 0, , count = 0] = row.trim().split(/\s+/).map(Number);
      return first === next ? first + count : next;
    }, 0);
  // The numbers that a signed integer holds are all that Kubernetes has.
  return Math.min(reach("uid_map"), reach("gid_map"), 2 ** 31) - 1;
}

/** The first line of a stream, without its end. */
export async function readLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text.split("\n")[0] ?? "";
}
