import { type Session, sessionsOf } from '../shared/ceph/sessions.ts'
import type { Watcher } from '../shared/ceph/watchers.ts'
import type { Evidence } from './evidence.ts'

export type SessionTrace = {
  /** `was-there`: at the first look only; `unknown`: not every monitor said so, or this release can't be asked */
  found: 'alive' | 'was-there' | 'nothing' | 'unknown'
  because: string[]
  evidence: string[]
  /** others at its IP address have sessions, at every look: nothing keeps it from the monitors */
  othersHave?: boolean
}

/** What the monitors say, look by look. `nothing` needs every monitor at every look. */
export function sessionOf(watcher: Watcher, { sessions = [], monitors }: Evidence): SessionTrace {
  const rests = sessions.flatMap((look) => look.observation?.probe ?? [])
  const says = (found: SessionTrace['found'], ...because: string[]) => ({ found, because, evidence: rests })
  if (sessions.length === 0) return says('unknown')
  const has = sessions.map(
    (look) =>
      look.seen &&
      (sessionsOf(look.value, watcher.address).length > 0 ||
        look.value.some(({ open, client }) => open && client === watcher.client)),
  )
  if (has.at(-1))
    return says('alive', 'it keeps a session with a monitor (that of a hung host stays for 300 s)')
  if (has.includes(true)) return says('was-there', 'a monitor had a session of it at the first look')
  if (!monitors.seen) return says('unknown', `whether all monitors were asked is not known (${monitors.why})`)
  const failed = sessions.find((look) => !look.seen)
  if (failed && !failed.seen)
    return says('unknown', `the sessions of the monitors could not be seen (${failed.why})`)
  const all = sessions.every((look) => {
    const asked = new Set(look.seen ? look.value.map(({ monitor }) => monitor) : [])
    // one monitor alone is not named in its answer
    return monitors.value.length === 1
      ? asked.size === 1
      : monitors.value.every(({ name }) => asked.has(`mon.${name}`))
  })
  if (!all) return says('unknown', 'not every monitor was asked')
  const othersHave = sessions.every(
    (look) => look.seen && look.value.some((each) => isNeighbour(each, watcher.address.ip)),
  )
  return { ...says('nothing', 'no monitor has a session of it'), othersHave }
}

function isNeighbour({ open, peer, addresses }: Session, ip: string): boolean {
  return open && peer !== 'mon' && addresses.some((address) => address.ip === ip)
}
