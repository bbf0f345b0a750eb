import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Name } from './forms.ts'
import { osdList, type Place, recognise, STAMPED, type Takes } from './place.ts'
import { addCheck, type Scene } from './scene.ts'
import { detail } from './take-health.ts'

/** `ceph -s`, `ceph osd stat`, and the outputs of `ceph pg`. */
export const statusTakes: Takes = {
  counted: (record, place) => {
    const [, osds = '', up = '', isIn = ''] = record.match
    place.complaining = undefined
    place.scene.counted = { osds, up, in: isIn, line: record.text }
    // a log counts again and again; only the last is more than history
    if (!STAMPED.test(record.text)) place.scene.notes.fact('osdCounts', { osds, up, in: isIn })
    recognise(place, record, 'ceph osd stat')
  },
  mons: (record, place) => {
    const [, count, quorum = '', missing] = record.match
    const out = (missing ?? '').split(/,\s*/).filter(Boolean)
    place.scene.notes.fact('monitors', { count, quorum: quorum.split(','), outOfQuorum: out })
    if (out.length > 0)
      addCheck(place.scene, {
        code: 'MON_DOWN',
        severity: undefined,
        message: `out of quorum: ${out.join(', ')}`,
        lines: [record.text],
      })
    recognise(place, record, 'ceph status')
  },
  monmap: (record, place) => {
    const [, epoch, count, members = '', quorum] = record.match
    place.scene.notes.fact('monitors', {
      ...{
        epoch,
        count,
        members: members.split(/,(?=[\w.-]+=)/).filter(Boolean),
        quorum: quorum?.split(','),
      },
    })
    const inQuorum = quorum?.split(',').filter(Boolean).length
    if (inQuorum !== undefined && inQuorum < Number(count))
      addCheck(place.scene, {
        code: 'MON_DOWN',
        severity: undefined,
        message: `${inQuorum} of ${count} monitors are in quorum`,
        lines: [record.text],
      })
    recognise(place, record, 'ceph status')
  },
  fsid: (record, place) => {
    place.scene.notes.fact('clusters', { fsid: record.match[1]! })
    recognise(place, record, 'ceph status')
  },
  'pgs-count': (record, place) => {
    const [, count = '', state = ''] = record.match
    // `2 unknown` alone can be anything
    const clear = /active|\+|peering|undersized/.test(state) || /^\s*pgs:/.test(record.text)
    if (clear || place.scene.status !== undefined) notePgCount(record, place, state, count)
  },
  'pg-stat': (record, place) => {
    if (STAMPED.test(record.text)) place.scene.pgStates = []
    for (const [, count, state] of record.match[2]!.matchAll(/(\d+) ([a-z_+]+)/g))
      notePgCount(record, place, state!, count!)
  },
  'pg-not': (record, place) => {
    place.scene.notes.fact('pgShares', {
      percent: record.match[1] ?? record.match[5],
      what: record.match[2] ?? `objects ${record.match[4]}`,
      objects: record.match[3],
    })
    recognise(place, record, 'ceph status')
  },
  'pg-line': (record, place) => {
    const [, id = '', state, acting, blocked, unfound] = record.match
    if (state !== undefined)
      notePg(place.scene, {
        id,
        state,
        acting: osdList(acting),
        blockedBy: osdList(blocked),
        line: record.text,
      })
    else place.scene.notes.know('pgs', 'id', { id, unfound })
    detail(record, place)
  },
  'pg-row': (record, place) => {
    const [, id = '', state = '', , acting] = record.match
    notePg(place.scene, { id, state, acting: osdList(acting), blockedBy: [], line: record.text })
    recognise(place, record, 'ceph pg dump')
  },
  'osd-map': (record, place) => {
    const [, epoch, pool, poolId, object, id = '', up, acting] = record.match
    place.scene.notes.know('pgs', 'id', {
      id,
      up: osdList(up),
      acting: osdList(acting),
      object,
      pool,
      poolId,
      epoch,
    })
    recognise(place, record, 'ceph osd map')
  },
  flags: (record, place) => {
    const flags = record.match[1]!.split(',').filter(Boolean)
    place.scene.notes.fact('flags', { flags })
    const set = flags.filter((flag) => /^(?:no(?!sortbitwise)\w+|pause\w*|full)$/.test(flag))
    if (set.length > 0)
      addCheck(place.scene, {
        code: 'OSDMAP_FLAGS',
        severity: undefined,
        message: `${set.join(',')} set`,
        lines: [record.text],
      })
    recognise(place, record, 'ceph osd dump')
  },
}

function notePgCount(record: Found<Name>, place: Place, state: string, count: string): void {
  place.complaining = undefined
  place.scene.pgStates.push({ state, count, line: record.text })
  place.scene.notes.fact('pgStates', { state, count })
  recognise(place, record, 'ceph status')
}

export function notePg(scene: Scene, pg: Scene['pgs'][number]): void {
  scene.pgs.push(pg)
  scene.notes.know('pgs', 'id', { id: pg.id, state: pg.state, acting: pg.acting, blockedBy: pg.blockedBy })
}
