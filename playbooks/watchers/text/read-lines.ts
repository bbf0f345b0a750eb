import { type Broken, type Found, readRecords } from '../../shared/ceph/pasted/records.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import { readImageName } from '../../shared/ceph/rbd-directory.ts'
import { NotSeen } from '../../shared/probe.ts'
import type { Line } from '../../shared/triage.ts'
import { FORMS, type Name } from './forms.ts'
import { addressOr, type Place, type Takes } from './place.ts'
import type { Scene, Subject } from './scene.ts'
import { blockTakes } from './take-blocklist.ts'
import { endMirror, fieldTakes } from './take-fields.ts'
import { imageTakes } from './take-images.ts'
import { startList, watcherTakes } from './take-watchers.ts'
import { noteTrouble } from './trouble.ts'

/** What is done with each kind of line; what none of these takes is a complaint. */
const TAKES: Takes = { ...watcherTakes, ...blockTakes, ...imageTakes, ...fieldTakes }

/** Reads the lines of one section that are RBD's. */
export function readLines(scene: Scene, section: Section, lines: readonly Line[], subject: Subject): void {
  const { found, broken, rest } = readRecords(lines, FORMS)
  const place: Place = {
    ...{ scene, section, subject, list: undefined, block: undefined, image: undefined },
    ...{ mapped: undefined, mode: undefined, mirror: undefined },
  }
  const between = new Set(rest.filter(({ text }) => text.trim() !== '').map(({ n }) => n))
  for (const record of found) {
    if (place.list && hasBetween(between, place.list.to, record.from)) place.list = undefined
    const take = TAKES[record.name] ?? noteTrouble
    take(record, place)
  }
  endMirror(place)
  for (const each of broken) refuse(each, place)
  readHexDump(found, rest, place)
  readChildren(rest, place)
}

/** `rbd children POOL/IMAGE@SNAP`: a name a line, known by its command only. */
function readChildren(rest: readonly Line[], { section, scene }: Place): void {
  if (section.command?.program !== 'rbd' || section.command.words[0] !== 'children') return
  for (const { text, n } of rest) {
    const [, pool, name] = /^([\w.-]+)\/(?:[\w.-]+\/)?([\w.-]+)\s*$/.exec(text) ?? []
    if (name === undefined) continue
    scene.notes.know('images', 'name', { name, pool })
    scene.notes.recognise('rbd children', n, n)
  }
}

function hasBetween(lines: ReadonlySet<number>, from: number, to: number): boolean {
  for (let n = from + 1; n < to; n += 1) if (lines.has(n)) return true
  return false
}

/** `rados getomapval rbd_directory id_X`: which image an id belongs to. */
function readHexDump(found: readonly Found<Name>[], rest: readonly Line[], place: Place): void {
  const head = found.find(({ name }) => name === 'hex-head')
  const key = place.section.args.find((arg) => /^id_[0-9a-z]+$/.test(arg))
  if (!head) return
  const dump = rest.filter(({ n, text }) => n > head.to && /^[0-9a-f]{4,8}\b|^\*$/.test(text))
  try {
    const name = readImageName([head.text, ...dump.map(({ text }) => text)].join('\n'))
    const id = key?.slice(3)
    place.scene.notes.know('images', 'name', {
      ...{ name, id, pool: place.subject.pool, header: id === undefined ? undefined : `rbd_header.${id}` },
    })
    place.scene.notes.recognise('rados getomapval', head.from, dump.at(-1)?.n ?? head.to)
    if (id !== undefined)
      place.scene.images.push({
        ...place.subject,
        name,
        image: name,
        id,
        header: `rbd_header.${id}`,
        line: head.text,
      })
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    place.scene.notes.refuse(head.from, head.text, error.message)
  }
}

/** Why a line that begins like one of ours is not used; what of it is whole is. */
function refuse({ name, line, text }: Broken<Name>, place: Place): void {
  const { scene } = place
  if (name === 'watcher') {
    const [, address = '', client, cookie] =
      /watcher=(\S*)(?:\s+client\.(\d+)(?=\s))?(?:\s+cookie=(\S*))?/.exec(text) ?? []
    const known = client === undefined ? undefined : addressOr(place, line, address)
    const list = scene.lists.findLast((each) => each.to <= line) ?? startList(place, line)
    list.whole = false
    list.evidence.push(text)
    if (known !== undefined) list.watches.push({ address: known, client: `client.${client}` })
    if (known === undefined && client === undefined)
      scene.notes.refuse(line, address || text, 'this watcher is cut off: its nonce may not be whole')
    else if (known !== undefined)
      scene.notes.refuse(line, cookie ?? text, 'the cookie of this watcher is missing or damaged')
    scene.notes.recognise('rados listwatchers', line, line)
  } else if (name === 'blocked')
    scene.notes.refuse(
      line,
      text.trim(),
      'an entry of the blocklist is an address with its nonce, and a time',
    )
  else if (name === 'lock') {
    if (place.mode)
      scene.notes.refuse(line, text.trim(), 'a lock is `client.N  ID  ADDRESS`; this one is damaged')
  } else if (name === 'added' || name === 'removed')
    scene.notes.refuse(line, text.trim(), 'the reply is cut: which address it names is not certain')
}
