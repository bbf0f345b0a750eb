import type { Playbook } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { DatastoreArgs, type LunArgs, LunTarget } from './args.ts'
import { asRoot } from './as-root.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'
import { lastHop } from './last-hop.ts'
import { probeReserve } from './probe-reserve.ts'
import { scstTrace } from './scst-trace.ts'

const options = {
  on: 'the host to look from: an ESXi host, or the Linux machine that has the device file',
  interval: 'seconds between the two looks (default 45; 0 looks once)',
  trace: 'minutes that an offered trace of SCST would run (default 5, at most 30)',
}

/**
 * The checks `lun` and `datastore`: one way down, from two ends. `watchers` is the playbook that looks at the last hop, who
 * watches the image; playbooks do not know each other, so the catalogue hands it in. Without it the way ends at the image.
 */
export function lunPlaybooks(watchers?: Playbook): { lun: Playbook<LunArgs>; datastore: Playbook<LunArgs> } {
  const common = (
    name: string,
  ): Pick<Playbook<LunArgs>, 'name' | 'probes' | 'diagnose' | 'remedies' | 'asRoot'> => ({
    name,
    probes: (args, inventory, seen) => gather(args, inventory, seen, watchers).wanted,
    diagnose: (args, inventory, seen, now) => diagnose(name, args, inventory, seen, now, watchers),
    remedies: {
      'probe-reserve': probeReserve(watchers),
      'scst-trace': scstTrace(watchers),
      ...(watchers && lastHop(watchers)),
    },
    asRoot,
  })
  return {
    lun: {
      ...common('lun'),
      title: 'why a LUN stalls: from its initiators over the target to the RBD image and who watches it',
      usage: {
        target: '<eui.… | naa.… | /dev/sdX | NAME>',
        options,
        examples: ['check lun eui.6465336666353233', 'check lun /dev/sdd on=wsg-70-2', 'check lun disk12'],
      },
      args: LunTarget,
      subject: ({ subject }) => `LUN ${code(subject.kind === 'file' ? subject.path : subject.name)}`,
    },
    datastore: {
      ...common('datastore'),
      title:
        'why an ESXi datastore is red: its devices, paths and reservations, down to the image and who watches it',
      usage: {
        target: '<NAME | UUID>',
        options,
        examples: ['check datastore QA-lun-v7', 'check datastore "QA lun 7" on=esx-1'],
      },
      args: DatastoreArgs,
      subject: ({ subject }) => `datastore ${code(subject.kind === 'file' ? subject.path : subject.name)}`,
    },
  }
}

/** The same without the last hop, for who has no watchers' playbook at hand. */
export const { lun, datastore } = lunPlaybooks()
