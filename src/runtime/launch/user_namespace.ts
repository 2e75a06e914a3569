/**
 * A user namespace of a container's own, made by a process that no container sees: whoever makes one has it at its mercy
 * from its first moment on, and stands on the host's files in that moment.
 */
import type { Machine } from "../machine/machine.ts";
import { RuntimeError } from "../runtime.ts";
import { TiedProcess } from "../machine/tied_process.ts";

/** Who is in the namespace, as those in it number it. */
export interface NamespaceUser {
  /** The only user. */
  readonly uid: number;
  /** The only group. */
  readonly gid: number;
}

/** Says that it is there, and waits until the namespace is held elsewhere, or the node has gone. */
const SCRIPT = "echo held; while read -r _; do :; done";

/**
 * Makes a user namespace in which the user of this program has another number. It lasts as long as the process that is
 * given back, and what is mounted of its `/proc/PID/ns/user`.
 *
 * @throws {RuntimeError} `CreateContainerError`
 */
export async function holdUserNamespace(
  { tools, namespaces }: Machine,
  { uid, gid }: NamespaceUser,
): Promise<TiedProcess> {
  // As root and without a number that is another's name, nobody is asked for it.
  const map = uid === 0 && gid === 0
    ? ["--map-root-user"]
    : [`--map-user=${uid}`, `--map-group=${gid}`];
  const enter = namespaces === undefined || namespaces.ids === "all" ? [] : namespaces.enter;
  const holder = new TiedProcess({
    setsid: tools.setsid,
    argv: [...enter, tools.unshare, "--user", ...map, "--", tools.sh, "-c", SCRIPT],
  });
  try {
    await holder.waitUntilReady();
    return holder;
  } catch (error) {
    await holder.stop();
    const why = error instanceof Error ? error.message : String(error);
    throw new RuntimeError("CreateContainerError", `Cannot make a user namespace: ${why}`, {
      cause: error,
    });
  }
}
