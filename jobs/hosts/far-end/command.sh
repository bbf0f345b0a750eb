# s: seconds that the command may take; t: how timeout(1) is called; u: no start after this second; k: key of the
# resource, or empty; d: folder for records; name: for people
s=$1 t=$2 u=$3 k=$4 d=$5 name=$6
shift 6

# what was sent before a host froze arrives when it wakes up
seconds
[ "$n" -le "$u" ] || say "late $((n - u))"

# hangs SESSION BORN BOOT: P, Q = a process of it that still lives
hangs() {
  P='' Q='' W=-
  [ "$3" = "$boot" ] || return 1
  if [ -r /proc/self/stat ]; then
    members "$1" "$2" note
  else
    kill -0 -- "-$1" 2>/dev/null && P=$1 Q='?'
  fi
  [ -n "$P" ]
}

# one record per resource, made only where there is none: two workers never both start
if [ -n "$k" ]; then
  [ -d "$d" ] || (umask 077; mkdir "$d") 2>/dev/null
  [ -d "$d" ] && [ ! -L "$d" ] && [ -O "$d" ] || say "unsafe $d"
  read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || boot=-
  mine="$sid $born $boot $(date +%s) $s $name"
  tries=0
  until (set -C; echo "$mine" >"$d/$k") 2>/dev/null; do
    s0='' b0=- boot0=- since=0 limit=0 name0=-
    read -r s0 b0 boot0 since limit name0 2>/dev/null <"$d/$k"
    if hangs "$s0" "$b0" "$boot0"; then
      age=$(($(date +%s) - since))
      [ "$age" -lt "$limit" ] || { waits; say "stuck $P $Q $W $age $name0"; }
      sleep 1
    else
      # empty: somebody is writing it just now, or died over it
      if [ -n "$s0" ] || [ "$tries" -gt 0 ]; then rm -f "$d/$k"; else sleep 1; fi
      tries=$((tries + 1))
      [ "$tries" -lt 9 ] || say "unsafe $d"
    fi
    seconds
    [ "$n" -le "$u" ] || say "busy ${P:--} $name0"
  done
fi

# The command in a group of its own, where timeout(1) makes one, and with a limit of its own: we may be gone by then.
# sudo passes a signal on, but not from its own group, and killed outright it leaves root's process behind.
# What the shell itself says ("Killed") tells a signal from an exit code above 128.
c=$1 asked='' watch=''
if [ "$c" = sudo ]; then
  asked=$4 watch=TERM
else
  case $t in
    none) watch=KILL ;;
    k) set -- timeout -k 1 "$s" "$@" ;;
    s) set -- timeout -s KILL "$s" "$@" ;;
    t) set -- timeout -t "$s" -s KILL "$@" ;;
  esac
fi
exec 3>&1 4>&2
said=$( {
  (exec "$@") </dev/null >&3 2>&4 3>&- 4>&- &
  p=$! g=
  if [ -n "$watch" ]; then
    (
      trap 'kill "$z"; exit' TERM
      sleep "$s" &
      z=$!
      wait "$z"
      setsid sh -c "kill -$watch $p" || kill "-$watch" "$p"
    ) </dev/null >/dev/null 2>&1 3>&- 4>&- &
    g=$!
  fi
  wait "$p"
  r=$?
  kill -KILL "-$p" 2>/dev/null
  [ -z "$g" ] || kill "$g" 2>/dev/null
  echo " $r"
} 2>&1)
r=${said##* }
[ "$said" = " $r" ] && how=exit || how=signal

# a process that the command left behind and that hangs keeps the record
if [ -n "$k" ]; then
  set -- $mine
  hangs "$1" "$2" "$3" && [ "$Q" = D ] || rm -f "$d/$k"
fi

# find PROGRAM: found = where it is, ? when it may not be executed, empty when it is not there
found=
find() {
  set -f
  l=/$1
  IFS=:
  case $1 in
    */*) set -- "$1" ;;
    *) set --; for i in $PATH; do set -- "$@" "$i$l"; done ;;
  esac
  for i in "$@"; do
    [ -f "$i" ] && [ -x "$i" ] && { found=$i; return; }
    [ -e "$i" ] && found='?'
  done
}

# 126 and 127 may be the command's own codes: only a look tells
case $r in
  126 | 127)
    find "$c"
    case $found in '') say absent ;; '?') say denied ;; esac
    ;;
  1) [ -z "$asked" ] || find "$asked" ;;
esac
say "$how $r $found"
