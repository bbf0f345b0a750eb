import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { hostProbes, LOG_SOURCES } from './probes.ts'
import { mountArgv } from './remedies.ts'

const ROLES = ['lustre-client', 'lustre-mgs'] as const

/** State and log of a client or an MGS. mount takes only a folder: what is mounted there is what fstab has. */
export const asRoot: AsRootOf = (_inventory, host): AsRoot[] => {
  const { log: _, ping, ...plain } = hostProbes(host)
  return [
    ...commands(ROLES, ...LOG_SOURCES, ...Object.values(plain).map((probe) => probe()), ping(ANY.word)),
    ...changes(['lustre-client'], mountArgv(ANY.path)),
  ]
}
