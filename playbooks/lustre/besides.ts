import { code } from '../shared/text.ts'
import { lockNotGranted } from './about-lock.ts'
import { describePings } from './about-mount.ts'
import { type Draft, inUse, isFresh, logProbe, ownServers, pingProbes, type Situation } from './situation.ts'
import { storyOf } from './story.ts'
import { counted, span } from './words.ts'

/** Findings beside the conclusion: a partner that is down, other file systems in trouble, clocks that disagree. */
export function besides(situation: Situation): Draft[] {
  return [
    ...partnersDown(situation),
    ...otherFileSystems(situation),
    ...clocks(situation),
    ...configNotFollowed(situation),
  ]
}

/** One server of several cannot be reached: the mount works through the others, until they fail. */
function partnersDown(situation: Situation): Draft[] {
  const own = ownServers(situation)
  const down = own.filter(({ reached }) => reached === 'no')
  if (down.length === 0 || !own.some(({ reached }) => reached === 'yes')) return []
  return down.map((server) => ({
    code: 'partner-unreachable',
    verdict: 'confirmed',
    severity: 'warning',
    summary: `Of the servers that may run the MGS, ${code(server.name)} cannot be reached over LNet.`,
    details: [describePings(server, situation)],
    evidence: pingProbes(server),
  }))
}

/** The same log may tell of several; only fresh trouble is worth a line. */
function otherFileSystems({ others, evidence, now }: Situation): Draft[] {
  const { log } = evidence.client
  if (!log.seen) return []
  const inTrouble = others.filter((name) => {
    const { last } = storyOf(log.value.log, name)
    return (last?.outcome === 'failed' || last?.outcome === 'waiting') && isFresh(last.at, now)
  })
  return inTrouble.length === 0
    ? []
    : [
        {
          code: 'others-in-trouble',
          verdict: 'confirmed',
          severity: 'info',
          summary: `On the same client ${counted(inTrouble.length, 'other file system')} could not be mounted: ${inTrouble.map(code).join(', ')}.`,
          details: [],
          evidence: [log.observation.probe],
        },
      ]
}

function clocks({ evidence }: Situation): Draft[] {
  return [evidence.client, ...evidence.mgsHosts].flatMap(({ log, host }) => {
    if (!log.seen || log.value.skewS === undefined || Math.abs(log.value.skewS) < 60) return []
    const { skewS } = log.value
    return [
      {
        code: 'clock-differs',
        verdict: 'confirmed',
        severity: 'info',
        summary: `The clock of ${code(host.name)} is ${span(Math.abs(skewS))} ${skewS > 0 ? 'ahead' : 'behind'}; times here are by ours.`,
        details: [],
        evidence: [`clock@${host.name}`],
      } satisfies Draft,
    ]
  })
}

const SAID_AGAIN_MS = 15 * 60_000
/** A client in use that waits for the lock hears of no changes meanwhile. */
function configNotFollowed(situation: Situation): Draft[] {
  const { story, fsname, client } = situation
  if (inUse(situation) !== 'yes' || story?.last?.outcome !== 'waiting') return []
  const lock = lockNotGranted(situation, story.last)
  const { lastAt } = story.last.lock ?? {}
  // it is said again at each time-out, and never when the lock comes at last
  const lately = lastAt !== undefined && situation.now - lastAt <= SAID_AGAIN_MS
  return lock
    ? [
        {
          ...lock,
          verdict: lately ? lock.verdict : 'inconclusive',
          severity: 'warning',
          summary: lately
            ? `${code(client)} uses ${code(fsname)} and waits for the lock on its configuration: it does not hear of changes.`
            : `${code(client)} uses ${code(fsname)} and did not get the lock on its configuration; whether it has it by now is not logged.`,
          evidence: logProbe(situation),
        },
      ]
    : []
}
