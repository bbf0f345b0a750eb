import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Name } from './forms.ts'
import { type Place, recognise, type Takes } from './place.ts'
import type { Scene } from './scene.ts'

/** `name: value` below a heading: `rbd info`, a migration, `rbd mirror image status`. */
export const fieldTakes: Takes = {
  field: (record, place) => readField(record, place),
}

function readField(record: Found<Name>, place: Place): void {
  const [, , key, value = '', bare] = record.match
  if (place.block === 'migration') {
    const list = place.list ?? place.scene.lists.at(-1)
    if (key === 'state' && list?.migration) list.migration.state = value
    if (list) list.to = record.to
    return
  }
  if (place.block === 'info' && place.image && INFO_FIELDS.test(key ?? bare ?? '')) {
    readInfoField(place, place.image, key ?? bare!.split(' ')[0]!, value || (bare ?? ''), record)
    recognise(place, record, 'rbd info')
    return
  }
  if (MIRROR_FIELDS.test(key ?? '') && (key === 'global_id' || place.mirror)) {
    if (key === 'global_id') {
      endMirror(place)
      place.mirror = { fields: new Map(), line: '' }
    }
    // the states of other sites stand further in, below `peer_sites:`
    if (!place.mirror!.fields.has(key!)) place.mirror!.fields.set(key!, value)
    if (key === 'state') place.mirror!.line ||= record.text
    recognise(place, record, 'rbd mirror image status')
  }
}

const INFO_FIELDS =
  /^(?:size|order|snapshot_count|id|data_pool|block_name_prefix|format|features|op_features|flags|\w+_timestamp|parent|overlap|mirroring \w+( \w+)?|stripe (?:unit|count)|protected)\b/
const MIRROR_FIELDS = /^(?:global_id|state|description|service|last_update|peer_sites|name)$/

function readInfoField(
  place: Place,
  image: Scene['images'][number],
  key: string,
  value: string,
  record: Found<Name>,
): void {
  const { notes } = place.scene
  const say = (fields: Record<string, string | undefined>) =>
    notes.know('images', 'name', { name: image.name, ...fields })
  if (key === 'id' && /^[0-9a-z]+$/.test(value)) {
    image.id = value
    image.header = `rbd_header.${value}`
    say({ id: value, header: image.header })
  } else if (key === 'block_name_prefix') {
    const id = /^rbd_data\.(?:\d+\.)?([0-9a-z]+)$/.exec(value)?.[1]
    if (id !== undefined && image.id === undefined) {
      image.id = id
      image.header = `rbd_header.${id}`
    }
    say({ prefix: value, id: image.id, header: image.header })
  } else if (key === 'format') {
    if (value === '1') image.header = `${image.name}.rbd`
    say({ format: value, header: image.header })
  } else if (key === 'features' || key === 'flags') {
    if (value !== '') image[key] = value
    if (value !== '') image.line = key === 'flags' ? record.text : image.line
    say({ [key]: value })
  } else if (key === 'mirroring state') {
    say({ mirroring: value })
  } else if (key === 'mirroring primary') {
    // printed only where mirroring is enabled
    image.mirrored = value === 'false'
    say({ mirroring_primary: value })
  } else if (/^[a-z_ ]+$/.test(key)) {
    say({ [key.replaceAll(' ', '_')]: value })
  }
}

/** What is known of a mirrored image stands in several lines; its end is where something else begins. */
export function endMirror(place: Place): void {
  const { mirror, scene } = place
  place.mirror = undefined
  const state = mirror?.fields.get('state')
  if (!mirror || state === undefined) return
  const description = mirror.fields.get('description') ?? ''
  scene.mirrors.push({ subject: place.subject, state, description, line: mirror.line })
  scene.notes.fact('mirrors', {
    ...{ pool: place.subject.pool, image: place.subject.image, state, description },
    ...{ globalId: mirror.fields.get('global_id'), service: mirror.fields.get('service') },
    lastUpdate: mirror.fields.get('last_update'),
  })
}
