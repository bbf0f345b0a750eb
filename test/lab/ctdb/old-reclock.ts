/**
 * An 01.reclock that does what those up to CTDB 4.8 did, written anew after the report of 2017: count, shut down at the
 * limit with a `df` before it, stat in the background, be unhealthy from 3 on. Only the limit is smaller than 200.
 */
export function oldReclock(options: { base: string; lock: string; shutdownAt: number }): string {
  const { base, lock, shutdownAt } = options
  return `#!/bin/sh
COUNTER=${base}/state/failcount/01.reclock
case "$1" in
init) mkdir -p ${base}/state/failcount; : >$COUNTER ;;
monitor)
	printf 1 >>$COUNTER
	COUNT=$(wc -c <$COUNTER)
	if [ $COUNT -ge ${shutdownAt} ]; then
		echo "Reclock file ${lock} can not be accessed. Shutting down."
		df ${lock.replace(/\/[^/]*$/, '')}
		sleep 1
		ctdb shutdown
	fi
	(stat ${lock} && : >$COUNTER) >/dev/null 2>&1 &
	if [ $COUNT -ge 3 ]; then
		echo "ERROR: more than 3 consecutive failures for 01.reclock, marking cluster unhealthy"
		exit 1
	fi
	;;
esac
exit 0
`
}
