import { NotSeen, type Output } from '../probe.ts'
import type { LocalTime, LogLine } from './log-lines.ts'

/** What is known about when. Everything may be missing; then some lines stay undated. */
export type TimeKnown = {
  /** when the machine was booted, ms since the epoch; holds for the last boot only */
  bootMs?: number | undefined
  /** minutes east of UTC of the machine's local time */
  offsetMin?: number | undefined
  /** the present, to find the year that syslog leaves out */
  now?: number | undefined
  /** lines (by number) that tell their own time, as some messages do */
  anchors?: readonly { number: number; ms: number }[]
}

/** A line and when it was written, in ms since the epoch; undefined: it cannot be known. */
export type DatedLine = LogLine & { at: number | undefined }

/**
 * Boot times and local times → times. Seconds since boot are preferred: they do not jump when somebody sets the clock.
 * What is not known (boot, offset) is learned from anchors, where there are any.
 */
export function dateLines(lines: readonly LogLine[], known: TimeKnown): DatedLine[] {
  const last = lines.at(-1)?.bootNumber
  const anchored = (known.anchors ?? []).flatMap(({ number, ms }) => {
    const line = lines.find((each) => each.number === number)
    return line ? [{ line, ms }] : []
  })
  const boots = new Map<number, number>()
  for (const bootNumber of new Set(lines.map((line) => line.bootNumber))) {
    const learned = middle(
      anchored.flatMap(({ line, ms }) =>
        line.bootNumber === bootNumber && line.bootS !== undefined ? [ms - line.bootS * 1000] : [],
      ),
    )
    const boot = bootNumber === last ? (known.bootMs ?? learned) : learned
    if (boot !== undefined) boots.set(bootNumber, boot)
  }
  const offset =
    known.offsetMin ??
    middle(anchored.flatMap(({ line, ms }) => (line.local ? [offsetFrom(line.local, ms)] : [])))
  const present = known.now ?? anchored.at(-1)?.ms
  return lines.map((line) => ({ ...line, at: timeOf(line, boots.get(line.bootNumber), offset, present) }))
}

function timeOf(
  { bootS, wallMs, local }: LogLine,
  boot: number | undefined,
  offsetMin: number | undefined,
  now: number | undefined,
): number | undefined {
  if (bootS !== undefined && boot !== undefined) return boot + bootS * 1000
  if (wallMs !== undefined) return wallMs
  if (!local || offsetMin === undefined) return undefined
  const ms = (year: number) => asUtc(local, year) - offsetMin * 60_000
  if (local.year !== undefined) return ms(local.year)
  if (now === undefined) return undefined
  // the latest year that does not lie in the future; a day for clocks that differ
  const year = new Date(now).getUTCFullYear()
  return [year + 1, year, year - 1].map(ms).find((at) => at <= now + 86_400_000)
}

function asUtc({ month, day, hour, minute, second }: LocalTime, year: number): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** Offsets are whole quarters of an hour. */
function offsetFrom(local: LocalTime, ms: number): number {
  const year = local.year ?? new Date(ms).getUTCFullYear()
  return Math.round((asUtc(local, year) - ms) / 900_000) * 15
}

function middle(values: number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}

/** The clock of a machine: seconds since the epoch and its offset from UTC; old `date` and busybox know both. */
export const CLOCK_ARGV = ['date', '+%s %z'] as const

/** `1564973616 +0800` → ms since the epoch, and minutes east of UTC. */
export function readClock({ stdout, exitCode, stderr }: Output): { ms: number; offsetMin: number } {
  const match = /^(\d{9,11}) ([+-])(\d\d)(\d\d)\s*$/.exec(stdout)
  if (exitCode !== 0 || !match)
    throw new NotSeen('unparsable', `the clock: ${(stderr || stdout).trim().slice(0, 80)}`)
  const minutes = Number(match[3]) * 60 + Number(match[4])
  return { ms: Number(match[1]) * 1000, offsetMin: match[2] === '-' ? -minutes : minutes }
}
