import type { Declaration } from '../shared/playbook.ts'
import { code } from '../shared/text.ts'
import { OsdArgs, OsdsArgs } from './args.ts'

export const osd: Declaration<OsdArgs> = {
  name: 'osd',
  title: 'whether an OSD that is up takes new connections, and what keeps it from that',
  usage: {
    target: '<id>',
    options: { on: 'host it runs on (default: the one with its addresses)' },
    examples: ['check osd 4', 'check osd 4 on=stor-22'],
  },
  args: OsdArgs,
  subject: ({ id }) => code(`osd.${id}`),
}

export const osds: Declaration<OsdsArgs> = {
  name: 'osds',
  title: 'which OSDs are up, but deaf, or near their limit on open files',
  usage: { target: '', options: {}, examples: ['check osds'] },
  args: OsdsArgs,
  subject: () => 'all OSDs',
}
