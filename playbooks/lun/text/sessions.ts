import { lunName } from '../../shared/scsi/lun-name.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

/** `mpatha (26465…) dm-3 SCST_BIO,disk12`, then a line for each path. */
export function readMultipath({ lines, host }: Passage, scene: Scene): void {
  let open: Scene['multipath'][number] | undefined
  for (const line of lines) {
    const { text } = line
    const head =
      /^(?:(?:create|reload|switchpg\S*): )?(\S+) (?:\(([0-9a-f]{17}|[0-9a-f]{33}|\S+)\) )?(dm-\d+)\b/.exec(
        text,
      )
    if (head) {
      open = { name: head[1]!, good: 0, bad: 0, host, lines: [line] }
      scene.multipath.push(open)
      const wwid = head[2] ?? head[1]!
      const name = /^2[0-9a-f]{16}$/.test(wwid)
        ? lunName(`eui.${wwid.slice(1)}`)
        : /^3[0-9a-f]{16}(?:[0-9a-f]{16})?$/.test(wwid)
          ? lunName(`naa.${wwid.slice(1)}`)
          : undefined
      scene.tell.fact('devices', { name: head[1]!, wwid, dm: head[3]!, lun: name })
      continue
    }
    const path =
      /(\d+:\d+:\d+:\d+|#:#:#:#)\s+(\S+)\s+(\d+:\d+|-)?\s*\[?(active|failed|undef|enabled)\]?\s*\[?(ready|faulty|shaky|ghost|delayed|undef|i\/o pending)?\]?/.exec(
        text,
      )
    if (!path || !open) continue
    const bad = path[4] === 'failed' || path[5] === 'faulty'
    if (bad) open.bad += 1
    else open.good += 1
    open.lines = [...open.lines, line].slice(0, 10)
    scene.tell.fact('paths', {
      name: path[2]!,
      address: path[1]!,
      device: open.name,
      state: `${path[4]} ${path[5] ?? ''}`.trim(),
    })
  }
  for (const each of scene.multipath)
    if (each.host === host)
      scene.tell.saw(
        'multipath -ll',
        each.lines.filter((line) => lines.includes(line)),
      )
}

/** `iscsiadm -m session` in its short and its long form. */
export function readIscsiadm({ lines, host }: Passage, scene: Scene): void {
  let target: string | undefined
  let fields: Record<string, string> = {}
  const used: Line[] = []
  const done = (line: Line) => {
    if (target === undefined || fields.state === undefined) return
    scene.tell.fact('sessions', { target, ...fields })
    scene.sessions.push({
      target,
      state: fields.state,
      good: /^(?:LOGGED[ _]IN|FREE)$/i.test(fields.state),
      host,
      lines: [line],
    })
    fields = {}
  }
  for (const line of lines) {
    const { text } = line
    const short = /^(?:tcp|iser|bnx2i|qedi): \[(\d+)\] (\S+?),(\d+) (iqn\.\S+|eui\.\S+|naa\.\S+)/.exec(
      text.trim(),
    )
    if (short) {
      scene.tell.fact('sessions', { sid: short[1]!, portal: short[2]!, target: short[4]! })
      scene.sessions.push({ target: short[4]!, state: 'listed', good: true, host, lines: [line] })
      used.push(line)
    }
    const [, key, value] =
      /^\s*(Target|Current Portal|Iface Initiatorname|SID|iSCSI Session State|iSCSI Connection State|Internal iscsid Session State): (\S.*?)?\s*$/.exec(
        text,
      ) ?? []
    if (key === undefined || value === undefined) {
      const disk = /Attached scsi disk (\S+)\s+State: (\S+)/.exec(text)
      if (!disk) continue
      used.push(line)
      scene.tell.fact('devices', { name: disk[1]!, state: disk[2]!, target })
      if (disk[2] !== 'running')
        scene.trouble.push({
          host,
          lines: [line],
          code: 'device-offline',
          severity: 'critical',
          device: `/dev/${disk[1]}`,
          summary: `The disk ${code(disk[1]!)} of ${code(target ?? 'the session')} is ${disk[2]}.`,
        })
      continue
    }
    if (key === 'Target' && !/^(?:iqn|eui|naa)\./.test(value)) continue
    used.push(line)
    if (key === 'Target') target = value.split(' ')[0]!
    else if (key === 'Current Portal') fields = { portal: value.replace(/,\d+$/, '') }
    else if (key === 'Iface Initiatorname') fields.initiator = value
    else if (key === 'SID') fields.sid = value
    else if (key === 'iSCSI Session State') {
      fields.state = value
      done(line)
    }
  }
  scene.tell.saw('iscsiadm -m session', used)
}
