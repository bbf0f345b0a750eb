import { listingsIn } from '../../shared/linux/ps-table.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Passage } from '../../shared/triage.ts'
import { processFact } from './proc-files.ts'
import type { SeenInText } from './seen.ts'

/** More than this of a listing is not repeated as facts, unless it is in state D, stopped or dead. */
const FACTS = 60

/** Every form of ps and top. */
export function readListings(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  for (const [index, { rows, heading }] of listingsIn(passage).entries()) {
    const processes = rows.map(({ value, lines }) => ({
      ...value,
      host: passage.host,
      listing: listing * 100 + index,
      lines,
    }))
    seen.processes.push(...processes)
    for (const [at, process] of processes.entries())
      if (at < FACTS || /^[DTtZX]/.test(process.state ?? '')) tell.fact('processes', processFact(process))
    const lines = [...(heading ? [heading] : []), ...rows.flatMap((row) => row.lines)]
    if (processes.length > 0 && processes.every(({ state }) => state !== undefined))
      seen.listed.push({ lines, processes: processes.length, host: passage.host })
    tell.saw(
      processes.some(({ cpu }) => cpu !== undefined) && heading?.text.includes('TIME+') ? 'top' : 'ps',
      lines,
    )
  }
}

/** `load average: 85.23, 80.10, 75.00`; `r b … wa` of vmstat. Counts, without a name: no finding above `info` rests on them. */
export function readLoad({ lines, host }: Passage, tell: Teller): void {
  for (const line of lines) {
    const load = /load averages?: ([\d.]+), ([\d.]+), ([\d.]+)/.exec(line.text)
    if (!load) continue
    tell.saw('uptime', [line])
    tell.fact('load', { one: load[1], five: load[2], fifteen: load[3], host })
    if (Number(load[1]) >= 20)
      tell.find({
        code: 'load',
        verdict: 'inconclusive',
        severity: 'info',
        summary: `The load is ${load[1]}: processes that run and processes in state D are counted alike.`,
        details: [
          'A high load with an idle processor means processes in state D; `ps -eo pid,stat,wchan:30,args` names them.',
        ],
        lines: [line],
      })
  }
  const heading = lines.findIndex(({ text }) => /^\s*r\s+b\s+swpd\s+free\b/.test(text))
  if (heading === -1) return
  const rows = lines.slice(heading + 1).filter(({ text }) => /^\s*\d+(?:\s+\d+){14,}\s*$/.test(text))
  const words = lines[heading]!.text.trim().split(/\s+/)
  for (const row of rows) {
    const cells = row.text.trim().split(/\s+/)
    tell.fact('load', { running: cells[0], blocked: cells[1], ioWait: cells[words.indexOf('wa')], host })
  }
  tell.saw('vmstat', [lines[heading]!, ...rows])
  const blocked = rows.filter(({ text }) => Number(text.trim().split(/\s+/)[1]) > 0)
  if (rows.length > 1 && blocked.length === rows.length)
    tell.find({
      code: 'load',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `vmstat counts processes in state D in all ${rows.length} samples; which ones, and whether the same, it does not say.`,
      lines: blocked,
    })
}
