import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import type { Line } from '../../shared/triage.ts'
import type { Name } from './forms.ts'
import { type Place, recognise, type Takes } from './place.ts'
import { type Scene, sayOsd } from './scene.ts'

/** What `ss`, `netstat`, `lsof`, `/proc` and `ps` say of ceph-osd processes. */
export const hostTakes: Takes = {
  listen: (record, place) => noteListener(record, place, record.match.slice(1)),
  netstat: (record, place) => {
    const [, waiting, , ip, port, pid] = record.match
    noteListener(record, place, [waiting!, '0', ip!, port!, pid!])
  },
  lsof: (record, place) => {
    const [, pid = '', descriptor, , local, peer, state] = record.match
    if (/^\d+[a-z]?\S*$/.test(descriptor ?? '')) filesOf(place.scene, pid).lines.push(record.text)
    if (state === 'LISTEN') place.scene.notes.fact('listeners', { pid, address: local, command: 'ceph-osd' })
    else if (peer !== undefined) place.scene.notes.fact('connections', { pid, local, peer, state })
    recognise(place, record, 'lsof')
  },
  limits: (record, place) => noteLimits(record, place, record.match[1], record.match[2]!, record.match[3]!),
  prlimit: (record, place) => noteLimits(record, place, undefined, record.match[1]!, record.match[2]!),
  'file-nr': (record, place) => noteFileNr(record, place),
  ps: (record, place) => {
    const [, pid, between = '', command, id = ''] = record.match
    const state = /(?:^|\s)([DRSTZtI][<NLsl+]*)(?:\s|$)/.exec(between)?.[1]
    place.scene.notes.fact('processes', { pid, state, command, osd: id, host: place.section.host })
    sayOsd(place.scene, id, record.text, { pid, processState: state })
    recognise(place, record, 'ps')
  },
}

export function noteFileNr(record: Found<Name>, place: Place): void {
  const [, open = '', unused = '', max = ''] = record.match
  place.scene.fileNr = { open: BigInt(open) - BigInt(unused), max: BigInt(max), line: record.text }
  place.scene.notes.fact('fileTables', { open, unused, max, host: place.section.host })
  recognise(place, record, '/proc/sys/fs/file-nr')
}

function noteListener(record: Found<Name>, place: Place, parts: readonly string[]): void {
  const [waiting = '0', backlog = '0', ip = '', port = '', pid = ''] = parts
  const address = `${ip}:${port}`
  place.scene.listeners.push({
    pid,
    address,
    waiting: Number(waiting),
    backlog: Number(backlog),
    line: record.text,
  })
  place.scene.notes.fact('listeners', {
    pid,
    address,
    waiting,
    backlog,
    command: 'ceph-osd',
    host: place.section.host,
  })
  recognise(place, record, 'listening sockets')
}

function filesOf(scene: Scene, pid: string): NonNullable<ReturnType<Scene['files']['get']>> {
  const files = scene.files.get(pid) ?? { pid, lines: [] }
  scene.files.set(pid, files)
  return files
}

const PID = /\/proc\/(\d+)\//

function pidOf(section: Section): string | undefined {
  const path = section.args.map((arg) => PID.exec(`${arg}/`)?.[1]).find(Boolean)
  const option = section.args.findIndex((arg) => arg === '-p' || arg === '--pid')
  return (
    path ??
    (option >= 0 && /^\d+$/.test(section.args[option + 1] ?? '') ? section.args[option + 1] : undefined)
  )
}

function noteLimits(
  record: Found<Name>,
  place: Place,
  named: string | undefined,
  soft: string,
  hard: string,
): void {
  const pid = named ?? pidOf(place.section) ?? ''
  Object.assign(filesOf(place.scene, pid), { soft, hard })
  filesOf(place.scene, pid).lines.push(record.text)
  place.scene.notes.fact('limits', {
    pid,
    openFilesSoft: soft,
    openFilesHard: hard,
    host: place.section.host,
  })
  recognise(place, record, '/proc/PID/limits')
}

/** `ls /proc/PID/fd | wc -l` and its like print one number. */
export function readCounts(place: Place, rest: readonly Line[], found: readonly Found<Name>[]): void {
  const { section, scene } = place
  const said = rest.filter(({ text }) => text.trim() !== '')
  const counts = /^(?:ls|lsof|find)$/.test(section.program ?? '') && found.length === 0 && said.length === 1
  const pid = pidOf(section)
  const [line] = said
  if (!counts || pid === undefined || !line || !/^\s*\d+\s*$/.test(line.text)) return
  const open = line.text.trim()
  const files = filesOf(scene, pid)
  files.open = open
  files.lines.push(line.text)
  scene.notes.fact('openFiles', { pid, open, host: section.host })
  scene.notes.recognise('number of open files', line.n, line.n)
}
