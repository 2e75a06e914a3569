# janitor: outlives the node of a run and removes what it left, whatever it died of.
# Standard input is a pipe from the node; end of file means that the node is gone or done.
# $@ = folders to remove   $rm $rmdir $chmod $grep $sleep = programs: some shells have lesser ones
# $unshare = another, if files in there may belong to users that only a user namespace has
# In the first folder, sandboxes/ has a file for each pause process, with a line "pid starttime" for
# it and for the process that waits for it, the file cgroups the folders of the run's cgroups, and
# the file mark the digits that mark the processes of a run without namespaces, where sessions/ has
# a file for the first process of each container, which leads a session.

trap '' HUP INT TERM
while read -r _; do :; done

# alive PID STARTTIME: the process still is the one that was started, and no zombie.
alive() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- "$2" ${stat##*") "}
  [ "$2" != Z ] && [ "$1" = "${21}" ]
}

# empty CGROUP: kills what is in it and below it.
empty() {
  # Without cgroup.kill: no more of them can begin where they are counted.
  { echo 1 >"$1/cgroup.kill" || echo 0 >"$1/pids.max"; } 2>/dev/null
  for below in "$1"/*/; do
    [ ! -d "$below" ] || empty "${below%/}"
  done
  # 0 is one that is not in our PID namespace: for kill that would be our own group.
  while read -r pid; do
    [ "$pid" = 0 ] || kill -s KILL "$pid"
  done <"$1/cgroup.procs"
  # With v1 a frozen process does not even die.
  [ ! -f "$1/freezer.state" ] || echo THAWED >"$1/freezer.state"
} 2>/dev/null

# remove CGROUP: with all below it, however deep.
remove() {
  for below in "$1"/*/; do
    [ ! -d "$below" ] || remove "${below%/}"
  done
  "$rmdir" "$1"
} 2>/dev/null

# end CGROUP: empties and removes it; false while something in there is dying.
end() {
  empty "$1"
  # Those of a run in one go: the leaves, the containers, the pods. Only a container makes deeper
  # ones.
  "$rmdir" "$1"/*/*/*/ "$1"/*/*/ "$1"/*/ "$1" 2>/dev/null
  [ ! -d "$1" ] || remove "$1"
  [ ! -d "$1" ]
}

# What is still in a cgroup of the run is killed wherever it has gone to, and the cgroup removed.
if [ -f "$1/cgroups" ]; then
  tries=0
  while read -r cgroup; do
    # The node has removed them where it ended by itself.
    [ -d "$cgroup" ] || continue
    until end "$cgroup" || [ "$tries" -ge 100 ]; do
      tries=$((tries + 1))
      "$sleep" 0.02
    done
  done <"$1/cgroups"
fi

# A pause process notices the same end of file. One that has not after half a second is stuck: a
# container that shares its PID namespace can stop the process that reads for it. One that not even
# SIGKILL ends has died and waits for a process in there whose parent, outside, does not reap it.
for file in "$1"/sandboxes/*; do
  [ -f "$file" ] || continue
  while read -r pid start; do
    tries=0
    while alive "$pid" "$start" && [ "$tries" -lt 200 ]; do
      tries=$((tries + 1))
      # One that is stopped would see nothing, not even the end of the process that it waits for;
      # what reads for it is in its group.
      kill -s CONT -- "$pid" "-$pid"
      [ "$tries" -lt 20 ] || kill -s KILL -- "$pid" "-$pid"
      "$sleep" 0.02
    done
  done <"$file"
done

# ours PID STARTTIME: the number still belongs to the process that was started, or to none.
ours() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  set -- "$2" ${stat##*") "}
  [ "$1" = "${21}" ]
}

# marked PID: the process is alive, and in one of the sessions or found by the mark.
marked() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- "$1" ${stat##*") "}
  [ "$2" != Z ] || return 1
  case "$sessions|" in *"|$5|"*) return 0 ;; esac
  case "$found" in *"/proc/$1/"*) return 0 ;; esac
  return 1
}

# Without namespaces, processes are known by their session and by a resource limit; most set neither
# again. What is run in a container has the second mark.
if [ -f "$1/mark" ] && read -r mark <"$1/mark"; then
  sessions=
  for file in "$1"/sessions/*; do
    [ -f "$file" ] && read -r pid start <"$file" && ours "$pid" "$start" || continue
    sessions="$sessions|$pid"
  done
  while :; do
    # Of all processes of the machine only those that may be ours are looked at one by one: a shell
    # reads a byte at a time. It fails when one of these is gone before it gets there: only what it
    # found counts.
    found=$("$grep" -lsE "^Max cpu time +([0-9a-z]+ +)?($mark|$((mark + 2000000000)))[0-9]{6} " /proc/[0-9]*/limits)
    members=
    [ -z "$sessions" ] ||
      members=$("$grep" -lsE "[)] [^Z] [0-9]+ [0-9]+ (${sessions#|}) " /proc/[0-9]*/stat)
    left=
    for file in $found $members; do
      pid=${file#/proc/}
      pid=${pid%/*}
      marked "$pid" && kill -s KILL "$pid" 2>/dev/null && left=1
    done
    [ -n "$left" ] || break
    "$sleep" 0.01
  done
fi

# --one-file-system: whatever is mounted in there must not be removed.
"$rm" -rf --one-file-system -- "$@" 2>/dev/null && exit
if [ -n "$unshare" ]; then
  "$unshare" --user --map-root-user --map-auto -- "$rm" -rf --one-file-system -- "$@" && exit
fi
# An ordinary user cannot empty a directory that a container has closed.
"$chmod" -R u+rwx -- "$@" 2>/dev/null
"$rm" -rf --one-file-system -- "$@"
