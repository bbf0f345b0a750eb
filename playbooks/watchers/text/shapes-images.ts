import { entries, isObject } from '../../shared/ceph/fields.ts'
import { hasKeys, type Shape, textAt } from '../../shared/ceph/pasted/shapes.ts'
import type { JsonObject } from '../../shared/json.ts'
import { type Here, pick, say } from './here.ts'

/** Images, snapshots, mirrors and mappings as JSON. */
export const imageShapes: Shape<Here>[] = [
  // rbd info
  (of, here) => {
    const name = textAt(of, 'name')
    const prefix = textAt(of, 'block_name_prefix')
    if (name === undefined || prefix === undefined) return false
    const format = textAt(of, 'format')
    const id = textAt(of, 'id') ?? /^rbd_data\.(?:\d+\.)?([0-9a-z]+)$/.exec(prefix)?.[1]
    const header = format === '1' ? `${name}.rbd` : id === undefined ? undefined : `rbd_header.${id}`
    const [parent] = entries(of, 'parent')
    const [mirroring] = entries(of, 'mirroring')
    const features = listText(of, 'features')
    const flags = listText(of, 'flags')
    const mirrored =
      isObject(mirroring) &&
      textAt(mirroring, 'state') === 'enabled' &&
      textAt(mirroring, 'primary') === 'false'
    here.scene.images.push({
      ...here.subject,
      ...{ name, image: name, line: `${name}: ${flags || features}`, mirrored },
      ...pick('id', id),
      ...pick('header', header),
      ...pick('features', features || undefined),
      ...pick('flags', flags || undefined),
    })
    here.scene.notes.know('images', 'name', {
      ...{ name, id, header, prefix, format, features, flags, pool: here.subject.pool },
      ...{ size: textAt(of, 'size'), parent: isObject(parent) ? parentOf(parent) : undefined },
      mirroring: isObject(mirroring) ? textAt(mirroring, 'state') : undefined,
    })
    say(here, 'rbd info')
    return true
  },
  // rbd mirror image status
  (of, here) => {
    const globalId = textAt(of, 'global_id')
    const state = textAt(of, 'state')
    if (globalId === undefined || state === undefined || !state.includes('+')) return false
    const [daemon] = entries(of, 'daemon_service')
    const instance = isObject(daemon) ? textAt(daemon, 'instance_id') : undefined
    const description = textAt(of, 'description') ?? ''
    const image = textAt(of, 'name')
    const subject = { ...here.subject, ...pick('image', here.subject.image ?? image) }
    here.scene.mirrors.push({
      subject,
      state,
      description,
      line: `${image ?? ''} state: ${state}, ${description}`,
    })
    here.scene.notes.fact('mirrors', {
      ...{ image, pool: subject.pool, state, description, globalId, lastUpdate: textAt(of, 'last_update') },
      ...{ client: instance === undefined ? undefined : `client.${instance}` },
      host: isObject(daemon) ? textAt(daemon, 'hostname') : undefined,
    })
    say(here, 'rbd mirror image status')
    return true
  },
  // rbd device list, showmapped: a list, or an object by id
  (of, here) => {
    const device = textAt(of, 'device')
    const image = textAt(of, 'name') ?? textAt(of, 'image')
    if (device === undefined || image === undefined || !device.startsWith('/dev/')) return false
    const snap = textAt(of, 'snap')
    here.scene.notes.fact('mappings', {
      ...{
        id: textAt(of, 'id') ?? here.at.at(-1),
        pool: textAt(of, 'pool'),
        namespace: textAt(of, 'namespace'),
        image,
      },
      ...{ snap: snap === '-' ? undefined : snap, device },
    })
    here.scene.notes.know('images', 'name', { name: image, pool: textAt(of, 'pool') })
    say(here, 'rbd showmapped')
    return true
  },
  // rbd ls -l, rbd children
  (of, here) => {
    const image = textAt(of, 'image')
    if (image === undefined || !(hasKeys(of, 'size', 'format') || hasKeys(of, 'pool', 'pool_namespace')))
      return false
    const [parent] = entries(of, 'parent')
    const snapshot = textAt(of, 'snapshot')
    const id = textAt(of, 'id')
    if (snapshot !== undefined)
      here.scene.notes.fact('snapshots', {
        image,
        name: snapshot,
        id: textAt(of, 'snapshot_id'),
        protected: textAt(of, 'protected'),
      })
    else
      here.scene.notes.know('images', 'name', {
        ...{
          name: image,
          id,
          pool: textAt(of, 'pool') ?? here.subject.pool,
          size: textAt(of, 'size'),
          format: textAt(of, 'format'),
        },
        ...{ header: id === undefined ? undefined : `rbd_header.${id}`, lock: textAt(of, 'lock_type') },
        parent: isObject(parent) ? parentOf(parent) : undefined,
      })
    say(here, hasKeys(of, 'size') ? 'rbd ls -l' : 'rbd children')
    return true
  },
  // rbd snap ls
  (of, here) => {
    if (!hasKeys(of, 'id', 'name', 'size') || !(hasKeys(of, 'protected') || hasKeys(of, 'timestamp')))
      return false
    const { pool, image } = here.subject
    here.scene.notes.fact('snapshots', {
      ...{
        id: textAt(of, 'id'),
        name: textAt(of, 'name'),
        size: textAt(of, 'size'),
        protected: textAt(of, 'protected'),
      },
      ...{ timestamp: textAt(of, 'timestamp'), pool, image },
    })
    say(here, 'rbd snap ls')
    return true
  },
]

function listText(of: JsonObject, name: string): string {
  const [value] = entries(of, name)
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string').join(', ') : ''
}

function parentOf(parent: JsonObject): string {
  const namespace = textAt(parent, 'pool_namespace')
  return `${textAt(parent, 'pool') ?? ''}/${namespace ? `${namespace}/` : ''}${textAt(parent, 'image') ?? ''}@${textAt(parent, 'snapshot') ?? ''}`
}
