import { formatAddress, parseAddress, parseAddresses, parseRange } from '../../shared/ceph/address.ts'
import { blocklistEntry, formatEntry } from '../../shared/ceph/blocklist.ts'
import { entries, isObject } from '../../shared/ceph/fields.ts'
import { addressVector } from '../../shared/ceph/osd-dump.ts'
import { careful, hasKeys, type Shape, textAt } from '../../shared/ceph/pasted/shapes.ts'
import { type Here, pick, say } from './here.ts'
import { noteEntry } from './scene.ts'

/** Blocklist, locks and sessions as JSON. */
export const clientShapes: Shape<Here>[] = [
  // blocklist ls
  (of, here) => {
    const until = textAt(of, 'until')
    const what = textAt(of, 'range') ?? textAt(of, 'addr')
    if (until === undefined || what === undefined) return false
    say(here, 'ceph osd blocklist ls')
    careful(here, what, () => {
      const range = hasKeys(of, 'range') || what.startsWith('cidr:')
      const entry = range ? parseRange(what) : parseAddress(what)
      const address = formatEntry(entry)
      noteEntry(here.scene, blocklistEntry(entry, until), `${address} ${until}`)
      here.scene.notes.fact('blocklist', { address, until })
    })
    return true
  },
  // osd dump: its blocklist only
  (of, here) => {
    if (!hasKeys(of, 'osds', 'pools', 'epoch')) return false
    for (const name of ['blocklist', 'blacklist', 'range_blocklist'])
      for (const map of entries(of, name).filter(isObject))
        for (const [what, until] of map.entries)
          careful(here, what, () => {
            const entry =
              what.startsWith('cidr:') || name.startsWith('range') ? parseRange(what) : parseAddress(what)
            const address = formatEntry(entry)
            noteEntry(here.scene, blocklistEntry(entry, String(until)), `${address} ${String(until)}`)
            here.scene.notes.fact('blocklist', { address, until: String(until) })
            say(here, 'ceph osd dump')
          })
    return true
  },
  // rbd lock ls
  (of, here) => {
    const locker = textAt(of, 'locker')
    if (locker === undefined || !hasKeys(of, 'address')) return false
    say(here, 'rbd lock ls')
    const id = textAt(of, 'id') ?? here.at.at(-1) ?? ''
    careful(here, textAt(of, 'address'), () => {
      const [first] = parseAddresses(textAt(of, 'address') ?? '-')
      const address = first && formatAddress(first)
      here.scene.locks.push({
        subject: here.subject,
        id,
        client: locker,
        ...pick('address', address),
        line: `${locker} ${id} ${address ?? ''}`,
      })
      here.scene.notes.fact('locks', {
        id,
        client: locker,
        address,
        pool: here.subject.pool,
        image: here.subject.image,
      })
    })
    return true
  },
  // ceph tell mon.* sessions
  (of, here) => {
    const addrs = entries(of, 'addrs')[0]
    const socket = entries(of, 'socket_addr')[0]
    const name = textAt(of, 'name')
    if (name === undefined || !hasKeys(of, 'con_features') || !(addrs || isObject(socket))) return false
    say(here, 'sessions of a monitor')
    careful(here, name, () => {
      const all = addrs ? addressVector(addrs, 'addrs') : []
      const globalId = textAt(of, 'global_id')
      here.scene.notes.fact('sessions', {
        ...{
          name,
          user: textAt(of, 'entity_name'),
          host: textAt(of, 'remote_host'),
          monitor: here.document.source,
        },
        ...{ addresses: all.map(formatAddress), open: textAt(of, 'open') },
        client: globalId === undefined || globalId === '0' ? undefined : `client.${globalId}`,
      })
    })
    return true
  },
]
