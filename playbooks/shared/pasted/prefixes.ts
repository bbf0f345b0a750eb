import type { Line } from '../triage.ts'
import { runsOf } from './quotes.ts'

/**
 * What `grep -H` puts before a line, where the file is a log or /proc/locks: other paths of /proc and /sys say
 * which process or device a line belongs to, so they stay.
 */
const LOG_FILE =
  /^(?:[\w./@+-]*\/)?(?:[\w.@+-]*\.log(?:[.-]\d+)?|log\.[\w.-]+|messages(?:-\d+)?|syslog(?:\.\d+)?|dmesg(?:\.\d+)?|[\w.-]+\.(?:txt|out))[:-](?:\d+[:-])?(?=\S)/
const PROC_LOCKS = /^\/proc\/locks:(?:\d+:)?(?=\d+: )/
/** `12:` of `grep -n`; what follows begins as a line of a log or of /proc/locks, never as an address or a time */
const NUMBER = /^(\d+)[:-](?=[A-Za-z[<(/\s]|\d+: |\d{4}-\d\d-\d\d)/
/** behind a lone number only what cannot be anything else: a date or the seconds since boot */
const DATED =
  /^\d+[:-](?:\d{4}-\d\d-\d\d[T ]|\[ *\d+\.\d+\] |(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:)/

/** Lines without what grep put before them. `n` stays the line in the pasted text. */
export function withoutGrep(lines: readonly Line[]): Line[] {
  const unfiled = lines.map(({ n, text }) => ({
    n,
    text: text.replace(LOG_FILE, '').replace(PROC_LOCKS, ''),
  }))
  return runsOf(unfiled, (line) => NUMBER.test(line.text)).flatMap(unnumbered)
}

function unnumbered(run: readonly Line[]): readonly Line[] {
  if (!NUMBER.test(run[0]!.text)) return run
  const numbers = run.map(({ text }) => Number(NUMBER.exec(text)![1]))
  const rising = numbers.every((number, at) => at === 0 || number > numbers[at - 1]!)
  // a file's own numbers have a blank behind the colon: `1: POSIX`
  const grep = run.every(({ text }) => !/^\d+[:-]\s/.test(text))
  const sure = run.length > 1 ? rising && grep : DATED.test(run[0]!.text)
  return sure ? run.map(({ n, text }) => ({ n, text: text.replace(NUMBER, '') })) : run
}

/** Lines of one host of several, as clush, pdsh, ansible and onnode print them. */
export type HostLines = { host: string | undefined; lines: Line[] }

const HOST_PREFIX = /^([A-Za-z0-9](?:[\w.-]*\w)?): ?(.*)$/
/** names with a number that are parts of one machine or of a cluster, and no machines */
const NO_HOST =
  /^(?:eth|en[ospx]|em|wl|bond|br|team|ib|mlx\d_|lo|veth|tap|sd[a-z]|vd[a-z]|xvd|hd[a-z]|rbd|nbd|dm-|md|loop|nvme|sr|st|sg|scsi|host|ata|target|vmhba|vmnic|vmk|cpu|osd|mon|mgr|mds|client|pg|tcp|o2ib|libceph|nfs|xfs|ext|ocfs|gfs|lock|usb|pci|disk|lun|fd|pid|line|step|node_?id|pnn|snap|image|pool|x86|ipv)[\d.:-]*/i
const FAN_OUT = /^(?:clush|pdsh|pssh|dsh|xdsh|psh|salt|ansible)$/
/** ctdb's onnode (`>> NODE: 10.0.0.1 <<`), ansible (`h3 | CHANGED | rc=0 >>`), clush -b and dshbak (a name between rulers) */
const HEADING = [
  /^>> NODE: (?<host>\S+) <<$/,
  /^(?<host>[\w.-]+) \| (?:CHANGED|SUCCESS|FAILED|UNREACHABLE!?)(?: \| rc=-?\d+)? (?:>>|=>)\s*$/,
]
const RULER = /^-{8,}$/
const GATHERED = /^([\w.,[\]-]+)(?: \(\d+\))?$/

/** The lines of a passage by the host they come from, where a fan-out tool ran the command; else one group without a host. */
export function byHost(lines: readonly Line[], command: readonly string[] | undefined): HostLines[] {
  return underHeadings(lines) ?? prefixed(lines, command) ?? [{ host: undefined, lines: [...lines] }]
}

function underHeadings(lines: readonly Line[]): HostLines[] | undefined {
  const groups: HostLines[] = [{ host: undefined, lines: [] }]
  for (let at = 0; at < lines.length; at += 1) {
    const text = lines[at]!.text.trim()
    const host = headingOf(text)
    const gathered =
      RULER.test(text) &&
      RULER.test(lines[at + 2]?.text.trim() ?? '') &&
      GATHERED.exec(lines[at + 1]!.text.trim())
    if (host !== undefined) groups.push({ host, lines: [] })
    else if (gathered) {
      // several names at once are no host: node[1-3], a,b
      groups.push({ host: /[[,]/.test(gathered[1]!) ? undefined : gathered[1]!, lines: [] })
      at += 2
    } else groups.at(-1)!.lines.push(lines[at]!)
  }
  if (groups.length === 1) return undefined
  return groups.filter((group, at) => at > 0 || group.lines.some(({ text }) => text.trim() !== ''))
}

function prefixed(lines: readonly Line[], command: readonly string[] | undefined): HostLines[] | undefined {
  const filled = lines.filter(({ text }) => text.trim() !== '')
  const found = filled.map(({ text }) => HOST_PREFIX.exec(text))
  if (found.length === 0 || !found.every(Boolean)) return undefined
  const hosts = [...new Set(found.map((match) => match![1]!))]
  const byTool = command?.some((word) => FAN_OUT.test(word)) === true
  if (!byTool && !(hosts.length > 1 && areSiblings(hosts) && found.every((match) => match![2] !== '')))
    return undefined
  return hosts.map((host) => ({
    host,
    lines: filled.flatMap(({ n }, at) => (found[at]![1] === host ? [{ n, text: found[at]![2]! }] : [])),
  }))
}

function headingOf(text: string): string | undefined {
  const found = HEADING.map((pattern) => pattern.exec(text)).find(Boolean)
  return found?.groups?.host
}

/** node1, node2, node17.example.com: one stem with different numbers; not rbd0 and rbd1. */
function areSiblings(hosts: readonly string[]): boolean {
  const stems = new Set(hosts.map((host) => host.replace(/\d+/g, '0')))
  return (
    stems.size === 1 && hosts.every((host) => /\d/.test(host) && /[A-Za-z]/.test(host) && !NO_HOST.test(host))
  )
}
