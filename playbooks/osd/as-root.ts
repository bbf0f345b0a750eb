import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { configuredInit, restartArgv } from '../shared/ceph/osd-init.ts'
import { PYTHONS } from '../shared/linux/banner.ts'
import { restartsOf, unitsOf } from './init.ts'
import { nofileArgv } from './nofile.ts'
import { clusterProbes, hostProbes } from './probes.ts'

/** Hosts that run OSDs, and those from which they are connected to. */
const HOSTS = ['osd-host', 'ceph-admin'] as const

export const asRoot: AsRootOf = (inventory, host): AsRoot[] => {
  const { digits, name, below, address } = ANY
  const of = { id: digits, fsid: name }
  const ceph = clusterProbes(inventory, host)
  const own = hostProbes(inventory, host)
  const { find, okToStop, pgsOf, tell, ...plain } = ceph
  const configured = configuredInit(inventory)
  const restarts = configured ? [restartArgv(configured, of)] : restartsOf(of)
  return [
    ...commands(
      ['ceph-admin'],
      ...Object.values(plain).map((probe) => probe()),
      ...[find, okToStop, pgsOf, tell].map((probe) => probe(digits)),
    ),
    ...commands(HOSTS, own.listeners(), own.processes(), own.fileNr()),
    { roles: HOSTS, argv: own.descriptors([digits]).argv, repeat: { from: 1, size: 1 } },
    { roles: HOSTS, argv: own.limits([digits]).argv, repeat: { from: 3, size: 1 } },
    ...PYTHONS.map((python): AsRoot => {
      const { argv } = own.answers('', python, [])
      return { roles: HOSTS, argv: [...argv, `${address},${digits}`], repeat: { from: argv.length, size: 1 } }
    }),
    ...commands(
      ['osd-host'],
      own.threads(digits),
      own.units(unitsOf(of)),
      own.upstart(digits),
      own.sysvinit(digits),
      own.log(`/var/log/${below}`),
      ...unitsOf(of).map((unit) => own.journal(unit)),
      own.blockedOps(digits),
    ),
    ...changes(['osd-host'], nofileArgv({ pid: digits, to: digits }), ...restarts),
  ]
}
