import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import type { Name } from './forms.ts'
import type { Place } from './place.ts'
import { addCheck, type Happening, sayOsd } from './scene.ts'

const AT = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)|([A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d)/
/** `osd.4 4567 heartbeat_check`, `osd.4 (osd.4) 45 : cluster [WRN]`: who says it. */
const OWN = /(?:^|\s)osd\.(\d+) (?:\d+ |pg_epoch:|(?:\(osd\.\d+\)|\S+:\d+\/\d+) \d+ : )/
const FILE = /ceph-osd\.(\d+)\.log|ceph-osd@(\d+)|\bosd\.(\d+)\.log/

/** The OSD whose log a section is: its file or unit, or whom all lines that say so agree on. */
export function ownerOf({ args, lines }: Section): string | undefined {
  const files = args.map((arg) => FILE.exec(arg)).filter((match) => match !== null)
  const named = new Set(files.map((match) => match[1] ?? match[2] ?? match[3]))
  if (named.size > 0) return named.size === 1 ? [...named][0] : undefined
  const said = new Set<string>()
  for (const { text } of lines) {
    const owner = OWN.exec(text)?.[1]
    if (owner !== undefined) said.add(owner)
    if (said.size > 1) return undefined
  }
  return [...said][0]
}

type More = Pick<Happening, 'errno' | 'what'> & { osd?: string | undefined }

/** A line of a log on its way into the scene; `self`: whose log it is. */
type Telling = {
  record: Found<Name>
  place: Place
  self: string | undefined
  add: (kind: string, more?: More) => void
}

/** Notes what a line of a log tells; what it means is said when the whole log is known. */
export function noteHappening(record: Found<Name>, place: Place): void {
  const { scene } = place
  const { text, name } = record
  const stamp = AT.exec(text)
  const at = stamp?.[1] ? `${stamp[1]} ${stamp[2]}` : stamp?.[3]
  const self = OWN.exec(text)?.[1] ?? place.self
  const add: Telling['add'] = (kind, { osd, ...more } = {}) => {
    const who = osd === undefined ? {} : { osd }
    scene.happenings.push({ kind, text, ...more, ...who, ...(at === undefined ? {} : { at }) })
    if (osd !== undefined) scene.notes.know('osds', 'id', { id: osd })
  }
  scene.logLines += 1
  scene.notes.recognise(KINDS[name] ?? 'Ceph log', record.from, record.to)
  if (name === 'log-line' && /\s[0-9a-f]{6,16}\s+-1 /.test(text) && !USUAL.test(text))
    scene.strange.push(text)
  const tell = TELLS[name]
  if (tell) tell({ record, place, self, add })
  else if (self !== undefined) scene.notes.know('osds', 'id', { id: self })
}

const crashed = ({ record, self, add }: Telling) =>
  add('crash', { osd: self, what: record.match[1] ?? 'abort' })
const named = ({ record, add }: Telling) => add(record.name, { osd: record.match[1] })
const slowSelf = ({ record, self, add }: Telling) => add('slow', { osd: record.match[1] ?? self })

const TELLS: Partial<Record<Name, (telling: Telling) => void>> = {
  accept: ({ record, place, self, add }) => {
    const errno = record.match[1]!
    place.scene.notes.know('errors', 'code', errnoFact(errno))
    add('accept', { errno, osd: self })
  },
  'accept-abort': ({ self, add }) => add('accept-abort', { osd: self }),
  'no-reply': ({ record, place, add }) => {
    const [, reporter, address, osd = ''] = record.match
    const { notes } = place.scene
    if (reporter !== undefined) notes.know('osds', 'id', { id: reporter })
    notes.know('osds', 'id', { id: osd, address: address?.startsWith('0x') ? undefined : address })
    add('no-reply', { osd, ...(reporter === undefined ? {} : { what: `osd.${reporter}` }) })
  },
  failed: ({ record, place, add }) => {
    const [, osd, , reporter] = record.match
    if (reporter !== undefined) place.scene.notes.know('osds', 'id', { id: reporter })
    add('failed', { osd })
  },
  wrongly: ({ record, self, add }) => add('wrongly', { osd: record.match[1] ?? record.match[2] ?? self }),
  'marked-down': named,
  'marked-out': named,
  boot: named,
  'slow-request': ({ record, place, self, add }) => {
    noteOp(record, place)
    const state = record.match[3]
    add('slow', { osd: self, ...(state === undefined ? {} : { what: state }) })
  },
  'slow-summary': ({ self, add }) => add('slow', { osd: self }),
  'slow-metric': (telling) => {
    noteOp(telling.record, telling.place)
    slowSelf(telling)
  },
  'slow-metric-cut': slowSelf,
  'slow-heartbeat': ({ record, place, add }) => {
    place.scene.notes.know('osds', 'id', { id: record.match[1]! })
    add('slow-heartbeat', { osd: record.match[2] })
  },
  signal: crashed,
  assert: crashed,
  abort: crashed,
  suicide: ({ self, add }) => add('suicide', { osd: self }),
  stalled: ({ record, self, add }) => add('stalled', { osd: self, what: record.match[1]! }),
  start: ({ record, place, self, add }) => {
    const [, version, command, pid] = record.match
    place.scene.notes.fact('processes', { pid, command, version })
    if (command === 'ceph-osd') add('start', { osd: self })
  },
  disk: ({ record, self, add }) => add('disk', { osd: self, what: record.match[1]! }),
  'check-log': ({ record, place, add }) => noteCheck(record, place, add),
  'healthy-log': ({ add }) => add('healthy'),
  'mon-timeout': ({ add }) => add('mon-timeout'),
  'no-keyring': ({ add }) => add('no-keyring'),
  auth: ({ add }) => add('auth'),
  libceph: ({ record, place, add }) => noteKernel(record, place, add),
  skew: ({ record, add }) => add('skew', { what: record.match[2]! }),
  'no-osd': ({ record, add }) => add('no-osd', { osd: record.match[1] }),
  'no-tell': ({ record, add }) => {
    const [, error, daemon = ''] = record.match
    const osd = /^osd\.(\d+)$/.exec(daemon)?.[1]
    add(error === 'EACCES' || error === 'EPERM' ? 'no-right' : 'no-tell', { osd, what: daemon })
  },
  'no-socket': ({ add }) => add('no-socket'),
}

/** What daemons log as an error and is none: being stopped, a setting, their usual start. */
const USUAL =
  /received +signal:|Got signal (?:Terminated|Interrupt|Hangup)|[Ii]mmediate shutdown|log_to_monitors|Falling back to public interface|F_SET_FILE_RW_HINT/

const KINDS: Partial<Record<Name, string>> = {
  libceph: 'kernel log',
  ...{ 'no-osd': 'error of ceph', 'no-tell': 'error of ceph', 'no-socket': 'error of ceph' },
  ...{ 'mon-timeout': 'error of ceph', 'no-keyring': 'error of ceph', auth: 'error of ceph' },
}

/** `Health check failed: 1 osds down (OSD_DOWN)`, and `cleared` later. */
function noteCheck({ match, text }: Found<Name>, { scene }: Place, add: Telling['add']): void {
  const [, verb, message = '', code] = match
  if (verb === 'cleared') {
    scene.checks.delete(message)
    add('cleared', { what: message })
  } else if (code !== undefined && !code.startsWith('was:')) {
    addCheck(scene, { code, severity: undefined, message, lines: [text] })
    add('reported', { what: code })
  }
}

/** The kernel's client: a monitor or an OSD that it has trouble with. */
function noteKernel({ match, text }: Found<Name>, { scene }: Place, add: Telling['add']): void {
  const [, kind, id = '', address, said = ''] = match
  if (address !== undefined) scene.notes.fact('addresses', { address, daemon: `${kind}.${id}` })
  const trouble =
    /socket closed|socket error|connect error|connection (?:refused|lost)|timed out|session lost|hunting|mismatch|missing required/.test(
      said,
    )
  if (kind === 'osd') {
    const state = /^(?:is )?(down|up)\b/.exec(said)?.[1]
    const out = /weight 0x0 \(out\)/.test(said)
    sayOsdKernel(scene, id, address)
    if (state === 'down') add('kernel-down', { osd: id })
    else if (state === 'up') add('kernel-up', { osd: id })
    else if (out) add('marked-out', { osd: id })
    else if (/socket closed \(con state OPEN\)/.test(said)) add('kernel-idle', { osd: id, what: said })
    else if (trouble) add('kernel-osd', { osd: id, what: said })
    return
  }
  if (/session established/.test(said)) add('kernel-established')
  else if (trouble) add('kernel-mon', { what: text })
}

function sayOsdKernel(scene: Place['scene'], id: string, address: string | undefined): void {
  scene.notes.know('osds', 'id', { id, address })
}

/** The request that takes so long: its client, its object, and which OSDs it waits for. */
function noteOp({ match, text, name }: Found<Name>, { scene }: Place): void {
  const description = /osd_(?:op|sub_op|repop)\S*\(.*?\)(?= |$)|osd_op\(.*/.exec(text)?.[0]
  const waits = /(?:subops|sub ops|peers?) from ([\d,]+)/.exec(text)?.[1]?.split(',')
  for (const id of waits ?? []) sayOsd(scene, id, text, {})
  scene.notes.fact('ops', {
    ...{
      description,
      age: name === 'slow-request' ? match[1] : undefined,
      client: /\bclient\.\d+/.exec(text)?.[0],
    },
    ...{
      object: /\brbd_(?:data|header)\.[0-9a-z.]+|\brb\.\d[\w.]+/.exec(text)?.[0],
      pg: /(?<=\s)\d+\.[0-9a-f]{1,4}(?=[ ):])/.exec(description ?? '')?.[0],
    },
    ...{ waitsFor: waits, state: /currently (.+)$/.exec(text)?.[1] },
  })
}

function errnoFact(code: string) {
  if (code === '24')
    return { code, name: 'EMFILE', meaning: 'the process has no free descriptor (its own limit)' }
  if (code === '23') return { code, name: 'ENFILE', meaning: 'the machine has no free file (fs.file-max)' }
  return { code }
}
