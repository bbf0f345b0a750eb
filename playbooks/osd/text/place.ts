import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import type { Name } from './forms.ts'
import type { Check, Scene } from './scene.ts'

export type Place = {
  scene: Scene
  section: Section
  /** the complaint whose detail lines follow */
  check: Check | undefined
  /** what a table's numbers mean */
  table: 'df' | 'perf' | 'blocked-by' | undefined
  /** the host whose OSDs follow in a tree */
  host: string | undefined
  /** `health:` was just read; complaints follow until something else begins */
  complaining: number | undefined
  /** the OSD whose log this is, where the command or its lines say so */
  self: string | undefined
}

/** What is done with a line of each kind. */
export type Takes = Partial<Record<Name, (record: Found<Name>, place: Place) => void>>

export const idsIn = (text: string) => [...text.matchAll(/\bosd\.(\d+)\b/g)].map((match) => match[1]!)

/** The ids of a list of OSDs; unset members are left out. */
export const osdList = (text: string | undefined) =>
  (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => /^\d+$/.test(each) && each !== '2147483647')

/** A line of a log, not of an output. */
export const STAMPED = /^\S*\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d/

export function recognise({ scene }: Pick<Place, 'scene'>, { from, to }: Found<Name>, kind: string): void {
  scene.notes.recognise(kind, from, to)
}
