import { parseAddress, parseRange } from '../../shared/ceph/address.ts'
import { blocklistEntry } from '../../shared/ceph/blocklist.ts'
import type { Found } from '../../shared/ceph/pasted/records.ts'
import { NotSeen } from '../../shared/probe.ts'
import type { Name } from './forms.ts'
import { addressOr, type Place, parseOr, recognise, type Takes } from './place.ts'
import { noteEntry } from './scene.ts'

/** The blocklist and what was done with it; `rbd lock ls`. */
export const blockTakes: Takes = {
  blocked: (record, place) => noteBlocked(record, place, 'ceph osd blocklist ls'),
  'blocked-map': (record, place) => noteBlocked(record, place, 'ceph osd dump'),
  listed: (record, place) => {
    place.scene.blocked.listed ||= record.match[1] === '0'
    place.scene.blocked.line ||= record.text
    recognise(place, record, 'ceph osd blocklist ls')
  },
  added: (record, place) => {
    const address = addressOr(place, record.from, record.match[1]!)
    if (address === undefined) return
    place.scene.notes.fact('blocklist', { address, until: record.match[2]!, seconds: record.match[3]! })
    place.scene.changes.push({ did: 'added', address, line: record.text })
    recognise(place, record, 'ceph osd blocklist add')
  },
  removed: (record, place) => noteChange(record, place, 'removed'),
  absent: (record, place) => noteChange(record, place, 'absent'),
  'lock-head': (record, place) => {
    place.mode = { mode: record.match[2]! }
    recognise(place, record, 'rbd lock ls')
  },
  'lock-tag': (record, place) => {
    if (place.mode) place.mode.tag = record.match[1]!
  },
  lock: (record, place) => {
    const [, client = '', id = '', text = ''] = record.match
    const address = parseOr(place, record.from, text)
    const lock = {
      ...{ subject: place.subject, id, client: `client.${client}`, line: record.text },
      ...(address === undefined ? {} : { address }),
      ...place.mode,
    }
    place.scene.locks.push(lock)
    place.scene.notes.fact('locks', {
      ...{ id, client: lock.client, address, mode: place.mode?.mode, tag: place.mode?.tag },
      ...{ pool: place.subject.pool, image: place.subject.image },
    })
    recognise(place, record, 'rbd lock ls')
  },
}

function noteBlocked(record: Found<Name>, place: Place, kind: string): void {
  const [, text = '', until = ''] = record.match
  const address = addressOr(place, record.from, text)
  if (address === undefined) return
  try {
    const entry = address.startsWith('cidr:') ? parseRange(address) : parseAddress(address)
    noteEntry(place.scene, blocklistEntry(entry, until), record.text)
    place.scene.notes.fact('blocklist', { address, until })
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    place.scene.notes.refuse(record.from, until, error.message)
  }
  recognise(place, record, kind)
}

function noteChange(record: Found<Name>, place: Place, did: 'removed' | 'absent'): void {
  const address = addressOr(place, record.from, record.match[1]!)
  if (address === undefined) return
  place.scene.notes.fact('addresses', { address })
  place.scene.changes.push({ did, address, line: record.text })
  recognise(place, record, 'ceph osd blocklist rm')
}
