import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SWITCHES_OFF, scstAnswer } from '../../../playbooks/lun/replayed-scst.ts'
import {
  DEBUG_CONTROL,
  DEBUG_SITES_ARGV,
  SCST,
  SCST_DEVICES_ARGV,
  SCST_LUNS_ARGV,
  SCST_SESSIONS_ARGV,
  TRACE_LEVEL_ARGV,
} from '../../../playbooks/lun/scst.ts'
import { type Inside, put, startInside } from './inside.ts'

/** What /sys/bus/rbd shows of an image that is mapped; `client` and `address` are those of its watcher. */
export type Mapped = { id: string; image: string; client: string; address: string; fsid: string }

/** The device file of the other LUN, as an administrator may link it. */
export const LINKED = '/dev/disk/Größe 7  „rot“'

/** What SCST prints in the incident, as lines; the other device is an image here, too. */
export const scstSays = (argv: readonly string[]): string[] =>
  (scstAnswer(argv, SWITCHES_OFF)?.reply.stdout ?? '')
    .replaceAll('/dev/mapper/vg0-lun11', LINKED)
    .split('\n')
    .filter((line) => line !== '')

/** What is asked of SCST's files. */
export const SCST_ARGVS = [
  SCST_DEVICES_ARGV,
  SCST_LUNS_ARGV,
  SCST_SESSIONS_ARGV,
  TRACE_LEVEL_ARGV,
  DEBUG_SITES_ARGV,
]

/** A target as far as files show it: the incident's SCST and the kernel's mappings, in /sys and /dev of its own. */
export function startScst(mapped: readonly Mapped[]): Promise<Inside> {
  return startInside((folder) => {
    const at = (path: string) => join(folder, path)
    fillScst(at)
    mkdirSync(at('/sys/bus/rbd/devices'), { recursive: true })
    mkdirSync(at('/dev/disk'), { recursive: true })
    execFileSync('cp', ['-a', '/dev/null', '/dev/zero', '/dev/urandom', '/dev/tty', at('/dev')])
    mapped.forEach((image, number) => {
      fillRbd(at, image, number)
    })
    symlinkSync('../rbd1', at(LINKED))
    return { covers: { sys: '/sys', dev: '/dev' } }
  })
}

type At = (path: string) => string

/** Every line `FILE:VALUE` becomes a file, every `LINK\tTO` a link; and some of what real trees hold besides. */
function fillScst(at: At): void {
  const files = new Map<string, string>()
  for (const line of [...scstSays(SCST_DEVICES_ARGV), ...scstSays(SCST_SESSIONS_ARGV)]) {
    const [, path, value] = /^(\/.*\/\w+):(.*)$/.exec(line) ?? []
    files.set(path!, `${files.get(path!) ?? ''}${value}\n`)
  }
  for (const [file, text] of files) put(at(file), text)
  for (const line of scstSays(SCST_LUNS_ARGV)) {
    const [link, to] = line.split('\t')
    mkdirSync(dirname(at(link!)), { recursive: true })
    symlinkSync(to!, at(link!))
  }
  const disks = [...files.keys()].filter((file) => file.endsWith('/usn')).map(dirname)
  for (const disk of disks) {
    put(at(`${disk}/size_mb`), '10240\n')
    symlinkSync('../../handlers/vdisk_blockio', at(`${disk}/handler`))
  }
  const sessions = [...files.keys()].filter((file) => file.endsWith('/initiator_name')).map(dirname)
  for (const session of sessions) {
    symlinkSync('../../luns', at(`${session}/luns`))
    put(at(`${session}/lun12/active_commands`), '0\n')
  }
  mkdirSync(at(`${SCST}/handlers/vdisk_blockio`), { recursive: true })
  put(at(`${SCST}/trace_level`), scstAnswer(TRACE_LEVEL_ARGV, SWITCHES_OFF)!.reply.stdout!)
  const others = 'init/main.c:1398 [main]run_init_process =p "  with arguments:\\012"'
  put(at(DEBUG_CONTROL), `${[others, ...scstSays(DEBUG_SITES_ARGV)].join('\n')}\n`)
}

/** As drivers/block/rbd.c shows a mapping; the entry below the bus is a link, and the device links back to the bus. */
function fillRbd(at: At, { id, image, client, address, fsid }: Mapped, number: number): void {
  const attributes = {
    pool: 'rbd',
    pool_ns: '',
    name: image,
    image_id: id,
    current_snap: '-',
    client_id: `client${client}`,
    client_addr: address,
    cluster_fsid: fsid,
    size: '67108864',
  }
  for (const [name, value] of Object.entries(attributes))
    put(at(`/sys/devices/rbd/${number}/${name}`), `${value}\n`)
  symlinkSync('../../../bus/rbd', at(`/sys/devices/rbd/${number}/subsystem`))
  symlinkSync(`../../../devices/rbd/${number}`, at(`/sys/bus/rbd/devices/${number}`))
  put(at(`/dev/rbd${number}`), '')
}
