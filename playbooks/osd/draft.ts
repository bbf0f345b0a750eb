import type { Finding } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import type { Evidence } from './evidence.ts'
import type { OsdView } from './host-view.ts'
import { isCertain } from './identity.ts'
import { amount, descriptorLine } from './words.ts'

export type Draft = Omit<Finding, 'playbook'>
/** What is known, of an OSD that is in the map. */
export type Known = Evidence & { view: OsdView }

/** From this part of its soft limit on an OSD is near it. A choice of ours: time to act before it is full. */
export const NEAR = { part: 80n, of: 100n }
/** The machine's table is near its end. */
export const MACHINE_NEAR = { part: 90n, of: 100n }
/** This many starts within an hour are a loop; one or two are somebody at work. */
export const LOOP_STARTS = 3

/** The probes that a judgement of its hearing rests on. */
export function rests(view: OsdView): string[] {
  const readings = [
    view.process,
    view.listeners,
    view.open,
    view.limits,
    ...view.heard.map(({ answers }) => answers),
  ]
  return ['osd-map', ...new Set(readings.flatMap(({ observation }) => observation?.probe ?? []))]
}

export function processLines({ view, threads }: Evidence): string[] {
  const descriptors = view && descriptorLine(view)
  if (!view?.process.seen) return descriptors ? [`${descriptors}.`] : []
  const { pid, ageS } = view.process.value
  const parts = [
    descriptors,
    threads.seen ? `${amount(BigInt(threads.value))} threads` : undefined,
    `running for ${span(ageS)}`,
  ]
  const whose = isCertain(view) ? '' : ", which may be another cluster's"
  return [`Process ${pid}${whose}: ${parts.filter(Boolean).join(', ')}.`]
}

/** "41 s", "12 min", "3 h", "9 d". */
export function span(s: number): string {
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.floor(s / 60)} min`
  return s < 172_800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} d`
}

export function listOf(items: string[]): string {
  return `${items.slice(0, 8).map(code).join(', ')}${items.length > 8 ? ` and ${items.length - 8} more` : ''}`
}
