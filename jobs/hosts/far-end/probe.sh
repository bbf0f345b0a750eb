# what this far end can do: its clock, who we are here, how its timeout(1) is called (GNU, busybox, old busybox, none)
for t in '-k 1 5' '-s KILL 5' '-t 5 -s KILL' ''; do
  [ -z "$t" ] || timeout $t true >/dev/null 2>&1 </dev/null && break
done
seconds
echo "$n ${t:-none}"
# sshd says who we are; a program that does costs as much as a command
echo "${LOGNAME:-$(id -un)}"
say ready
