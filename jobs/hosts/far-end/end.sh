# ends all that still runs of the session $1, whose leader was born at $2, and tells what cannot be ended
end() {
  kill -KILL "$1" 2>/dev/null
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
