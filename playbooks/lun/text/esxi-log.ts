import { eventsOf } from '../../shared/esxi/events.ts'
import { readLogRecords } from '../../shared/esxi/log.ts'
import { lunName } from '../../shared/scsi/lun-name.ts'
import type { Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

/** What only ESXi logs; other logs are left to others. */
const ESXI =
  /\bcpu\d+:\d+|vmkernel|vmkwarning|\bvobd\b|\[(?:vob|esx)\.|hostd|\bNMP:|ScsiDeviceIO|StorageApdHandler|\bvmhba\d+:C|Vol3:|Fil3:|\bHBX:|\bLVM: \d|ScsiPath|Partition: \d+: |WARNING: (?:NMP|Partition|ScsiDevice)|All Paths Down|Lost access to volume|[Rr]estored access to volume/
/** A line that breaks off where its statuses would stand. */
const CUT = /Cmd (0x[0-9a-f]{1,2}) \([^)]*\) to dev "([^"]+)" on path "([^"]+)"\s*Fail(?:ed)?:?\s*(?:H:?)?$/

/** vmkernel.log, vobd.log and the events of hostd: what they say about devices, paths and volumes. */
export function readEsxiLog({ lines, host }: Passage, scene: Scene): void {
  const text = lines.map((line) => line.text.replaceAll('\n', ' ')).join('\n')
  if (!ESXI.test(text)) return
  const records = readLogRecords(text)
  const used = (record: { number: number; to: number }) => lines.slice(record.number - 1, record.to)
  const own = records.filter(
    (record) => used(record).some((line) => ESXI.test(line.text)) || /\b(?:eui|naa)\./.test(record.text),
  )
  scene.tell.saw(
    'ESXi log',
    own.filter(({ at, text: message }) => at !== undefined || ESXI.test(message)).flatMap(used),
  )
  for (const event of eventsOf(own)) {
    scene.events.push({ ...event, host, lines: used(event.record).slice(0, 4) })
    const { failure, device, path, volume, kind } = event
    if (device !== undefined && lunName(device) === undefined && !/^(?:eui|naa)\./.test(device))
      scene.tell.fact('devices', { name: device })
    if (path !== undefined) scene.tell.fact('paths', { name: path, device: known(device) })
    if (volume) scene.tell.fact('datastores', { name: volume.name, uuid: volume.uuid })
    scene.tell.fact('errors', {
      code: failure ? `H:${failure.host} D:${failure.device} P:${failure.plugin}` : kind,
      ...(failure?.sense && {
        sense: `0x${failure.sense.key} 0x${failure.sense.asc} 0x${failure.sense.ascq}`,
      }),
      ...(failure && { name: failure.words, meaning: failure.meaning, command: failure.command }),
      device: known(device),
    })
  }
  for (const record of records) {
    const cut = CUT.exec(record.text.trim())
    if (!cut) continue
    const [, command, device, path] = cut
    scene.tell.fact('paths', { name: path, device: known(device) })
    scene.tell.fact('errors', { code: 'cut off', command, device: known(device) })
    scene.tell.refuse(
      used(record).at(-1)!,
      'the line breaks off before its statuses (H: D: P:): why the command failed is not in it',
    )
    scene.trouble.push({
      host,
      lines: used(record),
      code: 'command-failed',
      severity: 'warning',
      device: known(device),
      summary: `A command to \`${device}\` failed; the line is cut off before it says why.`,
    })
  }
}

const known = (device: string | undefined) =>
  device === undefined
    ? undefined
    : (lunName(device) ?? (/^(?:eui|naa)\./i.test(device) ? undefined : device))
