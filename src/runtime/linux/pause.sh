# pause: holds a pod's sandbox together. PID 1 of the pod's PID namespace where there is one.
# It reaps what is orphaned in there (a shell in `wait` does) and ends when its node ends: the node
# holds the other end of standard input, so end of file means that the node is gone. When PID 1 of a
# namespace ends, the kernel kills everything in it.
# It writes its number once all is set: what enters its namespaces takes a copy of the mounts along.
# $1 = host name to set, or empty
# $2 and so on = kernel parameters of its namespaces: net/ipv4/ip_forward=1
# SHM = folder of the pod's /dev/shm, on which MOUNT puts a file system of its own, or empty

if [ -n "$1" ]; then
  # In a user namespace the kernel refuses the file to a mapped root, but not the system call.
  { echo "$1" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$1" || exit 1
fi
shift
if [ -n "$SHM" ]; then
  "$MOUNT" -n -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec shm "$SHM" || exit 1
fi
for setting; do
  file=/proc/sys/${setting%%=*} value=${setting#*=}
  { echo "$value" >"$file"; } 2>/dev/null && continue
  # The shell's own words name neither.
  why=$({ echo "$value" >"$file"; } 2>&1) && continue
  echo "cannot write \"$value\" to $file: ${why##*: }" >&2
  exit 1
done
# /proc is still the host's here: this is the number that the node knows this process by.
read -r pid _ </proc/self/stat
echo "$pid"
exec 3<&0 </dev/null >/dev/null
trap 'kill -s KILL $!; exit 143' TERM INT
# Containers that share this PID namespace may kill the reader: then another one reads on.
while :; do
  { while read -r _; do :; done; } <&3 3<&- &
  # An ignored or interrupted wait returns more than 128, so a signal does not end the pod by
  # accident.
  while wait $!; status=$?; [ $status -gt 128 ] && kill -s 0 $! 2>/dev/null; do :; done
  [ $status -gt 128 ] || exit 0
done
