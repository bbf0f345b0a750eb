import { programsOf } from '../../shared/pasted/program.ts'
import { NotSeen } from '../../shared/probe.ts'
import { lunName, textOfEui } from '../../shared/scsi/lun-name.ts'
import { readPersistent } from '../../shared/scsi/sg.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene, Sent } from './scene.ts'

const TYPED = /(?:^|[\s$#>])((?:time )?sg_(?:raw|turs)\s+\S.*)$/
const STATUS =
  /SCSI Status: (.+?)\s*$|(DID_TIME_OUT|DID_NO_CONNECT)|(reservation conflict)|(not ready|unit attention)|Completed \d+ Test Unit Ready commands with (\d+) errors/i

/** `sg_raw DEV 16 00 …`, with the status below it and, where `time` was put before, how long it took. */
export function readSent({ lines, command, host }: Passage, scene: Scene): void {
  let open: { words: readonly string[]; used: Line[] } | undefined =
    command && sgOf(command) ? { words: sgOf(command)!, used: [] } : undefined
  const commands: { words: readonly string[]; used: Line[] }[] = open ? [open] : []
  for (const line of lines) {
    const typed = TYPED.exec(line.text)?.[1]
    // a comment of a how-to is no run: its arguments are no bytes
    if (typed !== undefined && (sgOf(typed.split(/\s+/))?.length ?? 0) > 1) {
      open = { words: sgOf(typed.split(/\s+/))!, used: [line] }
      commands.push(open)
    } else if (!open && /^SCSI Status: /i.test(line.text.trim())) {
      open = { words: [], used: [line] }
      commands.push(open)
    } else open?.used.push(line)
  }
  for (const { words, used } of commands) {
    const found = used.flatMap((line) => (STATUS.test(line.text) ? [line] : []))
    const real = used.map(({ text }) => /^real\s+(?:(\d+)m)?([\d.]+)s/.exec(text.trim())).find(Boolean)
    const isReady = words[0] === 'sg_turs'
    const last = found.at(-1)
    if (!last && !real && !(isReady && used.every(({ text }) => text.trim() === ''))) continue
    const sent: Sent = {
      what: isReady ? 'ready' : words.includes('16') ? 'reserve' : words.includes('17') ? 'release' : 'other',
      device: words.find((word) => word.startsWith('/dev/')),
      status: statusOf(found, isReady && !last),
      tookS: real ? Number(real[1] ?? 0) * 60 + Number(real[2]) : undefined,
      host,
      lines: [...used.slice(0, 1), ...found].slice(0, 6),
    }
    scene.sent.push(sent)
    scene.tell.saw(words[0] ?? 'sg_raw', used)
    scene.tell.fact('commands', {
      command: sent.what,
      device: sent.device,
      status: sent.status,
      ...(real && { seconds: String(sent.tookS) }),
      host,
    })
  }
}

function statusOf(found: readonly Line[], silentGood: boolean): Sent['status'] {
  const text = found.map((line) => line.text).join('\n')
  if (/reservation conflict/i.test(text)) return 'conflict'
  if (/DID_TIME_OUT|DID_NO_CONNECT/.test(text)) return 'no-answer'
  if (/not ready/i.test(text)) return 'not-ready'
  if (/unit attention/i.test(text)) return 'attention'
  if (/with [1-9]\d* errors/i.test(text)) return 'failed'
  return silentGood || /SCSI Status: Good|with 0 errors/i.test(text) ? 'good' : 'unknown'
}

function sgOf(command: readonly string[]): readonly string[] | undefined {
  const program = programsOf(command).find(({ name }) => name === 'sg_raw' || name === 'sg_turs')
  return program && [program.name, ...program.args]
}

export function readPersistentText({ lines, command, host }: Passage, scene: Scene): void {
  const starts = lines.flatMap((line, at) => (/PR generation=0x/i.test(line.text) ? [at] : []))
  const device = command
    ? programsOf(command)
        .find(({ name }) => name === 'sg_persist')
        ?.args.findLast((word) => word.startsWith('/dev/'))
    : undefined
  for (const [index, from] of starts.entries()) {
    const used = lines.slice(from, starts[index + 1] ?? lines.length)
    const end = used.findIndex(
      (line, at) =>
        at > 0 &&
        /^\S/.test(line.text) &&
        !/^(?:Key|0x|scope|<<|All|Relative|Transport|iSCSI|not reservation)/i.test(line.text),
    )
    const part = end < 0 ? used : used.slice(0, end)
    try {
      const read = readPersistent({
        stdout: part.map(({ text }) => text).join('\n'),
        stderr: '',
        exitCode: 0,
      })
      scene.persistent.push({ ...read, device, host, lines: part.slice(0, 8) })
      for (const { key, holder, initiator } of read.registrations)
        scene.tell.fact('reservations', { device, key, holder, initiator })
      if (read.held)
        scene.tell.fact('reservations', { device, key: read.held.key, type: read.held.type, holder: true })
      scene.tell.saw('sg_persist', part)
    } catch (error) {
      if (!(error instanceof NotSeen)) throw error
      scene.tell.refuse(used[0]!, `what sg_persist says is not whole: ${error.message}`)
    }
  }
}

const FIELDS: Record<string, string> = {
  'vendor identification': 'vendor',
  'product identification': 'product',
  'product revision level': 'revision',
  'unit serial number': 'serial',
}
const LSSCSI = /^\[?(\d+:\d+:\d+:\d+)\]\s+(\S+)\s+(\S.{0,7}?)\s+(\S.{0,15}?)\s+(\S{1,4})\s+(\/dev\/\S+|-)/

export function readInquiry({ lines, host }: Passage, scene: Scene): void {
  const one: Record<string, string> = {}
  const used: Line[] = []
  for (const line of lines) {
    const { text } = line
    const [, name, value] =
      /^\s*(Vendor identification|Product identification|Product revision level|Unit serial number): *(\S.*?)?\s*$/i.exec(
        text,
      ) ?? []
    if (name !== undefined && value !== undefined) {
      one[FIELDS[name.toLowerCase()]!] = value
      used.push(line)
    }
    const id =
      /(?:EUI-64 based \d+ byte identifier: *(?:0x)?([0-9a-f]{16,32})\b)|(?:^\s*\[0x([0-9a-f]{16}|[0-9a-f]{32})\])/i.exec(
        text,
      )
    const known = id && (id[1] !== undefined ? lunName(`eui.${id[1]}`) : lunName(`naa.${id[2]}`))
    if (known) {
      used.push(line)
      scene.tell.fact('devices', { name: known, kind: known.slice(0, 3), decoded: textOfEui(known) })
    }
    const disk = LSSCSI.exec(text.trim())
    if (disk) {
      const [, address, type, vendor, model, revision, device] = disk as unknown as string[]
      scene.tell.fact('devices', {
        name: device,
        address: address!,
        type: type!,
        vendor: vendor!,
        model: model!,
        revision: revision!,
      })
      scene.tell.saw('lsscsi', [line])
    }
  }
  if (used.length === 0) return
  scene.tell.fact('devices', one)
  scene.tell.saw('sg_inq', used)
  scene.fine.push({
    code: 'inquiry-answered',
    summary: 'INQUIRY was answered; a reservation or a slow disk does not show in it.',
    host,
    lines: used.slice(0, 2),
  })
}
