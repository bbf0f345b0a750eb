import { isObject } from '../../shared/ceph/fields.ts'
import { hasKeys, objectAt, type Shape, textAt, textsAt } from '../../shared/ceph/pasted/shapes.ts'
import { type Here, say } from './here.ts'
import { readOps } from './read-ops.ts'

/** Crash reports, versions, and what a daemon says of itself, as JSON. */
export const daemonShapes: Shape<Here>[] = [
  // ceph crash ls, ceph crash info
  (of, here) => {
    const id = textAt(of, 'crash_id')
    const daemon = textAt(of, 'entity_name')
    if (id === undefined || daemon === undefined) return false
    say(here, 'ceph crash ls')
    const trace = textsAt(of, 'backtrace')
    const message = textAt(of, 'assert_msg') ?? textAt(of, 'assert_condition')
    here.scene.crashes.push({ id, daemon, fresh: !hasKeys(of, 'archived'), line: `${id} ${daemon}` })
    here.scene.notes.fact('crashes', {
      ...{
        id,
        daemon,
        timestamp: textAt(of, 'timestamp'),
        host: textAt(of, 'utsname_hostname'),
        version: textAt(of, 'ceph_version'),
      },
      ...{ assert: message?.slice(0, 300), function: textAt(of, 'assert_func')?.slice(0, 200) },
    })
    if (trace.some((line) => line.includes('Processor::accept')))
      here.scene.happenings.push({
        kind: 'accept-abort',
        text: trace.find((line) => line.includes('Processor::accept'))!,
        ...osdOf(daemon),
      })
    return true
  },
  // ceph versions
  (of, here) => {
    const overall = objectAt(of, 'overall')
    if (!overall?.entries.some(([name]) => name.startsWith('ceph version'))) return false
    say(here, 'ceph versions')
    for (const [kind, counts] of of.entries) {
      if (!isObject(counts)) continue
      for (const [name, count] of counts.entries) {
        if (kind === 'overall') here.scene.versions.set(name, String(count))
        else here.scene.notes.fact('versions', { daemons: kind, version: name, count: String(count) })
      }
    }
    return true
  },
  // ceph daemon osd.N status
  (of, here) => {
    const id = textAt(of, 'whoami')
    const state = textAt(of, 'state')
    if (id === undefined || state === undefined || !hasKeys(of, 'osd_fsid')) return false
    say(here, 'ceph daemon osd.N status')
    here.scene.notes.know('osds', 'id', {
      id,
      daemonState: state,
      osdFsid: textAt(of, 'osd_fsid'),
      pgs: textAt(of, 'num_pgs'),
    })
    if (state !== 'active')
      here.scene.happenings.push({ kind: 'not-active', osd: id, what: state, text: `"state": "${state}"` })
    return true
  },
  readOps,
  // ceph daemon osd.N config get
  (of, here) => {
    const { args } = here.section
    if (!args.includes('config') || here.at.length > 0) return false
    say(here, 'ceph daemon config')
    const asked = new Set(args)
    for (const [name, value] of of.entries)
      if (typeof value === 'string' && (asked.has(name) || SETTINGS.test(name)))
        here.scene.notes.fact('settings', { name, value })
    return true
  },
  // ceph daemon osd.N perf dump
  (of, here) => {
    if (!of.entries.some(([name]) => name.startsWith('AsyncMessenger::') || name.startsWith('throttle-')))
      return false
    say(here, 'ceph daemon osd.N perf dump')
    for (const [group, counters] of of.entries) {
      if (!isObject(counters) || !/^(?:osd|AsyncMessenger::Worker-\d+)$/.test(group)) continue
      for (const name of [
        'numpg',
        'op',
        'op_wip',
        'op_r',
        'op_w',
        'heartbeat_to_peers',
        'map_messages',
        'msgr_active_connections',
        'msgr_created_connections',
      ]) {
        const value = textAt(counters, name)
        if (value !== undefined) here.scene.notes.fact('counters', { group, name, value })
      }
    }
    return true
  },
]

/** Of `config show`'s thousands those that matter here. */
const SETTINGS =
  /^(?:max_open_files|ms_max_accept_failures|ms_type|osd_client_watch_timeout|osd_op_complaint_time|osd_heartbeat_grace|osd_heartbeat_interval)$/

function osdOf(daemon: string): { osd?: string } {
  const id = /^osd\.(\d+)$/.exec(daemon)?.[1]
  return id === undefined ? {} : { osd: id }
}
