import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { type Guest, HOST_FROM_GUEST, startGuest } from '../guest/guest.ts'
import { TARGET } from './tgtd.ts'

const SG = ['sg_turs', 'sg_inq', 'sg_persist', 'sg_raw']
const RULES = '/usr/lib/udev/rules.d/60-persistent-storage.rules'

/** What udev calls the LUN everywhere: tgtd makes its NAA identifier of the numbers of target and LUN. */
export const LINK = '/dev/disk/by-id/scsi-360000000000000000e00000000010001'
export const NAA = 'naa.60000000000000000e00000000010001'

const SECOND = '/sys/class/iscsi_session/session2/device/target*/*:*:*:1/block/*'

/** udev as a server has it: it makes the links of /dev/disk/by-id by asking the disks. */
const UDEV = `mkdir -p /usr/lib/udev /run/udev
ln -s /usr/bin/scsi_id /usr/lib/udev/scsi_id
ln -s /usr/bin/udevadm /usr/bin/systemd-udevd
systemd-udevd --daemon
udevadm trigger --subsystem-match=block`

/** A machine that is logged in to the target, has a disk of scsi_debug besides, and plays a second initiator, too. */
export type Initiator = {
  guest: Guest
  /** `sda`, `sdb`: what its kernel calls the LUN */
  disk: string
  /** the LUN's device file in a session under another initiator's name; udev knows nothing of it */
  other: string
}

export async function startInitiator(name: string, ports: readonly [number, number]): Promise<Initiator> {
  const login = (as: string, port: number) =>
    `iscsistart -i iqn.2026-11.local.guest:${as} -t ${TARGET} -g 1 -a ${HOST_FROM_GUEST} -p ${port}`
  const guest = await startGuest({
    name,
    modules: ['iscsi_tcp', 'sd_mod', 'sg', 'scsi_debug'],
    programs: [...SG, 'ln', 'blkid', 'iscsistart', 'udevadm', '../lib/udev/scsi_id'],
    files: { [RULES.slice(1)]: readFileSync(RULES, 'utf8') },
    setup: `modprobe -a sd_mod sg iscsi_tcp
modprobe scsi_debug dev_size_mb=8
${UDEV}
${login(name, ports[0])}
until [ -e ${LINK} ]; do sleep 0.1; done
udevadm settle
udevadm control --exit
while pidof systemd-udevd; do sleep 0.1; done
readlink ${LINK} > /run/own
${login('another', ports[1])}
until ls -d ${SECOND} > /run/other; do sleep 0.1; done`,
  })
  const said = (await guest.sh('cat /run/own /run/other')).trim().split('\n')
  const [own, other] = said.map((path) => path.split('/').at(-1))
  return { guest, disk: own!, other: `/dev/${other}` }
}

/** A cluster of this one initiator, reached over ssh, with the limits of production; the login is made now. */
export async function openInitiator(guest: Guest): Promise<Cluster> {
  const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-state-'))
  const { name } = guest
  const hosts = [{ name, addresses: [], roles: ['iscsi-initiator' as const], transport: 'ssh' as const }]
  const ssh = { stateDir, connectMs: 30_000, hosts: { [name]: guest.ssh } }
  const cluster = openCluster({ name: 'lab', hosts, ssh })
  const login = { id: 'login', argv: ['true'] as const, limitMs: 30_000, touches: 'nothing' }
  await cluster.run({ ...login, host: name })
  return {
    ...cluster,
    async close() {
      await cluster.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}
