import type { Teller } from '../../shared/linux/telling.ts'
import { programsOf } from '../../shared/pasted/program.ts'
import { code } from '../../shared/text.ts'
import type { Passage } from '../../shared/triage.ts'
import { fsnameOf } from '../imports.ts'
import { parseNid } from '../nid.ts'
import { lustreCommand } from './commands.ts'

/** `lctl dl`: `  3 UP mgs MGS MGS 11`. IN is switched off (a client's connection), ST stops, AT is not set up. Source: class_obd_list(). */
export function readDevices({ lines, host }: Passage, tell: Teller): void {
  const rows = lines.flatMap((line) => {
    const found = /^\s*\d+ (UP|ST|IN|AT|--) (\S+) (\S+) (\S+) \d+\s*$/.exec(line.text)
    return found ? [{ line, status: found[1]!, type: found[2]!, name: found[3]!, uuid: found[4]! }] : []
  })
  if (rows.length === 0) return
  for (const { line: _, ...row } of rows) tell.fact('devices', { ...row, kind: row.type, host })
  tell.saw(
    'lctl dl',
    rows.map(({ line }) => line),
  )
  const down = rows.filter(({ status }) => status !== 'UP')
  for (const group of Map.groupBy(down, ({ status }) => status).values()) {
    const [{ status, name }] = group as [(typeof down)[number]]
    const names = group
      .slice(0, 4)
      .map((row) => code(row.name))
      .join(', ')
    tell.find({
      code: status === 'IN' ? 'target-inactive' : 'device-not-up',
      verdict: 'confirmed',
      severity: 'warning',
      summary:
        status === 'IN'
          ? `${names} ${group.length === 1 ? 'is' : 'are'} switched off here (IN): somebody deactivated it, or it was never there.`
          : `${names} ${group.length === 1 ? 'is' : 'are'} not up (${status}${status === 'ST' ? ', stopping' : status === 'AT' ? ', attached, not set up' : ''}).`,
      lines: group.map(({ line }) => line),
    })
    // the list may be a server's, and the check asks a client
    const command = lustreCommand(fsnameOf(name), undefined)
    if (command) tell.next(command, 'Whether its servers are connected')
  }
  if (down.length === 0)
    tell.find({
      code: 'devices-up',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${rows.length === 1 ? 'The one device of Lustre is' : `All ${rows.length} devices of Lustre are`} up here${rows.some(({ type }) => type === 'mgs') ? '; the MGS runs here' : ''}.`,
      details: ['UP says that a device is set up, not that its server answers.'],
      lines: rows.map(({ line }) => line),
    })
}

/** `lctl list_nids`, `lctl ping`: a list of NIDs, `12345-` before each where another node gave it; or why there is none. */
export function readLnet(passage: Passage, tell: Teller): void {
  const { lines, host, command } = passage
  const asked = command && programsOf(command).find(({ name }) => name === 'lctl')?.args[0]
  const nids = lines.filter(({ text }) =>
    /^\s*(?:\d{3,5}-)?\S+@(?:o2ib|tcp|gni|kfi|ptl|lo)\d*\s*$/.test(text),
  )
  const pinged = nids.filter(({ text }) => /^\s*\d{3,5}-/.test(text))
  if (pinged.length > 0) {
    tell.saw('lctl ping', pinged)
    tell.find({
      code: 'lnet-answers',
      verdict: 'ruled-out',
      severity: 'ok',
      summary:
        'LNet on the other side answered the ping. That tells about the network, not about the MGS or a target there.',
      lines: pinged,
    })
  } else if (
    nids.length > 0 &&
    (asked === 'list_nids' || nids.length === lines.filter(({ text }) => text.trim() !== '').length)
  ) {
    tell.saw('lctl list_nids', nids)
    for (const { text } of nids) tell.fact('nids', { nid: parseNid(text.trim()) ?? text.trim(), host })
    tell.find({
      code: 'lnet-up',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `LNet is up here with ${nids.length === 1 ? 'one NID' : `${nids.length} NIDs`}.`,
      lines: nids,
    })
  }
  for (const line of lines) {
    const failed = /failed to ping (\S+?): (.+)/.exec(line.text)
    const down = /IOC_LIBCFS_\w+ error 100\b|LNet not configured|Network is down|LNET unconfigured/i.test(
      line.text,
    )
    const missing = /hint: the kernel modules may not be loaded|opening \/dev\/(?:lnet|obd) failed/.test(
      line.text,
    )
    if (failed && !down) {
      tell.saw('lctl ping', [line])
      tell.find({
        code: 'lnet-unreachable',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${code(failed[1]!)} did not answer the ping of LNet${host === undefined ? '' : ` from ${code(host)}`}: ${failed[2]!.trim()}.`,
        details: ['Link, route, firewall, or LNet is not up there (`lctl list_nids` on that server).'],
        lines: [line],
      })
      tell.doNot(
        'restart servers of Lustre for it',
        'it is the network, or LNet on one machine; a restart puts every client into recovery',
      )
    } else if (down || missing) {
      tell.saw('LNet', [line])
      tell.find({
        code: 'lnet-not-up',
        verdict: 'confirmed',
        severity: 'critical',
        summary: `LNet is not up here${missing ? ': the modules of Lustre are not loaded' : ''}; nothing of Lustre can work until it is.`,
        details: ['`modprobe lnet && lnetctl lnet configure --all` (2.7 and later), or `lctl network up`.'],
        lines: [line],
      })
    }
  }
}
