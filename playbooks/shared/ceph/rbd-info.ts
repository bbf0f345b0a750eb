import { type Json, type JsonObject, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, list, object, string } from './fields.ts'

/** An image. `header` is the object that its clients watch; `id` is missing for format 1. */
export type ImageInfo = {
  name: string
  format: 1 | 2
  id?: string
  header: string
  features: string[]
  flags: string[]
  /** live migration is going on: source and target have watchers of their own */
  migrating: boolean
  mirroring?: { mode?: string; state: string; globalId?: string; primary?: boolean }
}

/**
 * `rbd info IMAGE --format json`, Hammer to now. Where a release prints no id, it is taken from the name of
 * the data objects (`rbd_data.ID`, `rbd_data.POOL.ID` with a data pool).
 */
export function readImageInfo(printed: Printed): ImageInfo {
  const info = object(readJson(finished(printed)), 'rbd info')
  const name = string(field(info, 'name'), 'name')
  const format = digits(field(info, 'format'), 'format')
  const shared = {
    name,
    features: names(info, 'features'),
    flags: names(info, 'flags'),
    migrating: names(info, 'features').includes('migrating'),
    ...mirroring(field(info, 'mirroring')),
  }
  if (format === '1') return { ...shared, format: 1, header: `${name}.rbd` }
  if (format !== '2') throw new NotSeen('unparsable', `format: expected 1 or 2, found ${format}`)
  const id = imageId(info)
  return { ...shared, format: 2, id, header: `rbd_header.${id}` }
}

function imageId(info: JsonObject): string {
  const id = field(info, 'id')
  const prefix = string(field(info, 'block_name_prefix'), 'block_name_prefix')
  const found = id === undefined ? /^rbd_data\.(?:\d+\.)?([0-9a-z]+)$/.exec(prefix)?.[1] : string(id, 'id')
  if (!found || !prefix.endsWith(`.${found}`)) {
    throw new NotSeen('unparsable', 'id: expected one that `block_name_prefix` ends with')
  }
  return found
}

/** A list of names; none where the key is missing (format 1 has no features, old releases print no flags). */
function names(info: JsonObject, key: string): string[] {
  const value = field(info, key)
  return value === undefined ? [] : list(value, key).map((each) => string(each, key))
}

function mirroring(value: Json | undefined): Pick<ImageInfo, 'mirroring'> {
  if (value === undefined) return {}
  const section = object(value, 'mirroring')
  const mode = field(section, 'mode')
  const globalId = field(section, 'global_id')
  const primary = field(section, 'primary')
  return {
    mirroring: {
      state: string(field(section, 'state'), 'state'),
      ...(typeof mode === 'string' ? { mode } : {}),
      ...(typeof globalId === 'string' ? { globalId } : {}),
      ...(typeof primary === 'boolean' ? { primary } : {}),
    },
  }
}

/** Who mirrors an image. `client` is the N of the rbd-mirror daemon's `client.N`: a watcher that is explained. */
export type MirrorStatus = {
  state: string
  description: string
  globalId: string
  daemon?: { client?: string; host?: string }
}

/**
 * `rbd mirror image status IMAGE --format json`. An image without mirroring is NotSeen('absent').
 * `up+…` needs a daemon that runs; `down+unknown` means that none has reported.
 */
export function readMirrorStatus(printed: Printed): MirrorStatus {
  const status = object(readJson(finished(printed)), 'mirror image status')
  const text = (name: string) => string(field(status, name), name)
  const read = { state: text('state'), description: text('description'), globalId: text('global_id') }
  const daemon = field(status, 'daemon_service')
  if (daemon === undefined) return read
  const client = field(object(daemon, 'daemon_service'), 'instance_id')
  const host = field(object(daemon, 'daemon_service'), 'hostname')
  return {
    ...read,
    daemon: {
      ...(client === undefined ? {} : { client: digits(client, 'instance_id') }),
      ...(typeof host === 'string' ? { host } : {}),
    },
  }
}
