/** Following a path that others may change at the same time, in a shell. Pure. */
import { quote, quoteAll } from "./shell_words.ts";

/**
 * A function for a shell: `hold KIND MODE BASE NAME…` goes from a directory along names that may
 * change at any time, and holds what it comes to as descriptor 8, or, where KIND is `s`, for
 * something special, in its directory; `$pinned` is the way to it, and `$kind` is the kind:
 * directory or a file. What is missing it creates, KIND at the end, except where KIND is `x`.
 * Wherever a link leads: if it is not within BASE that is an error, and what has been reached is
 * used by its descriptor alone. What misfits is reported by `unmountable` where `$onto` names a
 * mount point, else as a fault of the configuration, begun by `$fault`.
 * @param denied folders that are not reached from outside them, and not shown.
 */
export function formatPinning(
  tools: Readonly<Record<"mkdir" | "readlink", string>>,
  denied: readonly string[],
): string[] {
  const { mkdir, readlink } = quoteAll(tools);
  const folders = denied.map(quote).join(" ");
  return [
    // Of a source it is a fault of the configuration, in Kubernetes' words; of a target, of the
    // mount.
    'misfit() { [ -z "$onto" ] || unmountable "error mounting to rootfs at \\"$onto\\": $1"',
    '  echo "$0? $fault: \\"$names\\" $1" >&2; exit 126; }',
    `denied() {
  for folder in ${folders}; do
    case $1/ in "$folder"/*) return 0 ;; esac
  done
  return 1
}`,
    `inside() {
  case $1/ in "$base"/*) ;; *) misfit "leads out of the volume" ;; esac
  denied "$base" || ! denied "$1" || misfit "leads to what no container sees"
}`,
    `apart() {
  for folder in ${folders}; do
    case $folder in "$1"/*) misfit "shows what no container sees" ;; esac
  done
}`,
    `hold() {
  wanted=$1 mode=$2
  cd -P "$3" && [ "$PWD" = "$3" ] || fail "cannot reach the volume: something else is at $3"
  base=\${PWD%/}
  shift 3
  IFS=/
  names="$*"
  unset IFS
  kind=d
  pinned=/proc/self/fd/8
  while [ $# -gt 0 ]; do
    [ $kind = d ] || misfit "leads through a file"
    if [ "$wanted" != x ] && [ ! -e "./$1" ] && [ ! -L "./$1" ]; then
      if [ $# = 1 ] && [ "$wanted" = f ]; then
        (set -C && : >"./$1") 2>/dev/null
      else
        ${mkdir} -m "$mode" "./$1" 2>/dev/null
      fi
    fi
    if [ "$wanted" = s ] && [ $# = 1 ] && [ -e "./$1" ] && [ ! -f "./$1" ] && [ ! -d "./$1" ]; then
      kind=sf
      pinned=./$1
      return
    fi
    if [ -f "./$1" ]; then
      # Read and write, since then not even a FIFO that takes the file's place has it wait.
      { command exec 8<>"./$1" || command exec 8<"./$1"; } 2>/dev/null || misfit "cannot be opened"
      [ -f /proc/self/fd/8 ] || misfit "is no longer a regular file"
      inside "$(${readlink} /proc/self/fd/8)"
      kind=f
    else
      cd -P "./$1" 2>/dev/null || misfit "cannot be reached"
      inside "$PWD"
    fi
    shift
  done
  [ $kind = f ] && return
  exec 8<.
  # What lies in a volume's own directory is covered.
  [ -z "$names" ] || apart "\${PWD%/}"
}`,
  ];
}
