import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'

export const FLAGS = [
  'disconnected',
  'unknown',
  'banned',
  'disabled',
  'unhealthy',
  'stopped',
  'inactive',
  // some of its interfaces are down; it works
  'partiallyonline',
] as const
export type Flag = (typeof FLAGS)[number]

/** One node, as one node sees it. No flags: OK. */
export type NodeStatus = { pnn: string; ip: string; flags: Flag[]; thisNode: boolean }

/**
 * `ctdb -X status` (fields between `|`, from 2.5) and `ctdb -Y status` (`:`, all releases). Columns are found by their
 * heading: `Unknown` came with 4.x, `Inactive` and `PartiallyOnline` with 1.2. IPv6 addresses hold `:` themselves.
 * Never empty: a running ctdbd knows itself.
 */
export function readStatus(output: Output): NodeStatus[] {
  refuse(output, 'ctdb status')
  const [heading, ...rows] = lines(output.stdout).filter((row) => row.trim() !== '')
  const separator = heading?.[0]
  if (
    heading === undefined ||
    (separator !== '|' && separator !== ':') ||
    !/^[|:]Node[|:]IP[|:]/.test(heading)
  )
    throw new NotSeen('unparsable', 'ctdb status: no heading `|Node|IP|Disconnected|…`')
  const columns = heading.split(separator).slice(1, -1)
  if (rows.length === 0) throw new NotSeen('unparsable', 'ctdb status lists no node')
  const nodes = rows.map((row, index) => readRow(row, separator, columns, index + 2))
  if (!nodes.some(({ thisNode }) => thisNode))
    throw new NotSeen('unparsable', 'ctdb status does not say which node this is')
  return nodes
}

function readRow(row: string, separator: string, columns: string[], lineNumber: number): NodeStatus {
  const cells = row.split(separator).slice(1, -1)
  const extra = cells.length - columns.length
  const wrong = () =>
    new NotSeen('unparsable', `ctdb status, line ${lineNumber}: not a node: ${row.slice(0, 120)}`)
  if (!row.startsWith(separator) || !row.endsWith(separator) || extra < 0) throw wrong()
  const ip = cells.slice(1, 2 + extra).join(separator)
  const values = [cells[0]!, ip, ...cells.slice(2 + extra)]
  const value = (name: string) => values[columns.findIndex((column) => column.toLowerCase() === name)]
  const flags = FLAGS.filter((flag) => {
    const written = value(flag)
    if (written !== undefined && !/^[01]$/.test(written)) throw wrong()
    return written === '1'
  })
  const here = value('thisnode')
  // 1.0 has no such column
  if (!/^\d+$/.test(cells[0]!) || ip === '' || (here !== 'Y' && here !== 'N')) throw wrong()
  return { pnn: cells[0]!, ip, flags, thisNode: here === 'Y' }
}

/** What only the text form says. */
export type ClusterState = { recovering: boolean | undefined; leader: string | undefined }

/** `Recovery mode:NORMAL (0)` and `Leader:2`, before 4.16 `Recovery master:2`. Hangs while there is no leader. */
export function readClusterState(output: Output): ClusterState {
  refuse(output, 'ctdb status')
  const mode = /^Recovery mode:\s*(NORMAL|RECOVERY)\b/m.exec(output.stdout)?.[1]
  const leader = /^(?:Leader|Recovery master):\s*(\d+)\s*$/m.exec(output.stdout)?.[1]
  if (mode === undefined) throw new NotSeen('unparsable', 'ctdb status does not say `Recovery mode:`')
  // all ones: nobody leads
  return { recovering: mode === 'RECOVERY', leader: leader === '4294967295' ? undefined : leader }
}

/** Throws NotSeen for what the ctdb tool itself could not find out. */
export function refuse(output: Output, command: string): void {
  const said = `${output.stderr}\n${output.exitCode === 0 ? '' : output.stdout}`
    .trim()
    .split('\n')[0]!
    .slice(0, 200)
  if (/permission denied|EACCES/i.test(output.stderr)) throw new NotSeen('denied', `${command}: ${said}`)
  if (/Failed to connect to (CTDB )?daemon|connect\(\) failed|Connection refused/i.test(output.stderr))
    throw new NotSeen('failed', 'ctdbd does not run here (its socket does not answer)')
  if (output.exitCode !== 0)
    throw new NotSeen('failed', `${command} ended with ${output.exitCode}${said && `: ${said}`}`)
  if (output.truncated) throw new NotSeen('unparsable', `${command} printed more than what is kept`)
}
