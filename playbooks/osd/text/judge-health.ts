import { code } from '../../shared/text.ts'
import { nameOf } from '../words.ts'
import { MEANINGS, severityOf } from './health-codes.ts'
import { checkOsd } from './next.ts'
import type { Scene } from './scene.ts'

/** What only a log says was so then. */
const LOGGED = /\bHealth check (?:failed|update): /

/** What the cluster complains about, and what its PGs say. */
export function judgeHealth(scene: Scene): void {
  foldPgs(scene)
  const { notes, status, statusLine, checks } = scene
  for (const check of checks.values()) {
    const text = [check.message, ...check.lines].join('\n')
    const logged = check.lines.length > 0 && check.lines.every((line) => LOGGED.test(line))
    const severity = check.muted ? 'info' : severityOf(check.code, check.severity, text)
    const name = check.code.startsWith('HEALTH')
      ? 'health-complaint'
      : check.code.toLowerCase().replaceAll('_', '-')
    notes.finding({
      ...{
        code: name,
        about: check.code.startsWith('HEALTH') ? check.code : '',
        verdict: logged ? 'inconclusive' : 'confirmed',
        severity,
        evidence: check.lines,
      },
      summary: `The cluster ${logged ? 'said in its log' : 'says'}: ${code(check.message)}${check.muted ? ' (muted by somebody)' : ''}.`,
      details: detailsOf(check.code, text),
    })
    const meaning = MEANINGS[check.code]
    if (meaning?.doNot && severity !== 'info') notes.doNot(...meaning.doNot)
    if (severity === 'warning' || severity === 'critical') suggest(scene, check.code, text)
  }
  // shown as complaints of their own where the detail is in the text
  const muted = [...scene.muted].filter((code) => !checks.has(code))
  if (muted.length > 0)
    notes.finding({
      ...{ code: 'health-muted', verdict: 'inconclusive', severity: 'info', evidence: [statusLine] },
      summary: `Somebody has muted ${muted.map(code).join(', ')}: ${code(status ?? 'health')} does not count that.`,
      details: ['`ceph health detail` shows what is muted and true.'],
    })
  if (muted.some((each) => MEANINGS[each]?.osds)) notes.next('check osds', 'Whether what is muted is so')
  if (status === 'HEALTH_OK' && scene.muted.size === 0)
    notes.finding({
      ...{ code: 'health-ok', verdict: 'ruled-out', severity: 'ok', evidence: [statusLine] },
      summary: 'The cluster complains about nothing (`HEALTH_OK`).',
      details: ['An OSD that is up and takes no new connections is not among what Ceph complains about.'],
    })
  else if (status !== undefined && status !== 'HEALTH_OK' && checks.size === 0)
    notes.finding({
      ...{ code: 'health-not-ok', verdict: 'inconclusive', severity: 'warning', evidence: [statusLine] },
      summary: `The cluster is ${code(status)}; what it complains about is not in the text.`,
      details: ['`ceph health detail` says it.'],
    })
}

function detailsOf(name: string, text: string): string[] {
  if (name === 'RECENT_CRASH')
    return [
      'That is history: a crash of the last two weeks that nobody has archived. `ceph crash ls-new` names it.',
    ]
  if (name === 'OSDMAP_FLAGS')
    return /nodown/.test(text)
      ? [
          'With `nodown` no OSD is marked down, whatever its peers report: one that does not answer stays in the map as up.',
        ]
      : ['Such flags are set on purpose, before work on a host; they have to be taken back afterwards.']
  if (name === 'PG_AVAILABILITY')
    return ['Clients of these PGs hang, until the OSDs that hold them are back or peering goes on.']
  if (name === 'BLOCKED_BY') return ['PGs wait for these OSDs while they peer.']
  return []
}

/** The OSDs that a complaint names, one by one; where it names none, all. */
function suggest(scene: Scene, name: string, text: string): void {
  const ids = new Set([...text.matchAll(/\bosd\.(\d+)\b/g)].map((match) => match[1]!))
  for (const [, list] of text.matchAll(/\bosds? (\d+(?:,\d+)*) ha(?:s|ve)\b/g))
    for (const id of list!.split(',')) ids.add(id)
  for (const pg of scene.pgs)
    for (const id of pg.blockedBy) if (name === 'PG_AVAILABILITY' || name === 'BLOCKED_BY') ids.add(id)
  for (const id of [...ids].slice(0, 4)) checkOsd(scene.notes, id, 'Whether it runs and takes connections')
  if (ids.size === 0 && (MEANINGS[name]?.osds || /^OSD_/.test(name)))
    scene.notes.next('check osds', 'Which OSDs are down, deaf or near a limit')
}

const STOPPED =
  /(?:^|\+)(?:down|incomplete|stale|peering|unknown|inactive|creating|activating|peered)(?:$|\+)/
const HARD = /(?:^|\+)(?:down|incomplete|stale|inactive|unknown|peered)(?:$|\+)/
/**
 * I/O of the PG is paused until the leases of before have expired, or a replica acknowledges them again.
 * Source: https://docs.ceph.com/en/latest/rados/operations/pg-states/
 */
const PAUSED = /(?:^|\+)(?:wait|laggy)(?:$|\+)/

/** PGs and their counts, where health itself is not in the text or says less. */
function foldPgs(scene: Scene): void {
  const counts = scene.pgStates.map(({ state, count, line }) => ({
    state,
    line,
    what: `${count} PGs ${state}`,
  }))
  const each = scene.pgs.map(({ id, state, line }) => ({ state, line, what: `pg ${id} is ${state}` }))
  const all = [...counts, ...each]
  const add = (name: string, matching: typeof all) => {
    if (matching.length === 0) return
    const check = scene.checks.get(name)
    const lines = matching.map(({ line }) => line)
    if (check) check.lines = [...new Set([...check.lines, ...lines])]
    else
      scene.checks.set(name, {
        code: name,
        severity: undefined,
        message: matching
          .slice(0, 3)
          .map(({ what }) => what)
          .join(', '),
        lines,
        muted: false,
      })
  }
  const blocked = scene.pgs.filter(({ blockedBy }) => blockedBy.length > 0)
  add(
    'PG_AVAILABILITY',
    all.filter(({ state }) => HARD.test(state) || (STOPPED.test(state) && !/active/.test(state))),
  )
  add(
    'PG_DAMAGED',
    all.filter(({ state }) => /inconsistent|snaptrim_error|failed_repair/.test(state)),
  )
  add(
    'OBJECT_UNFOUND',
    all.filter(({ state }) => /unfound/.test(state)),
  )
  add(
    'PG_DEGRADED',
    all.filter(({ state }) => /degraded|undersized/.test(state)),
  )
  add(
    'OBJECT_MISPLACED',
    all.filter(({ state }) => /remapped/.test(state) && !/degraded|undersized/.test(state)),
  )
  const paused = all.filter(({ state }) => PAUSED.test(state))
  if (paused.length > 0) foundPaused(scene, paused)
  if (all.length > 0 && scene.status === undefined && scene.checks.size === 0 && paused.length === 0)
    scene.notes.finding({
      ...{
        code: 'pgs-clean',
        verdict: 'ruled-out',
        severity: 'ok',
        evidence: all.slice(0, 3).map(({ line }) => line),
      },
      summary: `All PGs that the text shows serve their clients${all.every(({ state }) => /clean/.test(state)) ? ' and are clean' : ''}.`,
    })
  for (const { id, blockedBy, line } of blocked) {
    scene.notes.finding({
      ...{ code: 'pg-blocked', verdict: 'confirmed', severity: 'critical', about: id, evidence: [line] },
      summary: `PG ${code(id)} cannot peer: it waits for ${blockedBy.map(nameOf).join(', ')}.`,
    })
    for (const osd of blockedBy.slice(0, 4)) checkOsd(scene.notes, osd, 'The PG waits for it')
    scene.notes.doNot(
      'run `ceph osd lost`, or take the OSD out, to get the PG going',
      'that OSD may hold the newest writes; bring it back if it can be brought back',
    )
  }
}

function foundPaused({ notes }: Scene, paused: { what: string; line: string }[]): void {
  const some = paused.slice(0, 3)
  notes.finding({
    ...{ code: 'pgs-paused', verdict: 'inconclusive', severity: 'info' },
    evidence: some.map(({ line }) => line),
    summary: `Not all PGs served their clients at that moment: ${some.map(({ what }) => what).join(', ')}.`,
    details: [
      '`wait`: its OSDs have just changed; `laggy`: a replica does not acknowledge the leases of its primary in time. I/O is paused meanwhile.',
      'Both should pass by themselves; look again whether they did.',
    ],
  })
  notes.next('check osds', 'Whether an OSD does not answer the others, if it stays so')
}
