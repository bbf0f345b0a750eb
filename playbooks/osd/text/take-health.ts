import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Line } from '../../shared/triage.ts'
import type { Name } from './forms.ts'
import { codeOfMessage } from './health-codes.ts'
import { idsIn, osdList, type Place, recognise, type Takes } from './place.ts'
import { addCheck, type Scene, sayOsd } from './scene.ts'

/** A line below `health:` that is nothing else: a complaint, in the words of the release. */
export function complaint({ n, text }: Line, place: Place): void {
  if (text.trim() === '' || /^\s*[a-z]+:(?:\s|$)/.test(text)) {
    place.complaining = undefined
    return
  }
  if (place.check && /^\s{2,}/.test(text) && place.complaining === undefined) {
    addCheck(place.scene, { ...place.check, lines: [text.trim()] })
    for (const id of idsIn(text)) sayOsd(place.scene, id, text, {})
    place.scene.notes.recognise('ceph health detail', n, n)
    return
  }
  if (place.complaining === undefined || n > place.complaining + 1) return
  place.complaining = n
  const message = text.trim()
  if (/^(?:monmap|osdmap|pgmap|mdsmap|election|flags)\b/.test(message)) {
    place.complaining = undefined
    return
  }
  for (const each of withoutMuted(place.scene, message).split(/;\s*/).filter(Boolean))
    addComplaint(place.scene, each, message)
  place.scene.notes.recognise('ceph status', n, n)
}

/** `(muted: OSD_DOWN(4s) OSDMAP_FLAGS)` at the end of what health says; with the time that is left. */
function withoutMuted(scene: Scene, text: string): string {
  const [all = '', codes = ''] = /\(muted:((?: [A-Z][A-Z0-9_]+(?:\([^)]*\))?)+)\s*\)/.exec(text) ?? []
  for (const [code] of codes.matchAll(/[A-Z][A-Z0-9_]+(?=[( ]|$)/g)) scene.muted.add(code)
  return text.replace(all, '').trim()
}

export function addComplaint(scene: Scene, message: string, line: string): void {
  const code = codeOfMessage(message) ?? `HEALTH:${message.replace(/\d+/g, 'N').slice(0, 60)}`
  addCheck(scene, { code, severity: undefined, message, lines: [line] })
  if (code === 'OSDMAP_FLAGS')
    scene.notes.fact('flags', {
      flags: [...message.matchAll(/\bno\w+|\bpause\w*|\bfull\b/g)].map(([flag]) => flag),
    })
}

/** `ceph health detail` of any release, and the beginning of `ceph -s`. */
export const healthTakes: Takes = {
  status: (record, place) => {
    const [, status = '', rest = ''] = record.match
    const { scene } = place
    scene.status = status
    scene.statusLine = record.text
    place.check = undefined
    place.complaining = record.to
    for (const message of withoutMuted(scene, rest)
      .split(/;\s*/)
      .map((each) => each.trim())
      .filter(Boolean))
      addComplaint(scene, message, record.text)
    recognise(place, record, 'ceph health')
  },
  coded: (record, place) => {
    const [, muted, severity, bracketed, plain, message = ''] = record.match
    const code = bracketed ?? plain ?? ''
    place.complaining = undefined
    place.check = addCheck(place.scene, {
      ...{ code, severity, message, lines: [record.text], muted: muted !== undefined },
    })
    for (const id of idsIn(message)) sayOsd(place.scene, id, record.text, {})
    recognise(place, record, 'ceph health detail')
  },
  'osd-is': (record, place) => {
    const [, id = '', where, state, address, percent, slow, host, at] = record.match
    const crush = /host=([^,)]+)/.exec(where ?? '')?.[1]
    sayOsd(place.scene, id, record.text, {
      ...{ state: state === 'down' ? 'down' : undefined, host: crush ?? host },
      ...(percent === undefined ? {} : { use: Number(percent) }),
      ...{ address, full: state === 'down' ? undefined : state, percent, slow, crashedAt: at },
    })
    if (slow !== undefined && /slow/.test(slow))
      addCheck(place.scene, {
        code: 'SLOW_OPS',
        severity: undefined,
        message: record.text,
        lines: [record.text],
      })
    detail(
      record,
      place,
      state === 'down'
        ? 'OSD_DOWN'
        : state === undefined
          ? undefined
          : /full/.test(state)
            ? codeOfFull(state)
            : undefined,
    )
  },
  'mon-is': (record, place) => {
    place.scene.notes.fact('monitors', { name: record.match[1], address: record.match[2], state: 'down' })
    detail(record, place, 'MON_DOWN')
  },
  'host-is': (record, place) => {
    place.scene.notes.fact('hosts', { name: record.match[1], state: 'down' })
    detail(record, place, 'OSD_HOST_DOWN')
  },
  blocked: (record, place) => {
    const [, ops, seconds, one, several, daemons, single] = record.match
    const ids = [...(one ? [one] : []), ...osdList(several), ...idsIn(daemons ?? ''), ...idsIn(single ?? '')]
    for (const id of ids)
      sayOsd(place.scene, id, record.text, { blockedOps: ops, blockedForS: seconds, slow: 'slow ops' })
    detail(record, place, 'SLOW_OPS')
  },
}

function codeOfFull(state: string): string {
  return /near/.test(state) ? 'OSD_NEARFULL' : /backfill/.test(state) ? 'OSD_BACKFILLFULL' : 'OSD_FULL'
}

/** A line below a complaint, or one that stands alone and says the same. */
export function detail(record: Found<Name>, place: Place, code?: string): void {
  if (place.check && (code === undefined || place.check.code === code || !place.scene.checks.has(code)))
    addCheck(place.scene, { ...place.check, lines: [record.text] })
  else if (code !== undefined)
    addCheck(place.scene, { code, severity: undefined, message: record.text, lines: [record.text] })
  if (place.complaining !== undefined) place.complaining = record.to
  recognise(place, record, 'ceph health detail')
}
