import { rejoined } from '../../shared/linux/pasted-rows.ts'
import { listingsIn } from '../../shared/linux/ps-table.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { programsOf } from '../../shared/pasted/program.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { readScriptRow, type ScriptRun } from '../events.ts'
import type { LockProcess, SeenInText } from './seen.ts'

/** `ctdb scriptstatus` and `ctdb event status legacy monitor`, of all releases, and with -X: `|monitor|50.samba|1|ERROR|…|output|`. */
export function readScripts({ lines, host, command }: Passage, seen: SeenInText, tell: Teller): void {
  const event =
    command?.findLast((word) =>
      /^(?:monitor|startup|takeip|releaseip|recovered|ipreallocated)$/.test(word),
    ) ?? 'monitor'
  const runs: (ScriptRun & { line: Line })[] = []
  const used: Line[] = []
  const whole = rejoined(lines, {
    read: machineRow,
    begins: /^[|:]\w+[|:]\d\d\.[^|:]+[|:]-?\d+[|:]/,
    open: 'text',
  })
  for (const line of whole) {
    const text = line.text.trim()
    const run = readScriptRow(text) ?? machineRow(text)
    const output = runs.length > 0 ? /^\s*OUTPUT: ?(.*)$/.exec(line.text)?.[1] : undefined
    const never = /^(?:Event (\w+) has never run in \w+|(\w+) cycle never run)/.exec(text)
    if (run) runs.push({ ...run, line })
    else if (output !== undefined) {
      const last = runs.at(-1)!
      last.output = [last.output, output.trim()].filter(Boolean).join(': ').slice(0, 300)
    } else if (never) {
      tell.find({
        code: 'never-run',
        verdict: 'inconclusive',
        severity: 'info',
        summary: `The event \`${never[1] ?? never[2]}\` has not run yet on this node: it has just started, or waits for its first recovery.`,
        lines: [line],
      })
    } else if (!/^\d+ scripts were executed last \w+ cycle/.test(text)) continue
    used.push(line)
  }
  for (const { name, state, output, line } of runs)
    tell.fact('eventScripts', {
      name,
      state,
      event,
      output: output || undefined,
      at: /[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}/.exec(line.text)?.[0],
      host,
    })
  if (runs.length > 0) seen.scripts.push({ host, event, runs })
  tell.saw('ctdb scriptstatus', used)
}

function machineRow(text: string): ScriptRun | undefined {
  const [, name, state, output = ''] =
    /^[|:]\w+[|:](\d\d\.[^|:]+)[|:]-?\d+[|:](OK|ERROR|TIMEDOUT|DISABLED|\(null\))[|:][\d.]+[|:][\d.]+[|:](.*)[|:]$/.exec(
      text,
    ) ?? []
  return name === undefined
    ? undefined
    : { name, state: state === '(null)' ? 'CANNOT RUN' : (state as ScriptRun['state']), output }
}

const LOCK_NAME = /re(?:covery\.?)?lock/i

/** Processes of 01.reclock and of the lock's helper in a listing of ps: `stat` and `df` count when the lock's script runs, too. */
export function readLockProcesses(passage: Passage, seen: SeenInText, tell: Teller): void {
  const rows = listingsIn(passage).flatMap((listing) => listing.rows)
  const roleOf = (command: string): LockProcess['role'] | undefined =>
    /\b01\.reclock\b/.test(command)
      ? 'script'
      : /ctdb_mutex_fcntl_?h?e?l?/.test(command)
        ? 'helper'
        : (/^(?:\S*\/)?(stat|df)(?:\s|$)/.exec(command)?.[1] as LockProcess['role'] | undefined)
  const found = rows.flatMap(({ value, lines }): LockProcess[] => {
    const role = roleOf((value.command ?? '').replace(/^[|\\_ -]+/, ''))
    // grep finds itself
    if (!role || /^grep\b/.test(value.command ?? '')) return []
    const { pid, state, wchan, command } = value
    const path = /\bstat (\/\S+)$/.exec(command?.trim() ?? '')?.[1]
    return [{ pid, role, state, wchan, path, host: passage.host, line: lines[0]! }]
  })
  const known =
    found.filter(({ role }) => role === 'script' || role === 'helper').length > 0 ||
    found.some(({ path = '' }) => LOCK_NAME.test(path))
  if (!known) return
  seen.processes.push(...found)
  for (const { pid, state, wchan, role, host } of found)
    tell.fact('processes', { pid, state, wchan, role, host })
  for (const { path } of found)
    if (path !== undefined && LOCK_NAME.test(path)) tell.fact('recoveryLocks', { path, host: passage.host })
  tell.saw(
    'ps',
    found.map(({ line }) => line),
  )
}

const COUNTER = /failcount|reclock-fail-count/

/** The counter of 01.reclock: a file whose length is the number of failures in a row, shown by `ls -l`, `stat` or `cat`. */
export function readCounter({ lines, host, command }: Passage, seen: SeenInText, tell: Teller): void {
  const typed = command?.join(' ') ?? ''
  const inFolder = COUNTER.test(typed) || lines.some(({ text }) => COUNTER.test(text))
  const cat =
    command !== undefined &&
    programsOf(command).some(
      ({ name, args }) => name === 'cat' && args.some((word) => /01\.reclock$/.test(word)),
    )
  for (const line of lines) {
    const size =
      /^\s*-[rwx-]{9}[.+]?\s+\d+\s+\S+\s+\S+\s+(\d{1,6})\s+.*\s(\S*01\.reclock|\S*reclock-fail-count)\s*$/.exec(
        line.text,
      )
    const ones = cat || inFolder ? /^\s*(1{1,4096})\s*$/.exec(line.text)?.[1] : undefined
    // a script of that name is executable and longer
    const isScript = size && /^\s*-rwx/.test(line.text)
    const count = size && !isScript ? Number(size[1]) : ones?.length
    if (count === undefined || (size && !inFolder && count > 400)) continue
    seen.counts.push({ count, host, line })
    tell.fact('failureCounters', { script: '01.reclock', count: String(count), host })
    tell.saw("01.reclock's counter", [line])
  }
}
