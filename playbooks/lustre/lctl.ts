import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'
import { type Nid, parseNid } from './nid.ts'

/** A device of this machine as `lctl dl` lists it. */
export type LustreDevice = { status: string; type: string; name: string }

/** Whether LNet runs here, and under which NIDs (without `0@lo`). */
export type LnetState = { up: true; nids: Nid[] } | { up: false; why: string }

/** What a ping of one NID showed. It tells about LNet on the other side, not about the MGS there. */
export type Ping = { answers: true } | { answers: false; why: string }

const NO_MODULES = /opening \S+ failed: (.+)|hint: the kernel modules may not be loaded/

function refusal({ stderr, stdout, exitCode }: Output): string {
  return (stderr.trim() || stdout.trim() || `lctl ended with ${exitCode}`).slice(0, 200)
}

function refuseIfDenied(output: Output): void {
  if (/permission denied|not permitted/i.test(output.stderr))
    throw new NotSeen('denied', `needs root: ${refusal(output)}`)
}

/** `  3 UP mgs MGS MGS 11`, as from 2.1 to 2.15. No device: the modules are not loaded, or nothing is mounted here. */
export function readDevices(output: Output): LustreDevice[] {
  refuseIfDenied(output)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of devices is longer than what is kept')
  if (NO_MODULES.test(output.stderr)) return []
  const rows = lines(output.stdout).filter((row) => row.trim() !== '')
  if (output.exitCode !== 0) throw new NotSeen('failed', `lctl dl: ${refusal(output)}`)
  return rows.map((row, at) => {
    const match = /^\s*\d+ (UP|ST|IN|AT|--) (\S+) (\S+) \S+ \d+\s*$/.exec(row)
    if (!match) throw new NotSeen('unparsable', `lctl dl, line ${at + 1}: not a device: ${row.slice(0, 100)}`)
    return { status: match[1]!, type: match[2]!, name: match[3]! }
  })
}

/** `10.1.0.31@o2ib`, one a line. `IOC_LIBCFS_GET_NI error 100: Network is down`: LNet is not up. */
export function readNids(output: Output): LnetState {
  refuseIfDenied(output)
  const said = output.stderr.trim()
  if (/error 100\b|Network is down|LNet not configured/i.test(said))
    return { up: false, why: 'LNet is not started' }
  if (NO_MODULES.test(said)) return { up: false, why: 'the modules of Lustre are not loaded' }
  const rows = lines(output.stdout)
    .map((row) => row.trim())
    .filter(Boolean)
  if (output.exitCode !== 0 || rows.length === 0)
    throw new NotSeen('failed', `lctl list_nids: ${refusal(output)}`)
  const nids = rows.map((row) => parseNid(row))
  const odd = nids.indexOf(undefined)
  if (odd !== -1)
    throw new NotSeen('unparsable', `lctl list_nids, line ${odd + 1}: not a NID: ${rows[odd]!.slice(0, 80)}`)
  return { up: true, nids: nids.filter((nid): nid is Nid => nid !== undefined) }
}

/** `12345-10.1.0.202@o2ib` a line, or `failed to ping 10.1.0.202@o2ib: Input/output error`. */
export function readPing(output: Output): Ping {
  refuseIfDenied(output)
  const failed = /failed to ping \S+: (.+)/.exec(output.stderr)
  if (NO_MODULES.test(output.stderr) || (failed && /Network is down/.test(failed[1]!)))
    throw new NotSeen('failed', 'LNet is not up here')
  if (failed) return { answers: false, why: failed[1]!.trim() }
  const rows = lines(output.stdout).filter((row) => row.trim() !== '')
  if (output.exitCode !== 0 || !rows.some((row) => /^\s*\d+-\S+@[a-z0-9]+\s*$/.test(row)))
    throw new NotSeen('unparsable', `lctl ping: ${refusal(output)}`)
  return { answers: true }
}

/** State of the interfaces, `lnetctl net show` (2.7 and later): `- nid: 10.1.0.31@o2ib` and `status: up`. */
export function readNetShow(output: Output): { nid: Nid; status: string }[] {
  refuseIfDenied(output)
  const pairs = [...output.stdout.matchAll(/nid: *(\S+)\s+(?:[a-z ]+: [^\n]*\s+)??status: *(\w+)/g)]
  if (output.exitCode !== 0 || pairs.length === 0)
    throw new NotSeen('failed', `lnetctl net show: ${refusal(output)}`)
  return pairs.map((pair) => ({ nid: parseNid(pair[1]!) ?? pair[1]!, status: pair[2]! }))
}

/** Names of the file systems whose configuration this MGS has, `lctl get_param -n mgs.MGS.filesystems`. */
export function readFileSystems(output: Output): string[] {
  refuseIfDenied(output)
  if (output.exitCode !== 0 || output.stderr.trim() !== '')
    throw new NotSeen('failed', `file systems of the MGS: ${refusal(output)}`)
  return lines(output.stdout)
    .map((row) => row.trim())
    .filter((row) => /^[A-Za-z0-9_.-]{1,8}$/.test(row) && row !== 'params')
}

/** Who is connected to this MGS: `mgs.MGS.exports.10.1.0.57@o2ib.uuid=…`. */
export function readExports(output: Output): Nid[] {
  refuseIfDenied(output)
  const nids = [...output.stdout.matchAll(/^mgs\.[^.]+\.exports\.(\S+?)\.uuid=/gm)].map(
    (match) => parseNid(match[1]!) ?? match[1]!,
  )
  if (nids.length === 0) throw new NotSeen('failed', `exports of the MGS: ${refusal(output)}`)
  return [...new Set(nids)].filter((nid) => nid !== '0@lo')
}

/** `2.15.3`, or `lustre: 2.8.0` on a line of its own before 2.10. */
export function readVersion(output: Output): string {
  const match = /^(?:lustre: )?(\d+\.\d+(?:\.\d+)*\S*)/m.exec(output.stdout)
  if (!match) throw new NotSeen('failed', `the release: ${refusal(output)}`)
  return match[1]!
}
