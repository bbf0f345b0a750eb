# lives PID: with its state in Z. A killed process whose thread still hangs looks like a zombie: the thread counts.
lives() {
  case $Z in Z | X | x) ;; *) return 0 ;; esac
  for l in "/proc/$1/task/"*/stat; do
    read -r l 2>/dev/null <"$l" || continue
    l=${l##*) }
    Z=${l%% *}
    case $Z in Z | X | x) ;; *) return 0 ;; esac
  done
  return 1
}

# members SESSION BORN ACTION: ACTION PID for all that live in it; for none when its number was given to another.
# grep first: some shells read a file byte by byte, which takes long for a thousand processes
members() {
  own "$1" && [ "$B" != "$2" ] && return
  for i in $(grep -l ") [A-Za-z] [0-9]* [0-9]* $1 " /proc/[0-9]*/stat 2>/dev/null); do
    i=${i#/proc/} i=${i%/stat}
    own "$i" && [ "$S" = "$1" ] && lives "$i" && "$3" "$i"
  done
}

# note PID: P, Q = a member and its state, rather one in state D than another
note() {
  [ "$Q" = D ] || P=$1 Q=$Z
}

# waits: W = the kernel function that P waits in
waits() {
  read -r W 2>/dev/null <"/proc/$P/wchan" || :
  case $W in '' | 0) W=- ;; esac
}
