import { isObject } from '../../shared/ceph/fields.ts'
import { hasKeys, listAt, objectAt, type Shape, textAt, textsAt } from '../../shared/ceph/pasted/shapes.ts'
import type { JsonObject } from '../../shared/json.ts'
import { codeOfMessage } from './health-codes.ts'
import { type Here, NONE, say } from './here.ts'
import { addCheck, sayOsd } from './scene.ts'
import { notePg } from './take-status.ts'

/** `ceph status`, `ceph health detail`, `ceph osd stat` as JSON. */
export const healthShapes: Shape<Here>[] = [
  // ceph status
  (of, here) => {
    const health = objectAt(of, 'health')
    if (!health || !hasKeys(of, 'fsid')) return false
    say(here, 'ceph status')
    readHealth(health, here)
    const osdmap = objectAt(of, 'osdmap')
    if (osdmap) readCounts(osdmap, here)
    readPgMap(objectAt(of, 'pgmap') ?? { entries: [] }, here)
    here.scene.notes.fact('clusters', { fsid: textAt(of, 'fsid') })
    const mons = (listAt(objectAt(of, 'monmap') ?? { entries: [] }, 'mons') ?? []).filter(isObject)
    here.scene.notes.fact('monitors', {
      quorum: textsAt(of, 'quorum_names'),
      members: mons.map((mon) => textAt(mon, 'name') ?? ''),
    })
    const manager = objectAt(of, 'mgrmap')
    if (manager && textAt(manager, 'available') === 'false')
      addCheck(here.scene, {
        code: 'MGR_DOWN',
        severity: undefined,
        message: 'no active mgr',
        lines: ['mgrmap: available false'],
      })
    return true
  },
  // ceph health detail
  (of, here) => {
    const status = textAt(of, 'status') ?? textAt(of, 'overall_status')
    if (status === undefined || !status.startsWith('HEALTH_')) return false
    readHealth(of, here)
    return true
  },
  // one complaint of a health whose beginning is missing
  (of, here) => {
    const severity = textAt(of, 'severity')
    const summary = objectAt(of, 'summary')
    const code = here.at.at(-1)
    if (severity === undefined || !summary || code === undefined || !/^[A-Z][A-Z0-9_]+$/.test(code))
      return false
    readHealth({ entries: [['checks', { entries: [[code, of]] }]] }, here)
    return true
  },
  // ceph osd stat
  (of, here) => {
    if (!hasKeys(of, 'num_osds', 'num_up_osds', 'num_in_osds')) return false
    say(here, 'ceph osd stat')
    readCounts(of, here)
    return true
  },
]

function readHealth(health: JsonObject, here: Here): void {
  const { scene, document } = here
  const status = textAt(health, 'status') ?? textAt(health, 'overall_status')
  if (status !== undefined && /^HEALTH_/.test(status)) {
    scene.status = status
    scene.statusLine = `health: ${status}`
  }
  for (const [code, check] of objectAt(health, 'checks')?.entries ?? []) {
    if (!isObject(check)) continue
    const message = textAt(objectAt(check, 'summary') ?? { entries: [] }, 'message') ?? ''
    const lines = (listAt(check, 'detail') ?? []).flatMap((each) =>
      isObject(each) ? (textAt(each, 'message') ?? []) : typeof each === 'string' ? each : [],
    )
    addCheck(scene, {
      code,
      severity: textAt(check, 'severity'),
      message,
      lines: [`${code}: ${message}`, ...lines],
      muted: textAt(check, 'muted') === 'true',
    })
    readMessages([message, ...lines], here)
  }
  const details = textsAt(health, 'detail')
  for (const each of listAt(health, 'summary') ?? []) {
    const message = isObject(each) ? textAt(each, 'summary') : undefined
    if (message === undefined) continue
    addCheck(scene, {
      code: codeOfMessage(message) ?? 'HEALTH',
      severity: undefined,
      message,
      lines: [message],
    })
  }
  readMessages(details, here)
  for (const line of details) {
    const code = codeOfMessage(line)
    if (code !== undefined) addCheck(scene, { code, severity: undefined, message: line, lines: [line] })
  }
  scene.notes.recognise('ceph health', document.from, document.to)
}

/** The lines of `detail` are the same in text and JSON. */
function readMessages(lines: readonly string[], { scene }: Here): void {
  for (const line of lines) {
    const [, id, state, acting, blocked] =
      /\bpg (\d+\.[0-9a-f]+) is (?:stuck .*?current state )?([a-z_]+(?:\+[a-z_]+)*)(?:.*?acting \[([^\]]*)\])?(?:.*?blocked by \[?([\d, ]+)\]?)?/.exec(
        line,
      ) ?? []
    const ids = (text: string | undefined) =>
      (text ?? '').split(/,\s*/).filter((each) => /^\d+$/.test(each) && each !== NONE)
    if (id !== undefined && state !== undefined)
      notePg(scene, { id, state, acting: ids(acting), blockedBy: ids(blocked), line })
    for (const [, osd] of line.matchAll(/\bosd\.(\d+)\b/g)) {
      const down = new RegExp(`osd\\.${osd} (?:\\([^)]*\\) )?is down`).test(line)
      sayOsd(scene, osd!, line, { state: down ? 'down' : undefined, host: /host=([^,)]+)/.exec(line)?.[1] })
    }
    const mon = /^mon\.(\S+) .*?addr (\S+) is down/.exec(line)
    if (mon) scene.notes.fact('monitors', { name: mon[1], address: mon[2], state: 'down' })
  }
}

function readCounts(of: JsonObject, here: Here): void {
  const inner = objectAt(of, 'osdmap') ?? of
  const osds = textAt(inner, 'num_osds')
  const up = textAt(inner, 'num_up_osds')
  const isIn = textAt(inner, 'num_in_osds')
  if (osds === undefined || up === undefined || isIn === undefined) return
  here.scene.counted = { osds, up, in: isIn, line: `${osds} osds: ${up} up, ${isIn} in` }
  here.scene.notes.fact('osdCounts', { osds, up, in: isIn })
}

export function readPgMap(of: JsonObject, here: Here): void {
  for (const each of [...(listAt(of, 'pgs_by_state') ?? []), ...(listAt(of, 'num_pg_by_state') ?? [])]) {
    if (!isObject(each)) continue
    const state = textAt(each, 'state_name') ?? textAt(each, 'name')
    const count = textAt(each, 'count') ?? textAt(each, 'num')
    if (state === undefined || count === undefined) continue
    here.scene.pgStates.push({ state, count, line: `${count} ${state}` })
    here.scene.notes.fact('pgStates', { state, count })
  }
}
