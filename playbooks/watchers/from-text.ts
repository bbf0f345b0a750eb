import { formatAddress, parseAddress } from '../shared/ceph/address.ts'
import { documentsOf } from '../shared/ceph/pasted/documents.ts'
import { type Notes, sayAtLeast, takeNotes } from '../shared/ceph/pasted/notes.ts'
import { type Section, sectionsOf } from '../shared/ceph/pasted/sections.ts'
import type { Reader } from '../shared/triage.ts'
import { FORMS } from './text/forms.ts'
import { judgeBlocklist } from './text/judge-blocklist.ts'
import { judgeLists } from './text/judge-lists.ts'
import { judgeRest } from './text/judge-rest.ts'
import { checkOf } from './text/next.ts'
import { readDocument } from './text/read-documents.ts'
import { readLines } from './text/read-lines.ts'
import { emptyScene, type Scene, type Subject } from './text/scene.ts'
import { subjectOf } from './text/subject.ts'

const KEYS =
  'watchers?|address|client|cookie|locker|entity_(?:name|addr_t)|until|block_name_prefix|blocklist|blacklist|global_id|device'

/**
 * RBD's outputs and complaints in pasted text: watchers, locks, blocklists, images, mirrors, mappings; tools, librbd and the
 * kernel client of Hammer to Squid. A text never proves that a watcher is left over; it says what to check.
 */
export const watchersReader: Reader = {
  playbook: 'watchers',
  wants: new RegExp(
    [
      ...FORMS.map(({ starts }) => `(?:${starts.source})`),
      `"(?:${KEYS})":`,
      String.raw`\brbd_(?:header|data)\.`,
    ].join('|'),
    'i',
  ),
  read: (passages) => {
    const notes = takeNotes('watchers')
    const scene = emptyScene(notes)
    for (const section of sectionsOf(passages)) readSection(scene, section)
    judgeLists(scene)
    judgeBlocklist(scene)
    judgeRest(scene)
    noteNames(notes, scene)
    return sayAtLeast(notes)
  },
}

function readSection(scene: Scene, section: Section): void {
  const subject = subjectOf(section)
  noteTyped(scene, section, subject)
  for (const { text } of section.lines)
    for (const [header] of text.matchAll(/\brbd_header\.[0-9a-z]{6,}\b/g)) scene.headers.add(header)
  if (subject.object?.startsWith('rbd_header.')) scene.asked.add(subject.object)
  const { documents, rest } = documentsOf(section.lines)
  for (const document of documents) readDocument(scene, document, subject)
  readLines(scene, section, rest, subject)
}

/** `ceph osd blocklist add|rm ADDRESS` as it was typed. */
function noteTyped({ notes, changes }: Scene, { command, lines }: Section, subject: Subject): void {
  const [osd, list, verb, text] = command?.words ?? []
  if (subject.image !== undefined || command?.program !== 'ceph') return
  if (
    osd !== 'osd' ||
    !/^bl[ao]cklist$/.test(list ?? '') ||
    !/^(?:add|rm)$/.test(verb ?? '') ||
    text === undefined
  )
    return
  const line = command.line ?? lines[0]?.n ?? 0
  try {
    const address = formatAddress(parseAddress(text))
    notes.fact('addresses', { address })
    changes.push({
      did: verb === 'add' ? 'typed-add' : 'typed-rm',
      address,
      line: `ceph osd ${list} ${verb} ${text}`,
    })
    if (command.line !== undefined) notes.recognise(`ceph osd ${list} ${verb}`, line, line)
  } catch {
    notes.refuse(line, text, 'this is no address with a nonce, such as 10.0.0.5:0/123')
  }
}

/** Headers that are only named; one whose watchers were asked for without an answer in the text can be checked. */
function noteNames(notes: Notes, { headers, asked, lists, images, troubles }: Scene): void {
  for (const header of new Set([...headers, ...asked])) {
    if (
      images.some((image) => image.header === header) ||
      lists.some(({ subject }) => subject.object === header)
    )
      continue
    notes.know('images', 'name', { name: header, header, id: header.slice('rbd_header.'.length) })
    const answered = troubles.some(({ subject }) => subject.object === header)
    const check = asked.has(header) && !answered ? checkOf({ object: header }) : undefined
    if (check) notes.next(check, 'See who watches it')
  }
}
