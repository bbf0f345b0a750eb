import { messagesIn } from '../../shared/linux/pasted-log.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

type Pattern = {
  pattern: RegExp
  code: string
  severity: 'warning' | 'critical' | 'info'
  say: (match: RegExpExecArray) => string
}

/** What Linux says about its disks and sessions. Sources: drivers/scsi/{scsi_error,scsi_lib,sd}.c, scsi_logging.c, libiscsi.c, scsi_transport_iscsi.c, dm-mpath.c. */
const KERNEL: Pattern[] = [
  {
    pattern: /\b\[?(sd[a-z]+)\]?.*Add\. Sense: Space allocation failed write protect/,
    code: 'array-full',
    severity: 'critical',
    say: (match) => `The storage behind ${code(match[1]!)} is full: it refuses to write to new blocks.`,
  },
  {
    pattern: /\b\[?(sd[a-z]+)\]?.*Sense Key : (Medium Error|Hardware Error)/,
    code: 'medium-error',
    severity: 'critical',
    say: (match) => `${code(match[1]!)} reports a ${match[2]!.toLowerCase()}.`,
  },
  {
    pattern: /\b\[?(sd[a-z]+)\]?.*Add\. Sense: Logical unit not supported/,
    code: 'permanent-device-loss',
    severity: 'critical',
    say: (match) => `The target does not have the LUN of ${code(match[1]!)} any more.`,
  },
  {
    pattern: /\bsd (\S+): rejecting I\/O to offline device/,
    code: 'device-offline',
    severity: 'critical',
    say: (match) => `The disk at ${code(match[1]!)} was taken offline by the kernel.`,
  },
  {
    pattern: /\bsd (\S+): (?:\[sd[a-z]+\] )?Device offlined/,
    code: 'device-offline',
    severity: 'critical',
    say: (match) => `The disk at ${code(match[1]!)} was taken offline by the kernel.`,
  },
  {
    pattern: /\[(sd[a-z]+)\].*FAILED Result: hostbyte=(DID_\w+) driverbyte=(\w+)/,
    code: 'commands-fail',
    severity: 'warning',
    say: (match) => `A command to ${code(match[1]!)} failed: ${match[2]}.`,
  },
  {
    pattern: /I\/O error, dev (sd[a-z]+|dm-\d+), sector (\d+)/,
    code: 'commands-fail',
    severity: 'warning',
    say: (match) => `I/O to ${code(match[1]!)} failed.`,
  },
  {
    pattern: /(connection\d+:\d+): detected conn error \((\d+)\)/,
    code: 'session-lost',
    severity: 'warning',
    say: (match) => `The iSCSI connection ${code(match[1]!)} broke (${match[2]}).`,
  },
  {
    pattern: /(session\d+): session recovery timed out after (\d+) secs/,
    code: 'session-lost',
    severity: 'critical',
    say: (match) => `iSCSI ${code(match[1]!)} did not come back for ${match[2]} s: I/O on its disks fails.`,
  },
  {
    pattern: /(connection\d+:\d+|): ping timeout of (\d+) secs expired/,
    code: 'session-lost',
    severity: 'warning',
    say: (match) => `The target did not answer a ping for ${match[2]} s.`,
  },
  {
    pattern: /multipath: (?:\d+:\d+: )?Failing path (\d+:\d+)/,
    code: 'path-lost',
    severity: 'warning',
    say: (match) => `The path ${code(match[1]!)} failed.`,
  },
]

export function readKernel(passage: Passage, scene: Scene): void {
  const used: Line[] = []
  const messages = messagesIn(passage)
  const healed = messages.some(({ text }) =>
    /session\d+: .*(?:logged in|recovered)|is operational after recovery/i.test(text),
  )
  for (const { text, lines, host } of messages) {
    const conflict = /\bsd (\d+:\d+:\d+:\d+):(?: \[sd[a-z]+\])? reservation conflict/i.exec(text)
    if (conflict) {
      used.push(...lines)
      scene.conflicts.push({ device: conflict[1]!, refused: undefined, by: 'linux', host, lines })
      scene.tell.fact('devices', { address: conflict[1]! })
      scene.tell.fact('errors', { code: 'reservation conflict', device: conflict[1]! })
    }
    for (const { pattern, code: name, severity, say } of KERNEL) {
      const match = pattern.exec(text)
      if (!match) continue
      used.push(...lines)
      const calm = name === 'session-lost' && healed
      const device = /\b(sd[a-z]+)\b/.exec(match[1] ?? '')?.[1]
      scene.trouble.push({
        host,
        lines,
        code: name,
        severity: calm ? 'info' : severity,
        device: device && `/dev/${device}`,
        summary: say(match),
      })
      const result = /hostbyte=(\w+) driverbyte=(\w+)/.exec(text)
      scene.tell.fact('errors', {
        code: result?.[1] ?? name,
        ...(result && { driverbyte: result[2]! }),
        device: match[1],
      })
      break
    }
  }
  scene.tell.saw('Linux kernel log (SCSI)', used)
}
