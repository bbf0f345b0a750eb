/** `40 s`, `5 min`, `3 h`, `2 d`: as people say it. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}

/** Microseconds, as people say them: `0.34 ms`, `40 ms`. */
export function millis(micros: string): string {
  const value = Number(micros) / 1000
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} ms`
}

/** From here on the users of a disk notice. Source: VMware KB 1008205, on the latency of devices. */
const SLOW_MICROS = 20_000

/** ESXi compares with its own average, and many times nearly nothing is no trouble. */
export const isSlow = (latency: { to: string } | undefined) =>
  latency === undefined || Number(latency.to) >= SLOW_MICROS

export const many = (count: number | bigint, one: string, more = `${one}s`) =>
  `${count} ${String(count) === '1' ? one : more}`
