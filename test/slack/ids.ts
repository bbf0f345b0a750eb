import { randomBytes } from 'node:crypto'

/** An id as Slack writes them: a letter for the kind, then capitals and digits. */
export function newId(prefix: string): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'
  return prefix + [...randomBytes(9)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

let lastMicros = 0

/** The next message timestamp, `seconds.micros`: unique in this process and never going back. */
export function nextTs(nowMs = Date.now()): string {
  lastMicros = Math.max(lastMicros + 100, nowMs * 1000)
  const micros = String(lastMicros)
  return `${micros.slice(0, -6)}.${micros.slice(-6)}`
}

/** Orders two timestamps of the same form; as text, because they are ids and not numbers. */
export function compareTs(a: string, b: string): number {
  const [left, right] = [padded(a), padded(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function padded(ts: string): string {
  const [seconds = '0', micros = ''] = ts.split('.')
  return seconds.padStart(12, '0') + micros.padEnd(6, '0')
}
