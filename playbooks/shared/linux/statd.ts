import { NotSeen, type Output } from '../probe.ts'

/** A host that statd watches because it holds, or held, locks over NFSv2/v3: its name or address. */
export type Monitored = { name: string; since: number }

/** statd keeps one file per host; Debian and the kernel's own place, then Red Hat's. */
export const MONITORED_ARGV = [
  'find',
  '/var/lib/nfs/sm',
  '/var/lib/nfs/statd/sm',
  '-mindepth',
  '1',
  '-maxdepth',
  '1',
  '-type',
  'f',
  '-printf',
  '%T@ %f\\n',
] as const

/**
 * Output of MONITORED_ARGV: `1555117422.0000000000 10.55.4.9`, oldest first. Empty: no client has asked for a lock.
 * Throws NotSeen('absent') where neither folder exists. Source: rpc.statd(8), sm-notify(8).
 */
export function readMonitored(output: Output): Monitored[] {
  if (/Permission denied/.test(output.stderr))
    throw new NotSeen('denied', "statd's list of clients is not readable; this needs root")
  if (output.truncated) throw new NotSeen('unparsable', "statd's list of clients is longer than what is kept")
  const odd = output.stderr.split('\n').find((line) => line !== '' && !/No such file or directory/.test(line))
  if (odd !== undefined)
    throw new NotSeen('failed', `statd's list of clients could not be read: ${odd.slice(0, 160)}`)
  const missing = output.stderr.match(/No such file or directory/g)?.length ?? 0
  if (missing > 1) throw new NotSeen('absent', 'statd has never run here')
  return output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const match = /^(\d+)(?:\.\d+)? (\S+)$/.exec(line)
      if (!match) throw new NotSeen('unparsable', `statd's folder, line ${index + 1}: ${line.slice(0, 120)}`)
      return { name: match[2]!, since: Number(match[1]) * 1000 }
    })
    .sort((a, b) => a.since - b.since)
}
