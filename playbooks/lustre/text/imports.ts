import type { Teller } from '../../shared/linux/telling.ts'
import { NotSeen } from '../../shared/probe.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { fsnameOf, type Import, readImports, works } from '../imports.ts'
import { lustreCommand } from './commands.ts'

/** `osc.shlfs-OST0000-osc-ffff….import=` and its block; with `get_param -n` the block alone, whose `name:` says whose it is. */
export function readImportBlocks({ lines, host }: Passage, tell: Teller): void {
  const starts = lines.flatMap(({ text }, at) =>
    /^\s*(?:[a-z]+\..+\.import=|import:\s*$)/.test(text) ? [at] : [],
  )
  const found: { value: Import; lines: Line[] }[] = []
  for (const [index, from] of starts.entries()) {
    if (lines[from]!.text.trim() === 'import:' && starts[index - 1] === from - 1) continue
    const next = starts.slice(index + 1).find((at) => at > from + 1)
    const block = lines.slice(from, next)
    const value = importIn(block.map(({ text }) => text))
    if (value) found.push({ value, lines: block.filter(({ text }) => text.trim() !== '') })
    else tell.refuse(lines[from]!, 'an import without its target or its state')
  }
  if (found.length === 0) return
  for (const { value } of found)
    tell.fact('imports', {
      device: value.device,
      target: value.target,
      state: value.state,
      current: value.current,
      failover: value.failoverNids,
      inactive: value.inactive ? true : undefined,
      host,
    })
  tell.saw(
    'lctl get_param *.import',
    found.flatMap((each) => each.lines),
  )
  for (const group of Map.groupBy(found, ({ value }) => fsnameOf(value.target) ?? 'MGS').values())
    aboutImports(group, host, tell)
}

function importIn(block: readonly string[]): Import | undefined {
  const name = block.map((row) => /^\s*name:\s*(\S+)/.exec(row)?.[1]).find((each) => each !== undefined)
  const type = /-(osc|mdc|mgc)-/.exec(name ?? '')?.[1] ?? (name?.startsWith('MGC') ? 'mgc' : 'osc')
  const rows = /\.import=/.test(block[0]!)
    ? block.map((row, at) => (at === 0 ? row.trim() : row))
    : [`${type}.${name ?? ''}.import=`, ...block]
  try {
    return readImports({
      stdout: rows.join('\n'),
      stderr: '',
      exitCode: 0,
      truncated: false,
      startedAt: 0,
    })[0]
  } catch (error) {
    if (error instanceof NotSeen) return undefined
    throw error
  }
}

function aboutImports(
  group: { value: Import; lines: Line[] }[],
  host: string | undefined,
  tell: Teller,
): void {
  const fsname = fsnameOf(group[0]!.value.target)
  const of = fsname === undefined ? 'the MGS' : code(fsname)
  const broken = group.filter(({ value }) => !works(value) && !value.inactive)
  const off = group.filter(({ value }) => value.inactive)
  const lines = (each: typeof group) =>
    each.flatMap((one) =>
      one.lines.filter(({ text }) => /import=|target:|state:|current_connection:/.test(text)),
    )
  if (broken.length > 0) {
    tell.find({
      code: fsname === undefined ? 'mgs-lost' : 'disconnected',
      verdict: 'confirmed',
      severity: fsname === undefined ? 'warning' : 'critical',
      summary: `${broken.length} of ${group.length} ${group.length === 1 ? 'connection' : 'connections'} to ${of} ${broken.length === 1 ? 'does' : 'do'} not work: ${broken
        .slice(0, 4)
        .map(
          ({ value }) =>
            `${code(value.target.replace(/_UUID$/, ''))} is ${value.state}${value.current === undefined ? '' : ` (${code(value.current)})`}`,
        )
        .join(', ')}.`,
      details: [
        'What is in progress there waits until the connection is back, or fails if the client is evicted meanwhile.',
      ],
      lines: lines(broken),
    })
    const command = lustreCommand(fsname, host)
    if (command) tell.next(command, 'Whether it is the network or the server')
    tell.doNot(
      'unmount by force',
      'what is in the cache and not written out yet would be lost; it is sent when the server is back',
    )
  } else
    tell.find({
      code: 'connected',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `All ${group.length - off.length === 1 ? 'connections (one)' : `${group.length - off.length} connections`} to ${of} that are listed work (${[...new Set(group.map(({ value }) => value.state))].join(', ')}).`,
      lines: lines(group),
    })
  if (off.length > 0)
    tell.find({
      code: 'target-inactive',
      verdict: 'confirmed',
      severity: 'info',
      summary: `${off.map(({ value }) => code(value.target.replace(/_UUID$/, ''))).join(', ')} ${off.length === 1 ? 'is' : 'are'} switched off on this client (\`lctl deactivate\`).`,
      lines: lines(off),
    })
}
