import { type Broken, type Found, readRecords } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import type { Line } from '../../shared/triage.ts'
import { FORMS, type Name } from './forms.ts'
import { noteHappening, ownerOf } from './happenings.ts'
import type { Place, Takes } from './place.ts'
import type { Scene } from './scene.ts'
import { complaint, healthTakes } from './take-health.ts'
import { hostTakes, readCounts } from './take-host.ts'
import { statusTakes } from './take-status.ts'
import { tableTakes } from './take-tables.ts'

/** What is done with each kind of line; the rest is what logs tell. */
const TAKES: Takes = { ...healthTakes, ...statusTakes, ...tableTakes, ...hostTakes }

/** Reads the lines of one section that are about OSDs and the cluster. */
export function readLines(scene: Scene, section: Section, lines: readonly Line[]): void {
  const { found, broken, rest } = readRecords(lines, FORMS)
  const place: Place = {
    ...{ scene, section, check: undefined, table: undefined },
    host: undefined,
    complaining: undefined,
    self: ownerOf(section),
  }
  const records = [
    ...found.map((record) => ({ n: record.from, act: () => take(record, place) })),
    ...rest.map((line) => ({ n: line.n, act: () => complaint(line, place) })),
    ...broken.map((line) => ({ n: line.line, act: () => refuse(line, place) })),
  ].sort((a, b) => a.n - b.n)
  for (const { act } of records) act()
  readCounts(place, rest, found)
}

function take(record: Found<Name>, place: Place): void {
  const reader = TAKES[record.name]
  if (reader) reader(record, place)
  else noteHappening(record, place)
}

function refuse({ name, line, text }: Broken<Name>, { scene }: Place): void {
  const row = name === 'pg-row' && /\b(?:active|down|peering|incomplete|degraded)\b/.test(text)
  if (name === 'dump-osd' || name === 'crash-row' || row)
    scene.notes.refuse(line, text.trim(), 'this row is cut or damaged')
}
