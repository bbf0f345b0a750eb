import type { Playbook } from '../shared/playbook.ts'
import { diagnoseAll, gatherAll } from './all.ts'
import { OsdArgs, OsdsArgs } from './args.ts'
import { asRoot } from './as-root.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { raiseNofile } from './nofile.ts'
import { restartOsd } from './restart.ts'
import { nameOf } from './words.ts'

export const osd: Playbook<OsdArgs> = {
  name: 'osd',
  title: 'whether an OSD that is up takes new connections, and what keeps it from that',
  usage: {
    target: '<id>',
    options: { on: 'host it runs on (default: the one with its addresses)' },
    examples: ['check osd 4', 'check osd 4 on=stor-22'],
  },
  args: OsdArgs,
  subject: ({ id }) => nameOf(id),
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: { 'restart-osd': restartOsd, 'raise-nofile': raiseNofile },
  asRoot,
}

/** The same look at every OSD, without remedies: what is found is looked into one by one. */
export const osds: Playbook<OsdsArgs> = {
  name: 'osds',
  title: 'which OSDs are up, but deaf, or near their limit on open files',
  usage: { target: '', options: {}, examples: ['check osds'] },
  args: OsdsArgs,
  subject: () => 'all OSDs',
  probes: (_, inventory, seen) => gatherAll(inventory, seen).wanted,
  diagnose: (_, inventory, seen) => diagnoseAll(inventory, seen),
  remedies: {},
  asRoot,
}
