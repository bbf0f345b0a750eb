import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'
import { refuse } from './status.ts'

/** How an event script's last monitor run ended. `CANNOT RUN`: it was not started, or not waited for; `output` begins with why. */
export type ScriptRun = {
  name: string
  state: 'OK' | 'ERROR' | 'TIMEDOUT' | 'DISABLED' | 'CANNOT RUN'
  output: string
}

const STATE = '(OK|ERROR|TIMEDOUT|DISABLED|CANNOT RUN)(?:\\s+\\(([^()]*)\\))?'
/** Source: print_status_one() in event_tool.c of 4.9 and later, control_one_scriptstatus() in ctdb.c before that */
const ROW = new RegExp(`^(\\d\\d\\.\\S+)\\s+(?:Status:)?${STATE}(?:\\s|$)`)

/** One script's row, with or without the rest of it; undefined: it is none. */
export function readScriptRow(line: string): ScriptRun | undefined {
  const [, name, state, reason = ''] = ROW.exec(line) ?? []
  return name === undefined ? undefined : { name, state: state as ScriptRun['state'], output: reason }
}

/**
 * `ctdb scriptstatus`, all releases: `01.reclock   OK   0.001 Fri Nov 20 …` (4.x) or
 * `01.reclock  Status:OK  Duration:0.049 Fri …` after `17 scripts were executed last monitor cycle` (1.x, 2.x).
 * Indented `OUTPUT:` belongs to the script above it. None: the monitor event has not run yet.
 */
export function readScriptRuns(output: Output): ScriptRun[] {
  if (/never run/i.test(output.stdout)) return []
  // 4.x ends with 1 when a script has failed, and still lists them
  refuse({ ...output, exitCode: output.stdout.trim() === '' ? output.exitCode : 0 }, 'ctdb scriptstatus')
  const runs: ScriptRun[] = []
  for (const [index, line] of lines(output.stdout).entries()) {
    const run = readScriptRow(line)
    if (run) {
      runs.push(run)
      continue
    }
    if (line.trim() === '' || /^\d+ scripts were executed/.test(line)) continue
    const last = runs.at(-1)
    const said = /^\s+(?:OUTPUT:)?\s*(.*)$/.exec(line)?.[1] ?? (last?.output ? line : undefined)
    if (!last || said === undefined)
      throw new NotSeen(
        'unparsable',
        `ctdb scriptstatus, line ${index + 1}: not a script: ${line.slice(0, 120)}`,
      )
    last.output = [last.output, said].filter(Boolean).join(' ').slice(0, 300)
  }
  if (runs.length === 0) throw new NotSeen('unparsable', 'ctdb scriptstatus lists no script')
  return runs
}

/** The tunables that decide when a node gives up, in seconds. */
export type Tunables = { monitorIntervalS: number; scriptTimeoutS: number }

/** `ctdb listvars`: `MonitorInterval            = 15`. Throws NotSeen when one of them is missing. */
export function readTunables(output: Output): Tunables {
  refuse(output, 'ctdb listvars')
  const value = (name: string) => {
    const written = new RegExp(`^${name}\\s*=\\s*(\\d{1,6})\\s*$`, 'm').exec(
      output.stdout.replaceAll('\r', ''),
    )?.[1]
    if (written === undefined) throw new NotSeen('unparsable', `ctdb listvars does not show \`${name}\``)
    return Number(written)
  }
  return { monitorIntervalS: value('MonitorInterval'), scriptTimeoutS: value('EventScriptTimeout') }
}

/** `ctdb version`: `4.17.12-Debian`, `CTDB version: 2.5.4`. */
export function readVersion(output: Output): string {
  refuse(output, 'ctdb version')
  const version = /(\d+\.\d+(?:\.\d+)*)/.exec(output.stdout)?.[1]
  if (version === undefined) throw new NotSeen('unparsable', 'ctdb version prints no number')
  return version
}
