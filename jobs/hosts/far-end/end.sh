# ends all that still runs of the session $1, whose leader was born at $2, and tells what cannot be ended
# sudo passes SIGTERM on; killed outright it would leave root's process behind
end() {
  read -r l 2>/dev/null <"/proc/$1/stat" || return
  case $l in
    *'(sudo) '*) kill -TERM "$1" 2>/dev/null ;;
    *) kill -KILL "$1" 2>/dev/null ;;
  esac
}
if [ ! -r /proc/self/stat ]; then
  kill -KILL -- "-$1" 2>/dev/null
  say gone
fi
members "$1" "$2" end
for look in now later; do
  P='' Q=''
  members "$1" "$2" note
  [ -n "$P" ] || say gone
  [ "$look" = later ] || sleep 0.1 2>/dev/null || :
done
waits
say "left $P $Q $W"
