import { code } from '../shared/text.ts'
import { hard } from './deaf.ts'
import { type Draft, type Known, processLines, rests } from './draft.ts'
import { down, network, slow, waiting } from './elsewhere.ts'
import { type Hearing, hearingOf, isStarting } from './hearing.ts'
import { isCertain } from './identity.ts'
import { loop, machine, nearLimit } from './limits.ts'
import { earLines, nameOf, usesOf } from './words.ts'

/** What the check of one OSD concludes, most important first; never empty. */
export function judge(evidence: Known, now: number): Draft[] {
  const { view } = evidence
  const hearing = hearingOf(view)
  const all = [
    machine(evidence),
    loop(evidence, now),
    view.osd.up ? undefined : down(evidence, hearing),
    view.osd.up ? hard(evidence, hearing) : undefined,
    network(evidence, hearing),
    nearLimit(evidence, hearing),
    slow(evidence),
    waiting(evidence),
    view.osd.up && hearing.state === 'unknown' && !view.spared ? notAllSeen(evidence, hearing) : undefined,
  ].filter((draft) => draft !== undefined)
  const healthy =
    view.osd.up && hearing.state === 'answers' && !all.some(({ severity }) => severity !== 'info')
  if (healthy) return [listens(evidence, hearing), ...all]
  return all.sort((a, b) => RANK[a.severity] - RANK[b.severity])
}

const RANK = { critical: 0, warning: 1, info: 2, ok: 3 } as const

function listens(evidence: Known, hearing: Hearing): Draft {
  const { view, health, blockedOps } = evidence
  const all = [view.open, view.limits, view.process, view.listeners, view.fileNr, evidence.stuck, health]
  const whole = all.every(({ seen }) => seen) && isCertain(view) && blockedOps?.seen !== false
  const greeted = hearing.ears.flatMap(({ from }) => from.filter(({ state }) => state === 'answers'))
  const greeters = new Set(greeted.map(({ host }) => host))
  return {
    code: 'listens',
    verdict: whole ? 'ruled-out' : 'inconclusive',
    severity: whole ? 'ok' : 'info',
    summary: `${nameOf(view.osd.id)} is up and takes new connections on all of its ${hearing.ears.length} addresses${whole ? '' : '; not everything else could be seen'}.`,
    details: [`Greeted ${[...greeters].map(code).join(', ')}.`, ...processLines(evidence)],
    evidence: rests(view),
  }
}

function notAllSeen(evidence: Known, hearing: Hearing): Draft {
  const { view } = evidence
  const mixed = hearing.unknown.filter(({ from }) => from.some(({ state }) => state === 'answers'))
  const where = view.host ? `host ${code(view.host.name)}` : 'its host, which the inventory does not know,'
  return {
    code: 'osd-not-all-seen',
    verdict: 'inconclusive',
    severity: 'warning',
    summary:
      hearing.ears.length === 0
        ? `${nameOf(view.osd.id)} has no address in the OSD map; I can't tell whether it can be reached.`
        : mixed.length > 0
          ? `${nameOf(view.osd.id)} greets one host on its ${usesOf(mixed)} address and lets another wait: overloaded, or something between the two; I can't tell which.`
          : `I can't tell whether ${nameOf(view.osd.id)} takes new connections on its ${usesOf(hearing.unknown)} address: ${where} was not seen well enough.`,
    details: [...unclear(view), ...earLines(hearing), ...processLines(evidence)],
    evidence: rests(view),
  }
}

function unclear(view: Known['view']): string[] {
  if (isStarting(view))
    return ['Its process is young: the map may show the one before it. Check again in two minutes.']
  const none = !view.process.seen && view.process.code === 'absent' && view.host
  return none ? [`There is no process of it on ${code(view.host!.name)}.`] : []
}
