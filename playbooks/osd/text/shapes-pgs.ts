import { isObject } from '../../shared/ceph/fields.ts'
import { hasKeys, listAt, objectAt, type Shape, textAt, textsAt } from '../../shared/ceph/pasted/shapes.ts'
import { type Here, osdList, say } from './here.ts'
import { readPgMap } from './shapes-health.ts'
import { notePg } from './take-status.ts'

/** `ceph pg query|dump|dump_stuck|stat`, `ceph osd map|ok-to-stop` as JSON. */
export const pgShapes: Shape<Here>[] = [
  // ceph osd ok-to-stop
  (of, here) => {
    const ok = textAt(of, 'ok_to_stop')
    if (ok === undefined) return false
    say(here, 'ceph osd ok-to-stop')
    const bad = textsAt(of, 'bad_become_inactive')
    for (const id of bad) here.scene.notes.know('pgs', 'id', { id, wouldStop: true })
    here.scene.okToStop.push({
      ...{ ok: ok === 'true', osds: osdList(of, 'osds'), line: here.document.text[0] ?? '' },
      why: `${textAt(of, 'num_not_ok_pgs') ?? 'some'} PGs would stop${bad.length > 0 ? ` (${bad.slice(0, 6).join(', ')})` : ''}`,
    })
    return true
  },
  // ceph pg query
  (of, here) => {
    const recovery = listAt(of, 'recovery_state')
    const info = objectAt(of, 'info')
    const id = (info && textAt(info, 'pgid')) ?? here.section.args.find((arg) => /^\d+\.[0-9a-f]+$/.test(arg))
    const state = textAt(of, 'state')
    if (!recovery || state === undefined || id === undefined) return false
    say(here, 'ceph pg query')
    const steps = recovery.filter(isObject)
    const blockers = steps.flatMap((step) =>
      (listAt(step, 'peering_blocked_by') ?? [])
        .filter(isObject)
        .flatMap((each) => textAt(each, 'osd') ?? []),
    )
    const probing = steps.flatMap((step) => osdList(step, 'down_osds_we_would_probe'))
    const why = steps.flatMap((step) => textAt(step, 'blocked') ?? textAt(step, 'comment') ?? [])
    const blockedBy = [...new Set([...osdList(of, 'blocked_by'), ...blockers, ...probing])]
    const line = [`pg ${id} is ${state}`, ...why].join(', ')
    notePg(here.scene, { id, state, acting: osdList(of, 'acting'), blockedBy, line })
    here.scene.notes.know('pgs', 'id', { id, up: osdList(of, 'up'), blocked: why.join('; ') })
    for (const osd of blockedBy) here.scene.notes.know('osds', 'id', { id: osd, blocks: [id] })
    return true
  },
  // ceph pg dump_stuck, ls-by-osd, dump
  (of, here) => {
    const id = textAt(of, 'pgid')
    const state = textAt(of, 'state')
    if (id === undefined || state === undefined || !(hasKeys(of, 'acting') || hasKeys(of, 'up'))) return false
    say(here, 'ceph pg dump')
    notePg(here.scene, {
      id,
      state,
      acting: osdList(of, 'acting'),
      blockedBy: osdList(of, 'blocked_by'),
      line: `pg ${id} is ${state}`,
    })
    here.scene.notes.know('pgs', 'id', { id, up: osdList(of, 'up') })
    return true
  },
  // ceph pg dump_stuck with nothing stuck
  (of, here) => {
    const stuck = listAt(of, 'stuck_pg_stats')
    if (!stuck || stuck.length > 0) return false
    say(here, 'ceph pg dump_stuck')
    return true
  },
  // ceph pg stat
  (of, here) => {
    if (!hasKeys(of, 'num_pg_by_state')) return false
    say(here, 'ceph pg stat')
    readPgMap(of, here)
    return true
  },
  // ceph osd map
  (of, here) => {
    const id = textAt(of, 'pgid')
    if (id === undefined || !hasKeys(of, 'objname')) return false
    say(here, 'ceph osd map')
    here.scene.notes.know('pgs', 'id', {
      id,
      object: textAt(of, 'objname'),
      pool: textAt(of, 'pool'),
      up: osdList(of, 'up'),
      acting: osdList(of, 'acting'),
    })
    return true
  },
]
