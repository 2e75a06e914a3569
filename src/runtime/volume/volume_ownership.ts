/**
 * Gives folders to a pod's group (R-VOL-6), by programs of the machine: they reach into a user
 * namespace too, and follow no symbolic link.
 */
import { RuntimeError } from "../runtime.ts";
import { LINKLESS, linklessFlags, runVolumeProgram, type VolumeAccess } from "./volume_program.ts";

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

/**
 * The arguments are the group and then four for each folder: its path; the letters that files get;
 * the flags of a mount of its own, or `-`; whether it is changed in any case.
 *
 * `chmod` follows a symbolic link that takes the place of what `find` has seen there. Where others
 * are at work that leads nowhere: in the mount none is followed.
 */
const SCRIPT = `${LINKLESS}
gid=$1
shift
own() {
  chgrp -R -h "$gid" . &&
    find . -type d -exec chmod "ug+\${1}x,g+s" {} + &&
    find . ! -type d ! -type l -exec chmod "ug+$1" {} +
}
while [ $# -gt 0 ]; do
  linkless "$1" "$3" || exit
  cd -P "$1" || exit
  owned=
  [ "$4" = always ] || owned=$(find . -maxdepth 0 -group "$gid" -perm -2770)
  [ -n "$owned" ] || own "$2" || exit
  shift 4
done
`;

/**
 * Changes the group of folders and what is in them, and gives it the permissions that it needs; no
 * permission is taken away.
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
    shared ? linklessFlags(mounts, path) : "-",
    onlyOnMismatch ? "mismatch" : "always",
  ]);
  const script = [tools.sh, "-c", SCRIPT, "fsGroup", String(gid), ...each];
  const why = await runVolumeProgram([...enter, tools.unshare, "--mount", ...script]);
  if (why === undefined) return;
  throw new RuntimeError("FailedMount", `Cannot give volumes to the fsGroup ${gid}: ${why}`);
}
