import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { BLOCK_S } from './commands.ts'
import { cephProbes, hostProbes } from './probes.ts'

const ADMIN = ['ceph-admin'] as const

/** Ceph's own tools on its admin hosts; on any host, because every one may be a client: mappings, sockets, processes. */
export const asRoot: AsRootOf = (inventory, host): AsRoot[] => {
  const { digits, word, text } = ANY
  const ceph = cephProbes(inventory, host)
  const own = hostProbes(host)
  const spaces = [undefined, text]
  const client = `${ANY.address}/${digits}`
  const { heldBy, ...plain } = own
  return [
    ...commands('any', ...Object.values(plain).map((probe) => probe())),
    ...commands(['osd-host'], heldBy(digits)),
    ...commands(
      ADMIN,
      ceph.release(),
      ceph.releases(),
      ceph.osdVersions(),
      ceph.osdDump(),
      ceph.monitors(),
      ceph.sessions(1),
      ceph.heldBy(digits),
      ...WORDS.flatMap((words) => [ceph.blocklist({ words }), ceph.argv.ceph('osd', words, 'ls')]),
      ...spaces.flatMap((namespace) => [
        ceph.watchers(1, { pool: text, namespace, object: text }),
        ceph.imageName({ pool: text, namespace, object: '' }, word),
      ]),
      ...[ceph.info, ceph.status, ceph.locks, ceph.mirror].map((probe) =>
        // pool, namespace and name are one word
        probe({ pool: word, namespace: undefined, name: text }),
      ),
    ),
    ...changes(
      ADMIN,
      ...WORDS.flatMap((words) => [
        ceph.argv.ceph('osd', words, 'add', client, String(BLOCK_S)),
        ceph.argv.ceph('osd', words, 'rm', client),
      ]),
    ),
  ]
}

/** Before Pacific it has the older name. */
const WORDS = ['blocklist', 'blacklist'] as const
