/**
 * Files of volumes that the node reads for itself. Containers may be at work in there: nothing in
 * it is trusted.
 */
import type { Tools } from "../machine/machine.ts";
import { spawnHelper } from "../machine/subprocess.ts";
import { RuntimeError, type VolumeFileContent } from "../runtime.ts";
import {
  describeFailure,
  LINKLESS,
  linklessFlags,
  type VolumeAccess,
  volumeCommand,
} from "./volume_program.ts";

/** Which file. */
export interface VolumeFile {
  /** The volume's folder on the node, without symbolic links. */
  readonly volume: string;
  /** From there, with or without a leading slash. */
  readonly path: string;
  /** A longer file is refused. */
  readonly maxBytes: number;
}

/**
 * The arguments are the volume's folder, the flags of a mount of its own or `-`, and the path in
 * it.
 *
 * Links are read and followed by hand, each from the volume's root or from where it is. In the
 * mount the kernel follows none: a link that takes the place of what has been seen there leads
 * nowhere, and a device does not open.
 */
const SCRIPT = `${LINKLESS}
fail() { echo "$1" >&2; exit 1; }
linkless "$1" "$2" || exit
cd -P "$1" || exit
base=$PWD
rest=$3
links=0
while [ -n "$rest" ]; do
  name=\${rest%%/*}
  case $rest in */*) rest=\${rest#*/} ;; *) rest= ;; esac
  case $name in
    '' | .) continue ;;
    ..) [ "$PWD" = "$base" ] && continue ;;
  esac
  if [ -L "./$name" ]; then
    links=$((links + 1))
    [ $links -le 40 ] || fail "too many levels of symbolic links"
    target=$(readlink "./$name") || exit
    case $target in /*) cd -P "$base" || exit ;; esac
    rest=$target/$rest
  elif [ -d "./$name" ]; then
    cd -P "./$name" || exit
    case $PWD/ in "$base"/*) ;; *) fail "it leads out of the volume" ;; esac
  else
    case $rest in *[!/]*) fail "not a directory" ;; esac
    [ -e "./$name" ] || fail "no such file or directory"
    [ -f "./$name" ] || fail "not a regular file"
    # Read and write, since then not even a FIFO that takes the file's place has it wait.
    { command exec 8<>"./$name" || command exec 8<"./$name"; } 2>/dev/null ||
      fail "permission denied"
    [ -f /proc/self/fd/8 ] || fail "not a regular file"
    exec cat <&8
  fi
done
fail "is a directory"
`;

/**
 * Reads a regular file of a volume.
 *
 * Rule: R-ENV-7; Kubernetes, pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
 *
 * @param access how to get where the containers' users and mounts are; undefined where there are no
 * sandboxes: containers may read there what the node may.
 * @param signal cancels it.
 * @throws {RuntimeError} `ReadVolumeFile`
 * @throws the signal's reason when it is aborted.
 */
export async function readVolumeFile(
  { volume, path, maxBytes }: VolumeFile,
  access:
    | Pick<VolumeAccess, "enter" | "mounts"> & { readonly tools: Pick<Tools, "unshare"> }
    | undefined,
  sh: string,
  signal: AbortSignal,
): Promise<VolumeFileContent> {
  signal.throwIfAborted();
  const flags = access === undefined
    ? "-"
    : [linklessFlags(access.mounts, volume), "nodev"].join(",");
  const command = volumeCommand([
    ...access === undefined ? [] : [...access.enter, access.tools.unshare, "--mount"],
    ...[sh, "-c", SCRIPT, "fileKeyRef", volume, flags, path],
  ], { stdout: "piped" });
  const child = spawnHelper("ReadVolumeFile", "what reads a volume's file", command, signal);
  const stderr = new Response(child.stderr).text();
  const data = await readAtMost(child.stdout, maxBytes);
  const [{ success }, output] = await Promise.all([child.status, stderr]);
  signal.throwIfAborted();
  const file = `${volume}/${path.replace(/^\/+/, "")}`;
  if (data === undefined) return fail(file, `larger than ${maxBytes} bytes`);
  if (!success) return fail(file, describeFailure(output));
  return { path: file, data };
}

/** @returns undefined if there is more; its writer then finds that nothing reads it. */
async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function fail(file: string, why: string): never {
  throw new RuntimeError("ReadVolumeFile", `Cannot read ${file}: ${why}`);
}
