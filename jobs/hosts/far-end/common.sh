# Every script begins with this. $m is the random part of its markers: a listing of processes shows this text, but
# never a marker.
m=$1
shift

# A login without a terminal often lacks the sbin folders; parsers are written against untranslated messages.
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LC_ALL=C
export PATH LANG LC_ALL
cd /

# own PID: its state Z, session S and start time B, from proc_pid_stat(5); false when it is not there
own() {
  read -r l 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${l##*) }
  [ $# -ge 20 ] || return 1
  Z=$1 S=$4
  shift 19
  B=$1
}

# seconds: n = of the clock that deadlines are measured by: since boot, which nobody sets, or else since 1970
seconds() {
  if read -r n l 2>/dev/null </proc/uptime; then n=${n%%.*}; else n=$(date +%s); fi
}

# say WORDS: the last line, after which nothing counts
say() {
  echo "~unwedge-$m-end $1" >&2
  echo "~unwedge-$m-end $1"
  exit 0
}

# sid, born: the session that sshd made for us and the start of its leader; sid is - when it may hold others as well
sid=$$ born=0
if own $$; then
  sid=$S born=$B
  if [ "$sid" != $$ ]; then
    if [ "$sid" = "$PPID" ] && own "$sid"; then born=$B; else sid=-; fi
  fi
fi
echo "~unwedge-$m-begin $sid $born" >&2
echo "~unwedge-$m-begin $sid $born"
