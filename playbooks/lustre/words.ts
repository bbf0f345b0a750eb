import { code } from '../shared/text.ts'
import type { Nid } from './nid.ts'

/** A moment for people: `02:53 UTC (12 min ago)`, with the date when that is another day; undefined: the log does not say when. */
export function when(at: number | undefined, now: number): string {
  if (at === undefined) return 'at a time that the log does not tell'
  const iso = new Date(at).toISOString()
  const day = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10) ? '' : `${iso.slice(0, 10)} `
  return `${day}${iso.slice(11, 16)} UTC (${ago(now - at)})`
}

function ago(ms: number): string {
  return ms < -60_000 ? 'in the future, by its clock' : `${span(Math.max(0, ms) / 1000)} ago`
}

/** `40 s`, `12 min`, `5 h`, `3 days`. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

const ERRNO: Record<string, string> = {
  '2': 'ENOENT, no such file system there',
  '4': 'EINTR, interrupted',
  '5': 'EIO',
  '11': 'EAGAIN',
  '16': 'EBUSY',
  '19': 'ENODEV, the service is not there',
  '22': 'EINVAL',
  '107': 'ENOTCONN, not connected',
  '108': 'ESHUTDOWN, the connection was shut down',
  '110': 'ETIMEDOUT',
}

/** `-5 (EIO)` */
export function errno(rc: number | undefined): string {
  if (rc === undefined) return 'an error'
  const name = ERRNO[String(-rc)]
  return name === undefined ? String(rc) : `${rc} (${name})`
}

export function listed(nids: readonly Nid[]): string {
  return nids.map(code).join(', ')
}

/** `one`, or how many of what: `3 OSTs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
