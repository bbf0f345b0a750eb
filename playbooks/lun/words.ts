/** `40 s`, `5 min`, `3 h`, `2 d`: as people say it. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}

export const many = (count: number | bigint, one: string, more = `${one}s`) =>
  `${count} ${String(count) === '1' ? one : more}`
