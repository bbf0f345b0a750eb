import type { Declaration } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { DatastoreArgs, type LunArgs, LunTarget } from './args.ts'

const options = {
  on: 'the host to look from: an ESXi host, or the Linux machine that has the device file',
  interval: 'seconds between the two looks (default 45; 0 looks once)',
  trace: 'minutes that an offered trace of SCST would run (default 5, at most 30)',
}

export const lun: Declaration<LunArgs> = {
  name: 'lun',
  title: 'why a LUN stalls: from its initiators over the target to the RBD image and who watches it',
  usage: {
    target: '<eui.… | naa.… | /dev/sdX | NAME>',
    options,
    examples: ['check lun eui.6465336666353233', 'check lun /dev/sdd on=wsg-70-2', 'check lun disk12'],
  },
  args: LunTarget,
  subject: ({ subject }) => `LUN ${code(subject.kind === 'file' ? subject.path : subject.name)}`,
}

export const datastore: Declaration<LunArgs> = {
  name: 'datastore',
  title:
    'why an ESXi datastore is red: its devices, paths and reservations, down to the image and who watches it',
  usage: {
    target: '<NAME | UUID>',
    options,
    examples: ['check datastore QA-lun-v7', 'check datastore "QA lun 7" on=esx-1'],
  },
  args: DatastoreArgs,
  subject: ({ subject }) => `datastore ${code(subject.kind === 'file' ? subject.path : subject.name)}`,
}
