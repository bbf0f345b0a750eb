if [ $# -eq 1 ] && [ "X$1" = X--version ]; then
  echo "$version"
  exit 0
fi
if ! allowed "$@"; then
  echo 'unwedge-gate: this command is not allowed here' >&2
  exit 126
fi
program=$1
shift
run() { exec env -i PATH="$PATH" LANG="$LANG" LC_ALL="$LC_ALL" HOME=/root "$@"; }
case $program in
  /*) [ ! -f "$program" ] || run "$program" "$@" ;;
  *)
    for folder in /usr/sbin /usr/bin /sbin /bin /usr/local/sbin /usr/local/bin; do
      [ -f "$folder/$program" ] && [ -x "$folder/$program" ] && run "$folder/$program" "$@"
    done
    ;;
esac
echo "unwedge-gate: $program is not installed" >&2
exit 127
