import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { statArgv } from '../shared/linux/stat.ts'
import { emptyArgv, endArgv, switchArgv, timerArgv } from './commands.ts'
import { HOLD_S } from './offers.ts'
import { nodeProbes } from './probes.ts'
import { counterPaths, scriptPaths } from './reclock-script.ts'

const ROLES = ['ctdb-node'] as const
/** Where packages have it; a check with another `base=` is refused. */
const BASE = '/etc/ctdb'

/** A node's state, its log below /var/log, and the switch, the counter and the waiting processes of 01.reclock. */
export const asRoot: AsRootOf = (_inventory, host): AsRoot[] => {
  const { waits, log, ...plain } = nodeProbes(host, BASE)
  const { digits, below, path } = ANY
  const scripts = scriptPaths(BASE).map((each) => ({ kind: 'none', path: each }) as const)
  const counters = counterPaths(BASE)
  return [
    ...commands(
      ROLES,
      ...Object.values(plain).map((probe) => probe()),
      log(undefined),
      log(`/var/log/${below}`),
      statArgv(path),
    ),
    { roles: ROLES, argv: waits(1, [{ pid: digits }]).argv, repeat: { from: 3, size: 4 } },
    ...changes(
      ROLES,
      ...scripts.flatMap((script) => [switchArgv(script, 'on'), switchArgv(script, 'off')]),
      ...counters.map(emptyArgv),
      ...scripts.flatMap((script) => counters.map((counter) => timerArgv(script, counter, HOLD_S))),
    ),
    { roles: ROLES, argv: endArgv([digits]), repeat: { from: 2, size: 1 }, changes: true },
  ]
}
