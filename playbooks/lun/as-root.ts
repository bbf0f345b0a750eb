import { ANY, type AsRoot, type AsRootOf, changes, commands } from '../shared/as-root.ts'
import { releaseArgv, reserveArgv } from './basis.ts'
import { initiatorProbes } from './probes.ts'
import { DEBUG_CONTROL } from './scst.ts'
import { targetProbes } from './targets.ts'
import { TRACE_LEVEL, writeArgv } from './trace.ts'

const TARGET = ['iscsi-target'] as const
const INITIATOR = ['iscsi-initiator'] as const

/** Targets and Linux initiators. Not ESXi: it has no sudo, who logs in there is root. */
export const asRoot: AsRootOf = (_inventory, host): AsRoot[] => {
  const { links, ...ofDevice } = initiatorProbes(host.name)
  const { realPath, ...ofTarget } = targetProbes(host.name)
  const { plain, digits, word, below } = ANY
  const device = `/dev/${below}`
  const writes = [
    writeArgv(DEBUG_CONTROL, [`file ${plain} func ${word} line ${digits} ${plain}`]),
    writeArgv(TRACE_LEVEL, [`add ${word}`]),
    writeArgv(TRACE_LEVEL, [`del ${word}`]),
  ]
  return [
    ...commands(TARGET, ...Object.values(ofTarget).map((probe) => probe()), realPath(device)),
    ...commands(INITIATOR, links(), ...Object.values(ofDevice).map((probe) => probe(device))),
    ...changes(INITIATOR, reserveArgv({ host: '', device }), releaseArgv({ host: '', device })),
    ...writes.map((argv): AsRoot => {
      return { roles: TARGET, argv, repeat: { from: argv.length - 1, size: 1 }, changes: true }
    }),
  ]
}
