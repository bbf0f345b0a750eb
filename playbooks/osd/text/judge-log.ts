import { meaningOf } from './log-meaning.ts'
import { checkOsd } from './next.ts'
import type { Happening, Scene } from './scene.ts'

/** What a log tells: it happened; whether it is still so, a log does not say. */
export function judgeLog(scene: Scene): void {
  const { notes, happenings } = scene
  for (const [kind, all] of Map.groupBy(happenings, (each) => each.kind)) {
    for (const [osd, some] of Map.groupBy(all, (each) => each.osd)) {
      const told = meaningOf(scene, kind, osd, some)
      if (!told) continue
      const { next, doNot, details = [], ...finding } = told
      notes.finding({
        ...{ ...finding, verdict: 'inconclusive', about: osd ?? '', evidence: some.map(({ text }) => text) },
        summary: `${finding.summary}${when(some)}.`,
        details: [...details, ...(some.length > 1 ? [`${some.length} such lines.`] : [])],
      })
      const bad = finding.severity === 'warning' || finding.severity === 'critical'
      if (bad && osd !== undefined) checkOsd(notes, osd, next ?? 'How it is now')
      else if (bad && next !== undefined) notes.next('check osds', next)
      if (doNot) notes.doNot(...doNot)
    }
  }
  if (!happenings.every(({ kind }) => GOOD.has(kind))) return
  if (scene.strange.length > 0)
    notes.finding({
      ...{ code: 'errors-not-known', verdict: 'inconclusive', severity: 'info', evidence: scene.strange },
      summary: `${scene.strange.length === 1 ? 'One line is' : `${scene.strange.length} lines are`} logged as an error (level -1) that is not known here: it may mean nothing, or all.`,
    })
  else if (scene.logLines > 0)
    notes.finding({
      ...{ code: 'no-fault-in-log', verdict: 'inconclusive', severity: 'ok', evidence: [] },
      summary: 'These lines of a log show no fault; a log does not show health.',
    })
}

const GOOD = new Set(['boot', 'start', 'healthy', 'cleared', 'kernel-up', 'kernel-established', 'reported'])

function when(some: readonly Happening[]): string {
  const times = some.flatMap(({ at }) => at ?? [])
  if (times.length === 0) return ''
  const [first, last] = [times[0]!, times.at(-1)!]
  return first === last ? ` (logged at ${first})` : ` (logged ${first} to ${last})`
}
