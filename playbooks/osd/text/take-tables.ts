import { formatAddress, parseAddresses } from '../../shared/ceph/address.ts'
import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Name } from './forms.ts'
import { osdList, type Place, recognise, type Takes } from './place.ts'
import { addCheck, sayOsd } from './scene.ts'
import { noteFileNr } from './take-host.ts'

/** Tables and rows: `ceph osd tree|df|dump|perf|blocked-by|ok-to-stop`, `ceph crash ls`. */
export const tableTakes: Takes = {
  'tree-bucket': (record, place) => {
    const [, id, kind, name] = record.match
    place.host = kind === 'host' ? name : undefined
    if (kind === 'host') place.scene.notes.fact('hosts', { name, crushId: id })
    recognise(place, record, 'ceph osd tree')
  },
  'tree-osd': (record, place) => {
    const [, , deviceClass, weight, id = '', state = '', reweight] = record.match
    sayOsd(place.scene, id, record.text, {
      ...{ state, host: place.host, weight, reweight, class: deviceClass },
      ...(reweight === undefined ? {} : { in: Number(reweight) > 0 }),
    })
    recognise(place, record, 'ceph osd tree')
  },
  'df-head': (record, place) => {
    place.table = 'df'
    recognise(place, record, 'ceph osd df')
  },
  'df-osd': (record, place) => {
    const [, id = '', deviceClass, reweight, size, use = '', pgs, state] = record.match
    if (place.table !== 'df') return
    sayOsd(place.scene, id, record.text, {
      state,
      use: Number(use),
      size,
      percent: use,
      pgs,
      reweight,
      class: deviceClass,
    })
    recognise(place, record, 'ceph osd df')
  },
  'dump-osd': (record, place) => {
    const [, id = '', state = '', isIn, weight, rest = ''] = record.match
    sayOsd(place.scene, id, record.text, { state, in: isIn === 'in', weight, addresses: addressesIn(rest) })
    recognise(place, record, 'ceph osd dump')
  },
  'dump-osd-cut': (record, place) => {
    const [, id = '', state = '', isIn] = record.match
    sayOsd(place.scene, id, record.text, { state, in: isIn === 'in' })
    place.scene.notes.refuse(
      record.from,
      record.text,
      'this row is cut: its addresses may not be all or not whole',
    )
    recognise(place, record, 'ceph osd dump')
  },
  'dump-pool': (record, place) => {
    const [, id, name, kind, size, minSize] = record.match
    place.scene.notes.fact('pools', { id, name, kind, size, minSize })
    recognise(place, record, 'ceph osd dump')
  },
  'perf-head': (record, place) => {
    place.table = 'perf'
    recognise(place, record, 'ceph osd perf')
  },
  'blockedby-head': (record, place) => {
    place.table = 'blocked-by'
    recognise(place, record, 'ceph osd blocked-by')
  },
  numbers: (record, place) => noteNumbers(record, place),
  'may-stop': (record, place) => {
    place.scene.okToStop.push({ ok: true, osds: osdList(record.match[1]), why: '', line: record.text })
    recognise(place, record, 'ceph osd ok-to-stop')
  },
  'not-stop': (record, place) => {
    // the JSON before it says the same and which OSDs
    if (!place.scene.okToStop.some(({ ok }) => !ok))
      place.scene.okToStop.push({ ok: false, osds: [], why: record.match[1]!, line: record.text })
    recognise(place, record, 'ceph osd ok-to-stop')
  },
  'crash-row': (record, place) => {
    const [, id = '', daemon = '', fresh] = record.match
    place.scene.crashes.push({ id, daemon, fresh: fresh !== undefined, line: record.text })
    place.scene.notes.fact('crashes', { id, daemon, new: fresh !== undefined })
    recognise(place, record, 'ceph crash ls')
  },
}

function addressesIn(text: string): string[] {
  return text.split(/\s+/).flatMap((word) => {
    if (!/^(?:\[v\d:|v\d:|\[?[0-9a-f.:]+\]?:\d+\/\d+)/.test(word)) return []
    try {
      return parseAddresses(word).map(formatAddress)
    } catch {
      return []
    }
  })
}

function noteNumbers(record: Found<Name>, place: Place): void {
  const [, first = '', second = '', third] = record.match
  const { section, scene, table } = place
  if (table === 'perf' && third !== undefined) {
    sayOsd(scene, first, record.text, { commitLatencyMs: second, applyLatencyMs: third })
    recognise(place, record, 'ceph osd perf')
  } else if (table === 'blocked-by' && third === undefined) {
    sayOsd(scene, first, record.text, { blocks: second })
    addCheck(scene, {
      code: 'BLOCKED_BY',
      severity: undefined,
      message: `osd.${first} keeps ${second} PGs from peering`,
      lines: [record.text],
    })
    recognise(place, record, 'ceph osd blocked-by')
  } else if (third !== undefined && section.args.some((arg) => arg.endsWith('file-nr')))
    noteFileNr(record, place)
}
