# what this far end can do: its clock, who we are here, how its timeout(1) is called (GNU, busybox, old busybox, none)
for t in '-k 1 5' '-s KILL 5' '-t 5 -s KILL' ''; do
  [ -z "$t" ] || timeout $t true >/dev/null 2>&1 </dev/null && break
done
seconds
# who we are, from where it stands: a program that says it takes as long as a whole command
u=
while read -r l i e i; do [ "$l" != Uid: ] || u=$e; done 2>/dev/null </proc/self/status
echo "$n ${u:-$(id -u)} ${t:-none}"
echo "${LOGNAME:-$(id -un)}"
say ready
