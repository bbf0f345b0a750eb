import { programsOf } from '../../shared/pasted/program.ts'
import { euiOfText, naaOfLioSerial, nameOfHex } from '../../shared/scsi/lun-name.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

const ATTRIBUTE =
  /^\/sys\/kernel\/scst_tgt\/devices\/([^/\s]+)\/(filename|t10_dev_id|usn|eui64_id|naa_id|size_mb|read_only|active):(.*)$/
const SESSION = /\/sys\/kernel\/scst_tgt\/targets\/([^/\s]+)\/(\S+?)\/sessions\/([^/\s:]+)/
const LUN_LINK =
  /\/sys\/kernel\/scst_tgt\/targets\/([^/\s]+)\/(\S+?)\/(?:ini_groups\/[^/\s]+\/)?luns\/(\d+)(?:\/device)?\s*(?:->|\t|\s)\s*\S*\/devices\/([^/\s]+)/
const LIO = /^\/sys\/kernel\/config\/target\/core\/([^/\s]+\/[^/\s]+)\/(?:wwn\/|pr\/)?(\w+):(.*)$/
const TOKENS =
  /^(?:(?:out_of_mem|minor|sg|mem|buff|entryexit|pid|line|function|debug|special|scsi|mgmt|mgmt_dbg|flow_control|pr|retry|scsi_serializing|block|data_send|data_received|order)(?: \| |\s*$))+$/

export function readFiles({ lines, command }: Passage, scene: Scene): void {
  const { tell } = scene
  const devices = new Map<string, Record<string, string>>()
  const backstores = new Map<string, Record<string, string>>()
  const sysfs: Line[] = []
  const configfs: Line[] = []
  const files = command
    ? programsOf(command).flatMap(({ name, args }) => (/^(?:cat|head|tail)$/.test(name) ? args : []))
    : []
  const only =
    files.filter((word) => word.startsWith('/')).length === 1
      ? files.find((word) => word.startsWith('/'))!
      : undefined
  for (const line of lines) {
    const text =
      only !== undefined &&
      /^\/sys\/kernel\/(?:scst_tgt|config\/target)/.test(only) &&
      !line.text.startsWith('/')
        ? `${only}:${line.text}`
        : line.text
    const attribute = ATTRIBUTE.exec(text)
    if (attribute) {
      const [, name, key, value] = attribute as unknown as string[]
      sysfs.push(line)
      if (value !== '[key]' && value !== '')
        devices.set(name!, { [key!]: value!.trim(), ...devices.get(name!) })
    }
    const lun = LUN_LINK.exec(text)
    if (lun) {
      sysfs.push(line)
      tell.fact('luns', { target: lun[2]!, lun: lun[3]!, device: lun[4]! })
    }
    const session = SESSION.exec(text)
    if (session) {
      sysfs.push(line)
      tell.fact('sessions', { target: session[2]!, initiator: session[3]! })
    }
    const backstore = LIO.exec(text)
    if (backstore) {
      const [, name, key, value] = backstore as unknown as string[]
      configfs.push(line)
      const known = backstores.get(name!) ?? {}
      backstores.set(name!, {
        ...known,
        [key!]: known[key!] === undefined ? value! : `${known[key!]}\n${value}`,
      })
    }
    if (
      TOKENS.test(line.text.trim()) &&
      (/trace_level/.test(only ?? '') || lines.some((each) => /echo "(?:all|add)\|/.test(each.text)))
    ) {
      sysfs.push(line)
      tell.fact('traces', { level: line.text.trim().split(/\s*\|\s*/) })
    }
    const site = /^(\S+):(\d+) \[scst\](\w+) =([a-z_]+) /.exec(line.text)
    if (site) {
      sysfs.push(line)
      tell.fact('traces', { function: site[3]!, flags: site[4]!, on: site[4]!.includes('p') })
    }
  }
  tell.saw('SCST sysfs', sysfs)
  tell.saw('LIO configfs', configfs)
  for (const [name, values] of devices) {
    const names = [
      values.eui64_id === undefined ? undefined : nameOfHex('eui', values.eui64_id),
      values.naa_id === undefined ? undefined : nameOfHex('naa', values.naa_id),
      values.eui64_id === undefined && values.naa_id === undefined && values.t10_dev_id !== undefined
        ? euiOfText(values.t10_dev_id)
        : undefined,
    ].flatMap((each) => each ?? [])
    tell.fact('devices', {
      name,
      kind: 'scst',
      filename: values.filename,
      t10DevId: values.t10_dev_id,
      usn: values.usn,
      ...(names.length > 0 && { luns: names }),
    })
    tell.next(`check lun ${names[0] ?? name}`, 'Follow it to its initiators and its image')
  }
  for (const [name, values] of backstores) {
    const serial = /Unit Serial Number: (\S.*)$/m.exec(values.vpd_unit_serial ?? '')?.[1]?.trim()
    const image = /Config: rbd\/([^;\s]+)/.exec(values.info ?? '')?.[1]
    const naa = serial === undefined ? undefined : naaOfLioSerial(serial)
    tell.fact('devices', { name, kind: 'lio', path: values.udev_path?.trim(), serial, lun: naa })
    if (image !== undefined) tell.fact('images', imageFields(image))
    const [, version, initiator] =
      /SPC-([23]) Reservation: \S+ Initiator: (\S+)/.exec(values.res_holder ?? '') ?? []
    if (initiator !== undefined) {
      const held = {
        device: name,
        initiator: initiator.replace(/,i,0x[0-9a-f]+$/i, ''),
        kind: `SPC-${version}`,
      }
      scene.held.push({
        ...held,
        host: undefined,
        lines: configfs.filter(({ text }) => text.includes('Reservation')),
      })
      tell.fact('reservations', held)
    }
  }
}

export const imageFields = (path: string) => {
  const parts = path.split('/')
  return parts.length === 3
    ? { pool: parts[0]!, namespace: parts[1]!, name: parts[2]! }
    : { pool: parts[0]!, name: parts.at(-1)! }
}
