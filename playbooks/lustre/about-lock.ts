import { code } from '../shared/text.ts'
import { describeHolder, holderIn } from './holder.ts'
import { formatResourceId } from './resource-id.ts'
import {
  type Draft,
  isFresh,
  logProbe,
  mgsServer,
  ownServers,
  pingProbes,
  type Situation,
} from './situation.ts'
import type { Attempt, LockWait } from './story.ts'
import { errno, span, when } from './words.ts'

/**
 * The lock on the file system's configuration was asked for and not granted. Undefined when the log shows no such wait, or
 * one that the MGS never answered: then it is not known whether it is a matter of locks at all.
 */
export function lockNotGranted(situation: Situation, attempt: Attempt | undefined): Draft | undefined {
  const { fsname, client, now } = situation
  if (!attempt?.lock || attempt.outcome === 'mounted' || attempt.outcome === 'unmounted') return undefined
  const wait = attempt.lock
  if (!wasAnswered(wait)) return undefined
  const fresh = isFresh(attempt.at, now)
  const holders = situation.evidence.mgsHosts.flatMap((host) => holderIn(host, fsname) ?? [])
  const whose = holders.flatMap((holder) => describeHolder(holder, now))
  const failed = attempt.outcome === 'failed'
  return {
    code: 'config-lock-not-granted',
    verdict: fresh ? 'confirmed' : 'inconclusive',
    severity: 'critical',
    summary: fresh
      ? `${code(fsname)} ${failed ? 'cannot be mounted' : 'is still being mounted'} on ${code(client)}: the MGS answers, but did not grant the lock on its configuration.`
      : `The last try to mount ${code(fsname)} on ${code(client)} failed because the MGS did not grant the lock on its configuration; whether it would now is not known.`,
    details: [
      howLong(attempt, wait, now),
      whatLock(wait),
      ...network(situation, wait),
      ...whose,
      ...(holders.some((holder) => holder.holders.length > 0)
        ? []
        : ['Which client holds it is in no log; the MGS knows (commands below).']),
    ],
    evidence: [
      ...logProbe(situation),
      ...holders.map(({ probe }) => probe),
      ...ownServers(situation).flatMap(pingProbes),
    ],
  }
}

/** The MGS gave the request a handle of its own, so it has it; a resource that was left over proves less. */
function wasAnswered({ lock }: LockWait): boolean {
  return lock !== undefined && !/^0x0*$/.test(lock.remote) && lock.granted === '--'
}

function howLong({ outcome, at, rc }: Attempt, { askedMs, waitedS }: LockWait, now: number): string {
  const asked = `Asked for ${when(askedMs, now)}${waitedS === undefined ? '' : `, not granted within ${span(waitedS)}`}`
  if (outcome === 'waiting') return `${asked}; the mount has not ended yet, as far as the log goes.`
  const total = at !== undefined && askedMs !== undefined ? ` after ${span((at - askedMs) / 1000)}` : ''
  return `${asked}; the mount gave up${total}, ${when(at, now)}, with ${errno(rc)}. Mount then asks "Is the MGS running?", whatever the reason.`
}

function whatLock({ resource, lock }: LockWait): string {
  const mode = lock
    ? `, mode \`${lock.granted}/${lock.requested}\`: asked for ${lock.requested}, granted nothing`
    : ''
  return `The lock is ${code(formatResourceId(resource))}: ${resource[0]} in decimal, the file system's name in ASCII from the last byte to the first${mode}. The MGS has the request (its handle ${code(lock?.remote ?? '')}).`
}

function network(situation: Situation, wait: LockWait): string[] {
  const own = ownServers(situation)
  const answering = own.filter(({ reached }) => reached === 'yes')
  const mgs = mgsServer(situation)
  const lines: string[] = []
  if (answering.length > 0) {
    const where = mgs
      ? ` The MGS runs on ${code(mgs.name)}${mgs.hostName === undefined ? '' : ` (${code(mgs.hostName)})`}.`
      : ''
    lines.push(
      `The network is fine: LNet answers on ${answering.map(({ name }) => code(name)).join(', ')}.${where}`,
    )
  }
  const loss = situation.story?.losses.findLast(({ device, byLock }) => byLock && device === wait.namespace)
  if (loss?.restored)
    lines.push(
      '"Connection to MGS was lost" was the client itself, which starts over when a lock does not come; it was restored at once.',
    )
  return lines
}
