import { asInLocks, deviceFromDecimal } from '../../shared/linux/device.ts'
import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import { type Prefixed, readPrefixed } from '../../shared/linux/prefixed.ts'
import { type Lock, parseLock } from '../../shared/linux/proc-locks.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Passage } from '../../shared/triage.ts'
import type { SeenInText, SeenLock } from './seen.ts'

type Row = Prefixed<{ lock: Lock; pid?: string | undefined; path?: string | undefined }>

const BEGINS = /(?:^|[\s:])\d+: *(?:-> *)?(?:POSIX|FLOCK|OFDLCK|LEASE|DELEG|ACCESS)\b/

/** Rows of /proc/locks, and those of /proc/PID/fdinfo, which stand behind `lock:` and may go on with ` -> /path`. */
export function readLockRows(passage: Passage, listing: number, seen: SeenInText, tell: Teller): void {
  const { rows, broken } = rowsIn<Row>(passage.lines, { read: readRow, begins: BEGINS })
  for (const { value, lines } of rows) {
    const { lock, path } = value.value
    const host = value.host ?? passage.host
    const found: SeenLock = {
      ...lock,
      device: lock.device === undefined ? '<none>' : asInLocks(lock.device),
      ...(lock.device !== undefined &&
        lock.ino !== '0' && { target: `${asInLocks(lock.device)}:${lock.ino}` }),
      ...(path !== undefined && { path }),
      host,
      listing,
      line: lines[0]!,
    }
    seen.locks.push(found)
    tell.fact('locks', lockFact(found))
  }
  for (const line of broken)
    tell.refuse(line, 'begins like a line of /proc/locks, but is cut, changed or wrapped beyond repair')
  const fdinfo = rows.some(({ lines }) => lines[0]!.text.includes('lock:'))
  tell.saw(
    fdinfo ? '/proc/PID/fdinfo' : '/proc/locks',
    rows.flatMap(({ lines }) => lines),
  )
}

/** `range` as in /proc/locks, so that whoever compares finds it. */
export function lockFact(lock: SeenLock) {
  return {
    inode: lock.ino,
    device: lock.device,
    type: lock.kind,
    nature: lock.nature,
    mode: lock.mode,
    pid: lock.pid,
    role: lock.waits ? 'waiter' : 'holder',
    range: lock.from === undefined || lock.to === undefined ? undefined : `${lock.from} ${lock.to}`,
    number: lock.number,
    path: lock.path,
    command: lock.command,
    blocker: lock.blocker,
    client: lock.client,
    host: lock.host,
  }
}

function readRow(text: string): Row | undefined {
  const fdinfo =
    /^(?:(?:(\S+): ?)?\/proc\/(\d+)\/(?:task\/\d+\/)?fdinfo\/\d+:)?lock:\s*(.*?)(?: -> (\/.*))?$/.exec(text)
  const [, host, pid, rest = text, path] = fdinfo ?? []
  const row = readPrefixed(rest, readLock)
  return row && { host: host ?? row.host, file: row.file, value: { lock: row.value, pid, path } }
}

function readLock(text: string): Lock | undefined {
  if (!BEGINS.test(text)) return undefined
  // `<none>` may have been taken for a tag by whoever showed the text
  const whole = text.replace(/\s+/g, ' ').replace(/ (?=:0 \d+ (?:\d+|EOF)$)/, ' <none>')
  try {
    return parseLock(whole, () => 0)
  } catch {
    return undefined
  }
}

/** `254:0` of lslocks as /proc/locks and `check lock` write it. */
export function targetOf(decimal: string | undefined, ino: string | undefined): string | undefined {
  const device = decimal === undefined ? undefined : deviceFromDecimal(decimal)
  return device && ino !== undefined ? `${asInLocks(device)}:${ino}` : undefined
}
