/** Programs of the machine that work in a volume while containers may be at work in it too. */
import type { Tools } from "../machine/machine.ts";
import { type MountEntry, mountFlags } from "../machine/mount_table.ts";
import { spawnHelper } from "../machine/subprocess.ts";
import { readSearchPath } from "../machine/tool_search.ts";

/** How to get where mounts, users and groups are what they are to the containers. */
export interface VolumeAccess {
  /** Words before a program that lead into the namespaces in which the sandboxes are made. */
  readonly enter: readonly string[];
  readonly tools: Pick<Tools, "sh" | "unshare" | "mount">;
  /** What is mounted: a bind mount has to keep the flags of what it shows. */
  readonly mounts: readonly MountEntry[];
  /** Containers may make device files that are devices. */
  readonly makesDevices: boolean;
}

/**
 * A function for a shell: `linkless FOLDER FLAGS` mounts a folder over itself so that the kernel
 * follows no symbolic link in it; a link that takes the place of what has been seen there then
 * leads nowhere. With `-` as flags it does nothing.
 */
export const LINKLESS = `
linkless() {
  [ "$2" != - ] || return 0
  mount -n --bind "$1" "$1" && mount -n -o "remount,bind,$2" "$1" || return
  tail -n 1 /proc/self/mountinfo | grep -q nosymfollow && return
  echo "this kernel or its mount cannot forbid symbolic links (nosymfollow)" >&2
  return 1
}
`;

/** The flags of such a mount, with those that are locked. */
export function linklessFlags(mounts: readonly MountEntry[], path: string): string {
  return [...new Set([...mountFlags(mounts, path), "nosymfollow"])].join(",");
}

/** A program that has nothing of the node's environment but the way to programs. */
export function volumeCommand(
  words: readonly string[],
  options: Pick<Deno.CommandOptions, "stdout">,
): Deno.Command {
  const [program, ...args] = words;
  const system = "/usr/sbin:/usr/bin:/sbin:/bin";
  return new Deno.Command(program!, {
    args,
    cwd: "/",
    clearEnv: true,
    env: { PATH: `${readSearchPath()}:${system}`, LC_ALL: "C" },
    stdin: "null",
    stderr: "piped",
    ...options,
  });
}

/**
 * Runs such a program for its effect.
 *
 * @returns why it failed; undefined if it did not.
 * @throws {RuntimeError} `FailedMount` where it cannot be started.
 */
export async function runVolumeProgram(words: readonly string[]): Promise<string | undefined> {
  const command = volumeCommand(words, { stdout: "null" });
  const { success, stderr } = await spawnHelper("FailedMount", words[0]!, command).output();
  return success ? undefined : describeFailure(new TextDecoder().decode(stderr));
}

/**
 * Why such a program failed.
 * @param output its standard error, of which the first line counts.
 */
export function describeFailure(output: string): string {
  return output.trim().split("\n")[0] || "a program was killed";
}
