import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import type { Passage } from '../../shared/triage.ts'
import { fsnameOf } from '../imports.ts'
import { lustreCommand } from './commands.ts'

type DfRow = {
  target: string
  problem?: string
  size?: string
  used?: string
  free?: string
  percent?: string
  path?: string
  flags?: string
}

function readDfRow(text: string): DfRow | undefined {
  const bad =
    /^(\S+?(?:-(?:OST|MDT)[0-9a-f]{4}(?:_UUID)?|OST[0-9a-f]{4}))\s*: (inactive device|[A-Z][A-Za-z/ ]+)$/.exec(
      text,
    )
  if (bad) return { target: bad[1]!, problem: bad[2]! }
  const good =
    /^(\S+-(?:OST|MDT)[0-9a-f]{4}_UUID|filesystem_summary:)\s+([\d.]+[KMGTPE]?)\s+([\d.]+[KMGTPE]?)\s+([\d.]+[KMGTPE]?)\s+(\d+%|-)\s+(\/\S*?)(?:\[(?:MDT|OST):\d+\])?(?: ([A-Za-z]+))?$/.exec(
      text,
    )
  if (!good) return undefined
  const [, target = '', size, used, free, percent, path, flags] = good as unknown as string[]
  return {
    target,
    size: size!,
    used: used!,
    free: free!,
    percent: percent!,
    path: path!,
    ...(flags !== undefined && { flags }),
  }
}

/** `lfs df [-h|-i]`: one row a target; `: inactive device` and errors in place of numbers. D degraded, R read-only, N no new files. */
export function readLfsDf(passage: Passage, tell: Teller): void {
  const { rows } = rowsIn(passage.lines, {
    read: readDfRow,
    begins: /^\S+-(?:OST|MDT)[0-9a-f]{4}_UUID\s/,
  })
  if (rows.length === 0) return
  const heading = passage.lines.filter(({ text }) => /^\s*UUID\s+/.test(text))
  tell.saw('lfs df', [...heading, ...rows.flatMap(({ lines }) => lines)])
  const inodes = heading.some(({ text }) => /Inodes/.test(text))
  for (const { value } of rows)
    if (value.target !== 'filesystem_summary:')
      tell.fact('targets', {
        name: value.target.replace(/_UUID$/, ''),
        state: value.problem,
        size: value.size,
        used: value.used,
        available: value.free,
        percent: value.percent,
        flags: value.flags,
        mountPoint: value.path,
        host: passage.host,
      })
  const bad = rows.filter(({ value }) => value.problem !== undefined)
  const full = rows.filter(
    ({ value }) => Number.parseInt(value.percent ?? '', 10) >= 95 && value.target !== 'filesystem_summary:',
  )
  const fsname = rows.map(({ value }) => fsnameOf(value.target)).find((name) => name !== undefined)
  const command = lustreCommand(fsname, passage.host)
  if (bad.length > 0) {
    const inactive = bad.every(({ value }) => value.problem === 'inactive device')
    tell.find({
      code: inactive ? 'target-inactive' : 'target-not-answering',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `${bad
        .slice(0, 4)
        .map(({ value }) => `${code(value.target)} (${value.problem})`)
        .join(', ')}: files with a part there cannot be read or written from this client.`,
      details: inactive
        ? ['Inactive: switched off here, or not connected; `lctl get_param osc.*.import` tells which.']
        : [],
      lines: bad.flatMap(({ lines }) => lines),
    })
    if (command) tell.next(command, 'Whether its server is connected')
  }
  if (full.length > 0)
    tell.find({
      code: 'target-full',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `${full.map(({ value }) => `${code(value.target.replace(/_UUID$/, ''))} (${value.percent})`).join(', ')} ${full.length === 1 ? 'is' : 'are'} nearly out of ${inodes ? 'inodes' : 'space'}: writes there fail while others have room.`,
      lines: full.flatMap(({ lines }) => lines),
    })
  if (bad.length === 0 && full.length === 0)
    tell.find({
      code: 'targets-answer',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `Every target that is listed${fsname === undefined ? '' : ` of ${code(fsname)}`} answered with its numbers.`,
      lines: rows.flatMap(({ lines }) => lines),
    })
}

/** `lfs check servers`: `shlfs-OST0000-osc-ffff8803: active.`, or `error: check 'shlfs-OST0001-osc-…': Resource temporarily unavailable (11)`. */
export function readLfsCheck({ lines, host }: Passage, tell: Teller): void {
  const rows = lines.flatMap((line) => {
    const text = line.text.trim()
    const good = /^(\S+-(?:osc|mdc)-\S*?|MGC\S+?):? (active|inactive)\.?$/.exec(text)
    const bad = /^(?:lfs check: )?error: check '([^']+)':? (.+)$/.exec(text)
    if (good) return [{ line, device: good[1]!, state: good[2]! }]
    return bad ? [{ line, device: bad[1]!, state: bad[2]! }] : []
  })
  if (rows.length === 0) return
  tell.saw(
    'lfs check',
    rows.map(({ line }) => line),
  )
  for (const { device, state } of rows) tell.fact('imports', { device, state, host })
  const bad = rows.filter(({ state }) => state !== 'active')
  if (bad.length === 0) {
    tell.find({
      code: 'connected',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${rows.length === 1 ? 'The server' : `All ${rows.length} connections`} that ${rows.length === 1 ? 'is' : 'are'} listed answered (active).`,
      lines: rows.map(({ line }) => line),
    })
    return
  }
  tell.find({
    code: bad.every(({ state }) => state === 'inactive') ? 'target-inactive' : 'target-not-answering',
    verdict: 'confirmed',
    severity: bad.every(({ state }) => state === 'inactive') ? 'warning' : 'critical',
    summary: `${bad
      .slice(0, 4)
      .map(({ device, state }) => `${code(device)} (${state.replace(/\.$/, '')})`)
      .join(', ')} did not answer.`,
    lines: bad.map(({ line }) => line),
  })
  const command = lustreCommand(fsnameOf(bad[0]!.device), host)
  if (command) tell.next(command, 'Whether it is the network or the server')
}
