import {
  formatAddress,
  formatRange,
  parseAddress,
  parseAddresses,
  parseRange,
} from '../../shared/ceph/address.ts'
import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import { NotSeen } from '../../shared/probe.ts'
import { code } from '../../shared/text.ts'
import type { Name } from './forms.ts'
import type { Scene, Subject, WatchList } from './scene.ts'

/** Where in a section the reading is: which list a line goes on with, and what its tables' columns mean. */
export type Place = {
  scene: Scene
  section: Section
  subject: Subject
  list: WatchList | undefined
  block: 'info' | 'mirror' | 'migration' | undefined
  image: Scene['images'][number] | undefined
  mapped: { pid: boolean; namespace: boolean } | undefined
  mode: { mode: string; tag?: string } | undefined
  mirror: { fields: Map<string, string>; line: string } | undefined
}

/** What is done with a line of each kind. */
export type Takes = Partial<Record<Name, (record: Found<Name>, place: Place) => void>>

/** The address in its one form; a damaged one is refused by name. */
export function addressOr(place: Pick<Place, 'scene'>, line: number, text: string): string | undefined {
  try {
    if (text.startsWith('cidr:')) return formatRange(parseRange(text))
    if (!/:\d+\/\d+\]?$/.test(text)) throw new NotSeen('unparsable', `${code(text)} lacks its port or nonce`)
    return formatAddress(parseAddress(text))
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    place.scene.notes.refuse(line, text, error.message)
    return undefined
  }
}

/** The same, where there may be none. */
export function parseOr(place: Place, line: number, text: string): string | undefined {
  return text === '-' || text === ':/0' || parseAddressesOr(text) === 0
    ? undefined
    : addressOr(place, line, text)
}

function parseAddressesOr(text: string): number {
  try {
    return parseAddresses(text).length
  } catch {
    return -1
  }
}

export function recognise(place: Place, { from, to }: Found<Name>, kind: string): void {
  place.scene.notes.recognise(kind, from, to)
}
