import { expect, test } from 'vitest'
import { shapesFor } from '../../jobs/hosts/gate.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { nodeProbes } from '../../playbooks/ctdb/probes.ts'
import { probesOf } from '../../playbooks/lock/probes.ts'
import { hostProbes as lustreProbes } from '../../playbooks/lustre/probes.ts'
import { clusterProbes, hostProbes as osdProbes } from '../../playbooks/osd/probes.ts'
import { type Host, Role } from '../../playbooks/shared/inventory.ts'
import { allPlaybooks } from '../../playbooks/shared/playbook.ts'
import { cephProbes, hostProbes as clientProbes } from '../../playbooks/watchers/probes.ts'
import { allows } from '../jobs/hosts/gate-shell.ts'

const host: Host = { name: 'h', addresses: [], roles: [...Role.options] }
const inventory = { cluster: 'c', hosts: [host], ceph: { conf: '/etc/ceph/prod.conf', user: 'unwedge' } }
const allowed = allows(shapesFor({ playbooks: await allPlaybooks(catalogue), inventory, host }))

/** Arguments for every function that makes a probe, one list per call: the types refuse a table with one missing. */
type Calls<Make> = {
  [Name in keyof Make]: Make[Name] extends (...args: infer Args) => unknown ? Args[] : never
}

const image = { pool: 'rbd', namespace: undefined, name: 'vol 7' }
const header = { pool: 'rbd', namespace: undefined, object: 'rbd_header.7mjm6dk28jaj3' }
const { argv: _, ...ceph } = cephProbes(inventory, host)
const CEPH: Calls<typeof ceph> = {
  ...{
    release: [[]],
    releases: [[]],
    osdVersions: [[]],
    osdDump: [[]],
    monitors: [[]],
    sessions: [[1], [2]],
  },
  blocklist: [[{ words: 'blocklist' }], [{ words: 'blacklist' }]],
  watchers: [
    [1, header],
    [2, { ...header, namespace: 'ns' }],
  ],
  imageName: [
    [header, '7mjm6dk28jaj3'],
    [{ ...header, namespace: 'ns' }, 'x'],
  ],
  ...{
    info: [[image], [{ ...image, namespace: 'ns' }]],
    status: [[image]],
    locks: [[image]],
    mirror: [[image]],
  },
  heldBy: [['12']],
}
const CLIENT: Calls<ReturnType<typeof clientProbes>> = {
  ...{ krbd: [[]], sockets: [[]], socketsAgain: [[]], processes: [[]], namespaces: [[]], forwarding: [[]] },
  ...{ processesAgain: [[]], pidNamespaces: [[]], addresses: [[]], clientRelease: [[]], heldBy: [['12']] },
}
const CLUSTER: Calls<ReturnType<typeof clusterProbes>> = {
  ...{ map: [[]], manager: [[]], health: [[]], stuck: [[]], crashes: [[]], releases: [[]] },
  ...{ find: [['1']], okToStop: [['1']], pgsOf: [['1']], tell: [['1']] },
}
const fsid = '9d0e7a44-1f3f-4f7e-b1c5-0a2d5ce3a111'
const OSD: Calls<ReturnType<typeof osdProbes>> = {
  ...{ listeners: [[]], processes: [[]], fileNr: [[]], threads: [['9']], blockedOps: [['1']] },
  ...{ descriptors: [[['1']], [['1', '22']]], limits: [[['1']], [['1', '22']]] },
  units: [[['ceph-osd@1.service', `ceph-${fsid}@osd.1.service`]]],
  ...{ upstart: [['1']], sysvinit: [['1']], log: [['/var/log/ceph/ceph-osd.1.log']] },
  journal: [['ceph-osd@1.service'], [`ceph-${fsid}@osd.1.service`]],
  answers: [
    ['x', 'python3', [{ ip: '10.0.0.1', port: 6800 }]],
    [
      'x',
      'python',
      [
        { ip: 'fd00::1', port: 1 },
        { ip: '10.0.0.1', port: 6800 },
      ],
    ],
  ],
}
const LOCK: Calls<ReturnType<typeof probesOf>> = {
  ...{ threads: [[]], processes: [[]], mounts: [[], ['12']], openFiles: [['12']], fdinfo: [['12']] },
  waits: [
    [1, [{ pid: '1', tid: '2' }]],
    [
      2,
      [
        { pid: '1', tid: '2' },
        { pid: '3', tid: '4' },
      ],
    ],
  ],
  locks: [
    [1, ['18446744073709551615']],
    [2, ['1', '2']],
  ],
  ...{
    locksOf: [[['1']], [['1', '2']]],
    lockOwners: [[['1']], [['1', '2']]],
    nfsdClients: [[[]], [['1', '2']]],
  },
  ...{ file: [['/a b', '/']], name: [["/-x'$(id)", '/']], realPath: [['/ä', '/']] },
  ...{ kernelLog: [[]], uptime: [[]], monitored: [[]], namespace: [[]] },
}
const CTDB: Calls<ReturnType<typeof nodeProbes>> = {
  ...{ status: [[]], oldStatus: [[]], state: [[]], version: [[]], lock: [[]], runs: [[]], tunables: [[]] },
  ...{ config: [[]], script: [[]], files: [[]], mounts: [[]], clock: [[]], uptime: [[]], family: [[]] },
  waits: [[1, [{ pid: '1' }, { pid: '2' }]]],
  log: [[undefined], ['/var/log/samba/log.ctdb']],
}
const LUSTRE: Calls<ReturnType<typeof lustreProbes>> = {
  ...{ log: [[0], [1], [2]], clock: [[]], uptime: [[]], version: [[]], devices: [[]], nids: [[]], net: [[]] },
  ...{
    ping: [['10.1.0.202@o2ib']],
    imports: [[]],
    mounts: [[]],
    fstab: [[]],
    fileSystems: [[]],
    exports: [[]],
  },
}

test.each([
  ['of watchers, cluster', ceph, CEPH],
  ['of watchers, host', clientProbes(host), CLIENT],
  ['of osd, cluster', clusterProbes(inventory, host), CLUSTER],
  ['of osd, host', osdProbes(inventory, host), OSD],
  ['of lock', probesOf('h'), LOCK],
  ['of ctdb', nodeProbes(host, '/etc/ctdb'), CTDB],
  ['of lustre', lustreProbes(host), LUSTRE],
] as const)('the gate lets every probe %s pass', (_name, make, calls) => {
  const makers = make as unknown as Record<string, (...args: unknown[]) => { argv: readonly string[] }>
  const argvs = Object.entries(calls).flatMap(([name, all]) =>
    (all as unknown[][]).map((args) => makers[name]!(...args).argv),
  )
  expect(argvs.filter((argv) => !allowed(argv)).map((argv) => argv.join(' '))).toEqual([])
})
