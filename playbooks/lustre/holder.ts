import { code } from '../shared/text.ts'
import type { MgsView } from './evidence.ts'
import type { LustreEvent } from './log.ts'
import { mgsLogOf } from './resource-id.ts'
import { when } from './words.ts'

/** What the log of an MGS tells about who holds the lock on one file system's configuration. */
export type Holder = {
  host: string
  /** clients that hold it, or were thrown out because they did not give it back */
  holders: { nid: string; at: number | undefined; evicted: boolean }[]
  /** the MGS itself waits for it, to change the configuration, and everybody who asks later waits behind it */
  mgsWaits: { sinceMs: number | undefined; at: number | undefined } | undefined
  probe: string
}

/** Undefined: its log could not be read, or says nothing about this lock. */
export function holderIn({ host, log }: MgsView, fsname: string): Holder | undefined {
  if (!log.seen) return undefined
  const events = log.value.log.events.filter((event) => isAbout(event, fsname))
  const holders: Holder['holders'] = []
  let mgsWaits: Holder['mgsWaits']
  for (const event of events) {
    if (event.kind === 'client-evicted') remember(holders, event.nid, event.at, true)
    else if ('lock' in event && event.lock) {
      const { granted, requested, nid } = event.lock
      if (granted !== '--' && nid !== 'local') remember(holders, nid, event.at, false)
      if (granted === '--' && requested === 'EX') {
        const waited = event.kind === 'lock-timeout' ? event.waitedS * 1000 : 0
        mgsWaits ??= { sinceMs: event.at === undefined ? undefined : event.at - waited, at: event.at }
      }
    }
  }
  if (holders.length === 0 && !mgsWaits) return undefined
  return { host: host.name, holders, mgsWaits, probe: log.observation.probe }
}

function remember(holders: Holder['holders'], nid: string, at: number | undefined, evicted: boolean): void {
  const known = holders.find((each) => each.nid === nid)
  if (known) Object.assign(known, { at, evicted: known.evicted || evicted })
  else holders.push({ nid, at, evicted })
}

function isAbout(event: LustreEvent, fsname: string): boolean {
  const lock = 'lock' in event ? event.lock : undefined
  const log = lock && lock.namespace === 'MGS' ? mgsLogOf(lock.resource) : undefined
  return log?.name === fsname && log.kind === 'config'
}

/** Whose lock it is, one line each. Sources: mgs_revoke_lock() takes EX, clients hold CR; a waiting EX keeps later CR waiting. */
export function describeHolder({ host, holders, mgsWaits }: Holder, now: number): string[] {
  const lines: string[] = []
  if (mgsWaits)
    lines.push(
      `The MGS on ${code(host)} itself waits for this lock since ${when(mgsWaits.sinceMs, now)}, to change the configuration; whoever asks later waits behind it.`,
    )
  for (const { nid, at, evicted } of holders)
    lines.push(
      evicted
        ? `The client ${code(nid)} held it and was thrown out by the MGS, ${when(at, now)}: that lock is free again.`
        : `The client ${code(nid)} holds it, says the log of ${code(host)}, ${when(at, now)}.`,
    )
  return lines
}
