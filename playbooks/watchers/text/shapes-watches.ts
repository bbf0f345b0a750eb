import { addressFromParts, formatAddress, parseAddress } from '../../shared/ceph/address.ts'
import { entries, isObject } from '../../shared/ceph/fields.ts'
import { careful, hasKeys, type Shape, textAt } from '../../shared/ceph/pasted/shapes.ts'
import type { JsonObject } from '../../shared/json.ts'
import { type Here, pick, say } from './here.ts'
import type { Subject, Watch, WatchList } from './scene.ts'

/** `rbd status` and `dump_watchers` as JSON. */
export const watchShapes: Shape<Here>[] = [
  // rbd status
  (of, here) => {
    const [watchers] = entries(of, 'watchers')
    if (watchers === undefined || !(Array.isArray(watchers) || isObject(watchers))) return false
    const list = listOf(here, here.subject)
    list.evidence.push(...here.document.text)
    const all = Array.isArray(watchers) ? watchers : entries(watchers, 'watcher')
    for (const each of all.filter(isObject)) {
      const watch = watchOf(each, here)
      if (watch) list.watches.push(watch)
      if (!watch?.client) list.whole = false
    }
    const [migration] = entries(of, 'migration')
    if (isObject(migration))
      list.migration = {
        ...pick('state', textAt(migration, 'state')),
        ...pick('source', sideOf(migration, 'source')),
        ...pick('destination', sideOf(migration, 'dest')),
      }
    say(here, 'rbd status')
    return true
  },
  // one watcher of a list whose beginning is missing
  (of, here) => {
    if (!hasKeys(of, 'address', 'client', 'cookie')) return false
    const list = listOf(here, here.subject)
    list.whole = false
    const watch = watchOf(of, here)
    if (watch) list.watches.push(watch)
    list.evidence.push(...here.document.text)
    say(here, 'rbd status')
    return true
  },
  // ceph daemon osd.N dump_watchers
  (of, here) => {
    const [name] = entries(of, 'entity_name')
    const [addr] = entries(of, 'entity_addr_t')
    const object = textAt(of, 'object')
    if (!isObject(name) || !isObject(addr) || object === undefined || !hasKeys(of, 'cookie')) return false
    say(here, 'dump_watchers')
    const id = `${textAt(name, 'type') ?? ''}.${textAt(name, 'num') ?? ''}`
    careful(here, textAt(addr, 'addr'), () => {
      const address = formatAddress(addressFromParts(textAt(addr, 'addr') ?? '', textAt(addr, 'nonce') ?? ''))
      const cookie = BigInt.asUintN(64, BigInt(textAt(of, 'cookie') ?? '0')).toString()
      const osd = here.document.source
      const watch = {
        address,
        client: id,
        cookie,
        ...pick('timeout', textAt(of, 'timeout')),
        ...pick('osd', osd),
      }
      const list = listOf(here, { object, ...pick('namespace', textAt(of, 'namespace') || undefined) })
      list.watches.push(watch)
      list.evidence.push(`${object}: ${address} ${id} cookie=${cookie}`)
    })
    return true
  },
]

function watchOf(of: JsonObject, here: Here): Watch | undefined {
  const address = textAt(of, 'address')
  const client = textAt(of, 'client')
  const cookie = textAt(of, 'cookie')
  let watch: Watch | undefined
  careful(here, address, () => {
    watch = {
      address: formatAddress(parseAddress(address ?? '')),
      ...(client && /^\d+$/.test(client) ? { client: `client.${client}` } : {}),
      ...(cookie && /^\d+$/.test(cookie) ? { cookie } : {}),
    }
  })
  return watch
}

function listOf(here: Here, subject: Subject): WatchList {
  const { scene, document } = here
  const open = scene.lists.find((list) => list.to === document.to && sameSubject(list.subject, subject))
  if (open) return open
  const list: WatchList = { subject, watches: [], whole: !document.cut, to: document.to, evidence: [] }
  scene.lists.push(list)
  return list
}

const sameSubject = (a: Subject, b: Subject) => JSON.stringify(a) === JSON.stringify(b)

function sideOf(migration: JsonObject, side: 'source' | 'dest'): string | undefined {
  const pool = textAt(migration, `${side}_pool_name`)
  const image = textAt(migration, `${side}_image_name`)
  return pool === undefined || image === undefined ? undefined : `${pool}/${image}`
}
