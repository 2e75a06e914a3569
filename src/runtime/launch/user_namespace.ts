/**
 * A user namespace of a container's own, created by a process that no container sees: its creator
 * controls it from its first moment on, and stands on the host's files in that moment.
 */
import { messageOf } from "../../base/error_text.ts";
import type { Machine } from "../machine/machine.ts";
import type { IdMaps, NodeNamespaces } from "../machine/node_holder.ts";
import { RuntimeError } from "../runtime.ts";
import { TiedProcess } from "../machine/tied_process.ts";

/** The user of a container, as the container numbers it. */
export interface NamespaceUser {
  /** The user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
}

/** A user namespace that lasts until it is released, and as long as it is mounted somewhere. */
export interface HeldUserNamespace extends AsyncDisposable {
  /** The process in it, as the host numbers it: `/proc/PID/ns/user`. */
  readonly pid: number;
}

/**
 * The maps that can only be written from the namespace around the new one are written there, by the
 * shell that made it. `$1` unshare, `$2` sh, `$3` and `$4` the maps. Reports the number of the
 * process in the namespace once it has its maps; that process waits for the end of standard input.
 */
const SCRIPT = `exec 3<&0
"$1" --user -- "$2" -c 'exec 2>/dev/null; echo $$; while read -r _; do :; done' <&3 | {
  read -r pid && echo "$3" >"/proc/$pid/uid_map" && echo "$4" >"/proc/$pid/gid_map" && echo "$pid"
}`;

/**
 * The maps of a container's own user namespace. Every user and group that exists here keeps its
 * number, so that the power of its root covers their files and it can become each of them; where
 * only one exists, it has the container's number.
 */
export function computeIdMaps(
  { uid, gid }: NamespaceUser,
  { ids, identity }: Pick<NodeNamespaces, "ids" | "identity">,
): IdMaps {
  return ids === "self" ? { uids: `${uid} 0 1`, gids: `${gid} 0 1` } : identity;
}

/**
 * Makes a user namespace with these maps.
 * @throws {RuntimeError} `CreateContainerError`
 */
export async function holdUserNamespace(
  { tools, namespaces }: Machine,
  maps: IdMaps,
): Promise<HeldUserNamespace> {
  const enter = namespaces === undefined || namespaces.ids === "all" ? [] : namespaces.enter;
  const args = [tools.unshare, tools.sh, maps.uids, maps.gids];
  const holder = new TiedProcess({
    setsid: tools.setsid,
    argv: [...enter, tools.sh, "-c", SCRIPT, "podling-users", ...args],
  });
  try {
    await holder.waitUntilReady();
    const pid = Number(await holder.readLine());
    return { pid, [Symbol.asyncDispose]: () => holder.stop() };
  } catch (error) {
    await holder.stop();
    const why = messageOf(error);
    throw new RuntimeError("CreateContainerError", `Cannot make a user namespace: ${why}`, {
      cause: error,
    });
  }
}
