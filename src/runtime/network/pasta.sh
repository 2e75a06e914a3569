# pasta: gives the node network a way out. It has no eye on the node itself, so this is PID 1 of a
# PID namespace around it and ends when its node ends: that is the end of standard input. The kernel
# then kills pasta. $1 = a process in the node network   $2 = folder for two files   $3… = pasta and
# its arguments $mount $sleep = programs: some shells have lesser ones

pid=$1 folder=$2
shift 2
# pasta drops its privileges before it opens the namespace: under /proc it could not any more.
: >"$folder/netns" && "$mount" --bind "/proc/$pid/ns/net" "$folder/netns" || exit
"$@" --netns "$folder/netns" --pid "$folder/pasta.pid" </dev/null >/dev/null &
# It writes its number when all is done.
until [ -s "$folder/pasta.pid" ]; do
  kill -s 0 $! 2>/dev/null || exit
  "$sleep" 0.005
done
echo
while read -r _; do :; done
