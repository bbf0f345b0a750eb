import { finished, type Printed, unlike } from '../shared/ceph/errors.ts'
import { parseRelease, type Release } from '../shared/ceph/release.ts'
import { NotSeen } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'

/**
 * `ceph tell osd.* version` before Luminous: `osd.0: ceph version 0.87 (c51c8f9…)`, one line an OSD; with a single OSD
 * the name is left out. What runs, not what is installed. An OSD that does not answer fails the whole command.
 */
export function readOsdVersions(printed: Printed): Release[] {
  const found = lines(finished(printed)).flatMap((line, at) => {
    if (line.trim() === '') return []
    const version = /^(?:osd\.\d+: )?(ceph version .+)$/.exec(line)?.[1]
    if (version === undefined) throw unlike(at + 1, line, '`osd.N: ceph version …`')
    return [parseRelease(version)]
  })
  if (found.length === 0) throw new NotSeen('unparsable', 'no OSD said which release it is')
  return found
}
