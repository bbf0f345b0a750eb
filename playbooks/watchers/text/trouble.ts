import type { Found } from '../../shared/ceph/pasted/records.ts'
import type { Name } from './forms.ts'
import type { Place } from './place.ts'
import type { Subject } from './scene.ts'

const AT = /^(?:.*?\s)?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d)/

/** What a client, the kernel or a tool complains about: which image, which errno; judged when the whole text is known. */
export function noteTrouble(record: Found<Name>, place: Place): void {
  const { scene } = place
  const { match, text, name } = record
  const at = AT.exec(text)?.[1]
  const add = (
    kind: string,
    more: { subject?: Subject; errno?: string | undefined; client?: string | undefined } = {},
  ) => {
    const { subject = place.subject, errno, client } = more
    scene.troubles.push({
      ...{ kind, subject, text },
      ...(errno === undefined ? {} : { errno }),
      ...(client === undefined ? {} : { client }),
      ...(at === undefined ? {} : { at }),
    })
    if (errno !== undefined) scene.notes.know('errors', 'code', errorFact(errno))
    if (client !== undefined) scene.notes.fact('clients', { client })
    scene.notes.recognise(KINDS[name] ?? 'client log', record.from, record.to)
  }
  if (name === 'error') {
    const [, doing = '', what = '', errno] = match
    add(doing === 'listing watchers' ? 'list-failed' : 'open-failed', {
      subject: subjectOf(what, doing, place.subject),
      errno,
    })
  } else if (name === 'has-watchers') add('has-watchers')
  else if (name === 'map-failed')
    add(match[1] === 'unmap' ? 'unmap-failed' : 'map-failed', { errno: match[2] })
  else if (name === 'mismatch')
    add('feature-mismatch', match[1] ? { subject: { ...place.subject, image: match[1] } } : {})
  else if (name === 'locked') add('locked', { errno: match[3] })
  else if (name === 'watch-error') {
    if (match[1] !== undefined) scene.notes.fact('watchers', { cookie: match[1] })
    add(match[2] === '108' ? 'client-blocked' : 'watch-lost', { errno: match[2] })
  } else if (name === 'client-blocked') add('client-blocked')
  else if (name === 'lost-endpoint') add('client-blocked', { errno: '108' })
  else if (name === 'block-error') noteDevice(record, place, add)
  else if (name === 'krbd') noteKernel(record, place, add)
}

type Add = (
  kind: string,
  more?: { subject?: Subject; errno?: string | undefined; client?: string | undefined },
) => void

function noteKernel({ match, from, to }: Found<Name>, { scene, subject }: Place, add: Add): void {
  const [, what = '', said = ''] = match
  const device = /^rbd\d+$/.test(what) ? what : undefined
  if (device) scene.notes.know('devices', 'name', { name: device, kind: 'rbd' })
  const client = /\bclient\.?(\d+)/.exec(said)?.[1]
  const named = client === undefined ? undefined : `client.${client}`
  const errno = /(?:result|error:?|failed:?|:) -(\d+)/.exec(said)?.[1]
  const about = device ? {} : { subject: { ...subject, image: what.replace(/^image /, '') } }
  if (/seems dead, breaking|breaking (?:header|object map) lock/.test(said))
    add('lock-broken', { client: named })
  else if (/^(?:image is )?(?:already )?locked|is locked/.test(said))
    add('locked', { ...about, client: named })
  // drivers/block/rbd.c, before and since 6.5: whom it could not block is somebody else
  else if (/^bl[ao]cklist of .* failed|^failed to bl[ao]cklist /.test(said))
    add('block-failed', { errno, client: named })
  else if (/blacklist|blocklist/.test(said)) add('client-blocked', { errno, client: named })
  else if (/watch/.test(said) && errno !== undefined)
    add(errno === '108' ? 'client-blocked' : 'watch-lost', { errno })
  else if (/\b(?:read|write|discard|zeroout|write_same)\b.*result -/.test(said) || /result -\d/.test(said))
    add(errno === '108' ? 'client-blocked' : 'io-error', { errno })
  else if (/unsupported|features? .*(?:0x|not)/.test(said) && !/^capacity/.test(said))
    add('feature-mismatch', about)
  else if (/no lock owners/.test(said)) add('no-owner')
  else if (errno !== undefined) add('kernel-error', { errno })
  else scene.notes.recognise('kernel log', from, to)
}

function noteDevice({ match, text }: Found<Name>, { scene }: Place, add: Add): void {
  scene.notes.know('devices', 'name', { name: match[1], kind: 'rbd' })
  if (!/error/i.test(text)) return
  add('io-error')
}

/** What was not found: a pool, an image, an object with its pool. */
function subjectOf(what: string, doing: string, subject: Subject): Subject {
  if (doing === 'opening pool') return { pool: what }
  if (doing === 'opening image') {
    const [, pool, image] = /^(?:(.+)\/)?([^/]+)$/.exec(what) ?? []
    return { ...subject, ...(pool === undefined ? {} : { pool }), ...(image === undefined ? {} : { image }) }
  }
  const [, pool, object] = /^(?:([^/]+)\/)?([^/\s]+)/.exec(what) ?? []
  return { ...subject, ...(pool === undefined ? {} : { pool }), ...(object === undefined ? {} : { object }) }
}

const KINDS: Partial<Record<Name, string>> = {
  error: 'error of rados or rbd',
  'has-watchers': 'rbd rm',
  'map-failed': 'rbd map',
  mismatch: 'rbd map',
  krbd: 'kernel log',
  'block-error': 'kernel log',
}

/** errno.h of Linux, those that Ceph's clients show. */
const ERRNOS: Record<string, [name: string, meaning: string]> = {
  1: ['EPERM', 'not permitted'],
  2: ['ENOENT', 'it does not exist'],
  5: ['EIO', 'input/output error'],
  6: ['ENXIO', 'no such device or address; for `rbd map`: often features that this kernel does not know'],
  13: ['EACCES', 'permission denied'],
  16: ['EBUSY', 'in use'],
  17: ['EEXIST', 'it exists'],
  22: ['EINVAL', 'invalid argument'],
  30: ['EROFS', 'read-only: another client holds the exclusive lock'],
  95: ['EOPNOTSUPP', 'not supported'],
  107: ['ENOTCONN', 'the watch was lost; the client registers it again when it can'],
  108: ['ESHUTDOWN', 'the cluster refuses this client: it is blocklisted'],
  110: ['ETIMEDOUT', 'no answer in time'],
}

function errorFact(errno: string) {
  const [name, meaning] = ERRNOS[errno] ?? [undefined, undefined]
  return { code: errno, name, meaning }
}
