import { readIp } from '../../shared/ceph/ip.ts'
import { type Json, readJsonDocuments } from '../../shared/json.ts'
import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { SeenInText, SeenNode, SeenStatus } from './seen.ts'

const FLAGS =
  /^(?:OK|DISCONNECTED|UNKNOWN|PARTIALLYONLINE|BANNED|DISABLED|UNHEALTHY|STOPPED|DELETED|INACTIVE|PERMANENTLY DISABLED|OPERATOR_?DISABLED|FAILED)$/
type Node = Omit<SeenNode, 'line'>

/** `pnn:0 10.0.0.1        OK (THIS NODE)`, flags with `|` between them; in all releases. */
function readHuman(text: string): Node | undefined {
  const [, pnn, address, words, here] =
    /^pnn: ?(\d+)\s+(\S+)\s+([A-Z_ |]+?)(?:\s*\((THIS NODE)\))?$/.exec(text) ?? []
  const flags = words?.split('|').map((word) => word.trim()) ?? []
  if (
    pnn === undefined ||
    address === undefined ||
    !isAddress(address) ||
    !flags.every((flag) => FLAGS.test(flag))
  )
    return undefined
  return { pnn, address, flags: flags.filter((flag) => flag !== 'OK'), thisNode: here !== undefined }
}

const isAddress = (text: string) => {
  try {
    return readIp(text) !== undefined
  } catch {
    return false
  }
}

const HEADING = /^[|:]Node[|:]IP[|:]/

/** `|0|10.0.0.1|0|…|Y|` below `|Node|IP|Disconnected|…`, with `|` (-X) or `:` (-Y); columns by their heading. */
function machineReader(heading: string) {
  const separator = heading[0]!
  const columns = heading.split(separator).slice(1, -1)
  return (text: string): Node | undefined => {
    const cells = text.split(separator).slice(1, -1)
    const extra = cells.length - columns.length
    if (!text.startsWith(separator) || !text.endsWith(separator) || extra < 0) return undefined
    const address = cells.slice(1, 2 + extra).join(separator)
    const values = [cells[0]!, address, ...cells.slice(2 + extra)]
    const flags = columns.flatMap((column, at) =>
      at > 1 && column !== 'ThisNode' && values[at] === '1' ? [column.toUpperCase()] : [],
    )
    const rest = columns.every((column, at) => at < 2 || /^(?:[01]|[YN])$/.test(values[at]!) || column === '')
    if (!/^\d+$/.test(values[0]!) || !isAddress(address) || !rest) return undefined
    return { pnn: values[0]!, address, flags, thisNode: values[columns.indexOf('ThisNode')] === 'Y' }
  }
}

/** Every form of `ctdb status` and `ctdb nodestatus` in a passage. */
export function readStatuses(passage: Passage, seen: SeenInText, tell: Teller): void {
  const { lines, host } = passage
  const starts = lines.flatMap(({ text }, at) =>
    /^\s*(?:Number of nodes:|[|:]Node[|:]IP[|:])/.test(text) ? [at] : [],
  )
  const cuts = starts[0] === 0 ? starts : [0, ...starts]
  for (const [index, from] of cuts.entries()) {
    const part = lines.slice(from, cuts[index + 1])
    const heading = part.find(({ text }) => HEADING.test(text.trim()))
    const read = heading ? machineReader(heading.text.trim()) : readHuman
    const { rows, broken } = rowsIn(part, { read, begins: heading ? /^[|:]\d+[|:]/ : /^pnn: ?\d+\b/ })
    for (const line of broken)
      tell.refuse(
        line,
        'begins like a node of `ctdb status`, but its address or its flags are cut or changed',
      )
    if (rows.length === 0) continue
    const mode = part.find(({ text }) => /^\s*Recovery mode:/.test(text))
    const leads = part.find(({ text }) => /^\s*(?:Leader|Recovery master):/.test(text))
    const leader = /:\s*(\d+|UNKNOWN)\s*$/.exec(leads?.text ?? '')?.[1]
    const status: SeenStatus = {
      host,
      nodes: rows.map(({ value, lines: of }) => ({ ...value, line: of[0]! })),
      recovering: mode && /RECOVERY \(1\)|:\s*RECOVERY/.test(mode.text),
      leader: leader === '4294967295' || leader === 'UNKNOWN' ? 'unknown' : leader,
      lines: [...rows.flatMap((row) => row.lines), ...(mode ? [mode] : []), ...(leads ? [leads] : [])],
    }
    add(status, part, seen, tell)
    tell.saw(
      'ctdb status',
      part.filter(({ text }) =>
        /^\s*(?:pnn:|Number of nodes|Generation:|Size:|hash:|Recovery m|Leader:|[|:]\d+[|:]|[|:]Node)/.test(
          text,
        ),
      ),
    )
  }
  readJsonStatus(passage, seen, tell)
}

function add(status: SeenStatus, part: readonly Line[], seen: SeenInText, tell: Teller): void {
  seen.statuses.push(status)
  for (const { pnn, address, flags, thisNode } of status.nodes)
    tell.fact('ctdbNodes', {
      pnn,
      address,
      flags: flags.length === 0 ? ['OK'] : flags,
      thisNode,
      host: status.host,
    })
  const value = (pattern: RegExp) =>
    part.map(({ text }) => pattern.exec(text.trim())?.[1]).find((found) => found !== undefined)
  tell.fact('ctdbCluster', {
    leader: status.leader,
    recoveryMode: value(/^Recovery mode:\s*(\w+)/),
    generation: value(/^Generation:\s*(\w+)/),
    size: value(/^Size:\s*(\d+)/),
    host: status.host,
  })
}

/** `{"node_status": {"nodes": {"0": {"pnn": 0, "address": …, "flags": {…}, "this_node": true}}}}` of releases after 4.20. */
function readJsonStatus({ lines, host }: Passage, seen: SeenInText, tell: Teller): void {
  const from = lines.findIndex(({ text }) => /^\s*\{/.test(text))
  if (from === -1 || !lines.some(({ text }) => text.includes('"node_status"'))) return
  const end = lines.findLastIndex(({ text }) => /\}\s*$/.test(text))
  const part = lines.slice(from, end + 1)
  let documents: Json[]
  try {
    documents = readJsonDocuments(part.map(({ text }) => text).join('\n'))
  } catch {
    tell.refuse(lines[from]!, 'JSON of `ctdb status` that is not whole', '"node_status"')
    return
  }
  const nodes = documents.flatMap((document): Json[] =>
    Object.values(fieldsOf(fieldsOf(fieldsOf(document).node_status).nodes)),
  )
  const found = nodes.flatMap((node): SeenNode[] => {
    const fields = fieldsOf(node)
    const flags = Object.entries(fieldsOf(fields.flags)).flatMap(([name, value]) =>
      value === true ? [name.toUpperCase()] : [],
    )
    if (typeof fields.address !== 'string') return []
    return [
      {
        pnn: String(fields.pnn),
        address: fields.address,
        flags,
        thisNode: fields.this_node === true,
        line: part[0]!,
      },
    ]
  })
  if (found.length === 0) return
  add({ host, nodes: found, recovering: undefined, leader: undefined, lines: part }, part, seen, tell)
  tell.saw('ctdb status', part)
}

function fieldsOf(json: Json | undefined): Record<string, Json> {
  return json !== null && typeof json === 'object' && !Array.isArray(json)
    ? Object.fromEntries(json.entries)
    : {}
}
