import { type Place, recognise, type Takes } from './place.ts'
import type { Scene } from './scene.ts'
import { endMirror } from './take-fields.ts'

/** Tables of images, snapshots and mappings. */
export const imageTakes: Takes = {
  'info-head': (record, place) => {
    endMirror(place)
    place.block = 'info'
    place.image = { ...place.subject, name: record.match[1]!, image: record.match[1]!, line: record.text }
    place.scene.images.push(place.image)
    place.scene.notes.know('images', 'name', imageFacts(place.image))
    recognise(place, record, 'rbd info')
  },
  'mapped-head': (record, place) => {
    place.mapped = { pid: record.match[1] !== undefined, namespace: record.match[2] !== undefined }
    recognise(place, record, 'rbd showmapped')
  },
  mapped: (record, place) => {
    if (!place.mapped) return
    const device = record.match[7]!
    const cells = record.match.slice(2, 7).filter((cell) => cell !== undefined)
    const pid = place.mapped.pid ? cells.shift() : undefined
    const [pool, image, snap] = cells.length === 3 ? cells : [cells[0], cells[2], cells[3]]
    place.scene.notes.fact('mappings', {
      ...{ id: record.match[1]!, pid, pool, image, snap: snap === '-' ? undefined : snap, device },
      namespace: cells.length === 4 ? cells[1] : undefined,
      host: place.section.host,
    })
    place.scene.notes.know('images', 'name', { name: image, pool })
    recognise(place, record, 'rbd showmapped')
  },
  'image-row': (record, place) => {
    const [, name, snap, size, parent, format, isProtected, lock] = record.match
    if (!inListing(place)) return
    if (snap === undefined)
      place.scene.notes.know('images', 'name', { name, size, parent, format, lock, pool: place.subject.pool })
    else place.scene.notes.fact('snapshots', { image: name, name: snap, size, protected: isProtected })
    recognise(place, record, 'rbd ls -l')
  },
  'snap-row': (record, place) => {
    const [, id, name, size, isProtected, timestamp] = record.match
    if (!inSnapshots(place)) return
    const { pool, image } = place.subject
    place.scene.notes.fact('snapshots', { id, name, size, protected: isProtected, timestamp, pool, image })
    recognise(place, record, 'rbd snap ls')
  },
  'mirror-off': (record, place) => {
    recognise(place, record, 'rbd mirror image status')
    place.scene.notes.finding({
      ...{ code: 'not-mirrored', verdict: 'confirmed', severity: 'ok', evidence: [record.text] },
      summary: `Mirroring is not enabled on this ${record.match[1]}, so no rbd-mirror daemon should watch it.`,
    })
  },
  'libceph-client': (record, place) => {
    const [, client, address, fsid] = record.match
    place.scene.notes.fact('clients', {
      client: `client.${client}`,
      address,
      fsid,
      kind: 'kernel',
      host: place.section.host,
    })
    recognise(place, record, 'kernel log')
  },
}

function inListing({ section }: Place): boolean {
  const { command, lines } = section
  if (command) return command.words[0] === 'ls' || command.words[0] === 'list'
  return lines.some(({ text }) => /^\s*NAME\s+SIZE\s+PARENT\s+FMT\b/.test(text))
}

function inSnapshots({ section }: Place): boolean {
  const { command, lines } = section
  return command
    ? command.words[0] === 'snap'
    : lines.some(({ text }) => /^\s*SNAPID\s+NAME\s+SIZE\b/.test(text))
}

function imageFacts({ name, pool, namespace, id, header }: Scene['images'][number]) {
  return { name, pool, namespace, id, header }
}
