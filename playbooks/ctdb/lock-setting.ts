import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'
import { refuse } from './status.ts'

/** What CTDB uses against split brain: a file that is locked, a program that holds something (`!…`), or nothing. */
export type LockSetting =
  | { kind: 'file'; path: string }
  | { kind: 'helper'; command: string }
  | { kind: 'none' }

/**
 * `ctdb getreclock`: the path or `!helper …` alone (4.x); `Reclock file:/path` or `No reclock file used` (1.x, 2.x).
 * Nothing at all means: none (4.x).
 */
export function readReclock(output: Output): LockSetting {
  refuse(output, 'ctdb getreclock')
  const said = lines(output.stdout).filter((line) => line.trim() !== '')
  if (said.length > 1) throw new NotSeen('unparsable', `ctdb getreclock printed ${said.length} lines`)
  const text = (said[0] ?? '').replace(/^Reclock file:/, '').trim()
  if (/^No reclock file used/i.test(text)) return { kind: 'none' }
  const setting = settingOf(text)
  if (!setting)
    throw new NotSeen('unparsable', `ctdb getreclock: neither a path nor a helper: ${text.slice(0, 120)}`)
  return setting
}

function settingOf(text: string): LockSetting | undefined {
  if (text === '') return { kind: 'none' }
  if (text.startsWith('!')) return { kind: 'helper', command: text.slice(1).trim() }
  return /^\/\S/.test(text) ? { kind: 'file', path: text } : undefined
}

/** What the configuration files say, of all releases. Undefined: not set in any of them. */
export type Config = {
  lock: LockSetting | undefined
  log: { kind: 'file'; path: string } | { kind: 'syslog' } | undefined
}

const LOCK = /^\s*(?:recovery lock|cluster lock)\s*=\s*(.*?)\s*$/
const OLD_LOCK = /^\s*(?:export\s+)?CTDB_RECOVERY_LOCK=(.*?)\s*$/
const LOG = /^\s*location\s*=\s*(.*?)\s*$/
const OLD_LOG = /^\s*(?:export\s+)?CTDB_(?:LOGFILE|LOGGING)=(.*?)\s*$/

/**
 * `grep -sH '' FILES`: `/etc/ctdb/ctdb.conf:  recovery lock = /path`; for old releases shell variables in
 * /etc/sysconfig/ctdb or /etc/default/ctdb. Comments do not count, the last setting wins as it does for CTDB.
 * Throws NotSeen('absent') when no file could be read.
 */
export function readConfig(output: Output): Config {
  if (/permission denied/i.test(output.stderr))
    throw new NotSeen('denied', 'the configuration may not be read')
  if (output.truncated) throw new NotSeen('unparsable', 'the configuration is longer than what is kept')
  const rows = lines(output.stdout).map((line) => line.replace(/^[^:]*:/, ''))
  if (rows.length === 0) throw new NotSeen('absent', 'none of the known configuration files is there')
  const config: Config = { lock: undefined, log: undefined }
  for (const row of rows) {
    const lock = LOCK.exec(row)?.[1] ?? unquoted(OLD_LOCK.exec(row)?.[1])
    if (lock !== undefined) config.lock = settingOf(lock)
    const log = LOG.exec(row)?.[1] ?? unquoted(OLD_LOG.exec(row)?.[1])
    if (log === undefined) continue
    const path = /^(?:file:)?(\/\S+)$/.exec(log)?.[1]
    config.log = path === undefined ? { kind: 'syslog' } : { kind: 'file', path }
  }
  return config
}

function unquoted(text: string | undefined): string | undefined {
  return text?.replace(/^(["'])(.*)\1.*$/, '$2').replace(/\s+#.*$/, '')
}
