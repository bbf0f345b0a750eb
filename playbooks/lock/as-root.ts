import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { probesOf } from './probes.ts'
import { expireArgv, renameArgv } from './scripts.ts'

/**
 * Processes, locks and mounts of any host, because a check may name any. A rename only below the host's own
 * `lock_roots`; where there are none, there is none.
 */
export const asRoot: AsRootOf = (_inventory, host): AsRoot[] => {
  const probes = probesOf(host.name)
  const { digits, list, path } = ANY
  return [
    ...commands(
      'any',
      probes.threads(),
      probes.processes(),
      probes.mounts(),
      probes.mounts(digits),
      probes.openFiles(digits),
      probes.fdinfo(digits),
      probes.namespace(),
      probes.locksOf([list]),
      probes.lockOwners([list]),
      probes.file(path, ''),
      probes.name(path, ''),
      probes.realPath(path, ''),
      probes.kernelLog(),
      probes.uptime(),
      probes.monitored(),
    ),
    {
      roles: 'any',
      argv: probes.waits(1, [{ pid: digits, tid: digits }]).argv,
      repeat: { from: 3, size: 4 },
    },
    { roles: 'any', argv: probes.locks(1, [digits]).argv, repeat: { from: 2, size: 2 } },
    ...commands(['nfs-server'], probes.nfsdClients([]), probes.nfsdClients([list])),
    ...changes(['nfs-server'], expireArgv({ number: digits, clientId: ANY.word, address: ANY.text })),
    ...changes('any', ...(host.lockRoots ?? []).map(renameBelow)),
  ]
}

function renameBelow(root: string): readonly string[] {
  const file = `${root.replace(/\/+$/, '')}/${ANY.below}`
  return renameArgv({ from: file, to: file, device: ANY.digits, ino: ANY.digits })
}
