/**
 * Gives folders to a pod's group (R-VOL-6), by programs of the machine: they reach into a user namespace too, and follow no
 * symbolic link.
 */
import type { Tools } from "../machine/machine.ts";
import { type MountEntry, mountFlags } from "../machine/mount_table.ts";
import { spawnHelper } from "../machine/subprocess.ts";
import { RuntimeError } from "../runtime.ts";

/** A folder that is to belong to a group, with all that is in it. */
export interface OwnedFolder {
  /** On the node, absolute, without symbolic links. */
  readonly path: string;
  /** What the group may do with files; folders it can always list and enter. */
  readonly access: "write" | "read";
  /** Containers may be at work in it: what is in there cannot be trusted. */
  readonly shared: boolean;
  /** Left alone where its root belongs to the group already and has all that the group needs. */
  readonly onlyOnMismatch: boolean;
}

/** How to get where mounts, users and groups are what they are to the containers. */
export interface VolumeAccess {
  /** Words before a program that lead into the namespaces in which the sandboxes are made. */
  readonly enter: readonly string[];
  /** Programs of the machine. */
  readonly tools: Pick<Tools, "sh" | "unshare" | "mount">;
  /** What is mounted: a bind mount has to keep the flags of what it shows. */
  readonly mounts: readonly MountEntry[];
  /** Containers may make device files that are devices. */
  readonly makesDevices: boolean;
}

/**
 * The arguments are the group and then four for each folder: its path; the letters that files get; the flags of a mount of
 * its own, or `-`; whether it is changed in any case.
 *
 * `chmod` follows a symbolic link that takes the place of what `find` has seen there. Where others are at work
 * that leads nowhere: in the mount none is followed.
 */
const SCRIPT = `
gid=$1
shift
own() {
  chgrp -R -h "$gid" . &&
    find . -type d -exec chmod "ug+\${1}x,g+s" {} + &&
    find . ! -type d ! -type l -exec chmod "ug+$1" {} +
}
while [ $# -gt 0 ]; do
  if [ "$3" != - ]; then
    mount -n --bind "$1" "$1" && mount -n -o "remount,bind,$3" "$1" || exit
    if ! tail -n 1 /proc/self/mountinfo | grep -q nosymfollow; then
      echo "this kernel or its mount cannot forbid symbolic links (nosymfollow)" >&2
      exit 1
    fi
  fi
  cd -P "$1" || exit
  owned=
  [ "$4" = always ] || owned=$(find . -maxdepth 0 -group "$gid" -perm -2770)
  [ -n "$owned" ] || own "$2" || exit
  shift 4
done
`;

/**
 * Changes the group of folders and what is in them, and gives it the permissions that it needs; nobody's are taken away.
 *
 * Rule: Kubernetes, pkg/volume/volume_linux.go, SetVolumeOwnership.
 *
 * @param gid as the containers number it.
 * @throws {RuntimeError} `FailedMount`
 */
export async function ownFolders(
  folders: readonly OwnedFolder[],
  gid: number,
  { enter, tools, mounts }: VolumeAccess,
): Promise<void> {
  if (folders.length === 0) return;
  const each = folders.flatMap(({ path, access, shared, onlyOnMismatch }) => [
    path,
    access === "write" ? "rw" : "r",
    shared ? [...mountFlags(mounts, path), "nosymfollow"].join(",") : "-",
    onlyOnMismatch ? "mismatch" : "always",
  ]);
  const [program, ...args] = [
    ...enter,
    tools.unshare,
    "--mount",
    tools.sh,
    "-c",
    SCRIPT,
    "fsGroup",
    String(gid),
    ...each,
  ];
  const system = "/usr/sbin:/usr/bin:/sbin:/bin";
  const command = new Deno.Command(program!, {
    args,
    cwd: "/",
    clearEnv: true,
    env: { PATH: `${Deno.env.get("PATH") ?? ""}:${system}`, LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await spawnHelper("FailedMount", program!, command).output();
  if (success) return;
  const [why = "a program was killed"] = new TextDecoder().decode(stderr).trim().split("\n");
  throw new RuntimeError("FailedMount", `Cannot give volumes to the fsGroup ${gid}: ${why}`);
}
