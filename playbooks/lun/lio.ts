import { attributesArgv, levels } from '../shared/linux/sysfs.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import { type LunName, naaOfLioSerial } from '../shared/scsi/lun-name.ts'

export const LIO = '/sys/kernel/config/target'
const ATTRIBUTES = [
  'udev_path',
  'info',
  'vpd_unit_serial',
  'res_holder',
  'res_pr_type',
  'res_pr_registered_i_pts',
]

/** wwn/ and pr/ are one level further down. */
export const LIO_DEVICES_ARGV = attributesArgv(`${LIO}/core`, ATTRIBUTES, { where: levels(3, 4) })

/** A backstore of Linux' own target, with its identity, what stands behind it, and who has it reserved. */
export type LioDevice = {
  /** `user_0/rbd.vol7` */
  name: string
  /** the image that tcmu or a handler of its own has open: `rbd/vol7` */
  image: { pool: string; namespace: string | undefined; name: string } | undefined
  /** device file of an iblock backstore */
  path: string | undefined
  serial: string | undefined
  names: { name: LunName; because: string }[]
  /** who holds it; undefined: nobody, or not shown */
  reservation: { kind: 'spc-2' | 'spc-3'; initiator: string; type: string | undefined } | undefined
}

/**
 * `…/core/iblock_0/disk1/udev_path:/dev/rbd0` lines → devices. Empty: the target is loaded and has no backstores. Source:
 * target_core_configfs.c, target_core_user.c, target_core_pr.c; ceph-iscsi names its images in tcmu's `Config: rbd/POOL/IMAGE`.
 */
export function readLioDevices(output: Output): LioDevice[] {
  if (/config\/target[^:]*['’]?: No such file or directory/.test(output.stderr) && output.stdout === '')
    throw new NotSeen('absent', "Linux' own target is not loaded")
  if (output.truncated || (output.exitCode !== 0 && output.stdout.trim() === ''))
    throw new NotSeen('failed', `LIO could not be looked at: ${output.stderr.trim().slice(0, 160)}`)
  const found = new Map<string, Record<string, string>>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const [, name, attribute, value] =
      /^\/sys\/kernel\/config\/target\/core\/([^/]+\/[^/]+)\/(?:wwn\/|pr\/)?(\w+):(.*)$/.exec(line) ?? []
    if (name === undefined) throw new NotSeen('unparsable', `not an attribute of LIO: ${line.slice(0, 120)}`)
    const known = found.get(name) ?? {}
    known[attribute!] = known[attribute!] === undefined ? value! : `${known[attribute!]}\n${value}`
    found.set(name, known)
  }
  return [...found].map(([name, attributes]) => deviceOf(name, attributes))
}

function deviceOf(
  name: string,
  { udev_path, info, vpd_unit_serial, res_holder, res_pr_type }: Record<string, string>,
): LioDevice {
  const serial = /T10 VPD Unit Serial Number: (\S.*)$/m.exec(vpd_unit_serial ?? '')?.[1]?.trim()
  const config = /Config: rbd\/([^;\s]+)/.exec(info ?? '')?.[1]?.split('/')
  const made = serial === undefined ? undefined : naaOfLioSerial(serial)
  return {
    name,
    image:
      config?.length === 2
        ? { pool: config[0]!, namespace: undefined, name: config[1]! }
        : config?.length === 3
          ? { pool: config[0]!, namespace: config[1]!, name: config[2]! }
          : undefined,
    path: /^(\/\S+)/.exec(udev_path?.trim() ?? '')?.[1] ?? /UDEV PATH: (\/\S+)/.exec(info ?? '')?.[1],
    serial,
    names:
      made === undefined
        ? []
        : [{ name: made, because: `its unit serial \`${serial}\` makes this NAA name` }],
    reservation: reservationOf(res_holder ?? '', res_pr_type),
  }
}

/** `SPC-2 Reservation: iSCSI Initiator: iqn.…`, `SPC-3 Reservation: iSCSI Initiator: iqn.…,i,0x…`, `No SPC-3 Reservation holder`. */
function reservationOf(text: string, type: string | undefined): LioDevice['reservation'] {
  const [, version, initiator] = /SPC-([23]) Reservation: \S+ Initiator: (\S+)/.exec(text) ?? []
  if (version === undefined) return undefined
  return {
    kind: version === '2' ? 'spc-2' : 'spc-3',
    initiator: initiator!.replace(/,i,0x[0-9a-f]+$/i, ''),
    type: /SPC-3 Reservation: (.+)$/m.exec(type ?? '')?.[1],
  }
}
